"""Two schedulers of one archive, cron beside a service, a service that is killed: one run at a time, each fire recorded."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.crawls import Operator, ended, network_of
from fixtures.serving import SELDOM, Served

from crawler.service.children import processes_of
from replica.server import ReplicaServer

HOST = "radartegal.disway.id"
QUICK = {**SELDOM, "DISWAY_SCHEDULE__DRAIN": "20s"}


@pytest.fixture
def replica() -> Iterator[ReplicaServer]:
    with ReplicaServer.start(network_of(HOST, seed=6, articles=8)) as server:
        yield server


@pytest.fixture
def operator(replica, tmp_path) -> Operator:
    return Operator(tmp_path / "desk", replica, further=QUICK)


def held_up(replica: ReplicaServer, delay_s: float) -> None:
    """The sixth answer takes long: the run that asks for it goes on meanwhile."""
    replica.control.fault("slow", HOST, every=6, count=1, delay_s=delay_s, bytes_per_s=10_000_000)


def is_held_up(replica: ReplicaServer) -> bool:
    return any(line.fault for line in replica.control.log())


def polled(served: Served, outcome: str) -> bool:
    return f'disway_runs_total{{job="poll",outcome="{outcome}"}} 1.0' in (served.health() and served.get("/metrics")[1])


def test_fault_16_two_services_and_cron_make_one_run(operator, replica, tmp_path):
    held_up(replica, 20.0)
    first = Served.start(operator)
    run_id = first.once(lambda: first.running("poll"))
    first.once(lambda: is_held_up(replica))
    elsewhere = Operator(tmp_path / "elsewhere", replica, operator.uri, further=QUICK)
    second = Served.start(elsewhere)
    by_cron = Operator(tmp_path / "cron", replica, operator.uri, further=QUICK).run("crawl", "--json")
    assert (by_cron.code, by_cron.facts["outcome"]) == (0, "skipped")
    second.once(lambda: polled(second, "skipped"))
    assert second.health()["healthy"]
    assert first.running("poll") == run_id, "the first one goes on meanwhile"
    first.once(lambda: polled(first, "degraded"))
    assert second.end(signal.SIGTERM)[0] == first.end(signal.SIGTERM)[0] == 0
    assert by_cron.facts["undelivered"] == 0
    rows = {row["outcome"]: row for row in operator.ask("SELECT * FROM runs WHERE job = 'poll'")}
    assert set(rows) == {"degraded", "skipped"}
    assert rows["degraded"]["run_id"] == run_id
    assert rows["degraded"]["fired_at"] == rows["skipped"]["fired_at"], "one fire, of two schedulers"
    assert f"lease: run {run_id}" in rows["skipped"]["reason"]
    asked = [line.path for line in replica.control.log() if line.kind == "article"]
    assert len(asked) == len(set(asked)), "nothing was fetched twice"


def test_fault_16_a_service_that_is_killed_and_started_again_fires_nothing_twice(operator, replica):
    held_up(replica, 3.0)
    first = Served.start(operator)
    run_id = first.once(lambda: first.running("poll"))
    first.once(lambda: is_held_up(replica))
    first.process.kill()
    first.process.communicate()
    second = Served.start(operator)
    second.once(lambda: not processes_of(run_id))
    second.once(lambda: second.health().get("jobs"))
    second.once(lambda: second.running("poll") != run_id)
    assert second.end(signal.SIGTERM)[0] == 0, second.said
    (row,) = operator.ask("SELECT * FROM runs")
    assert (row["run_id"], row["job"], row["outcome"]) == (run_id, "poll", "interrupted"), "it drained by itself"
    assert operator.run("verify").code == 0


def test_fault_16_a_service_that_is_killed_with_its_run_leaves_a_row(operator, replica):
    held_up(replica, 60.0)
    first = Served.start(operator)
    run_id = first.once(lambda: first.running("poll"))
    first.once(lambda: is_held_up(replica))
    first.process.kill()
    for pid in processes_of(run_id):
        os.kill(pid, signal.SIGKILL)
    first.process.communicate()
    second = Served.start(operator)
    second.once(lambda: second.health().get("jobs"))
    second.once(lambda: second.running("poll") is None)
    assert second.end(signal.SIGTERM)[0] == 0, second.said
    rows = operator.ask("SELECT * FROM runs")
    assert [(row["run_id"], row["job"], row["outcome"]) for row in rows] == [(run_id, "poll", "failed")]


def test_fault_16_a_run_does_not_outlive_its_service_for_long(operator, replica):
    """It hears of it by a pipe; when it does not end by itself it is ended, after [schedule] drain."""
    operator.further["DISWAY_SCHEDULE__DRAIN"] = "1s"
    held_up(replica, 120.0)
    first = Served.start(operator)
    run_id = first.once(lambda: first.running("poll"))
    first.once(lambda: is_held_up(replica))
    (leader,) = [pid for pid in processes_of(run_id) if "crawl" in Path(f"/proc/{pid}/cmdline").read_text()]
    first.process.kill()
    first.process.communicate()
    watch = subprocess.Popen(
        ["tail", f"--pid={leader}", "-f", os.devnull], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert ended(watch).code == 0
    assert not processes_of(run_id)
