"""The spool: a local write-ahead log of WARC segments, delivered to the archive in order.

    <spool dir>/<spool id>/spool.json       run, archive URI; written first
                          /owner.lock       flock of the process that appends
                          /delivery.lock    flock of the process that delivers
                          /000001.warc.gz.open, 000001.warc.gz, ...
                          /report.html, report.txt   of the run; delivered after its segments
    <spool dir>/rows-<id>/                  rows of `runs` alone (`storage.run_rows`)

A spool whose owner is dead is anyone's to deliver; a live one is its owner's. `storage.spool_writer` appends.
"""

import fcntl
import logging
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from news.errors import DiswayError
from storage import segment
from storage.schema import Row
from storage.spool_files import segment_files, spool_folders
from storage.spool_meta import META, ROWS, LaterFormat, SpoolMeta, read_meta, write_meta

logger = logging.getLogger(__name__)

REPORTS = ("report.html", "report.txt")
_OWNER = "owner.lock"
_DELIVERY = "delivery.lock"
MAKING = ".making-"
"""Begins the name of a spool that is being made."""


class SpoolFull(DiswayError):
    """The disk, or the configured budget, holds no more. What was acknowledged before stays safe."""

    reason = "spool_full"


def new_run_id(now: datetime) -> str:
    """A sortable id: `20261123T010203Z-a1b2c3`."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


class Spool:
    """One spool folder, owned by this process until `release`."""

    def __init__(self, folder: Path, meta: SpoolMeta, owner: int | None) -> None:
        self.folder = folder
        self.meta = meta
        self._owner = owner

    @classmethod
    def create(
        cls, spool_dir: Path, run_id: str, archive: str, run: Row | None = None, *, of_rows: bool = False
    ) -> "Spool":
        """Make and own a new spool folder. Raises SpoolFull when the disk refuses it."""
        meta = SpoolMeta((ROWS if of_rows else "") + secrets.token_hex(8), run_id, archive, run or {})
        folder = spool_dir / meta.spool_id
        # Owned and described before it gets its name: whoever looks for abandoned spools sees it whole or not at all.
        making = spool_dir / f"{MAKING}{meta.spool_id}"
        owner = None
        try:
            making.mkdir(parents=True)
            owner = os.open(making / _OWNER, os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(owner, fcntl.LOCK_EX)
            write_meta(making, meta)
            making.rename(folder)
            segment.sync_folder(spool_dir)
        except OSError as error:
            for left in (making, folder):
                shutil.rmtree(left, ignore_errors=True)  # who waits for room tries again and again
            if owner is not None:
                os.close(owner)
            raise SpoolFull(f"{folder}: {error.strerror}: free some space or set [spool] dir elsewhere") from error
        return cls(folder, meta, owner)

    @classmethod
    def borrow(cls, folder: Path) -> "Spool":
        """The spool at `folder`, for delivery on behalf of the process that owns it. Raises OSError or ValueError."""
        return cls(folder, read_meta(folder), None)

    @property
    def closed_segments(self) -> list[Path]:
        """Segments that wait for delivery, in order."""
        return sorted(self.folder.glob(f"*{segment.CLOSED_SUFFIX}"))

    @property
    def reports(self) -> list[Path]:
        """What tells people of the run, and waits for delivery."""
        return [path for name in REPORTS if (path := self.folder / name).exists()]

    @property
    def bytes_held(self) -> int:
        """Bytes of all segments that lie here."""
        return sum(file.bytes for file in segment_files([self.folder]))

    def describe_end(self, end: Row) -> None:
        """Add to what is said of the run how it ended: columns of `runs`. Raises OSError."""
        meta = replace(self.meta, run=self.meta.run | end)
        write_meta(self.folder, meta)
        self.meta = meta

    def release(self) -> None:
        """Give up ownership; the folder goes away when nothing in it waits."""
        if not any(self.folder.glob("*.warc.gz*")) and not self.reports:
            last = [self.folder / name for name in (META, _DELIVERY, _OWNER)]
            for path in (*(other for other in self.folder.glob("*") if other not in last), *last):
                path.unlink(missing_ok=True)
            with suppress(FileNotFoundError):
                self.folder.rmdir()
        self.let_go()

    def let_go(self) -> None:
        """Give up ownership and leave the folder to the next one, whatever is in it."""
        if self._owner is not None:
            os.close(self._owner)


def abandoned_spools(spool_dir: Path, archive: str) -> Iterator[Spool]:
    """Own every spool for `archive` whose owner is dead, oldest run first, its segments mended and closed.

    A spool is the caller's to `release` or to `let_go`.
    """
    found: list[Spool] = []
    for folder in spool_folders(spool_dir):
        owner = _try_lock(folder / _OWNER)
        if owner is None:
            continue
        try:
            spool = Spool(folder, read_meta(folder), owner)
        except LaterFormat as error:
            logger.warning("%s", error)
            os.close(owner)
            continue
        except (OSError, ValueError):
            # Cut before its first append: nothing was ever acknowledged here.
            Spool(folder, SpoolMeta(folder.name, "", ""), owner).release()
            continue
        if spool.meta.archive == archive:
            found.append(spool)
        else:
            os.close(owner)
    for spool in sorted(found, key=lambda s: s.meta.run_id):
        for path in sorted(spool.folder.glob(f"*{segment.OPEN_SUFFIX}")):
            segment.mend(path)
            segment.close(path)
        yield spool


def tell_end(spool_dir: Path, run_id: str, end: Row) -> bool:
    """Leave word of how a dead run ended in the spool that it left; whether it left one.

    The delivery of that spool tells it in the run's row, unless the run noted a row itself. `end` is columns of `runs`.
    """
    for folder in spool_folders(spool_dir):
        try:
            meta = read_meta(folder)
        except (OSError, ValueError, LaterFormat):
            continue
        if meta.run_id == run_id and meta.is_of_a_run:
            if end and (owner := _try_lock(folder / _OWNER)) is not None:  # else it is being delivered already
                spool = Spool(folder, meta, owner)
                try:
                    spool.describe_end(end)
                except OSError as error:
                    logger.warning("%s is not told how its run ended: %s", folder, error.strerror)
                finally:
                    spool.let_go()
            return True
    return False


def undelivered(spool_dir: Path, own: Path | None = None) -> int:
    """How many segments wait in the spool folder `own` and in those that nobody owns.

    Those of another crawl that goes on are its own to deliver; what mending cut out of one waits for nobody. Nor are
    rows about runs that never began counted: nothing that was fetched is in them, and others add to them at any time.
    """
    folders = (folder for folder in spool_folders(spool_dir) if not folder.name.startswith(ROWS))
    return sum(file.waits for file in segment_files(f for f in folders if f == own or is_abandoned(f)))


def of_other_archives(spool_dir: Path, archive: str) -> dict[str, int]:
    """How many segments wait in spools that nobody owns, by the archive that they are for, but those for `archive`."""
    found: dict[str, int] = {}
    for folder in filter(is_abandoned, spool_folders(spool_dir)):
        with suppress(OSError, ValueError, LaterFormat):
            meta = read_meta(folder)
            waiting = sum(file.waits for file in segment_files([folder]))
            if waiting and meta.archive != archive:
                found[meta.archive] = found.get(meta.archive, 0) + waiting
    return found


def is_abandoned(folder: Path) -> bool:
    """Whether the process that owned the spool in `folder` is dead."""
    owner = _try_lock(folder / _OWNER)
    if owner is not None:
        os.close(owner)
    return owner is not None


def _try_lock(path: Path) -> int | None:
    """An exclusive lock on `path`, or None when another process holds it or has just removed it."""
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


@contextmanager
def delivery_lock(folder: Path) -> Iterator[None]:
    """Held while segments of `folder` are delivered; waits for a deliverer that outlived its crawl."""
    handle = os.open(folder / _DELIVERY, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
