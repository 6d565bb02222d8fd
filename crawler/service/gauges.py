"""What waits at this moment, read from the files of the machine: the spool and the index."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from storage.segment import CLOSED_SUFFIX, OPEN_SUFFIX

_SUFFIXES = (CLOSED_SUFFIX, OPEN_SUFFIX)


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
    segments = (path for path in spool_dir.glob("[!.]*/*") if path.name.endswith(_SUFFIXES))
    found = [stat for path in segments if (stat := _stat(path)) is not None]
    oldest = min((datetime.fromtimestamp(at, UTC) for _, at in found), default=None)
    return Undelivered(len(found), sum(size for size, _ in found), oldest)


def runs_in(spool_dir: Path) -> set[str]:
    """Ids of the runs that have a spool there."""
    found = set()
    for path in spool_dir.glob("[!.]*/spool.json"):
        try:
            found.add(json.loads(path.read_text("utf-8"))["run_id"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
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


def _stat(path: Path) -> tuple[int, float] | None:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return stat.st_size, stat.st_mtime
