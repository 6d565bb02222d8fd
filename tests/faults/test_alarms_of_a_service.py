"""What `disway serve` tells of its own runs, its disk and its store: once when it begins, once when it is over."""

import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fixtures.crawls import Operator, network_of
from fixtures.schedules import scheduled
from fixtures.serving import SELDOM, Served
from fixtures.webhook import Webhook

from replica.server import ReplicaServer

SITE, HOST = "radartegal", "radartegal.disway.id"
BEGIN = datetime(2026, 3, 9, 2, 1, tzinfo=UTC)
OFTEN = {"DISWAY_SCHEDULE__POLL": "8s", "DISWAY_SCHEDULE__SPREAD": "0s", "DISWAY_NETWORK__RETRIES": "0"}


@pytest.fixture(scope="module")
def replica() -> Iterator[ReplicaServer]:
    with ReplicaServer.start(network_of(HOST, articles=4)) as server:
        yield server


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with Webhook() as hook:
        yield hook


@pytest.fixture
def operator(replica: ReplicaServer, webhook: Webhook, tmp_path: Path) -> Operator:
    return Operator(tmp_path / "desk", replica, further={**SELDOM, "DISWAY_ALERTS__URLS": webhook.url})


@pytest.fixture
def small_disk(operator: Operator) -> Iterator[Path]:
    """A disk of its own for the spool, with the book of alerts on it."""
    operator.spool.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", operator.spool], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"mounting a disk is not allowed here: {done.stderr.strip()}")
    yield operator.spool
    subprocess.run(["umount", operator.spool], check=True)


def states(operator: Operator, kind: str) -> list[tuple[str, str]]:
    """What the book has of alerts of that kind, in order: subject and state."""
    (book,) = operator.spool.glob("alerts-*.sqlite")
    with closing(sqlite3.connect(book)) as db:
        return db.execute("SELECT subject, state FROM said WHERE kind = ? ORDER BY seq", (kind,)).fetchall()


def told(webhook: Webhook, words: str) -> list[str]:
    """The lines that begin an alert about `words`, in order, of what was taken."""
    lines = [line for message in webhook.taken for line in message["message"].splitlines()]
    return [line.partition(" ")[0] for line in lines if line.partition(" ")[2].startswith(f"{words} (since")]


def polled(served: Served, outcome: str, times: int) -> bool:
    return f'disway_runs_total{{job="poll",outcome="{outcome}"}} {times}.0' in (
        served.health() and served.get("/metrics")[1]
    )


def test_polls_that_fail_are_told_once_and_that_they_run_again_once(operator: Operator, webhook: Webhook):
    """A crawl writes its row, says itself that it failed, and the service does not take that back."""
    operator.further |= OFTEN | {"DISWAY_SPOOL__FLOOR_BYTES": "1000000000000000", "DISWAY_SPOOL__WAIT_S": "0"}
    served = Served.start(operator)
    served.once(lambda: polled(served, "failed", 3))
    served.end(signal.SIGTERM)
    assert states(operator, "run") == [("poll", "open")], served.said
    assert told(webhook, "run") == ["ALERT"]
    operator.further["DISWAY_SPOOL__FLOOR_BYTES"] = "0"
    served = Served.start(operator, "again")
    served.once(lambda: told(webhook, "run") == ["ALERT", "RECOVERED"])
    served.end(signal.SIGTERM)
    assert states(operator, "run") == [("poll", "open"), ("poll", "recovered")]


def test_a_disk_that_is_full_is_told_though_the_book_is_on_it(operator: Operator, webhook: Webhook, small_disk: Path):
    operator.further |= OFTEN | {"DISWAY_SPOOL__FLOOR_BYTES": "0"}
    served = Served.start(operator)
    served.once(lambda: polled(served, "degraded", 1))
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as out, suppress(OSError):
        while True:
            out.write(os.urandom(4096))
    assert os.statvfs(small_disk).f_bavail == 0
    served.once(lambda: told(webhook, "disk") == ["ALERT"])
    filler.unlink()
    served.once(lambda: "RECOVERED" in told(webhook, "disk"))
    code, _ = served.end(signal.SIGTERM)
    assert code == 0, served.said
    assert told(webhook, "disk")[-1] == "RECOVERED"
    assert "Traceback" not in served.said


def test_a_store_that_refuses_a_known_archive_is_told_at_the_start(operator: Operator, webhook: Webhook):
    assert operator.crawl([SITE]).code == 0
    state, aside = operator.folder / "archive" / "state", operator.folder / "aside"
    state.rename(aside)
    state.write_bytes(b"")
    refused = [operator.run("serve") for _ in range(2)]
    assert [done.code for done in refused] == [2, 2], refused
    assert told(webhook, "the store refuses") == ["ALERT"], refused
    state.unlink()
    aside.rename(state)
    assert operator.crawl([SITE]).code == 0
    assert told(webhook, "the store refuses") == ["ALERT", "RECOVERED"]


def test_a_job_that_waits_is_not_well_because_the_service_was_started_anew(tmp_path: Path):
    """In simulated time: a poll goes on for hours, and the service is killed meanwhile."""
    operator = Operator(tmp_path / "desk")
    with scheduled(operator, BEGIN) as machine:
        machine.start()
        machine.hold("poll")
        machine.until(BEGIN + timedelta(minutes=110))
        waiting = [("recheck", "open"), ("poll", "open")]
        assert states(operator, "schedule") == waiting
        (held,) = machine.office.service.dispatch.running
        machine.office = None
        machine.start()
        machine.until(BEGIN + timedelta(minutes=115))
        assert states(operator, "schedule") == waiting
        (machine.control / "poll.hold").write_text("")
        (machine.control / "poll.hold").unlink()
        held.process.wait()
        assert held.process.poll() is not None
        machine.held.clear()
        machine.until(BEGIN + timedelta(minutes=120))
    assert sorted(states(operator, "schedule")[2:]) == [("poll", "recovered"), ("recheck", "recovered")]
