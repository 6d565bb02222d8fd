"""Spool to archive. For each closed segment of a spool, strictly in order:

    upload the WARC and its CDXJ, verified by size and checksum
      -> commit its rows: sightings, captures, articles, state, events, and the run's own row in its last segment
      -> delete it

and then the reports of the run. A segment with rows of `runs` alone is evidence of nothing and is not uploaded.

Every step may be repeated: objects are written once under a key fixed by run and number, commits are idempotent by
Delta app transaction. So a process killed between any two steps is followed by one that does the rest. Between
commits a reader may see captures without articles, never the reverse.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from news.errors import ArchiveDamaged
from storage import segment
from storage.follow import follow, index
from storage.objects import ObjectExists, ObjectStore
from storage.rows import SegmentRows, read_segment
from storage.schema import STATE_TABLES, Row
from storage.settle import Reread, settle, unknown_sightings
from storage.spool import Spool, delivery_lock
from storage.tables import AppId, CommitConflict, Rows, Tables

_ONCE = 1
"""A run has one row, whoever writes it: the run, who finds its spool, or who started it."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where segments go, and what is needed on the way. `progress` is called with each step's name."""

    store: ObjectStore
    tables: Tables
    seen_path: Path
    reread: Reread
    progress: Callable[[str], None] = lambda _: None


def deliver(spool: Spool, delivery: Delivery) -> int:
    """Deliver every closed segment of `spool`; returns how many. Raises StoreUnavailable, the rest kept for later."""
    with delivery_lock(spool.folder):
        segments = spool.closed_segments
        for path in segments:
            deliver_segment(path, spool, delivery)
        for report in spool.reports:
            key = spool.meta.report_key(report.name)
            delivery.store.put_bytes(key, report.read_bytes(), if_absent=False)
            report.unlink()
            delivery.progress(f"uploaded {key}")
    return len(segments)


def deliver_segment(path: Path, spool: Spool, delivery: Delivery) -> None:
    """Deliver one segment and delete it."""
    number = segment.segment_number(path)
    warc_key = spool.meta.warc_key(number)
    found = _read_whole(path, spool, warc_key)
    app = AppId(spool.meta.spool_id, number)
    if found.has_runs_alone:
        commit_runs(found.tables["runs"], app.app_id, delivery)
    else:
        commit_rows(_upload(path, spool, warc_key, found, delivery), app, delivery)
    path.unlink()
    segment.sync_folder(path.parent)
    delivery.progress(f"deleted {path.name}")


def _upload(path: Path, spool: Spool, warc_key: str, found: SegmentRows, delivery: Delivery) -> SegmentRows:
    """Upload a segment and its index; returns what is in the segment as it lies in the archive."""
    try:
        delivery.store.put_file(warc_key, path)
    except ObjectExists:
        # Uploaded by a delivery that was cut; since then one of the two rotted.
        found = _take_stored(path, spool, warc_key, delivery.store) or _replace_stored(path, warc_key, found, delivery)
    delivery.progress(f"uploaded {warc_key}")
    cdxj_key = warc_key.removesuffix(".warc.gz") + ".cdxj"
    delivery.store.put_bytes(cdxj_key, "".join(f"{line}\n" for line in found.cdxj).encode(), if_absent=False)
    delivery.progress(f"uploaded {cdxj_key}")
    return found


def commit_rows(found: SegmentRows, app: AppId, delivery: Delivery) -> None:
    """Commit a segment's rows: what is new in its sightings, and its articles judged against the newest heads.

    Deliveries that share an index take turns. Others may share the archive: articles are committed only on the version
    of the table by which they were judged, so that no two deliveries make two heads.
    """
    delivery.seen_path.parent.mkdir(parents=True, exist_ok=True)
    with delivery_lock(delivery.seen_path.parent):
        _judge_and_commit(found, app, delivery)


def _judge_and_commit(found: SegmentRows, app: AppId, delivery: Delivery) -> None:
    """The index is brought up to the tables before, not after: the next delivery or run does that."""
    version = follow(delivery.seen_path, delivery.tables)["articles"]
    with index(delivery.seen_path) as db:
        found.sightings.keep(unknown_sightings(db, found.sightings.columns))
    _append("sightings", found.sightings.columns if found.sightings else [], app, delivery)
    _append("captures", found.tables.get("captures", []), app, delivery)
    while True:
        with index(delivery.seen_path) as db:
            settled = settle(db, found.tables, delivery.reread)
        try:
            _append("articles", settled.articles, app, delivery, only_on=version)
            break
        except CommitConflict:
            # Each round means that another writer got a commit through, so all writers together never stand still.
            version = follow(delivery.seen_path, delivery.tables)["articles"]
    for name in STATE_TABLES:
        _append(name, found.tables.get(name, []), app, delivery)
    _append("events", settled.events, app, delivery)
    if found.tables.get("runs"):
        commit_runs(found.tables["runs"], app.app_id, delivery)


def _append(name: str, rows: Rows, app: AppId, delivery: Delivery, only_on: int | None = None) -> None:
    if rows:
        delivery.tables.append(name, rows, app, only_on)
        delivery.progress(f"committed {name}")


def commit_runs(rows: list[Row], spool_id: str, delivery: Delivery) -> None:
    """Commit the rows of those runs that have none."""
    if delivery.tables.is_committed("runs", AppId(spool_id, _ONCE)):
        return  # by an earlier version of the program, which told the row of a run by its spool
    if delivery.tables.append_each("runs", {AppId(f"run-{row['run_id']}", _ONCE): row for row in rows}):
        delivery.progress("committed runs")


def _take_stored(path: Path, spool: Spool, warc_key: str, store: ObjectStore) -> SegmentRows | None:
    """The rows of the object under `warc_key`, which takes the place of the local segment; None when it is damaged."""
    fetched = path.with_name(path.name + ".stored")
    store.fetch_file(warc_key, fetched)
    try:
        found = read_segment(fetched, spool.meta, warc_key)
    except (ArchiveDamaged, ValueError):
        fetched.unlink()
        return None
    fetched.replace(path)
    return found


def _replace_stored(path: Path, warc_key: str, found: SegmentRows, delivery: Delivery) -> SegmentRows:
    """Put the local segment in the place of an object that is damaged."""
    delivery.store.delete(warc_key)
    delivery.store.put_file(warc_key, path)
    delivery.progress(f"replaced {warc_key}, which was damaged")
    return found


def _read_whole(path: Path, spool: Spool, warc_key: str) -> SegmentRows:
    try:
        return read_segment(path, spool.meta, warc_key)
    except (ArchiveDamaged, OSError, ValueError):
        # A segment that rots on disk is delivered mended, under the same number, and never passed over.
        segment.mend(path)
        return read_segment(path, spool.meta, warc_key)
