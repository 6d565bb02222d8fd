"""A crawl that is only slow loses its lease to another one, and both write: nothing twice."""

import signal
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fixtures.crawls import ALL_TIME, Operator, ended, network_of, once

from replica.server import ReplicaServer
from storage.lease import Holder
from storage.opening import open_store

SITES = ("radartegal", "palpos")
ARTICLES = 30


@pytest.fixture
def replica() -> Iterator[ReplicaServer]:
    hosts = [f"{site}.disway.id" for site in SITES]
    with ReplicaServer.start(network_of(*hosts, seed=6, articles=ARTICLES)) as server:
        yield server


@pytest.fixture(params=["local", "s3"])
def place(request, tmp_path: Path) -> tuple[str, dict[str, str]]:
    """URI and environment of an archive."""
    if request.param == "local":
        return str(tmp_path / "archive"), {}
    seaweed = request.getfixturevalue("seaweed")
    return f"{seaweed.uri}/{tmp_path.name}", seaweed.environ


def test_fault_05_a_holder_that_was_only_slow_writes_nothing_twice(
    replica: ReplicaServer, place: tuple[str, dict[str, str]], tmp_path: Path
) -> None:
    """The first is stopped in mid-crawl, as by a pause of its virtual machine, until its lease is over."""
    uri, store = place
    slow = Operator(tmp_path / "slow", replica, uri, store, {"DISWAY_SCHEDULE__LEASE": "2s"})
    other = Operator(tmp_path / "other", replica, uri, store)
    process = slow.start_crawl(SITES, *ALL_TIME)
    try:
        once(lambda: sum(line.kind == "article" for line in replica.control.log()) > ARTICLES // 2, process)
        process.send_signal(signal.SIGSTOP)
        lease = Holder.from_json(open_store(slow.options()).get("state/lease/crawl.json"))
        once(lambda: datetime.now(UTC) > lease.expires_at, process)
        second = other.crawl(SITES, *ALL_TIME)
        assert (second.code, second.facts["outcome"]) == (0, "ok")
        assert second.facts["counts"]["articles_new"] == 2 * ARTICLES
    finally:
        process.send_signal(signal.SIGCONT)
    first = ended(process)
    assert (first.code, first.facts["outcome"]) == (0, "ok")
    stock = slow.stock()
    truth = {article.key for article in replica.control.truth().articles}
    for rows in (stock.articles, stock.versions):
        assert Counter(row["article_key"] for row in rows) == dict.fromkeys(truth, 1)
    assert {(row["run_id"], row["outcome"]) for row in stock.runs} == {
        (done.facts["run_id"], "ok") for done in (first, second)
    }
    assert lease.run_id == first.facts["run_id"]
    kept = Counter(row["url"] for row in stock.captures if row["article_id"] is not None)
    assert kept == Counter(line.url for line in replica.control.log() if line.kind == "article")
    assert slow.run("verify").code == 0
    assert slow.run("verify", "--ledger").code == 0
