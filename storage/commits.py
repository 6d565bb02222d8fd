"""Rows of a Delta table, file by file: those that commits appended, or all.

The log is JSON, one object a commit (Delta transaction protocol, "Delta Log Entries"). Reading it here instead of by
`load_cdf` keeps a query engine out of the delivering process, and a file at a time its memory even.
"""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pyarrow.parquet as pq

from storage.objects import ObjectMissing, ObjectStore
from storage.schema import Row

BATCH_ROWS = 2_048
"""Rows held as Python objects at once."""


class LogUnusable(Exception):
    """The log no longer reaches back, or rows were taken out: only the snapshot tells what the table holds."""


def appended_rows(store: ObjectStore, table: str, after: int, upto: int, columns: list[str]) -> Iterator[list[Row]]:
    """Rows that versions `after` + 1 to `upto` of `table` appended, a batch at a time. Raises LogUnusable."""
    for version in range(after + 1, upto + 1):
        for path in _files_of(store, table, version):
            yield from rows_of_file(store, f"tables/{table}/{path}", columns)


def rows_of_file(store: ObjectStore, key: str, columns: list[str]) -> Iterator[list[Row]]:
    """All rows of one Parquet file, a batch at a time. Raises StoreUnavailable, ObjectMissing."""
    with tempfile.TemporaryDirectory(prefix="disway-rows-") as folder:
        local = Path(folder) / "rows.parquet"
        store.fetch_file(key, local)
        with pq.ParquetFile(local) as file:
            for batch in file.iter_batches(BATCH_ROWS, columns=columns):
                yield batch.to_pylist()


def _files_of(store: ObjectStore, table: str, version: int) -> list[str]:
    """Paths of the data files that a commit brought new rows in; a compaction brings none."""
    try:
        commit = store.get(f"tables/{table}/_delta_log/{version:020d}.json")
    except ObjectMissing as error:
        raise LogUnusable(f"{table}: version {version} is no longer in the log") from error
    actions = [json.loads(line) for line in commit.splitlines() if line]
    if any(action["remove"]["dataChange"] for action in actions if "remove" in action):
        raise LogUnusable(f"{table}: version {version} took rows out")
    return [unquote(a["add"]["path"]) for a in actions if "add" in a and a["add"]["dataChange"]]
