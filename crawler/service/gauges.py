"""What waits at this moment, read from the files of the machine: the spool and the index."""

import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from storage.spool_files import segment_files, spool_folders
from storage.spool_meta import LaterFormat, read_meta


class Pending(NamedTuple):
    """Articles of a site that wait to be fetched, and when the oldest was sighted; aware."""

    articles: int
    oldest: datetime | None


class Undelivered(NamedTuple):
    """What lies in the spool: segments, their bytes, and when the oldest was last written to; aware."""

    segments: int
    bytes: int
    oldest: datetime | None


def undelivered_in(spool_dir: Path) -> Undelivered:
    """What waits in the spool folder, whoever it belongs to."""
    found = [file for file in segment_files(spool_folders(spool_dir)) if file.waits]
    oldest = min((datetime.fromtimestamp(file.written_at, UTC) for file in found), default=None)
    return Undelivered(len(found), sum(file.bytes for file in found), oldest)


def runs_in(spool_dir: Path) -> set[str]:
    """Ids of the runs that have a spool there."""
    found = set()
    for folder in spool_folders(spool_dir):
        with suppress(OSError, ValueError, LaterFormat):
            found.add(read_meta(folder).run_id)
    return found


def pending_in(seen_path: Path) -> dict[str, Pending] | None:
    """What waits to be fetched, by site, from the index; None while it cannot be read."""
    if not seen_path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"file:{seen_path}?mode=ro", uri=True, timeout=1.0)) as db:
            rows = db.execute(
                "SELECT site, count(*), min(first_seen_at) FROM article WHERE state = 'pending' GROUP BY site"
            ).fetchall()
    except sqlite3.Error:
        return None
    return {site: Pending(number, datetime.fromisoformat(at) if at else None) for site, number, at in rows}
