"""The processes of one browser: a group of their own, and the folder that they write to."""

import contextlib
import fcntl
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

_PREFIX = ".browser-"
_LOCK = "owner.lock"
_SOCKET = "SingletonSocket"
"""A link in the profile to a socket in the system's folder for temporary files, which Chromium leaves when killed."""
_PROC = Path("/proc")
_GROUP_FIELD = 2
"""Of /proc/<pid>/stat, counted behind the program's name: state, parent, group (proc(5))."""
_OWN_PAGES = ("RssAnon:", "RssShmem:")
"""What a process holds beside mapped files, which all share and the kernel can drop."""


class ProfileFolder:
    """A folder for one browser's profile, which goes away with it; one that a killed crawl left goes away here."""

    def __init__(self, parent: Path) -> None:
        with _alone_in(parent):  # a folder that is made and not locked yet looks like a forgotten one
            _remove_forgotten(parent)
            self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
            self._lock = os.open(self.path / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)

    def remove(self) -> None:
        """Delete the folder. Safe to call twice."""
        if self._lock >= 0:
            _remove(self.path)
            os.close(self._lock)
            self._lock = -1


class ProcessGroup:
    """All processes of the group of `member`. Raises ProcessLookupError when there is none, or it is our own."""

    def __init__(self, member: int) -> None:
        self.number = os.getpgid(member)
        if self.number == os.getpgrp():
            raise ProcessLookupError(f"process {member} has no group of its own")

    def kill(self) -> None:
        """End all at once."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.number, signal.SIGKILL)

    def memory(self) -> int:
        """Bytes that they hold together."""
        return sum(map(_held, self._members()))

    def _members(self) -> Iterator[Path]:
        for folder in _PROC.glob("[0-9]*"):
            with contextlib.suppress(OSError, IndexError, ValueError):
                fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
                if int(fields[_GROUP_FIELD]) == self.number:
                    yield folder


def _held(process: Path) -> int:
    try:
        lines = (process / "status").read_text(errors="replace").splitlines()
    except OSError:  # it has ended
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(_OWN_PAGES))


@contextlib.contextmanager
def _alone_in(parent: Path) -> Iterator[None]:
    handle = os.open(parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _remove(profile: Path) -> None:
    with contextlib.suppress(OSError):
        place = (profile / _SOCKET).readlink().parent
        if place.name.startswith("org.chromium."):
            shutil.rmtree(place, ignore_errors=True)
    shutil.rmtree(profile, ignore_errors=True)


def _remove_forgotten(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*/"):
        try:
            lock = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # its browser runs
            continue
        else:
            _remove(folder)
        finally:
            os.close(lock)
