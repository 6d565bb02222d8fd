"""How much room is left for what is fetched: the budget of all spools together, and what the disk must keep."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from storage.spool_files import segment_files, spool_folders

_LOOK_EVERY_S = 1.0
"""Between two looks at all folders; what is appended meanwhile is counted by whoever appends."""
_INODES_KEPT = 1_000
"""Free inodes below which nothing is fetched: a segment takes one, an index and its journals some more."""
_MARGIN = 0.05
"""Share of the budget that is left to answers under way when no more are asked for."""
_ROOM_AGAIN = 0.9
"""Share of the budget to which a spool that was full must shrink before it takes more."""
_FLOOR_AGAIN = 1.1
"""Multiple of the floor that a disk that was full must have free."""


class SpoolRoom:
    """Measures the folder of all spools. Once it is short of room it stays so until there is clearly more.

    `max_bytes`: of all segments that lie there, whoever's; `floor_bytes`: free space of the disk (0 = not looked at).
    """

    def __init__(
        self,
        spool_dir: Path,
        max_bytes: int,
        floor_bytes: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._dir = spool_dir
        self._max_bytes = max_bytes
        self._floor_bytes = floor_bytes
        self._clock = clock
        self._lock = threading.Lock()
        self._looked_at = float("-inf")
        self._held = 0
        self._free = 0
        self._inodes: int | None = None
        self._short = False

    def shortage(self, more: int = 0, *, margin: bool = False) -> str | None:
        """Why `more` bytes must not be appended now; None when there is room for them.

        `margin`: and for what may be under way, so that no answer is fetched that there is no room for.
        """
        with self._lock:
            if self._short or self._clock() - self._looked_at >= _LOOK_EVERY_S:
                try:
                    self._look()
                except OSError as error:
                    return f"{self._dir}: {error.strerror}"
            found = self._found(more, int(self._max_bytes * _MARGIN) if margin else 0)
            self._short = found is not None
            return found

    def took(self, size: int) -> None:
        """`size` bytes were appended since the last look."""
        with self._lock:
            self._held += size
            self._free -= size

    def _look(self) -> None:
        self._held = sum(file.bytes for file in segment_files(spool_folders(self._dir)))
        disk = os.statvfs(self._dir)
        self._free = disk.f_bavail * disk.f_frsize
        self._inodes = disk.f_favail if disk.f_files else None  # some file systems count none
        self._looked_at = self._clock()

    def _found(self, more: int, margin: int) -> str | None:
        budget = self._max_bytes * (_ROOM_AGAIN if self._short else 1)
        if self._held + max(more, margin) > budget:
            return f"[spool] max_bytes = {self._max_bytes} is reached"
        floor = self._floor_bytes * (_FLOOR_AGAIN if self._short else 1)
        if floor and self._free - more < floor:
            return f"[spool] floor_bytes = {self._floor_bytes}: {max(self._free, 0)} bytes are free at {self._dir}"
        if floor and self._inodes is not None and self._inodes < _INODES_KEPT:
            return f"{self._inodes} inodes are free at {self._dir}"
        return None
