"""How a reading again ends before its work does: what was kept is counted and delivered, and the row says why."""

import errno
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fixtures.loopback import Asked, FaultFront, s3_error
from kept import ROOMY, RUN_ID, rows_of
from rereading import ALL, NETWORK, Archive, pages_of

from cli.reparsing import _summarise
from crawler import reparse as reparsing
from crawler.config import Config
from crawler.courier import Courier
from crawler.preparing import delivery_order
from crawler.reparse import Onlooker, reparse
from crawler.reparse_keeping import SpoolKeeping
from crawler.reparse_report import ReparseReport
from storage.config import ArchiveSettings, StoreOptions, resolve_store
from storage.growing import GrowingSegment
from storage.rebuild_records import Records
from storage.schema import Row
from storage.spool import Spool
from storage.spool_writer import SpoolWriter

PAGE = pages_of(1)[0]
ARTICLES = 40
FORMER = "judul lama"
COUNTED = "readings_bettered"


def nothing(*_: object) -> None:
    pass


@dataclass
class Machine:
    """Where an archive is read again."""

    options: StoreOptions
    folder: Path
    environ: dict[str, str]
    spool_settings: dict[str, Any]

    def reparse(
        self, began: Callable[[int], None] = nothing, read: Callable[[], None] = nothing, **settings: Any
    ) -> ReparseReport:
        spool = {"dir": self.folder, **self.spool_settings, **settings}
        config = Config(archive={"uri": self.options.uri}, spool=spool)
        return reparse(config, NETWORK, ALL, self.environ, Onlooker(began, read, nothing))

    def last_row(self) -> Row:
        return max(rows_of(self.options, "runs"), key=lambda row: row["started_at"])

    def bettered(self) -> int:
        """Readings of earlier runs that were taken the place of."""
        return sum(row["supersedes"] is not None for row in rows_of(self.options, "articles"))

    def counted(self) -> int:
        return sum(count["count"] for count in self.last_row()["counts"] if count["counter"] == COUNTED)


def machine_of(options: StoreOptions, folder: Path, environ: dict[str, str]) -> Machine:
    """Of an archive of articles whose rows say less than today's readers find, in four objects."""
    archive = Archive(options, folder / "filling")
    for first in range(0, ARTICLES, 10):
        visits = archive.run()
        for number in range(first, first + 10):
            visits.archived(number, [PAGE], title=FORMER)
        visits.end()
    return Machine(options, folder / "desk", environ, {"floor_bytes": 0})


@pytest.fixture
def machine(local_options: StoreOptions, tmp_path: Path) -> Machine:
    return machine_of(local_options, tmp_path, {})


def assert_the_next_one_does_the_rest(machine: Machine, done: int) -> None:
    again = machine.reparse()
    assert (again.outcome, again.diff.differing) == ("ok", ARTICLES - done)
    assert machine.bettered() == ARTICLES


