"""Spools that are released while somebody looks at the folder of all of them, and spools that do not fit on the disk."""

import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crawler.alerting.judge_spool import judge_delivery, judge_room
from crawler.config import Config
from crawler.report import RunReport
from crawler.service.gauges import undelivered_in
from storage.run_rows import keep_run_rows
from storage.spool import Spool, SpoolFull, abandoned_spools, undelivered
from storage.spool_files import segment_files, spool_folders
from storage.spool_room import SpoolRoom

RUN_ID = "20260305T010000Z-abcdef"
ROW = {"run_id": RUN_ID, "command": "crawl", "started_at": "2026-03-05T01:00:00+00:00", "undelivered": 0}


def settings(spool_dir: Path):
    return Config.model_validate({"spool": {"dir": str(spool_dir), "floor_bytes": 0}}).spool


def room(spool_dir: Path) -> object:
    report = RunReport.__new__(RunReport)
    report.counts = {}
    return [judged.wrong for judged in judge_room(settings(spool_dir), report)]


LOOKS: dict[str, tuple[Callable[[Path], object], object]] = {
    "healthz": (lambda folder: undelivered_in(folder)[:2], (1, 70)),
    "room": (lambda folder: SpoolRoom(folder, 1 << 30, 0).shortage(), None),
    "waiting": (undelivered, 1),
    "alert of delivery": (
        lambda folder: "1 segments (0.0 MiB)" in next(judge_delivery(settings(folder), 1, "")).finding.message,
        True,
    ),
    "alert of room": (room, [False]),
}


@pytest.mark.parametrize(("look", "seen"), LOOKS.values(), ids=LOOKS)
def test_a_spool_that_is_released_at_that_moment_is_passed_over(tmp_path, monkeypatch, look, seen):
    staying = Spool.create(tmp_path, RUN_ID, "archive")
    (staying.folder / "000001.warc.gz").write_bytes(bytes(70))
    staying.let_go()
    going = Spool.create(tmp_path, "20260305T020000Z-abcdef", "archive")
    going.let_go()
    scandir, released = os.scandir, []

    def scanned(folder: object = ".") -> object:
        """It goes after somebody has seen it in the folder, and before its own folder is opened."""
        if not released and folder == going.folder:
            released.append(folder)
            Spool.borrow(going.folder).release()
        return scandir(folder)

    monkeypatch.setattr("os.scandir", scanned)
    assert look(tmp_path) == seen
    assert released
    assert spool_folders(tmp_path) == [staying.folder]


def test_a_segment_that_is_delivered_at_that_moment_is_passed_over(tmp_path):
    for name in ("000001.warc.gz", "000002.warc.gz.open", "000003.warc.gz.open.damaged", "spool.json"):
        (tmp_path / "a").mkdir(exist_ok=True)
        (tmp_path / "a" / name).write_bytes(bytes(7))
    found = segment_files(spool_folders(tmp_path))
    assert {file.path.name: (file.bytes, file.waits) for file in found} == {
        "000001.warc.gz": (7, True),
        "000002.warc.gz.open": (7, True),
        "000003.warc.gz.open.damaged": (7, False),
    }
    (tmp_path / "b").symlink_to(tmp_path / "gone")
    (tmp_path / "a" / "000004.warc.gz").symlink_to(tmp_path / "gone")
    assert segment_files([*spool_folders(tmp_path), tmp_path / "gone", tmp_path / "a" / "spool.json"]) == found


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """As on a disk that has so much left: the kernel refuses what is more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [10, 200], ids=["spool.json", "the rows"])
def test_nothing_is_left_of_rows_that_did_not_fit(tmp_path, size):
    held = len(list(Path("/proc/self/fd").iterdir()))
    long = ROW | {"reason": os.urandom(300).hex()}
    for _ in range(3):
        with largest_file(size), pytest.raises(SpoolFull, match="File too large"):
            keep_run_rows(tmp_path, "archive", [long])
        assert list(tmp_path.iterdir()) == []
    assert len(list(Path("/proc/self/fd").iterdir())) == held, "nor a lock"
    folder = keep_run_rows(tmp_path, "archive", [long])
    assert list(tmp_path.iterdir()) == [folder]
    (spool,) = abandoned_spools(tmp_path, "archive")
    assert len(spool.closed_segments) == 1
    spool.let_go()
