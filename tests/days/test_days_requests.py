"""What fifteen days cost in requests, at the pace of a real newspaper and with the rechecks of a new installation."""

from collections import Counter

import pytest
from days_world import QUIET, Outcome, Service, newspapers
from reckoning import wrong_articles, wrong_removals

from replica.server import ReplicaServer

A_DAY_OF_RADAR_TEGAL = 16
"""Articles: 247 ids in 15.8 days."""
MOST_REQUESTS_A_PART = 1.35


@pytest.fixture(scope="module")
def outcome(desk) -> Outcome:
    network = newspapers(4, sites=2, per_day=A_DAY_OF_RADAR_TEGAL, articles=3 * A_DAY_OF_RADAR_TEGAL)
    with ReplicaServer.start(network) as replica:
        service = Service(desk(), replica, network, {"DISWAY_RECHECK__AFTER": "1h,6h,24h,7d"})
        service.run_until(15)
        return Outcome.of(service)


def test_nothing_is_missed_or_invented(outcome: Outcome):
    assert wrong_articles(outcome) == []
    assert wrong_removals(outcome) == []


def test_requests_are_few(outcome: Outcome):
    """Planned rechecks aside: articles once, a part each, and what the polls cost."""
    rechecks = sum(day.counts.get("recheck_requests", 0) for day in outcome.service.days)
    asked = sum(day.kinds.total() for day in outcome.service.days) - rechecks
    parts = sum(row["parts"] for row in outcome.stock.articles)
    assert asked / parts <= MOST_REQUESTS_A_PART, f"{asked} requests for {parts} parts"


def test_a_quiet_day_costs_a_request_a_listing(outcome: Outcome):
    quiet = outcome.service.days[QUIET + 1]
    assert quiet.counts.get("articles_new", 0) == 0
    polls = Counter((x.host, x.path) for x in quiet.log if x.path in _listings(quiet.log))
    assert polls
    assert set(polls.values()) == {1}
    others = sum(1 for x in quiet.log if x.path not in _listings(quiet.log) and x.path != "/robots.txt")
    assert others == quiet.counts.get("recheck_requests", 0)


def _listings(log) -> set[str]:
    return {x.path for x in log if x.path == "/" or x.path.startswith(("/kategori", "/rss", "/feed", "/sitemap"))}
