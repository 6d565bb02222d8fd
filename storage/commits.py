"""Rows of a Delta table, file by file: those that commits appended, or all.

The log is JSON, one object a commit (Delta transaction protocol, "Delta Log Entries"). Reading it here instead of by
`load_cdf` keeps a query engine out of the delivering process, and a file at a time its memory even.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc

from storage.objects import ObjectMissing, ObjectStore
from storage.schema import Row, arrow_schema
from storage.table_files import batches, key_of, named

BATCH_ROWS = 2_048
"""Rows held as Python objects at once."""

_ROWS_AT_ONCE = {"runs": 64, "articles": 512}
"""Of tables whose rows are long: that of a run has hundreds of structs, that of an article its text."""
_FILLS_KEPT = timedelta(days=60)
"""Longer than the index keeps fills of a site that is crawled each day."""


class LogUnusable(Exception):
    """The log no longer reaches back, or rows were taken out: only the snapshot tells what the table holds."""


def appended_rows(store: ObjectStore, table: str, after: int, upto: int, columns: list[str]) -> Iterator[list[Row]]:
    """Rows that versions `after` + 1 to `upto` of `table` appended, a batch at a time.

    Raises LogUnusable; FileDamaged, also for a file that was compacted since and is gone; StoreUnavailable.
    """
    for version in range(after + 1, upto + 1):
        for path in _files_of(store, table, version):
            yield from rows_of_file(store, table, path, columns)


def rows_of_file(
    store: ObjectStore, table: str, path: str, columns: list[str], *, proved: bool = False
) -> Iterator[list[Row]]:
    """All rows of one Parquet file of `table`, a batch at a time; what the file has no column for is null.

    With `proved` the columns that are not wanted are read as well. Raises StoreUnavailable, FileDamaged.
    """
    schema, key = pa.schema([arrow_schema(table).field(column) for column in columns]), key_of(table, path)
    wanted = None if proved else columns
    for batch in batches(store, key, _ROWS_AT_ONCE.get(table, BATCH_ROWS), wanted, proved=proved):
        with named(key):
            rows = _without_old_fills(_shaped(batch, schema)).to_pylist()
        yield rows


def _shaped(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """`batch` as this version of the program has its columns: earlier ones had fewer, also within a struct."""
    if batch.schema.equals(schema):
        return batch
    held = set(batch.schema.names)
    arrays = [
        batch.column(field.name).cast(field.type) if field.name in held else pa.nulls(len(batch), field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _without_old_fills(batch: pa.RecordBatch) -> pa.RecordBatch:
    """`batch` without what the index would drop at once: of a year of runs that is a minute's work."""
    if "fills" not in batch.schema.names or not len(batch):
        return batch
    newest = pc.max(batch.column("started_at")).as_py()
    if newest is None or newest > datetime.now(UTC) - _FILLS_KEPT:
        return batch
    place = batch.schema.get_field_index("fills")
    return batch.set_column(place, "fills", pa.nulls(len(batch), batch.schema.field(place).type))


def _files_of(store: ObjectStore, table: str, version: int) -> list[str]:
    """Paths of the data files that a commit brought new rows in; a compaction brings none."""
    try:
        commit = store.get(f"tables/{table}/_delta_log/{version:020d}.json")
    except ObjectMissing as error:
        raise LogUnusable(f"{table}: version {version} is no longer in the log") from error
    try:
        actions = [json.loads(line) for line in commit.splitlines() if line]
        took_out = any(action["remove"]["dataChange"] for action in actions if "remove" in action)
        paths = [unquote(a["add"]["path"]) for a in actions if "add" in a and a["add"]["dataChange"]]
    except (ValueError, KeyError, TypeError) as error:
        raise LogUnusable(f"{table}: version {version} of the log cannot be read") from error
    if took_out:
        raise LogUnusable(f"{table}: version {version} took rows out")
    return paths
