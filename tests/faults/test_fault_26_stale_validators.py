"""A server that says 304 for ever is not believed for ever: an edit is found all the same."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from fixtures.crawls import ALL_TIME, Operator

from replica.catalogue import profile_for
from replica.life import Life
from replica.network import DEFAULT_START, Network
from replica.newsroom import write_sites
from replica.server import ReplicaServer

HOST, SITE = "sumeks.disway.id", "sumeks"
HOUR = timedelta(hours=1)


@pytest.fixture
def replica() -> Iterator[ReplicaServer]:
    life = Life(after_days=2, per_day=6, edited_share=1, vanished_share=0)
    network = Network(DEFAULT_START, write_sites([profile_for(HOST)], 1, 6, DEFAULT_START, 1, life=life))
    with ReplicaServer.start(network) as server:
        yield server


def test_fault_26_an_edit_behind_a_validator_that_never_changes_is_found(replica: ReplicaServer, tmp_path):
    now = DEFAULT_START
    operator = Operator(tmp_path / "desk", replica, clock=lambda: now)
    assert operator.crawl([SITE], *ALL_TIME).code == 0
    replica.control.fault("stale_validator", HOST, "/")
    not_modified = 0
    for age in (2, 7, 25, 200):
        now = DEFAULT_START + age * HOUR
        replica.control.move_to(now)
        done = operator.crawl([SITE])
        assert set(done.facts["degraded"].values()) <= {"floor"}, "but for the news that there is none of"
        not_modified += done.facts["counts"].get("not_modified", 0)
    assert not_modified > 0, "it said so"
    truth = {a.key: a for a in replica.control.truth().articles}
    old = [a for a in truth.values() if a.published_at <= DEFAULT_START and len(a.versions) > 1]
    assert old, "there are edits to be found"
    stock = operator.stock()
    for article in old:
        row = stock.by_key[article.key]
        assert row["title"] == article.title, article.key
        assert row["version"] > 1
