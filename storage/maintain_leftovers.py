"""What writers that died left behind: uploads in parts that nobody ends, and folders beside the spools."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage.config import StoreOptions
from storage.keys import PARTIAL
from storage.scratch import SCRATCH, clear, forgotten
from storage.spool import MAKING

UPLOAD_AGE = timedelta(days=1)
"""No upload of a segment takes so long."""
AREAS = ("warc/", "tables/", "state/", "reports/")
"""Below the archive's place, keys that begin so are the archive's own."""
_FOLDER_AGE_S = 3_600.0
_LOCK = f"{PARTIAL}lock"
"""Ends the name of what `storage.local` locks: whoever removes it lets two processes hold it."""


def broken_uploads(options: StoreOptions, now: datetime, *, dry_run: bool) -> int:
    """End the uploads that were begun a day ago and never finished; how many there were.

    Raises StoreUnavailable, StoreRefused.
    """
    if options.is_s3:
        from storage.s3_leftovers import end_uploads  # noqa: PLC0415  boto3, which a folder does not need

        return end_uploads(options, now - UPLOAD_AGE, dry_run=dry_run)
    assert options.root is not None
    halves = [path for area in AREAS for path in (options.root / area).rglob(f"*{PARTIAL}*")]
    old = [path for path in halves if not path.name.endswith(_LOCK) and _modified(path) < now - UPLOAD_AGE]
    for path in () if dry_run else old:
        path.unlink(missing_ok=True)
    return len(old)


def forgotten_folders(spool_dir: Path, *, dry_run: bool) -> int:
    """Remove what processes that were killed left beside the spools, and no spool; how many folders there were."""
    found = forgotten(spool_dir, (MAKING, SCRATCH), _FOLDER_AGE_S)
    for folder in () if dry_run else found:
        clear(folder)
    return len(found)


def _modified(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return datetime.max.replace(tzinfo=UTC)
