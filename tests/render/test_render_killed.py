"""A crawl that is killed takes its browser along; the next one clears up and goes on."""

import os
import select
import signal
import subprocess
from pathlib import Path

import pytest
from fixtures.crawls import ALL_TIME, Operator, ended, once
from render_worlds import SCRIPTED, SCRIPTED_HOST, operator_of, page_that, scripted_articles, scripted_network

from replica.server import ReplicaServer

ENDS_WITHIN_S = 20
SETTINGS = {"DISWAY_RENDER__PAGE_S": "120"}
SLOW_DATA = "/data/lambat"


def browser_processes(operator: Operator) -> set[int]:
    """The processes of any browser of this operator: those that name a folder of his spool, and all of their group."""
    mark = os.fsencode(operator.spool / ".browser-")
    leaders = {int(p.name) for p in Path("/proc").glob("[0-9]*") if mark in _read(p / "cmdline")}
    return {int(p.name) for p in Path("/proc").glob("[0-9]*") if leaders & {_group(p)} and _state(p) != "Z"}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _fields(process: Path) -> list[str]:
    return _read(process / "stat").decode(errors="replace").rpartition(")")[2].split()


def _group(process: Path) -> int:
    fields = _fields(process)
    return int(fields[2]) if fields else -1


def _state(process: Path) -> str:
    return (_fields(process) or ["Z"])[0]


def driver_of(crawl: "subprocess.Popen[str]") -> int:
    """The process between a crawl and its browser."""
    (driver,) = [
        int(p.name)
        for p in Path("/proc").glob("[0-9]*")
        if _fields(p)[1:2] == [str(crawl.pid)] and b"run-driver" in _read(p / "cmdline")
    ]
    return driver


def wait_for_the_end(pids: set[int]) -> None:
    """Until all have ended; a process without a parent that waits for it is over once it is a zombie, as pidfds say."""
    for pid in pids:
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            ready, _, _ = select.select([handle], [], [], ENDS_WITHIN_S)
        finally:
            os.close(handle)
        assert ready, f"process {pid} goes on: {_read(Path(f'/proc/{pid}/cmdline'))[:300]!r}"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "terminated"])
def test_the_browser_ends_with_the_crawl(desk, number: signal.Signals):
    with ReplicaServer.start(scripted_network(articles=3)) as replica:
        victim = scripted_articles(replica)[0]
        page_that(replica, victim, "for (;;) {}" if number == signal.SIGKILL else "setInterval(() => 0, 20)")
        operator = operator_of(desk(), replica, SETTINGS)
        crawl = operator.start_crawl((SCRIPTED,), *ALL_TIME)
        once(lambda: any(line.url == victim.url for line in replica.control.log()), crawl)
        processes = browser_processes(operator)
        assert len(processes) > 2
        crawl.send_signal(number)
        ended(crawl)
        wait_for_the_end(processes)
        assert browser_processes(operator) == set()
        replica.control.clear_faults()
        after = operator.crawl((SCRIPTED,))
        assert after.code == 0, after.err
        assert set(operator.stock().by_key) == {a.key for a in replica.control.truth().articles if a.site == SCRIPTED}
        assert list(operator.spool.glob(".browser-*")) == []


def test_a_driver_that_dies_costs_no_page(desk):
    """The browser does not say that it is lost then, and answers nobody any more."""
    with ReplicaServer.start(scripted_network(articles=8)) as replica:
        victim = scripted_articles(replica)[0]
        page_that(replica, victim, f"fetch('{SLOW_DATA}')")
        replica.control.fault("slow", SCRIPTED_HOST, SLOW_DATA, delay_s=3)
        operator = operator_of(desk(), replica, SETTINGS)
        crawl = operator.start_crawl((SCRIPTED,), *ALL_TIME)
        once(lambda: any(line.path == SLOW_DATA for line in replica.control.log()), crawl)
        processes = browser_processes(operator)
        os.kill(driver_of(crawl), signal.SIGKILL)
        done = ended(crawl)
        assert done.code == 0, done.err
        assert done.facts["counts"]["render_restarts"] == 1
        assert set(operator.stock().by_key) == {a.key for a in replica.control.truth().articles if a.site == SCRIPTED}
        wait_for_the_end(processes)
        assert list(operator.spool.glob(".browser-*")) == []
