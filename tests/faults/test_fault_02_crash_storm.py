"""Thirty kills of one crawl on S3, of whose requests one in twenty fails, is reset, or is slow."""

import random
from collections import Counter
from uuid import uuid4

import pytest
from fixtures.crawls import ALL_TIME, Operator, network_of
from fixtures.kills import Killings, Undisturbed, spools
from s3_faults import Fault, Kind, answered, nothing, share

from replica.server import ReplicaServer

HOSTS = ("radartegal.disway.id", "rakyatbengkulu.disway.id", "palpos.disway.id")
SITES = ("radartegal", "rakyatbengkulu", "palpos")
KILLS = 30
PART = 0.05
FAULTS = (
    answered(500, "InternalError"),
    answered(503, "SlowDown"),
    Fault(Kind.RESET),
    Fault(Kind.RESET, after=20_000),
    Fault(Kind.LOST),
    Fault(Kind.LOST, after=100),
    Fault(Kind.SLOW, bytes_per_s=40_000),
)
RERUNS = 10
"""Runs that may be needed after the kills; a request is tried five times, so that hardly any run fails by the store."""


@pytest.mark.parametrize("seed", [20261123])
def test_fault_02_crash_storm_on_a_failing_store_converges(proxy, seaweed, tmp_path, seed):
    network = network_of(*HOSTS, seed=5, articles=12)
    control = Undisturbed.crawled(network, SITES, tmp_path / "control")
    with ReplicaServer.start(network) as replica:
        operator = Operator(tmp_path / "killed", replica, f"{seaweed.uri}/{uuid4().hex}", proxy.environ)
        operator.further["DISWAY_SPOOL__SEGMENT_BYTES"] = "300000"  # segments are delivered while the crawl goes on
        proxy.rule = share(PART, FAULTS, seed)
        killings = Killings(operator, SITES, random.Random(seed), control.requests)
        killings.until(KILLS)
        reruns = []
        while not reruns or (reruns[-1].code != 0 and len(reruns) < RERUNS):
            reruns.append(operator.crawl(SITES, *ALL_TIME))
        assert reruns[-1].code == 0, reruns[-1].err
        met = Counter(asked.fault for asked in proxy.asked)
        proxy.rule = nothing

        stock = operator.stock()
        assert stock.essence() == control.stock.essence(), "nothing is lost"
        assert len(stock.articles) == len(stock.versions) == len(control.stock.articles), "nothing is there twice"
        for arguments in ([], ["--ledger"]):
            verified = operator.run("verify", *arguments)
            assert (verified.code, verified.err) == (0, verified.err), verified
        assert operator.run("verify").out == ""
        assert not spools(operator), "nothing waits"
        ids = [row["run_id"] for row in stock.runs]
        assert len(ids) == len(set(ids)) <= killings.attempts + len(reruns), "one row a run"
        assert {row["run_id"] for row in stock.captures} <= set(ids)
        asked = Counter(line.url for line in replica.control.log() if line.kind == "article")
        assert max(asked.values()) <= 1 + KILLS
    assert killings.kills == KILLS
    assert {kind for kind in met if kind} == {fault.kind for fault in FAULTS}, "each kind was met"
    assert not [text for text in killings.said if "Traceback" in text]
