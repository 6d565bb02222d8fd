"""Whether what was fetched got to the archive, and whether there is room for more."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from crawler.alerting.alert import AlertKind, Finding, Judged
from crawler.config_sections import SpoolSettings
from crawler.report import RunReport
from news.counters import Counter
from storage.spool_files import segment_files, spool_folders

_NEARLY = 0.8
"""Of the budget."""
_LITTLE = 1.25
"""Multiple of the floor."""
_MIB = 1 << 20


def judge_delivery(settings: SpoolSettings, undelivered: int, trouble: str) -> Iterator[Judged]:
    """Judge what lies in the spool once a run has delivered; `trouble` says why something does."""
    if not undelivered:
        yield Judged(Finding(AlertKind.UNDELIVERED, "all that was fetched is in the archive"), wrong=False)
        return
    sizes, oldest = _waiting(settings.dir)
    why = f": {trouble}" if trouble else ""
    message = (
        f"{undelivered} segments ({sum(sizes) / _MIB:.1f} MiB), the oldest of {oldest:%Y-%m-%d %H:%M} UTC, wait in the "
        f"spool{why}"
    )
    yield Judged(Finding(AlertKind.UNDELIVERED, message), wrong=True)


def judge_room(settings: SpoolSettings, report: RunReport) -> Iterator[Judged]:
    """Judge how much room is left."""
    held = sum(_waiting(settings.dir)[0])
    disk = os.statvfs(settings.dir)
    free = disk.f_bavail * disk.f_frsize
    said = (
        f"the spool holds {held / _MIB:.0f} of {settings.max_bytes / _MIB:.0f} MiB, its disk has {free / _MIB:.0f} MiB "
        f"free, of which {settings.floor_bytes / _MIB:.0f} must stay so"
    )
    pauses = report.counts.get(Counter.SPOOL_PAUSES.value, 0)
    if pauses:
        yield Judged(Finding(AlertKind.SPOOL, f"crawling paused for want of room: {said}"), wrong=True)
    else:
        short = held > _NEARLY * settings.max_bytes or free < _LITTLE * settings.floor_bytes
        yield Judged(Finding(AlertKind.SPOOL, said), wrong=short)


def _waiting(spool_dir: Path) -> tuple[list[int], datetime]:
    """Bytes of the segments that lie there, and when the oldest was written last. Aware."""
    found = segment_files(spool_folders(spool_dir))
    oldest = min((file.written_at for file in found), default=0.0)
    return [file.bytes for file in found], datetime.fromtimestamp(oldest, UTC)
