"""The archive as analysts meet it from Python: SQL in, rows out, streamed.

    with Archive.open(options) as archive:
        for row in archive.query("SELECT title, body FROM articles WHERE site = ?", ["radartegal"]).rows():
            ...

An Archive is a snapshot: it shows the tables as they were when it was opened, whatever a crawl commits
meanwhile.
"""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from access.engine import connect, fence
from access.failures import translated, unreadable
from access.pruning import unwanted_columns
from access.result import BATCH_ROWS, Result
from access.sqltext import duckdb_type, literal, select_nothing
from access.statement import check_statement
from access.views import SUPERSEDED, VIEWS
from storage.config import StoreOptions
from storage.schema import TABLES

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from access.snapshot import Snapshot


class Archive:
    """One snapshot of an archive, open for queries. Not safe for use by several threads."""

    def __init__(
        self,
        connection: "DuckDBPyConnection",
        options: StoreOptions,
        scratch: tempfile.TemporaryDirectory[str],
        files: Mapping[str, Sequence[str]],
    ) -> None:
        self._connection = connection
        self._scratch = scratch
        self._files = files
        self.options = options

    @classmethod
    def open(cls, options: StoreOptions) -> Self:
        """Take a snapshot of the archive at `options`.

        A program that has proxies in its environment calls `storage.config.forget_proxies` first, as the
        `disway` command does: the clients of the store read them. Raises UsageError when there is no archive,
        StoreRefused, StoreUnavailable, ArchiveDamaged.
        """
        from access.snapshot import take_snapshot  # noqa: PLC0415  Delta and Arrow cost 0.3 s and 60 MB

        snapshot = take_snapshot(options)
        scratch = tempfile.TemporaryDirectory(prefix="disway-query-")
        connection = connect(options, Path(scratch.name))
        try:
            with translated(lambda: _unreadable(connection, snapshot.files)):
                _define(connection, snapshot)
            fence(connection, options)
        except BaseException:
            connection.close()
            scratch.cleanup()
            raise
        return cls(connection, options, scratch, snapshot.files)

    def query(self, sql: str, parameters: Sequence[Any] = (), batch_rows: int = BATCH_ROWS) -> Result:
        """Run one SELECT over the views; `parameters` stand for its `?`. The result is read as it is computed.

        A result ends when the next query is run. Raises UsageError when the SQL is wrong or would do more than
        read, StoreUnavailable or ArchiveDamaged when the files cannot be read; reading the result may raise the
        same.
        """
        with translated(self._find_damaged):
            tree = check_statement(self._connection, sql)
            self._define_views(unwanted_columns(tree))
            cursor = self._connection.execute(sql, list(parameters))
            return Result(cursor.to_arrow_reader(batch_rows), self._find_damaged)

    def close(self) -> None:
        """Release memory and temporary files."""
        self._connection.close()
        self._scratch.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _find_damaged(self) -> str | None:
        return _unreadable(self._connection, self._files)

    def _define_views(self, unwanted: frozenset[str]) -> None:
        for name, view in VIEWS.items():
            if view.extras:
                self._connection.execute(f"CREATE OR REPLACE VIEW {name} AS {view.sql(unwanted)}")


def _unreadable(connection: "DuckDBPyConnection", files: Mapping[str, Sequence[str]]) -> str | None:
    return unreadable(connection, (_unglobbed(path) for paths in files.values() for path in paths))


def _define(connection: "DuckDBPyConnection", snapshot: "Snapshot") -> None:
    connection.execute("CREATE SCHEMA stored")
    for table in TABLES:
        connection.execute(f"CREATE VIEW stored.{table} AS {_scan(table, snapshot.files[table])}")
    connection.execute(f"CREATE VIEW stored.superseded AS {SUPERSEDED}")
    for name, view in VIEWS.items():
        connection.execute(f"CREATE VIEW {name} AS {view.sql()}")


def _scan(table: str, files: Sequence[str]) -> str:
    if not files:
        return select_nothing(table)
    # With the schema given no file is opened until a query needs it, and columns that older files lack are null.
    columns = ", ".join(
        f"{name}: {{'name': {name}, 'type': {literal(duckdb_type(c.type))}, 'default_value': NULL}}"
        for c in TABLES[table]
        for name in (literal(c.name),)
    )
    paths = ", ".join(literal(_unglobbed(path)) for path in files)
    return f"SELECT * FROM read_parquet([{paths}], schema = MAP {{{columns}}}, hive_partitioning = false)"  # noqa: S608  quoted above


def _unglobbed(path: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in path)
