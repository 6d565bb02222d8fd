"""Exchanges wait for room, rows do not; nothing that waits is lost, and nothing waits for ever."""

import threading
from pathlib import Path

import pytest

from news.capture import Exchange
from storage.spool import Spool, SpoolFull
from storage.spool_writer import SpoolLimits, SpoolWriter
from storage.warc import iterate

RUN_ID = "20260305T010000Z-abcdef"
SMALL = SpoolLimits(segment_bytes=1 << 30, segment_age_s=1e9, max_bytes=20_000)


class Desk:
    """A writer with little room, and the one who is told when it falls short."""

    def __init__(self, folder: Path) -> None:
        self.short = threading.Event()
        self.closed: list[Path] = []
        self.spool = Spool.create(folder, RUN_ID, "a")
        self.writer = SpoolWriter(self.spool, SMALL, "tests/1", "", self.closed.append, on_short=self._on_short)

    def _on_short(self, reason: str) -> None:
        assert "max_bytes" in reason
        self.short.set()

    def deliver(self) -> None:
        """Make room, as a delivery does."""
        self.writer.roll()
        for _ in range(2):  # the second is written once the segment of the first is closed
            self.writer.note({"events": [{"kind": "walked"}]}).result(5)
        for path in self.spool.closed_segments:
            path.unlink()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def exchange(number: int, size: int, at) -> Exchange:
    data = b"".join(hashless(number, n) for n in range(size // 4))
    url = f"https://radartegal.disway.id/read/{number}/slug"
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
    return Exchange(url, at, b"", head, data, 200, "text/html", None, site="radartegal", article_id=number, part=1)


def hashless(number: int, n: int) -> bytes:
    return ((number * 2_654_435_761 + n * 40_503) & 0xFFFFFFFF).to_bytes(4, "big")


def test_exchanges_wait_and_rows_do_not(desk: Desk, at):
    assert desk.writer.append(exchange(1, 12_000, at)).result(5)
    waiting = desk.writer.append(exchange(2, 12_000, at))
    assert desk.short.wait(5)
    assert desk.writer.shortage()
    assert desk.writer.note({"events": [{"kind": "sighted"}]}).result(5) is None
    assert not waiting.done()
    desk.deliver()
    pointer = waiting.result(5)
    assert pointer is not None
    desk.writer.close()
    assert pointer.warc_key.endswith("-000002.warc.gz")
    (last,) = desk.spool.closed_segments
    assert [r.fields["x-archive-article-id"] for _, _, r in iterate(last) if r.type == "response"] == ["2"]


def test_those_that_fit_are_not_held_by_those_that_do_not(desk: Desk, at):
    """Twenty answers at once, each of which has room and all of which have not: they go through bit by bit."""
    waiting = [desk.writer.append(exchange(n, 6_000, at)) for n in range(20)]
    while not all(one.done() for one in waiting):
        desk.deliver()
    assert all(one.result() for one in waiting)
    desk.writer.close()


def test_what_waits_fails_when_nobody_waits_any_more(desk: Desk, at):
    desk.writer.append(exchange(1, 12_000, at)).result(5)
    waiting = desk.writer.append(exchange(2, 12_000, at))
    assert desk.short.wait(5)
    desk.writer.give_up_waiting()
    with pytest.raises(SpoolFull, match="max_bytes"):
        waiting.result(5)
    with pytest.raises(SpoolFull, match="max_bytes"):
        desk.writer.append(exchange(3, 12_000, at)).result(5)
    assert desk.writer.note({"runs": [{"run_id": RUN_ID}]}).result(5) is None, "the run's row is kept"
    desk.writer.close()


def test_closing_lets_nothing_wait(desk: Desk, at):
    desk.writer.append(exchange(1, 12_000, at)).result(5)
    waiting = desk.writer.append(exchange(2, 12_000, at))
    desk.writer.close()
    with pytest.raises(SpoolFull):
        waiting.result(0)


def test_a_disk_that_cannot_be_written_back_ends_the_writing(desk: Desk, at, monkeypatch):
    """Neither the append nor cutting it off works: nothing after it may be told safe."""
    assert desk.writer.append(exchange(1, 4_000, at)).result(5)

    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("storage.growing.os.fdatasync", refuse)
    monkeypatch.setattr("storage.growing.os.ftruncate", refuse)
    with pytest.raises(SpoolFull, match="the disk was made read-only"):
        desk.writer.append(exchange(2, 100, at)).result(5)
    monkeypatch.undo()
    with pytest.raises(SpoolFull, match="Read-only"):
        desk.writer.note({"runs": [{"run_id": RUN_ID}]}).result(5)
    desk.writer.close()
