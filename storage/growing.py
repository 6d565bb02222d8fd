"""The segment that grows: whole appends, each durable when it returns, or none of it."""

import os
import time
from pathlib import Path

from storage import segment


class GrowingSegment:
    """Segment `number` of the spool in `folder`, made with `beginning` in it. Every method raises OSError."""

    def __init__(self, folder: Path, number: int, beginning: bytes) -> None:
        self.number = number
        self.size = 0
        self.is_sound = True
        """Whether a failed append was cut off again, so that the offsets of later ones are true."""
        self._opened_at = time.monotonic()
        self._path = folder / f"{number:06d}{segment.OPEN_SUFFIX}"
        self._file = self._path.open("xb", buffering=0)
        try:
            self.append(beginning)
            segment.sync_folder(folder)
        except OSError:
            self._file.close()
            self._path.unlink(missing_ok=True)
            raise

    @property
    def age_s(self) -> float:
        """Seconds since it was made."""
        return time.monotonic() - self._opened_at

    def append(self, data: bytes) -> int:
        """Write and sync `data`; gives its offset."""
        start = self.size
        try:
            self._write(data)
        except OSError:
            self._cut(start)
            raise
        self.size += len(data)
        return start

    def close(self) -> Path:
        """Give it its final name, which is returned."""
        try:
            os.fsync(self._file.fileno())
        finally:
            self._file.close()
        return segment.close(self._path)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]
        os.fdatasync(self._file.fileno())

    def _cut(self, size: int) -> None:
        self.is_sound = False
        os.ftruncate(self._file.fileno(), size)
        self._file.seek(size)
        self.is_sound = True
