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
import json
import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path

from news.errors import DiswayError
from storage import segment
from storage.schema import Row

logger = logging.getLogger(__name__)

FORMAT = 1
"""Of a spool folder. What a program does not know of the same format it passes over; a later format it leaves alone."""
REPORTS = ("report.html", "report.txt")
_ROWS = "rows-"
_META = "spool.json"
_OWNER = "owner.lock"
_DELIVERY = "delivery.lock"
_MAKING = ".making-"


class SpoolFull(DiswayError):
    """The disk, or the configured budget, holds no more. What was acknowledged before stays safe."""

    reason = "spool_full"


class LaterFormat(DiswayError):
    """A spool that a later version of the program filled."""


@dataclass(frozen=True, slots=True)
class SpoolMeta:
    """What a spool folder says of itself. `spool_id` is the app id of its Delta transactions.

    `archive` names the store that its segments belong to: endpoint and URI. `run` is what the run's row says of its
    begin, for the case that the run itself cannot write one.
    """

    spool_id: str
    run_id: str
    archive: str
    run: Row = field(default_factory=dict)

    @property
    def is_of_a_run(self) -> bool:
        """Whether a run filled it; else it holds rows about runs that never began."""
        return not self.spool_id.startswith(_ROWS)

    def report_key(self, name: str) -> str:
        """Object key of the report in file `name`."""
        return f"reports/{self.run_id}{Path(name).suffix}"

    def warc_key(self, number: int) -> str:
        """Object key of segment `number`: dated by the run's start, so that a retry writes the same key."""
        return f"warc/{self.run_id[:4]}/{self.run_id[4:6]}/{self.run_id[6:8]}/{self.run_id}-{number:06d}.warc.gz"


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
        meta = SpoolMeta((_ROWS if of_rows else "") + secrets.token_hex(8), run_id, archive, run or {})
        folder = spool_dir / meta.spool_id
        # Owned and described before it gets its name: whoever looks for abandoned spools sees it whole or not at all.
        making = spool_dir / f"{_MAKING}{meta.spool_id}"
        try:
            making.mkdir(parents=True)
            owner = os.open(making / _OWNER, os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(owner, fcntl.LOCK_EX)
            with (making / _META).open("w", encoding="utf-8") as out:
                json.dump(asdict(meta) | {"format": FORMAT}, out)
                out.flush()
                os.fsync(out.fileno())
            segment.sync_folder(making)
            making.rename(folder)
            segment.sync_folder(spool_dir)
        except OSError as error:
            raise SpoolFull(f"{folder}: {error.strerror}: free some space or set [spool] dir elsewhere") from error
        return cls(folder, meta, owner)

    @classmethod
    def borrow(cls, folder: Path) -> "Spool":
        """The spool at `folder`, for delivery on behalf of the process that owns it. Raises OSError or ValueError."""
        return cls(folder, _read_meta(folder), None)

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
        return sum(map(_size, self.folder.glob("*.warc.gz*")))

    def release(self) -> None:
        """Give up ownership; the folder goes away when nothing in it waits."""
        if not any(self.folder.glob("*.warc.gz*")) and not self.reports:
            last = [self.folder / name for name in (_META, _DELIVERY, _OWNER)]
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
    for folder in spool_dir.glob("[!.]*/"):
        owner = _try_lock(folder / _OWNER)
        if owner is None:
            continue
        try:
            spool = Spool(folder, _read_meta(folder), owner)
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


def _size(path: Path) -> int:
    """Bytes; 0 of a segment that a delivery has deleted meanwhile."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def undelivered(spool_dir: Path, own: Path | None = None) -> int:
    """How many segments wait in the spool folder `own` and in those that nobody owns.

    Those of another crawl that goes on are its own to deliver; what mending cut out of one waits for nobody. Nor are
    rows about runs that never began counted: nothing that was fetched is in them, and others add to them at any time.
    """
    folders = (folder for folder in spool_dir.glob("[!.]*/") if not folder.name.startswith(_ROWS))
    return sum(_segments_in(folder) for folder in folders if folder == own or is_abandoned(folder))


def _segments_in(folder: Path) -> int:
    suffixes = (segment.CLOSED_SUFFIX, segment.OPEN_SUFFIX)
    return sum(1 for suffix in suffixes for _ in folder.glob(f"*{suffix}"))


def is_abandoned(folder: Path) -> bool:
    """Whether the process that owned the spool in `folder` is dead."""
    owner = _try_lock(folder / _OWNER)
    if owner is not None:
        os.close(owner)
    return owner is not None


def _read_meta(folder: Path) -> SpoolMeta:
    found = json.loads((folder / _META).read_text(encoding="utf-8"))
    try:
        if found.get("format", FORMAT) > FORMAT:
            raise LaterFormat(f"{folder} was filled by a later version of disway and waits for it")
        return SpoolMeta(**{known.name: found[known.name] for known in fields(SpoolMeta) if known.name in found})
    except (AttributeError, TypeError) as error:
        raise ValueError(f"{folder / _META} is not what it should be") from error


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
