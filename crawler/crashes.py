"""What a process was reading when it died, and which pages were read so too often."""

import fcntl
import json
import mmap
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import IntEnum
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

CRASHES = 3
"""Deaths of a process during the reading of one page, after which it is the page's fault."""
_QUARANTINE_S = 86_400.0
"""Of a page that is asked for all the same, such as a home page; doubled with each further death."""
_LONGEST_DOUBLINGS = 5
_REMEMBERED_S = 90 * 86_400.0
_AHEAD_S = 3_600.0
"""A death that lies further in the future was noted by a clock that was wrong; a clock may be set back by less."""

_SLOT = 2_560
"""Bytes; addresses of the network are at most 2,048 long."""
_LENGTH = 2


class Place(IntEnum):
    """Where pages are read, one at a time in each."""

    MAIN = 0
    """In the main thread."""
    ASIDE = 1
    """Long documents, in another."""


class Slots:
    """The readings under way in this process, in a mapped file that outlives it. Locked while the process lives.

    `traces` are the files, one a place, in which the watch leaves something when it ends the process for the page that
    is read there.
    """

    def __init__(self, folder: Path) -> None:
        name = f"reading-{os.getpid()}-{secrets.token_hex(4)}"
        self._path = folder / f"{name}.slots"
        self.traces = {place: _trace(self._path, place).open("xb") for place in Place}
        self._file = self._path.open("x+b")
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._file.truncate(len(Place) * _SLOT)
        self._map = mmap.mmap(self._file.fileno(), len(Place) * _SLOT)

    def enter(self, place: Place, url: str) -> None:
        """`url` is being read in `place` from now on."""
        data = url.encode("utf-8", "replace")[: _SLOT - _LENGTH]
        at = place * _SLOT
        self._map[at + _LENGTH : at + _LENGTH + len(data)] = data
        self._map[at : at + _LENGTH] = len(data).to_bytes(_LENGTH, "big")  # last: before it the slot is empty

    def leave(self, place: Place) -> None:
        """It was read."""
        at = place * _SLOT
        self._map[at : at + _LENGTH] = b"\0\0"

    def close(self) -> None:
        """Nothing is read any more."""
        self._map.close()
        self._path.unlink(missing_ok=True)
        self._file.close()
        for trace in self.traces.values():
            Path(trace.name).unlink(missing_ok=True)
            trace.close()


class Death(NamedTuple):
    """A page that was read when a process died; `proven` when the watch itself ended the process for it."""

    url: str
    proven: bool


class Crashes:
    """Pages over which processes died. Reads what dead processes left in `folder`, and clears it away."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "crashes.json"
        with self._locked():
            deaths = list(_deaths(folder))
            self._known = self._load()
            for death in deaths:
                number, _ = self._known.get(death.url, (0, 0.0))
                self._known[death.url] = (max(number + 1, CRASHES if death.proven else 0), time.time())
            if deaths:
                self._save()
        self.found = [death.url for death in deaths]

    def is_quarantined(self, url: str) -> bool:
        """Whether `url` is not to be read just now."""
        if url not in self._known:
            return False
        number, last = self._known[url]
        doublings = min(number - CRASHES, _LONGEST_DOUBLINGS)
        return number >= CRASHES and -_AHEAD_S <= time.time() - last < _QUARANTINE_S * 2.0**doublings

    def forgive(self, url: str) -> None:
        """`url` was read: whatever the process died of before, it was not this page as it is."""
        if url in self._known:
            with self._locked():
                self._known = self._load()
                self._known.pop(url, None)
                self._save()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        handle = os.open(self._folder / "crashes.lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _load(self) -> dict[str, tuple[int, float]]:
        """Of this version of the program: another one may read what the last one died of."""
        try:
            stored = json.loads(self._path.read_text(encoding="utf-8"))
            if stored["version"] != version("disway-archive"):
                return {}
            fresh = time.time() - _REMEMBERED_S
            return {url: (int(n), float(at)) for url, (n, at) in stored["pages"].items() if at > fresh}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def _save(self) -> None:
        making = self._path.with_suffix(".making")
        making.write_text(json.dumps({"version": version("disway-archive"), "pages": self._known}), encoding="utf-8")
        making.replace(self._path)


def _deaths(folder: Path) -> Iterator[Death]:
    """What the processes were reading whose files nobody locks any more; the files go away."""
    for path in sorted(folder.glob("reading-*.slots")):
        with suppress(OSError), path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            traces = {place: _trace(path, place) for place in Place}
            for place, url in _urls(file.read()):
                proven = traces[place].exists() and traces[place].stat().st_size > 0
                yield Death(url, proven)
            path.unlink()
            for trace in traces.values():
                trace.unlink(missing_ok=True)


def _trace(slots: Path, place: Place) -> Path:
    return slots.with_suffix(f".{place.name.lower()}.trace")


def _urls(data: bytes) -> Iterator[tuple[Place, str]]:
    for place in Place:
        at = place * _SLOT
        length = int.from_bytes(data[at : at + _LENGTH], "big")
        if length:
            yield place, data[at + _LENGTH : at + _LENGTH + length].decode("utf-8", "replace")
