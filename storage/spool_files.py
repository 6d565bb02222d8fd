"""Looks at the folder of all spools while others make, fill and release theirs: what goes meanwhile is passed over."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from storage.segment import CLOSED_SUFFIX, OPEN_SUFFIX

_WAITING = (CLOSED_SUFFIX, OPEN_SUFFIX)


class SegmentFile(NamedTuple):
    """A segment, or what mending cut out of one. `written_at` is its last change in seconds since 1970."""

    path: Path
    bytes: int
    written_at: float

    @property
    def waits(self) -> bool:
        """Whether it is to be delivered; what mending cut out is only kept."""
        return self.path.name.endswith(_WAITING)


def spool_folders(spool_dir: Path) -> list[Path]:
    """The folders of all spools, whoever owns them; none of a folder that is not there."""
    return [Path(entry) for entry in _entries(spool_dir) if not entry.name.startswith(".") and entry.is_dir()]


def segment_files(folders: Iterable[Path]) -> list[SegmentFile]:
    """What lies in the spools at `folders`. A spool that was released since is empty."""
    found = []
    for folder in folders:
        for entry in _entries(folder):
            if CLOSED_SUFFIX in entry.name:
                try:
                    stat = entry.stat()
                except FileNotFoundError:
                    continue  # a delivery has deleted it
                found.append(SegmentFile(Path(entry), stat.st_size, stat.st_mtime))
    return found


def _entries(folder: Path) -> list["os.DirEntry[str]"]:
    """Nothing of a folder that is gone, is a file, or is somebody else's, such as `lost+found`."""
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []
