"""Small files of a table made large ones, sorted so that a query about a site or a time reads little.

The commit takes files out and puts one in, and says of both that no data changed: followers pass it over
(`storage.commits`), and appends meanwhile do not mind. It is made on the very version of the table that has all of the
files, for Delta lets two compactions of one file both succeed, and every row would be there twice.
"""

import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.transaction import AddAction, RemoveAction

from news.errors import ArchiveDamaged, StoreUnavailable
from storage.maintain_sorting import Source, write_sorted
from storage.spool import SpoolFull
from storage.table_files import FileDamaged, key_of, named
from storage.tables import STATISTICS, Tables

SORTED_BY = {
    "articles": ("site", "published_at"),
    "captures": ("site", "fetched_at"),
    "sightings": ("site", "first_seen_at"),
    "runs": ("started_at",),
}
"""All others: site, at."""
_GROUP_ROWS = {"articles": 4_096}
"""Of a row group, which is what a reader takes or leaves; texts are long, other rows short."""
_SHORT_GROUP_ROWS = 32_768
_ROUNDS = 100
"""A commit that an append overtook is tried again on the table as it is then."""
_SMALL = 0.5
"""Share of the target size below which a file is small."""
_COPIES = 3
"""On the disk where files are sorted: at most the largest of them, sorted stretches, what is made (measured)."""


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file of a table: its path below the table's folder, and its size in bytes."""

    path: str
    size: int


def data_files(table: DeltaTable) -> list[DataFile]:
    """The files of `table`, the oldest first."""
    rows = pa.table(table.get_add_actions(flatten=True)).select(["path", "size_bytes", "modification_time"])
    ordered = sorted(rows.to_pylist(), key=lambda row: (row["modification_time"], row["path"]))
    return [DataFile(row["path"], row["size_bytes"]) for row in ordered]


def bins(files: Sequence[DataFile], target_bytes: int) -> list[list[DataFile]]:
    """Small files that are made one each, neighbours in time together."""
    found: list[list[DataFile]] = [[]]
    for file in files:
        if file.size >= target_bytes * _SMALL:
            continue
        if sum(f.size for f in found[-1]) + file.size > target_bytes:
            found.append([])
        found[-1].append(file)
    return [some for some in found if len(some) > 1]


def bytes_to_sort(files: Sequence[DataFile]) -> int:
    """Room that `compact` takes in its folder, at most."""
    return _COPIES * sum(file.size for file in files)


def compact(tables: Tables, name: str, files: Sequence[DataFile], folder: Path) -> int | None:
    """Make one file of `files` of the table `name`; its size in bytes, or None when another process took some of them.

    `folder` is for what is being sorted. Raises StoreUnavailable; with the table as it was, ArchiveDamaged, and
    SpoolFull when the disk of `folder` refuses.
    """
    table = tables.open(name)
    if table is None or not _names(table, files):
        return None
    schema = pa.schema(table.schema())
    path = f"compacted-{uuid4()}.zstd.parquet"
    try:
        merged = _sorted(tables, name, files, folder, schema)
        stats = _statistics(merged, STATISTICS[name].split(","))
        size = merged.stat().st_size
        tables.store.put_file(f"tables/{name}/{path}", merged)
    except FileDamaged:
        table = tables.open(name)
        if table is not None and _names(table, files):
            raise
        return None  # compacted by another process long enough ago, and gone
    finally:
        for left in folder.glob("*.parquet"):
            left.unlink()
    added = AddAction(path, size, {}, _now_ms(), data_change=False, stats=json.dumps(stats))
    # What is not committed stays until its retention is over: no look at the table tells for sure that nobody names it.
    return size if _commit(tables, name, added, files, schema) else None


def _sorted(tables: Tables, name: str, files: Sequence[DataFile], folder: Path, schema: pa.Schema) -> Path:
    merged, columns = folder / "merged.parquet", SORTED_BY.get(name, ("site", "at"))
    sources = _fetched(tables, name, files, folder)
    try:
        write_sorted(sources, merged, schema, columns, group_rows=_GROUP_ROWS.get(name, _SHORT_GROUP_ROWS))
    except (pa.ArrowException, OSError) as error:
        number = getattr(error, "errno", None)
        if number is None:  # of Arrow, about rows that it can read and not write
            raise ArchiveDamaged(f"table {name}: its rows cannot be sorted: {error}") from error
        advice = "free some space or set [spool] dir elsewhere"
        raise SpoolFull(f"{folder.parent}: {os.strerror(number)}: {advice}") from error
    return merged


def _fetched(tables: Tables, name: str, files: Sequence[DataFile], folder: Path) -> Iterator[Source]:
    local = folder / "source.parquet"
    for file in files:
        key = key_of(name, unquote(file.path))
        with named(key):
            tables.store.fetch_file(key, local)
        yield key, local
    local.unlink(missing_ok=True)


def _commit(tables: Tables, name: str, added: AddAction, files: Sequence[DataFile], schema: pa.Schema) -> bool:
    """Whether it was committed; False also when one of the files is not in the table any more.

    A store may commit and answer that it failed. What is sent again then finds the version taken, by ourselves.
    """
    trouble = ""
    for _ in range(_ROUNDS):
        table = tables.open(name)
        if table is not None and added.path in _paths(table):
            return True
        if table is None or not _names(table, files):
            return False
        removed = [RemoveAction(f.path, data_change=False, deletion_timestamp=_now_ms(), size=f.size) for f in files]
        try:
            table.create_write_transaction(
                [added, *removed],
                "append",
                schema,
                commit_properties=CommitProperties(max_commit_retries=0),
                post_commithook_properties=PostCommitHookProperties(cleanup_expired_logs=False),
            )
        except CommitFailedError as error:
            trouble = str(error)
        except (DeltaError, OSError) as error:
            raise StoreUnavailable(f"table {name}: {error}") from error
        else:
            return True
    raise StoreUnavailable(f"table {name}: others commit all the time: {trouble}")


def _names(table: DeltaTable, files: Sequence[DataFile]) -> bool:
    return {file.path for file in files} <= _paths(table)


def _paths(table: DeltaTable) -> set[str]:
    return {file.path for file in data_files(table)}


def _statistics(path: Path, columns: Sequence[str]) -> dict[str, Any]:
    """As Delta's protocol has them ("Per-file Statistics")."""
    with pq.ParquetFile(path) as file:
        stats: dict[str, Any] = {"numRecords": file.metadata.num_rows, "minValues": {}, "maxValues": {}}
        nulls = {}
        for name in columns:
            least, most, missing = None, None, 0
            for group in range(file.num_row_groups):
                values = file.read_row_group(group, columns=[name])[name]
                missing += values.null_count
                edge = pc.min_max(values).as_py()
                least = min(filter(lambda v: v is not None, (least, edge["min"])), default=None)
                most = max(filter(lambda v: v is not None, (most, edge["max"])), default=None)
            nulls[name] = missing
            if least is not None:
                stats["minValues"][name], stats["maxValues"][name] = _plain(least), _plain(most)
    return stats | {"nullCount": nulls}


def _plain(value: Any) -> Any:
    return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if hasattr(value, "strftime") else value


def _now_ms() -> int:
    return int(time.time() * 1_000)
