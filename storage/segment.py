"""One file of the spool, and what a crash can leave of it.

While it grows a segment is called `<number>.warc.gz.open`; closed it is `<number>.warc.gz`. A crash leaves at most a
torn last gzip member, which was never acknowledged to anyone. Damage before the end (a bad disk) is cut out as well,
member by member, and what is cut out is kept beside the segment as `.damaged`: nothing is thrown away.
"""

import mmap
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OPEN_SUFFIX = ".warc.gz.open"
CLOSED_SUFFIX = ".warc.gz"
_MEMBER_MAGIC = b"\x1f\x8b\x08"
_STEP = 1 << 20


@dataclass(frozen=True, slots=True)
class Mended:
    """What mending found: bytes of whole members kept, bytes cut out."""

    kept: int
    cut: int


def segment_number(path: Path) -> int:
    """The sequence number in a segment's file name."""
    return int(path.name.partition(".")[0])


def mend(path: Path) -> Mended:
    """Leave only whole gzip members in `path`; a file that is whole already is not written."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        whole = list(_whole_members(stream.fileno(), size)) if size else []
        kept = sum(end - start for start, end in whole)
        if kept == size:
            return Mended(kept, 0)
        _keep_damaged(path, stream.fileno(), whole, size)
        mended = path.with_name(path.name + ".mending")
        with mended.open("wb") as out:
            for start, end in whole:
                _copy(stream.fileno(), out.fileno(), start, end)
            os.fsync(out.fileno())
    mended.replace(path)
    sync_folder(path.parent)
    return Mended(kept, size - kept)


def close(path: Path) -> Path:
    """Give a growing segment its final name; durable when this returns."""
    closed = path.with_name(path.name.removesuffix(OPEN_SUFFIX) + CLOSED_SUFFIX)
    path.replace(closed)
    sync_folder(path.parent)
    return closed


def sync_folder(folder: Path) -> None:
    """Make renames and deletions in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _whole_members(handle: int, size: int) -> Iterator[tuple[int, int]]:
    """Start and end of every member that inflates to its checksum, in order."""
    with mmap.mmap(handle, size, access=mmap.ACCESS_READ) as data:
        start = data.find(_MEMBER_MAGIC)
        while start != -1:
            end = _member_end(data, start, size)
            if end is None:
                start = data.find(_MEMBER_MAGIC, start + 1)
            else:
                yield start, end
                start = data.find(_MEMBER_MAGIC, end)


def _member_end(data: mmap.mmap, start: int, size: int) -> int | None:
    inflate = zlib.decompressobj(wbits=31)
    at = start
    try:
        while at < size and not inflate.eof:
            inflate.decompress(data[at : at + _STEP])
            at = min(at + _STEP, size)
    except zlib.error:
        return None
    return at - len(inflate.unused_data) if inflate.eof else None


def _keep_damaged(path: Path, handle: int, whole: list[tuple[int, int]], size: int) -> None:
    """Copy what lies between whole members beside the segment; a torn tail alone is no damage."""
    gaps = _gaps(whole, size)
    if len(gaps) == 1 and gaps[0][1] == size:
        return
    with path.with_name(path.name + ".damaged").open("wb") as out:
        for start, end in gaps:
            _copy(handle, out.fileno(), start, end)
        os.fsync(out.fileno())


def _gaps(whole: list[tuple[int, int]], size: int) -> list[tuple[int, int]]:
    edges = [0, *(edge for member in whole for edge in member), size]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a]


def _copy(source: int, target: int, start: int, end: int) -> None:
    while start < end:
        start += os.write(target, os.pread(source, min(_STEP, end - start), start))
