"""The store refuses connections: at the start of a run, in its midst, at its end."""

from collections import Counter
from uuid import uuid4

import pytest
from fixtures.crawls import ALL_TIME, Operator, ended, network_of, once, pages_of
from fixtures.kills import Undisturbed, spools
from s3_faults import nothing

from replica.server import ReplicaServer

HOSTS = ("radartegal.disway.id", "palpos.disway.id")
SITES = ("radartegal", "palpos")


@pytest.fixture(scope="module")
def network():
    return network_of(*HOSTS, seed=4, articles=8)


@pytest.fixture
def operator(network, proxy, seaweed, tmp_path):
    with ReplicaServer.start(network) as replica:
        yield Operator(tmp_path / "desk", replica, f"{seaweed.uri}/{uuid4().hex}", proxy.environ)


def uploads(proxy) -> list[str]:
    """Keys of WARC files, in the order in which they were sent."""
    keys = [asked.path.partition("/warc/")[2] for asked in proxy.asked if asked.method == "PUT"]
    return [key.rpartition("/")[2] for key in keys if key.endswith(".warc.gz")]


def test_fault_08_a_store_never_seen_is_asked_for_before_anything_is_fetched(operator, proxy):
    proxy.go_away()
    done = operator.crawl(SITES, *ALL_TIME)
    assert done.code == 2, done
    assert "cannot be reached and was never seen before" in done.err
    assert operator.replica.control.log() == []
    assert not spools(operator)


def test_fault_08_away_at_the_end_at_the_start_and_in_the_midst(operator, proxy, network, tmp_path):
    control = Undisturbed.crawled(network, SITES, tmp_path / "control")

    def leave_at_the_first_upload(method, path):
        if method == "PUT" and "/warc/" in path:
            proxy.go_away()
        return nothing(method, path)

    proxy.rule = leave_at_the_first_upload
    at_its_end = operator.crawl(SITES, *ALL_TIME)
    assert (at_its_end.code, at_its_end.facts["undelivered"]) == (3, 1), at_its_end
    proxy.rule = nothing

    asked = len(pages_of(operator.replica.control.log()))
    at_its_start = operator.start_crawl(SITES, *ALL_TIME)
    once(lambda: len(pages_of(operator.replica.control.log())) > asked, at_its_start)
    away = ended(at_its_start)
    assert (away.code, away.facts["undelivered"]) == (3, 2), "it crawled on into the spool"

    proxy.come_back()
    proxy.asked.clear()
    back = operator.crawl(SITES, *ALL_TIME)
    assert (back.code, back.facts["undelivered"]) == (0, 0), back
    sent = uploads(proxy)
    assert len(sent) == 3
    assert sent == sorted(sent), "the oldest first"
    assert not spools(operator)

    stock = operator.stock()
    assert stock.essence() == control.stock.essence()
    runs = {row["run_id"]: row["outcome"] for row in stock.runs}
    assert Counter(runs.values()) == {"ok": 3}, "what was fetched is whole; that it came late is in the exit code"
    for arguments in ([], ["--ledger"]):
        assert operator.run("verify", *arguments).code == 0
    for done in (at_its_end, away):
        assert "the next run or `disway recover` delivers" in done.err
        assert "Traceback" not in done.err
