"""Room for what is fetched: the budget of all spools together, the floor of the disk, and the way back."""

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from storage.spool_room import SpoolRoom


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def hold(folder: Path, spool: str, size: int) -> Path:
    path = folder / spool / "000001.warc.gz"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(bytes(size))
    return path


@pytest.fixture
def disk(monkeypatch) -> Callable[..., None]:
    """Sets what the disk says of itself."""

    def says(free: int, inodes: int = 10**6, counted: int = 10**7) -> None:
        told = SimpleNamespace(f_bavail=free, f_frsize=1, f_favail=inodes, f_files=counted)
        monkeypatch.setattr("storage.spool_room.os.statvfs", lambda _: told)

    says(10**12)
    return says


def test_the_budget_is_that_of_all_spools_together(tmp_path: Path, disk):
    clock = Clock()
    room = SpoolRoom(tmp_path, 1000, 0, clock)
    hold(tmp_path, "own", 400)
    assert room.shortage() is None
    other = hold(tmp_path, "other", 500)
    clock.now += 1
    assert room.shortage() is None
    assert room.shortage(101) == "[spool] max_bytes = 1000 is reached"
    other.unlink()
    assert room.shortage(101) is None, "once short it looks each time"


def test_what_is_appended_counts_at_once(tmp_path: Path, disk):
    room = SpoolRoom(tmp_path, 1000, 0, Clock())
    assert room.shortage(600) is None
    room.took(600)
    assert room.shortage(600) is not None


def test_a_full_spool_must_shrink_clearly_before_it_takes_more(tmp_path: Path, disk):
    room = SpoolRoom(tmp_path, 1000, 0, Clock())
    hold(tmp_path, "own", 1001)
    assert room.shortage() is not None
    hold(tmp_path, "own", 950)
    assert room.shortage() is not None
    hold(tmp_path, "own", 900)
    assert room.shortage() is None
    hold(tmp_path, "own", 999)
    assert room.shortage() is None, "and then has all of its budget again"


def test_the_disk_keeps_its_floor(tmp_path: Path, disk):
    clock = Clock()
    room = SpoolRoom(tmp_path, 10**9, 1000, clock)
    disk(1000)
    assert room.shortage() is None
    disk(999)
    clock.now += 1
    assert "floor_bytes = 1000: 999 bytes are free" in (room.shortage() or "")
    disk(1099)
    assert room.shortage() is not None
    disk(1100)
    assert room.shortage() is None


def test_a_floor_of_0_is_not_looked_at(tmp_path: Path, disk):
    disk(0, inodes=0)
    assert SpoolRoom(tmp_path, 10**9, 0, Clock()).shortage() is None


def test_inodes_run_out_too(tmp_path: Path, disk):
    disk(10**12, inodes=7)
    assert "7 inodes are free" in (SpoolRoom(tmp_path, 10**9, 1, Clock()).shortage() or "")


def test_file_systems_that_count_no_inodes_have_enough(tmp_path: Path, disk):
    disk(10**12, inodes=0, counted=0)
    assert SpoolRoom(tmp_path, 10**9, 1, Clock()).shortage() is None


def test_a_folder_that_is_gone_has_no_room(tmp_path: Path):
    assert "No such file" in (SpoolRoom(tmp_path / "gone", 10**9, 1, Clock()).shortage() or "")


def test_the_real_disk_is_asked(tmp_path: Path):
    free = os.statvfs(tmp_path)
    room = SpoolRoom(tmp_path, 10**18, free.f_bavail * free.f_frsize + 10**12, Clock())
    assert "bytes are free" in (room.shortage() or "")


def test_a_margin_is_left_to_what_is_under_way(tmp_path: Path, disk):
    room = SpoolRoom(tmp_path, 1000, 0, Clock())
    hold(tmp_path, "own", 951)
    assert room.shortage(40) is None
    assert room.shortage(0, margin=True) is not None
