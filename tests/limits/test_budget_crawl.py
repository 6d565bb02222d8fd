"""Runs that may spend little: never a request too many, and run after run all is archived."""

from collections import Counter
from collections.abc import Iterator

import pytest
from fixtures.crawls import ALL_TIME, Operator, network_of

from replica.server import ReplicaServer

HOSTS = ("radartegal.disway.id", "rakyatbengkulu.disway.id")
SITES = tuple(host.split(".", maxsplit=1)[0] for host in HOSTS)
MOST_RUNS = 20


@pytest.fixture(scope="module")
def replica() -> Iterator[ReplicaServer]:
    with ReplicaServer.start(network_of(*HOSTS, articles=6)) as server:
        yield server


@pytest.fixture(scope="module")
def unlimited(replica: ReplicaServer, desk) -> dict:
    limits = {f"DISWAY_LIMITS__{key}": "0" for key in ("REQUESTS", "BYTES", "SITE_REQUESTS")}
    operator = Operator(desk(), replica, further=limits)
    done = operator.crawl(SITES, *ALL_TIME)
    assert done.code == 0, done
    return operator.stock().essence()


@pytest.mark.parametrize(("key", "limit"), [("requests", 30), ("bytes", 250_000), ("site_requests", 16)], ids=str)
def test_what_is_over_the_budget_waits_for_the_next_run(
    replica: ReplicaServer, desk, unlimited: dict, key: str, limit: int
):
    operator = Operator(desk(), replica, further={f"DISWAY_LIMITS__{key.upper()}": str(limit)})
    for number in range(1, MOST_RUNS + 1):
        before = len(replica.control.log())
        done = operator.crawl(SITES, *ALL_TIME)
        log = replica.control.log()[before:]
        assert "Traceback" not in done.err
        of_site = Counter(line.host.removeprefix("www.") for line in log)
        spent = {"requests": len(log), "site_requests": max(of_site.values()), "bytes": 0}
        assert spent[key] <= limit
        if done.code == 0:
            break
        assert (done.code, done.facts["outcome"]) == (1, "degraded"), done
        assert set(done.facts["degraded"].values()) == {f"budget_{key}"}
        assert done.facts["counts"]["budget_refused"] > 0
        assert f"[limits] {key} is spent" in done.err
        ledger = operator.run("verify", "--ledger", "--json")
        assert ledger.facts["findings"] == 0
        if number == 1:
            assert ledger.facts["pending"] > 0
    assert 1 < number < MOST_RUNS
    stock = operator.stock()
    assert stock.essence()["versions"] == unlimited["versions"]
    assert stock.essence()["ledger"] == unlimited["ledger"]
    rows = sorted(stock.runs, key=lambda row: row["run_id"])
    assert rows[-1]["outcome"] == "ok"
    assert {row["reason"] for row in rows[:-1]} <= {
        f"{SITES[0]}: budget_{key}",
        f"{SITES[1]}: budget_{key}",
        f"{SITES[0]}: budget_{key}; {SITES[1]}: budget_{key}",
    }


def test_one_site_over_its_budget_leaves_the_other_its_own(replica: ReplicaServer, desk):
    """The first knows nothing, and is asked for everything; of the second little is new."""
    operator = Operator(desk(), replica)
    assert operator.crawl([SITES[1]], *ALL_TIME).code == 0
    operator.further["DISWAY_LIMITS__SITE_REQUESTS"] = "16"
    done = operator.crawl(SITES)
    assert done.facts["degraded"] == {SITES[0]: "budget_site_requests"}
    assert {row["site"] for row in operator.stock().articles} >= {SITES[1]}
