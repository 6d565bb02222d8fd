"""SIGTERM and SIGINT, once and twice, at any moment: safe, prompt, and the exit code says which."""

import signal
import time
from collections.abc import Iterator

import pytest
from fixtures.crawls import ALL_TIME, Operator, ended, network_of, once

from replica.server import ReplicaServer

HOSTS = ("radartegal.disway.id", "rakyatbengkulu.disway.id", "palpos.disway.id")
SITES = tuple(host.split(".", maxsplit=1)[0] for host in HOSTS)
CONTAINER_STOP_S = 10
SLOW_S = 30


@pytest.fixture(scope="module")
def replica() -> Iterator[ReplicaServer]:
    with ReplicaServer.start(network_of(*HOSTS, articles=12)) as server:
        yield server


@pytest.fixture(scope="module")
def whole(replica: ReplicaServer, desk) -> dict:
    operator = Operator(desk(), replica)
    assert operator.crawl(SITES, *ALL_TIME).code == 0
    return operator.stock().essence()


def assert_made_up_for(operator: Operator, whole: dict) -> None:
    assert operator.crawl(SITES, *ALL_TIME).code == 0
    assert operator.stock().essence() == whole
    assert operator.run("verify", "--json").facts["findings"] == 0


@pytest.mark.parametrize(
    ("signals", "codes"),
    [
        ((signal.SIGTERM,), {0}),
        ((signal.SIGINT,), {130}),
        ((signal.SIGTERM, signal.SIGTERM), {0, 3}),
        ((signal.SIGINT, signal.SIGINT), {130, 3}),
    ],
    ids=["SIGTERM", "SIGINT", "SIGTERM twice", "SIGINT twice"],
)
def test_fault_03_a_stopped_crawl_loses_nothing(
    replica: ReplicaServer, whole: dict, tmp_path, signals: tuple[signal.Signals, ...], codes: set[int]
):
    """While one server is silent, so that there is something to be stopped."""
    operator = Operator(tmp_path / "desk", replica)
    replica.control.clear_log()
    replica.control.fault("slow", HOSTS[0], "/", delay_s=SLOW_S, bytes_per_s=1_000_000, count=1)
    process = operator.start_crawl(SITES, *ALL_TIME)
    once(lambda: len(replica.control.log()) > 20, process)
    began = time.monotonic()
    for number in signals:
        process.send_signal(number)
        once_told = len(replica.control.log())
    done = ended(process)
    took = time.monotonic() - began
    replica.control.clear_faults()
    assert once_told
    assert done.code in codes, done
    assert "Traceback" not in done.err
    assert done.facts["outcome"] == "interrupted"
    if done.code == 3:
        assert "waits in the spool" in done.err or "wait in the spool" in done.err
    assert took < SLOW_S + CONTAINER_STOP_S
    assert_made_up_for(operator, whole)
    outcomes = [row["outcome"] for row in sorted(operator.stock().runs, key=lambda row: row["run_id"])]
    assert outcomes == ["interrupted", "ok"]