def test_a_disk_that_refuses(machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    """What it took before is counted and delivered; nothing else is."""
    whole, appended = GrowingSegment.append, []

    def refuse(self: GrowingSegment, data: bytes) -> int:
        appended.append(data)
        if len(appended) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return whole(self, data)

    with monkeypatch.context() as patch:
        patch.setattr("crawler.reparse_keeping._AT_ONCE", 4)
        patch.setattr(GrowingSegment, "append", refuse)
        report = machine.reparse()
    assert (report.outcome, report.reason, report.exit_code) == ("failed", "spool_failed", 3)
    assert 0 < report.diff.differing < ARTICLES
    row = machine.last_row()
    assert (row["outcome"], row["reason"]) == ("failed", "spool_failed")
    assert machine.counted() == machine.bettered() == report.diff.differing
    assert report.diff.fields["title"].counts.total() == report.diff.differing
    _summarise(report)
    assert "stopped: " in (said := capsys.readouterr().err)
    assert "No space left on device: free some space" in said
    assert_the_next_one_does_the_rest(machine, report.diff.differing)


def test_a_fault_of_ours(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, reads = Records.read, []

    def stumble(self: Records, pointer):
        reads.append(pointer)
        if len(reads) == 6:
            raise RuntimeError("kejutan")
        return whole(self, pointer)

    with monkeypatch.context() as patch:
        patch.setattr(Records, "read", stumble)
        with pytest.raises(RuntimeError, match="kejutan"):
            machine.reparse()
    row = machine.last_row()
    assert (row["outcome"], row["reason"]) == ("failed", "RuntimeError: kejutan")
    assert machine.counted() == machine.bettered() == 5
    assert_the_next_one_does_the_rest(machine, 5)


def terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def test_a_signal_before_anything_is_planned(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    planned: list[object] = []
    prepare, make_plan = reparsing.prepare, reparsing.make_plan

    def prepare_and_hear(*given):
        prepared = prepare(*given)
        terminate()
        return prepared

    monkeypatch.setattr(reparsing, "prepare", prepare_and_hear)
    monkeypatch.setattr(reparsing, "make_plan", lambda *given: (planned.append(given), make_plan(*given)))
    report = machine.reparse()
    assert planned == []
    assert (report.outcome, report.exit_code, machine.last_row()["outcome"]) == ("interrupted", 0, "interrupted")


def test_a_signal_as_planning_begins(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process is there, and is not known yet to who hears the signal."""
    make_plan, ends = reparsing.make_plan, []

    def plan(order, on_start):
        def begin(child):
            terminate()
            on_start(child)
            ends.append(child)

        make_plan(order, begin)

    monkeypatch.setattr(reparsing, "make_plan", plan)
    report = machine.reparse()
    assert [child.returncode for child in ends] == [-signal.SIGKILL]
    assert (report.outcome, machine.last_row()["outcome"]) == ("interrupted", "interrupted")


def test_a_signal_while_it_reads(machine: Machine) -> None:
    read: list[None] = []

    def hear() -> None:
        read.append(None)
        if len(read) == 7:
            terminate()

    report = machine.reparse(read=hear)
    assert len(read) == 7
    assert (report.outcome, machine.last_row()["reason"]) == ("interrupted", "interrupted")
    assert machine.counted() == machine.bettered() == 7
    assert_the_next_one_does_the_rest(machine, 7)


def test_a_signal_when_all_is_done(machine: Machine) -> None:
    """Nothing is left undone: nothing was interrupted."""
    read: list[None] = []

    def hear() -> None:
        read.append(None)
        if len(read) == ARTICLES:
            terminate()

    report = machine.reparse(read=hear)
    assert (report.outcome, machine.last_row()["outcome"]) == ("ok", "ok")
    assert machine.bettered() == ARTICLES


def test_a_signal_between_two_histories(local_options: StoreOptions, tmp_path: Path) -> None:
    """All pages are read; what visits tell of articles is still to be kept."""
    archive = Archive(local_options, tmp_path / "filling")
    visits = archive.run()
    for number in range(1, 9):
        visits.refused(number, PAGE)
    visits.end()
    machine = Machine(local_options, tmp_path / "desk", {}, {"floor_bytes": 0})
    read: list[None] = []

    def hear() -> None:
        read.append(None)
        if len(read) == 8:
            terminate()

    report = machine.reparse(read=hear)
    assert (report.outcome, report.diff.new_articles) == ("interrupted", 0)
    assert machine.last_row()["outcome"] == "interrupted"
    assert machine.reparse().diff.new_articles == 8
    assert len(rows_of(local_options, "articles")) == 8


def test_what_is_kept_waits_for_the_disk_together(tmp_path: Path, local_options: StoreOptions, monkeypatch) -> None:
    """The disk holds the first sync: the reading goes on, and nothing is counted before its end."""
    config = Config(archive={"uri": local_options.uri}, spool={"dir": tmp_path / "desk", "floor_bytes": 0})
    (tmp_path / "desk").mkdir()
    go_on, real = threading.Event(), os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda handle: (go_on.wait(60), real(handle))[1])
    writer = SpoolWriter(Spool.create(tmp_path / "desk", RUN_ID, "a"), ROOMY, "tests/1", "", nothing)
    keeping = SpoolKeeping(writer, Courier(delivery_order(config, {})), 0, lambda: True)
    kept: list[int] = []
    for number in range(30):
        keeping.keep({"events": [{"article_key": f"radartegal/{number}"}]}, lambda number=number: kept.append(number))
    assert kept == []
    go_on.set()
    keeping.settle()
    assert kept == list(range(30))
    writer.close()


class TestASpoolWithoutRoom:
    SMALL = 3_000
    """Bytes; the rows of ten readings take more."""

    def test_a_store_that_takes_nothing_ends_it(self, seaweed, tmp_path: Path, capsys) -> None:
        """It can be read and not written: the disk is not filled with what waits."""
        with FaultFront(seaweed.environ) as front:
            options = resolve_store(ArchiveSettings(uri=f"{seaweed.uri}/{uuid4().hex}"), front.environ)
            machine = machine_of(options, tmp_path, front.environ)

            def refuse(asked: Asked):
                writes = asked.method in ("PUT", "POST")
                return s3_error(503, "ServiceUnavailable") if writes and "/warc/" in asked.path else None

            def began(_: int) -> None:
                front.rule = refuse

            report = machine.reparse(began, max_bytes=self.SMALL, wait_s=0)
            assert (report.outcome, report.reason, report.exit_code) == ("failed", "spool_full", 3)
            assert 0 < report.diff.differing < ARTICLES
            _summarise(report)
            said = capsys.readouterr().err
            assert f"stopped: no room: [spool] max_bytes = {self.SMALL} is reached; delivery made none in 0 s" in said
            front.rule = lambda _: None
            assert_the_next_one_does_the_rest(machine, report.diff.differing)

    def test_a_store_that_takes_it_makes_room(self, machine: Machine) -> None:
        report = machine.reparse(max_bytes=self.SMALL)
        assert (report.outcome, report.diff.differing) == ("ok", ARTICLES)
        assert machine.bettered() == ARTICLES
