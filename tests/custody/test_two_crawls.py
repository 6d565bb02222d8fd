"""Two crawls of the same sites at once into one archive, each with a spool of its own, as from two machines, and told
not to mind the lease that would keep the second from it.

What holds: nothing that either fetched is lost, no row has a record that cannot be read, and every key has the content
of a lone crawl's. What does not: when both commit their first reading of an article at the same moment it has two
heads, which `verify` names and nothing else.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.crawls import ALL_TIME, Ended, Operator, ended, network_of

from replica.network import Network
from replica.server import ReplicaServer

HOSTS = ("radartegal.disway.id", "palpos.disway.id")
SITES = ("radartegal", "palpos")


@pytest.fixture(scope="module")
def network() -> Network:
    return network_of(*HOSTS, seed=6, articles=8)


@pytest.fixture
def replica(network: Network) -> Iterator[ReplicaServer]:
    with ReplicaServer.start(network) as server:
        yield server


def at_once(one: Operator, other: Operator) -> list[Ended]:
    running = [operator.start_crawl(SITES, *ALL_TIME, "--no-lease") for operator in (one, other)]
    return [ended(process) for process in running]


def test_two_at_once_lose_nothing(replica: ReplicaServer, tmp_path: Path) -> None:
    one = Operator(tmp_path / "one", replica)
    other = Operator(tmp_path / "other", replica, one.uri)
    for done in at_once(one, other):
        assert done.code in (0, 3), done.err
    for operator in (one, other):
        assert operator.run("recover").code == 0
        assert not list(operator.spool.glob("[!.]*/"))
    stock = one.stock()
    truth = {article.key: article for article in replica.control.truth().articles}
    assert {row["article_key"] for row in stock.versions} == truth.keys()
    assert {row["title"] for row in stock.versions} == {article.title for article in truth.values()}
    readings = {(row["article_key"], row["content_digest"]) for row in stock.versions}
    assert len(readings) == len(truth), "whoever read it, it reads the same"
    fetched = Counter(line.url for line in replica.control.log() if line.kind == "article")
    kept = Counter(row["url"] for row in stock.captures if row["article_id"] is not None)
    assert kept == fetched, "every answer has its row, those of both crawls"
    assert len({row["run_id"] for row in stock.runs}) == len(stock.runs) == 2
    heads = Counter(row["article_key"] for row in stock.articles)
    doubled = {key for key, count in heads.items() if count > 1}
    verified = one.run("verify")
    assert verified.code == (1 if doubled else 0)
    assert sorted(verified.out.splitlines()) == sorted(
        f"article {key}: {heads[key]} head rows, where one should be" for key in doubled
    )


def test_one_after_the_other_has_one_head(replica: ReplicaServer, tmp_path: Path) -> None:
    """The second fetched before the first delivered, and is delivered after it: it finds the first's heads."""
    one = Operator(tmp_path / "one", replica)
    other = Operator(tmp_path / "other", replica, one.uri)
    assert one.crawl(SITES, *ALL_TIME).code == 0
    before = one.stock()
    assert other.crawl(SITES, *ALL_TIME).code == 0
    after = other.stock()
    assert after.essence() == before.essence()
    assert len(after.versions) == len(before.versions)
    assert one.run("verify").code == 0
