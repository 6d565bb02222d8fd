"""Keeping the tables quick and the store clean, beside whoever writes and reads.

Of each table: small files are made large ones, files that no version of the last days names are removed, a checkpoint
makes opening cheap, and log entries beyond their retention go. A reader under way keeps its files for the retention.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path

from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, DeltaError

from news.errors import ArchiveDamaged, StoreUnavailable
from storage.maintain_compact import DataFile, bins, bytes_to_sort, compact, data_files
from storage.objects import ObjectStore
from storage.schema import TABLES, Row
from storage.spool import SpoolFull
from storage.tables import AppId, Tables, removals_known_for

_ROUNDS = 5
"""In which a property is set anew that others made impossible to commit."""


def _enough(_: int) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Upkeep:
    """How tables are to be kept. `folder` is for what is being sorted: it takes some times `target_bytes`."""

    retention: timedelta
    target_bytes: int
    folder: Path
    dry_run: bool = False
    shortage: Callable[[int], str | None] = _enough
    """Why so many bytes must not be written to `folder`; None when there is room for them."""

    @property
    def retention_hours(self) -> int:
        """Whole hours, as Delta takes them; never less than the retention."""
        return ceil(self.retention / timedelta(hours=1))


@dataclass(slots=True)
class TableKept:
    """What was done to a table, or with a dry run would be."""

    name: str
    files_before: int
    files_after: int
    bytes: int
    """Of the files of the newest version."""
    compacted: int = 0
    """Files that were made fewer."""
    skipped: int = 0
    """Of them, left to another process that was at it too."""
    left: int = 0
    """Of them, left as they are for want of room to sort them, or because one of them is damaged."""
    no_room: str | None = None
    """Why there was none."""
    damaged: str | None = None
    """What of the table cannot be read, and what to do."""
    removed: int = 0
    """Files that no version of the retention names."""
    checkpoint: bool = False

    def facts(self) -> dict[str, object]:
        """For `--json`."""
        return asdict(self)


def keep_tables(tables: Tables, upkeep: Upkeep) -> Iterator[TableKept]:
    """Keep one table after the other, whatever is damaged in one. Raises StoreUnavailable."""
    for name in TABLES:
        try:
            if (table := tables.open(name)) is not None:
                yield _keep(tables, name, table, upkeep)
        except ArchiveDamaged as error:
            yield TableKept(name, 0, 0, 0, damaged=str(error))


def _keep(tables: Tables, name: str, table: DeltaTable, upkeep: Upkeep) -> TableKept:
    files = data_files(table)
    kept = TableKept(name, len(files), len(files), sum(file.size for file in files))
    if not upkeep.dry_run:
        _know_removals(tables, name, table, upkeep.retention)
    _compact(tables, kept, bins(files, upkeep.target_bytes), upkeep)
    if upkeep.dry_run:
        kept.removed = len(_vacuum(table, upkeep))
        return kept
    table = _newest(tables, name)
    if kept.damaged is None:  # else files of former versions may hold the rows that are damaged
        kept.removed = len(_vacuum(table, upkeep))
        table = _newest(tables, name)
        with _store_errors(name):
            if kept.compacted > kept.left or kept.removed:
                table.create_checkpoint()
                kept.checkpoint = True
            table.cleanup_metadata()
    files = data_files(table)
    kept.files_after, kept.bytes = len(files), sum(file.size for file in files)
    return kept


def _compact(tables: Tables, kept: TableKept, wanted: list[list[DataFile]], upkeep: Upkeep) -> None:
    """A disk that is full keeps no table from being cleaned, which may make room on it."""
    for some in wanted:
        kept.compacted += len(some)
        damaged = None
        try:
            short = upkeep.shortage(bytes_to_sort(some))
            if not short and not upkeep.dry_run and compact(tables, kept.name, some, upkeep.folder) is None:
                kept.skipped += len(some)
        except SpoolFull as full:
            short = str(full)
        except ArchiveDamaged as error:
            short, damaged = None, str(error)
        kept.no_room, kept.damaged = short or kept.no_room, damaged or kept.damaged
        if short or damaged:
            kept.left += len(some)
        else:
            kept.files_after -= len(some) - 1


def _know_removals(tables: Tables, name: str, table: DeltaTable, retention: timedelta) -> None:
    """Let the table know of removed files for as long as they are kept."""
    wanted = removals_known_for(retention)
    for _ in range(_ROUNDS):
        with _store_errors(name):
            if wanted.items() <= table.metadata().configuration.items():
                return
            with suppress(CommitFailedError):  # another writer was faster, or it was done and its answer lost
                table.alter.set_table_properties(wanted)
        table = _newest(tables, name)
    raise StoreUnavailable(f"table {name}: others change its properties all the time")


def _newest(tables: Tables, name: str) -> DeltaTable:
    table = tables.open(name)
    if table is None:
        raise StoreUnavailable(f"table {name} went away")
    return table


def _vacuum(table: DeltaTable, upkeep: Upkeep) -> list[str]:
    """Files that no version of the retention names. Whole folders are listed: a killed writer's are in no version."""
    hours = upkeep.retention_hours
    with _store_errors(table.table_uri):
        found = table.vacuum(hours, dry_run=True, enforce_retention_duration=False, full=True)
        if found and not upkeep.dry_run:
            # Asked first: a removal leaves two commits in the log, whether it removes anything or not.
            table.vacuum(hours, dry_run=False, enforce_retention_duration=False, full=True)
    return found


@contextmanager
def _store_errors(name: str) -> Iterator[None]:
    try:
        yield
    except (DeltaError, OSError) as error:
        raise StoreUnavailable(f"table {name}: {error}") from error


def superseding(heads: Iterable[tuple[str, list[str]]], run_id: str, now: datetime) -> list[Row]:
    """The events that leave one head to each article of `heads`: key, and its head rows, the one that stays first."""
    return [
        {
            "article_key": key,
            "site": key.partition("/")[0],
            "kind": "superseded",
            "reason": "two_heads",
            "row_id": row_id,
            **_stamp(run_id, now),
        }
        for key, rows in heads
        for row_id in rows[1:]
    ]


def losses(store: ObjectStore, pointed_at: Iterable[str], run_id: str, now: datetime) -> list[Row]:
    """The events of the WARC objects of `pointed_at` that are not there. From then on nothing is a revisit of theirs.

    `pointed_at` is a snapshot taken before the call: an object is there before a row points at it. Raises
    StoreUnavailable.
    """
    held = {info.key for info in store.list("warc/")}
    missing = [key for key in pointed_at if key not in held and store.stat(key) is None]
    return [{"url": key, "kind": "lost", **_stamp(run_id, now)} for key in missing]


def commit_repairs(tables: Tables, events: list[Row], run_id: str) -> None:
    """Commit the events of one maintenance, once. Raises StoreUnavailable."""
    if events:
        tables.append("events", events, AppId(f"maintain-{run_id}", 1))


def _stamp(run_id: str, now: datetime) -> Row:
    return {"at": now.isoformat(timespec="microseconds"), "run_id": run_id}
