"""The Delta tables: made on first use, appended to once a segment, followed by version.

`Transaction(app_id, version)` is recorded by Delta and enforced by nobody, so an append asks `transaction_version` on
the very table object that it commits with: delivering a segment twice changes nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from deltalake import (
    CommitProperties,
    DeltaTable,
    PostCommitHookProperties,
    Transaction,
    WriterProperties,
    write_deltalake,
)
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from news.errors import StoreUnavailable
from storage.commits import BATCH_ROWS, rows_of_file
from storage.config import StoreOptions
from storage.opening import open_store
from storage.schema import TABLES, Row, arrow_schema

LOG_RETENTION = timedelta(days=60)
"""How far back a follower may be; an older one rebuilds from the snapshot."""

_CONFIGURATION = {
    "delta.enableChangeDataFeed": "true",
    "delta.logRetentionDuration": f"interval {LOG_RETENTION.days} days",
    "delta.deletedFileRetentionDuration": "interval 7 days",
    # A checkpoint costs two requests, reading a log without one costs a request a commit.
    "delta.checkpointInterval": "50",
}
# Statistics of bodies and other long texts would make the log many times as large and prune nothing.
_STATISTICS = {
    "sightings": "site,first_seen_at",
    "captures": "site,fetched_at,article_id",
    "articles": "site,published_at,article_id,captured_at",
    "sources": "site,at",
    "leads": "site,at",
    "backfill": "site,at",
    "alerts": "site,at",
    "events": "site,at",
    "runs": "run_id,started_at",
}
_COMMIT_RETRIES = 20
_WRITER = WriterProperties(compression="ZSTD", compression_level=3)

Rows = list[Row] | dict[str, list[Any]]
"""Rows, or whole columns by name."""


@dataclass(frozen=True, slots=True)
class AppId:
    """What makes an append idempotent: the spool's id and the segment's number."""

    spool_id: str
    number: int


NOT_MADE = -1
"""In place of a version: the table does not exist yet."""


class CommitConflict(Exception):
    """Another writer committed to the table first: what was judged by its former version must be judged again."""


class Tables:
    """The archive's tables at one store."""

    def __init__(self, options: StoreOptions) -> None:
        self._options = options
        self.store = open_store(options)
        self._opened: dict[str, DeltaTable] = {}

    def open(self, name: str) -> DeltaTable | None:
        """The table at its newest version, or None when nothing was ever written to it. Raises StoreUnavailable."""
        try:
            table = DeltaTable(self._options.table_uri(name), storage_options=self._options.delta_options())
        except TableNotFoundError:
            self._opened.pop(name, None)
            return None
        except (DeltaError, OSError) as error:
            raise StoreUnavailable(f"table {name}: {_first_line(error)}") from error
        self._opened[name] = table
        return table

    def append(self, name: str, rows: Rows, app: AppId, only_on: int | None = None) -> bool:
        """Commit `rows` once for `app`; False when that was done before. Raises StoreUnavailable.

        With `only_on`, a version of the table or NOT_MADE, raises CommitConflict when another writer committed since.
        """
        # Opening lists the log, which stores bill like a write, so the table that was followed serves once more: its
        # answer for `app` stands, since one spool is delivered by one process at a time.
        table = self._opened.pop(name, None) or self.open(name)
        if table is None:
            return self._make(name, rows, app, only_on)
        done = table.transaction_version(app.spool_id)
        if done is not None and done >= app.number:
            return False
        if only_on is not None and table.version() != only_on:
            raise CommitConflict(name)
        try:
            self._write(table, name, rows, app, retries=_COMMIT_RETRIES if only_on is None else 0)
        except CommitFailedError as error:
            if only_on is not None:
                raise CommitConflict(name) from error
            raise StoreUnavailable(f"table {name}: {_first_line(error)}") from error
        except (DeltaError, OSError) as error:
            raise StoreUnavailable(f"table {name}: {_first_line(error)}") from error
        return True

    def _make(self, name: str, rows: Rows, app: AppId, only_on: int | None) -> bool:
        """Make the table with its first rows in one commit; when another writer was faster, append to theirs."""
        configuration = {**_CONFIGURATION, "delta.dataSkippingStatsColumns": _STATISTICS[name]}
        try:
            self._write(self._options.table_uri(name), name, rows, app, retries=0, configuration=configuration)
        except (DeltaError, OSError) as error:
            if self.open(name) is None:
                raise StoreUnavailable(f"table {name}: {_first_line(error)}") from error
            return self.append(name, rows, app, only_on)
        return True

    def _write(
        self,
        table: DeltaTable | str,
        name: str,
        rows: Rows,
        app: AppId,
        *,
        retries: int,
        configuration: Mapping[str, str | None] | None = None,
    ) -> None:
        write_deltalake(
            table,
            pa.RecordBatchReader.from_batches(arrow_schema(name), record_batches(name, rows)),
            mode="append" if isinstance(table, DeltaTable) else "error",
            configuration=configuration,
            storage_options=None if isinstance(table, DeltaTable) else self._options.delta_options(),
            writer_properties=_WRITER,
            commit_properties=CommitProperties(
                app_transactions=[Transaction(app.spool_id, app.number, _now_ms())], max_commit_retries=retries
            ),
            # Looking for expired log files lists the log at each commit.
            post_commithook_properties=PostCommitHookProperties(cleanup_expired_logs=False),
        )

    def rows(self, name: str, table: DeltaTable, columns: list[str]) -> Iterator[list[Row]]:
        """All rows of `table`, which is `name` at some version, a batch at a time. Raises StoreUnavailable."""
        folder = f"{self._options.table_uri(name)}/"
        for uri in table.file_uris():
            yield from rows_of_file(self.store, f"tables/{name}/{uri.removeprefix(folder)}", columns)


def record_batches(name: str, rows: Rows) -> Iterator[pa.RecordBatch]:
    """`rows` in the table's schema, a batch at a time. In rows absent columns are null, ISO texts become instants."""
    schema = arrow_schema(name)
    times = [c.name for c in TABLES[name] if c.type == "timestamp"]
    count = len(rows) if isinstance(rows, list) else len(rows[schema.names[0]])
    for start in range(0, count, BATCH_ROWS):
        part = slice(start, start + BATCH_ROWS)
        if isinstance(rows, dict):
            yield pa.RecordBatch.from_pydict({column: values[part] for column, values in rows.items()}, schema=schema)
        else:
            yield pa.RecordBatch.from_pylist([_timed(row, times) for row in rows[part]], schema=schema)


def _timed(row: Row, times: list[str]) -> Row:
    told = {column: row[column] for column in times if isinstance(row.get(column), str)}
    return row | {column: datetime.fromisoformat(text) for column, text in told.items()}


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _now_ms() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)
