"""`kill -9` of a running crawl at random instants; then it is run again until it ends well."""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from fixtures.crawls import ALL_TIME, Operator, Stock, network_of
from fixtures.kills import Killings, Undisturbed, spools
from kept import index_content

from replica.network import Network
from replica.server import ReplicaServer
from storage.follow import follow
from storage.tables import Tables

HOSTS = ("radartegal.disway.id", "rakyatbengkulu.disway.id", "palpos.disway.id")
"""None of them states a Crawl-delay."""
SITES = tuple(host.partition(".")[0] for host in HOSTS)
SMALL_SEGMENTS = {"DISWAY_SPOOL__SEGMENT_BYTES": "60000"}
"""So that segments close, and are delivered, while the crawl goes on."""


@pytest.fixture(scope="module")
def network() -> Network:
    return network_of(*HOSTS, seed=5, articles=12)


@pytest.fixture
def replica(network: Network) -> Iterator[ReplicaServer]:
    with ReplicaServer.start(network) as server:
        yield server


@pytest.fixture(scope="module")
def control(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return Undisturbed.crawled(network, SITES, tmp_path_factory.mktemp("control"))


def survive(operator: Operator, control: Undisturbed, seed: int, kills: int) -> None:
    killings = Killings(operator, SITES, random.Random(seed), control.requests)
    killings.until(kills)
    for _ in range(3):
        done = operator.crawl(SITES, *ALL_TIME)
        if done.code == 0:
            break
    assert done.code == 0, done.err
    assert operator.replica is not None
    stock = operator.stock()
    assert stock.essence() == control.stock.essence()
    assert len(stock.articles) == len(stock.versions) == len(control.stock.articles), "nothing twice"
    verified = operator.run("verify")
    assert (verified.code, verified.out) == (0, ""), verified.err
    assert not spools(operator), "nothing waits"
    check_requests(operator, control, stock, killings.kills)
    check_runs(operator, stock, killings.attempts)
    check_index(operator)


def check_requests(operator: Operator, control: Undisturbed, stock: Stock, kills: int) -> None:
    """At most one request a host is under way when a kill comes: so many are made again, and the siblings of a part
    that was lost, since an article that is not complete is begun anew.
    """
    assert operator.replica is not None
    asked = Counter(line.url for line in operator.replica.control.log() if line.kind == "article")
    assert asked.keys() == {row["url"] for row in control.stock.captures if row["article_id"] is not None}
    assert max(asked.values()) <= 1 + kills
    parts = {row["article_key"]: row["parts"] for row in stock.articles}
    key = {row["url"]: f"{row['site']}/{row['article_id']}" for row in stock.captures}
    again = {url: times - 1 for url, times in asked.items() if times > 1}
    assert sum(times for url, times in again.items() if parts[key[url]] == 1) <= kills * len(HOSTS), again


def check_runs(operator: Operator, stock: Stock, attempts: int) -> None:
    """One row a run. A run that was killed before it had a spool had done nothing, and has none."""
    ids = [row["run_id"] for row in stock.runs]
    assert len(ids) == len(set(ids)) <= attempts + 3
    fetched_by = {row["run_id"] for row in stock.captures}
    assert fetched_by <= set(ids)
    assert {row["outcome"] for row in stock.runs} <= {"ok", "failed"}


def check_index(operator: Operator) -> None:
    """The index that went through all this is the one that the tables give."""
    (path,) = operator.spool.glob("seen-*.sqlite")
    fresh = operator.folder / "fresh.sqlite"
    for index in (path, fresh):
        follow(index, Tables(operator.options()))
    assert index_content(path) == index_content(fresh)


@pytest.mark.parametrize("seed", range(4))
def test_five_kills_on_a_folder(seed: int, replica: ReplicaServer, control: Undisturbed, tmp_path: Path) -> None:
    operator = Operator(tmp_path, replica, further=SMALL_SEGMENTS if seed % 2 else {})
    survive(operator, control, seed, kills=5)


def test_five_kills_on_s3(seaweed, replica: ReplicaServer, control: Undisturbed, tmp_path: Path) -> None:
    uri = f"{seaweed.uri}/{uuid4().hex}"
    further = {"DISWAY_SPOOL__SEGMENT_BYTES": "300000"}
    operator = Operator(tmp_path, replica, uri, seaweed.environ, further=further)
    survive(operator, control, seed=11, kills=5)
