"""Fifteen days with every source on, Google News too."""

from collections import Counter

import pytest
from days_world import Outcome, Service, newspapers
from reckoning import wrong_articles, wrong_presence, wrong_removals, wrong_versions

from replica.server import ReplicaServer

GOOGLE_ON = {
    "DISWAY_GOOGLE_NEWS__ENABLED": "true",
    "DISWAY_GOOGLE_NEWS__OVERRIDE_ROBOTS": "true",
    "DISWAY_GOOGLE_NEWS__RSS_DELAY_S": "0",
    "DISWAY_GOOGLE_NEWS__DECODE_DELAY_S": "0",
}


@pytest.fixture(scope="module")
def outcome(desk) -> Outcome:
    network = newspapers(1)
    with ReplicaServer.start(network) as replica:
        service = Service(desk(), replica, network, GOOGLE_ON)
        service.run_until(15)
        return Outcome.of(service)


def test_nothing_is_missed_or_invented(outcome: Outcome):
    assert wrong_articles(outcome) == []
    assert len(outcome.stock.articles) > 200


def test_every_edit_is_a_version_and_nothing_else_is(outcome: Outcome):
    assert wrong_versions(outcome) == []
    numbers = Counter(row["article_key"] for row in outcome.stock.versions)
    assert sum(count > 1 for count in numbers.values()) > 20
    reverts = [a for a in outcome.truth.articles if any(v.change == "revert" for v in a.versions)]
    assert reverts


def test_every_removal_is_told_and_no_other(outcome: Outcome):
    assert wrong_presence(outcome) == []
    assert wrong_removals(outcome) == []
    ways = {a.vanished_how for a in outcome.truth.articles if a.vanished_at}
    assert len(ways) >= 3
    assert any(a.returned_at for a in outcome.truth.articles)


def test_google_news_names_nothing_that_is_not_resolved(outcome: Outcome):
    total: Counter[str] = Counter()
    for day in outcome.service.days:
        total.update({name: count for name, count in day.counts.items() if name.startswith("google_")})
    assert total["google_items"] > 100
    assert total["google_matched"] / total["google_items"] >= 0.7
    assert (
        total["google_matched"] + total["google_decoded_offline"] + total["google_decoded_rpc"] == total["google_items"]
    )
