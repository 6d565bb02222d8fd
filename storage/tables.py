"""The Delta tables: made on first use, appended to once a segment, followed by version.

`Transaction(app_id, version)` is recorded by Delta and enforced only between commits that race, so an append asks
`transaction_version` on the very table object that it commits with: delivering a segment twice changes nothing.

Columns are only ever added, at the end and nullable. A table of an earlier version of the program gets the columns that
it lacks with the first append; one of a later version keeps those that are not known here, and they stay null.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
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

from news.errors import ArchiveDamaged, StoreUnavailable
from storage.commits import BATCH_ROWS, rows_of_file
from storage.config import StoreOptions
from storage.opening import open_store
from storage.schema import TABLES, Row, arrow_schema

LOG_RETENTION = timedelta(days=60)
"""How far back a follower may be; an older one rebuilds from the snapshot."""

LEAST_RETENTION = timedelta(days=7)


def removals_known_for(retention: timedelta) -> dict[str, str]:
    """Property of a table that knows for `retention`, and for LEAST_RETENTION, when a file was taken out of it.

    Checkpoints leave out what is older, and then the file's own age decides when it is removed.
    """
    days = ceil(max(retention, LEAST_RETENTION) / timedelta(days=1))
    return {"delta.deletedFileRetentionDuration": f"interval {days} days"}


_CONFIGURATION = {
    "delta.enableChangeDataFeed": "true",
    "delta.logRetentionDuration": f"interval {LOG_RETENTION.days} days",
    **removals_known_for(LEAST_RETENTION),
    # A checkpoint costs two requests, reading a log without one costs a request a commit.
    "delta.checkpointInterval": "50",
}
# Statistics of bodies and other long texts would make the log many times as large and prune nothing.
STATISTICS = {
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
_LOG_DAMAGED = re.compile(
    "Json error|Arrow error|Parquet error|No table metadata|Invalid Checkpoint|contiguous commit", re.IGNORECASE
)
"""As deltalake 1.x tells it; it has no class of its own for it."""
_COMMIT_RETRIES = 20
_ROUNDS = 5
"""In which a commit that others made impossible is tried again on the table as they left it."""
_WRITER = WriterProperties(compression="ZSTD", compression_level=3)

Rows = list[Row] | dict[str, list[Any]]
"""Rows, or whole columns by name."""


@dataclass(frozen=True, slots=True)
class AppId:
    """What makes an append idempotent: the spool's id and the segment's number, or `run-<run id>` and 1."""

    app_id: str
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
        """The table at its newest version, or None when nothing was ever written to it.

        Raises StoreUnavailable, StoreRefused, ArchiveDamaged.
        """
        try:
            table = DeltaTable(self._options.table_uri(name), storage_options=self._options.delta_options())
        except TableNotFoundError:
            self._opened.pop(name, None)
            return None
        except (DeltaError, OSError) as error:
            self.store.check_place()  # which tells credentials, bucket and clock from a store that is away
            if _LOG_DAMAGED.search(str(error)):
                raise ArchiveDamaged(f"tables/{name}/_delta_log cannot be read ({_first_line(error)})") from error
            raise StoreUnavailable(f"table {name}: {_first_line(error)}") from error
        self._opened[name] = table
        return table

    def append(self, name: str, rows: Rows, app: AppId, only_on: int | None = None) -> bool:
        """Commit `rows` once for `app`; False when that was done before. Raises StoreUnavailable.

        With `only_on`, a version of the table or NOT_MADE, raises CommitConflict when another writer committed since.
        """
        return self._commit(name, {app: rows}, only_on) > 0

    def append_each(self, name: str, rows: Mapping[AppId, Row]) -> int:
        """Commit, together, those of `rows` whose app was not committed before, and return how many these were.

        Raises StoreUnavailable.
        """
        return self._commit(name, {app: [row] for app, row in rows.items()}, None)

    def is_committed(self, name: str, app: AppId) -> bool:
        """Whether there was an append for `app`. Raises StoreUnavailable."""
        table = self._opened.get(name) or self.open(name)
        return table is not None and _is_done(table, app)

    def _commit(self, name: str, given: Mapping[AppId, Rows], only_on: int | None) -> int:
        """Commit what is left of `given`, and return how many apps it was for.

        Opening lists the log, which stores bill like a write, so the table that was followed serves once more: its
        answer for an app stands, or the commit fails.
        """
        trouble = "others keep making it"
        for _ in range(_ROUNDS):
            table = self._opened.pop(name, None) or self.open(name)
            left = {app: rows for app, rows in given.items() if table is None or not _is_done(table, app)}
            if not left:
                return 0
            if table is None:
                if self._make(name, left):
                    return len(left)
                continue
            if only_on is not None and table.version() != only_on:
                raise CommitConflict(name)
            try:
                self._write(table, name, left, retries=_COMMIT_RETRIES if only_on is None else 0)
            except CommitFailedError as error:
                # Others committed for the same app, or gave the table a column: what is left is seen in the newest.
                if only_on is not None:
                    raise CommitConflict(name) from error
                trouble = _first_line(error)
            except (DeltaError, OSError) as error:
                raise StoreUnavailable(f"table {name}: {_first_line(error)}") from error
            else:
                return len(left)
        raise StoreUnavailable(f"table {name}: {trouble}")

    def _make(self, name: str, given: Mapping[AppId, Rows]) -> bool:
        """Make the table with its first rows in one commit; False when another writer was faster."""
        configuration = {**_CONFIGURATION, "delta.dataSkippingStatsColumns": STATISTICS[name]}
        try:
            self._write(self._options.table_uri(name), name, given, retries=0, configuration=configuration)
        except (DeltaError, OSError) as error:
            if self.open(name) is None:
                raise StoreUnavailable(f"table {name}: {_first_line(error)}") from error
            return False
        return True

    def _write(
        self,
        table: DeltaTable | str,
        name: str,
        given: Mapping[AppId, Rows],
        *,
        retries: int,
        configuration: Mapping[str, str | None] | None = None,
    ) -> None:
        batches = (batch for rows in given.values() for batch in record_batches(name, rows))
        write_deltalake(
            table,
            pa.RecordBatchReader.from_batches(arrow_schema(name), batches),
            mode="append" if isinstance(table, DeltaTable) else "error",
            schema_mode="merge" if isinstance(table, DeltaTable) and not _has_our_columns(table, name) else None,
            configuration=configuration,
            storage_options=None if isinstance(table, DeltaTable) else self._options.delta_options(),
            writer_properties=_WRITER,
            commit_properties=CommitProperties(
                app_transactions=[Transaction(app.app_id, app.number, _now_ms()) for app in given],
                max_commit_retries=retries,
            ),
            # Looking for expired log files lists the log at each commit.
            post_commithook_properties=PostCommitHookProperties(cleanup_expired_logs=False),
        )

    def rows(self, name: str, table: DeltaTable, columns: list[str]) -> Iterator[list[Row]]:
        """All rows of `table`, which is `name` at some version, a batch at a time.

        Raises StoreUnavailable, FileDamaged.
        """
        for path in self.paths(table):
            yield from rows_of_file(self.store, name, path, columns)

    @staticmethod
    def paths(table: DeltaTable) -> list[str]:
        """The files that `table` consists of, below its folder."""
        # A table has no folders in it, and what stands before a file's name is percent-encoded in Delta's URIs.
        return [uri.rpartition("/")[2] for uri in table.file_uris()]


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


def _is_done(table: DeltaTable, app: AppId) -> bool:
    done = table.transaction_version(app.app_id)
    return done is not None and done >= app.number


def _has_our_columns(table: DeltaTable, name: str) -> bool:
    """Whether the table has the columns of this version of the program, no fewer and no more."""
    stored = {field.name: field.type for field in pa.schema(table.schema())}
    return stored == {field.name: field.type for field in arrow_schema(name)}


def _timed(row: Row, times: list[str]) -> Row:
    told = {column: row[column] for column in times if isinstance(row.get(column), str)}
    return row | {column: datetime.fromisoformat(text) for column, text in told.items()}


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _now_ms() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)
