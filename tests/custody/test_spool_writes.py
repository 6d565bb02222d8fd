"""The spool: what it acknowledges is on disk, whole, at its pointer; whatever the disk does."""

import fcntl
import json
import os
import subprocess
import sys
import threading
from concurrent.futures import Future
from pathlib import Path

import pytest
from kept import ROOMY, RUN_ID, Desk, at, exchange

from news.capture import WarcPointer
from storage.spool import Spool, SpoolFull, abandoned_spools, delivery_lock, undelivered
from storage.spool_writer import SpoolLimits, SpoolWriter
from storage.warc import iterate, payload_digest, read_note, read_record

HERE = Path(__file__).parent


def read_at(path: Path, pointer: WarcPointer) -> bytes:
    data = path.read_bytes()[pointer.warc_offset : pointer.warc_offset + pointer.warc_length]
    return read_record(data).entity


def test_appends_of_many_threads_are_acknowledged_at_their_pointers(tmp_path: Path) -> None:
    spool = Spool.create(tmp_path, RUN_ID, "a")
    writer = SpoolWriter(spool, ROOMY, "tests/1", "", lambda _: None)
    done: dict[int, Future[WarcPointer | None]] = {}

    def work(first: int) -> None:
        for number in range(first, first + 25):
            done[number] = writer.append(exchange(number, b"%d" % number))

    threads = [threading.Thread(target=work, args=(n * 100,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pointers = {number: future.result() for number, future in done.items()}
    path = spool.folder / "000001.warc.gz.open"
    for number, pointer in pointers.items():
        assert pointer is not None
        assert read_at(path, pointer) == b"%d" % number
        assert pointer.warc_key == spool.meta.warc_key(1)
        assert pointer.payload_digest == payload_digest(b"%d" % number)
    offsets = [pointers[n].warc_offset for n in sorted(pointers) if n < 100]
    assert offsets == sorted(offsets), "one thread's appends lie in the order in which it made them"
    writer.close()


def test_appends_while_the_disk_is_busy_share_the_next_sync(tmp_path: Path, monkeypatch) -> None:
    """The first sync is held; what comes meanwhile is written and synced at once, in order."""
    spool = Spool.create(tmp_path, RUN_ID, "a")
    writer = SpoolWriter(spool, ROOMY, "tests/1", "", lambda _: None)
    writer.append(exchange(1, b"1")).result()
    begun, go_on, syncs, real = threading.Event(), threading.Event(), [], os.fdatasync

    def held(handle: int) -> None:
        syncs.append(os.fstat(handle).st_size)
        begun.set()
        go_on.wait(10)
        real(handle)

    monkeypatch.setattr("storage.spool.os.fdatasync", held)
    first = writer.append(exchange(2, b"2"))
    begun.wait(10)
    rest = [writer.append(exchange(n, b"%d" % n)) for n in range(3, 40)]
    rest.append(writer.note({"events": [{"kind": "walked"}]}))
    assert not first.done()
    assert not any(future.done() for future in rest)
    go_on.set()
    writer.close()
    assert len(syncs) == 2
    (path,) = spool.closed_segments
    assert syncs[1] == path.stat().st_size
    assert [r.entity for _, _, r in iterate(path) if r.type == "response"] == [b"%d" % n for n in range(1, 40)]
    assert [read_note(r) for _, _, r in iterate(path) if r.type == "metadata"] == [{"events": [{"kind": "walked"}]}]


@pytest.fixture
def small_disk(tmp_path: Path):
    """A disk of 1 MiB, really mounted; None where mounting is not allowed."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], capture_output=True, check=False
    )
    yield place if mounted.returncode == 0 else None
    if mounted.returncode == 0:
        subprocess.run(["umount", place], check=True)


def fill(folder: Path, limit: int) -> dict:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])])}
    command = [sys.executable, HERE / "fill_spool.py", folder, str(limit)]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def assert_nothing_acknowledged_was_lost(told: dict) -> None:
    assert told["refused"]
    assert len(told["acknowledged"]) > 3
    (path,) = Path(told["folder"]).glob("000001.warc.gz")
    found = {r.fields["x-archive-article-id"]: (offset, r) for offset, _, r in iterate(path) if r.type == "response"}
    assert found.keys() == told["acknowledged"].keys(), "the refused one left no trace, and the next went on"
    for number, pointer in told["acknowledged"].items():
        offset, record = found[number]
        assert WarcPointer(*pointer).warc_offset == offset
        assert read_at(path, WarcPointer(*pointer)) == record.entity


def test_a_full_disk_loses_nothing_that_was_acknowledged(small_disk: Path | None) -> None:
    if small_disk is None:
        pytest.skip("mounting a small disk is not allowed here")
    small_disk.joinpath("ballast").write_bytes(bytes(600_000))
    told = fill(small_disk, 0)
    assert "No space left" in told["refused"]
    assert_nothing_acknowledged_was_lost(told)


def test_a_file_that_may_not_grow_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    told = fill(tmp_path, 100_000)
    assert "File too large" in told["refused"]
    assert_nothing_acknowledged_was_lost(told)


def test_the_budget_is_a_full_disk_too(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "a", limits=SpoolLimits(1 << 30, 1e9, max_bytes=6000))
    first = desk.keep(1, os.urandom(2000), 1)
    with pytest.raises(SpoolFull, match="max_bytes = 6000"):
        desk.keep(2, os.urandom(5000), 2)
    third = desk.keep(3, b"small", 3)
    desk.writer.close()
    (path,) = desk.spool.closed_segments
    assert [r.fields["x-archive-article-id"] for _, _, r in iterate(path) if r.type == "response"] == ["1", "3"]
    assert read_at(path, third) == b"small"
    assert len(read_at(path, first)) == 2000


def test_a_spool_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolFull, match=r"\[spool\] dir"):
        Spool.create(tmp_path / "file", RUN_ID, "a")


def test_a_segment_closes_when_it_is_large_enough(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "a", limits=SpoolLimits(segment_bytes=5000, segment_age_s=1e9, max_bytes=1 << 30))
    pointers = [desk.keep(n, os.urandom(2000), n) for n in range(1, 8)]
    desk.writer.close()
    names = [path.name for path in desk.closed]
    assert names == [f"{n:06d}.warc.gz" for n in range(1, len(names) + 1)]
    assert len(names) >= 3
    assert desk.spool.closed_segments == desk.closed
    assert [p.warc_key for p in pointers] == sorted(p.warc_key for p in pointers)
    for path in desk.closed:
        mine = [p for p in pointers if p.warc_key == desk.spool.meta.warc_key(int(path.name[:6]))]
        assert mine
        for pointer in mine:
            assert payload_digest(read_at(path, pointer)) == pointer.payload_digest
    assert all(path.stat().st_size >= 5000 for path in desk.closed[:-1])


def test_a_segment_closes_when_it_is_old_enough(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "a", limits=SpoolLimits(segment_bytes=1 << 30, segment_age_s=1e-9, max_bytes=1 << 30))
    keys = {desk.keep(n, b"x", n).warc_key for n in (1, 2)}
    desk.writer.close()
    assert len(desk.closed) == len(keys) == 2


def test_what_never_came_is_noted_as_a_row(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "a")
    failed = exchange(5, b"", 1, header_block=b"", status=None, error="timeout")
    assert desk.writer.append(failed).result() is None
    desk.writer.close()
    (path,) = desk.spool.closed_segments
    (note,) = [read_note(r) for _, _, r in iterate(path) if r.type == "metadata"]
    (row,) = note["captures"]
    assert (row["article_id"], row["error"], row["bytes"], row["fetched_at"]) == (5, "timeout", 0, at(1).isoformat())
    assert row.get("warc_key") is None


class TestLocks:
    def test_a_live_spool_is_its_owners(self, tmp_path: Path) -> None:
        desk = Desk(tmp_path, "a")
        desk.keep(1, b"1", 1)
        assert list(abandoned_spools(tmp_path, "a")) == []
        assert [p.name for p in desk.spool.folder.glob("0*")] == ["000001.warc.gz.open"]
        desk.writer.close()

    def test_a_dead_one_is_anyones(self, tmp_path: Path) -> None:
        """Its owner was really killed, in the middle of a write."""
        folder = killed_owner(tmp_path)
        with (folder / "000001.warc.gz.open").open("ab") as torn:
            torn.write(b"\x1f\x8b\x08torn")
        (spool,) = abandoned_spools(tmp_path, "a")
        assert (spool.folder, [p.name for p in spool.closed_segments]) == (folder, ["000001.warc.gz"])
        assert [r.entity for _, _, r in iterate(spool.closed_segments[0]) if r.type == "response"] == [b"kept"]
        assert list(abandoned_spools(tmp_path, "a")) == [], "it has an owner again"
        spool.release()
        assert folder.exists(), "a segment waits in it"

    def test_of_another_archive_it_is_left_alone(self, tmp_path: Path) -> None:
        folder = killed_owner(tmp_path)
        before = sorted(p.name for p in folder.iterdir())
        assert list(abandoned_spools(tmp_path, "b")) == []
        assert sorted(p.name for p in folder.iterdir()) == before
        assert undelivered(tmp_path) == 1
        (spool,) = abandoned_spools(tmp_path, "a")
        spool.release()

    def test_one_cut_before_its_first_append_goes_away(self, tmp_path: Path) -> None:
        folder = tmp_path / "0123456789abcdef"
        folder.mkdir()
        (folder / "owner.lock").touch()
        assert list(abandoned_spools(tmp_path, "a")) == []
        assert not folder.exists()

    def test_they_come_oldest_run_first(self, tmp_path: Path) -> None:
        for run_id in ("20260307T000000Z-000000", "20260305T000000Z-000000", "20260306T000000Z-000000"):
            desk = Desk(tmp_path, "a", run_id)
            desk.keep(1, b"1", 1)
            desk.abandon()
        found = list(abandoned_spools(tmp_path, "a"))
        assert [spool.meta.run_id[6:8] for spool in found] == ["05", "06", "07"]

    def test_an_emptied_one_goes_away_on_release(self, tmp_path: Path) -> None:
        desk = Desk(tmp_path, "a")
        desk.keep(1, b"1", 1)
        desk.writer.close()
        desk.spool.closed_segments[0].unlink()
        desk.spool.release()
        assert list(tmp_path.iterdir()) == []

    def test_one_deliverer_at_a_time(self, tmp_path: Path) -> None:
        folder = killed_owner(tmp_path)
        with delivery_lock(folder), (folder / "delivery.lock").open() as other, pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def killed_owner(spool_dir: Path) -> Path:
    """The spool of a process that was killed after one acknowledged append."""
    code = (
        "import os, signal, sys; from pathlib import Path; from kept import Desk\n"
        f"desk = Desk(Path({str(spool_dir)!r}), 'a'); desk.keep(1, b'kept', 1)\n"
        "print(desk.spool.folder, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])])}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr
    return Path(done.stdout.strip())
