"""Fifteen days without feeds, sitemaps and Google News; the service stands still for three of them."""

from itertools import pairwise

import pytest
from days_world import FEEDS_AND_SITEMAPS, GOOGLE, Outcome, Service, newspapers, without
from reckoning import wrong_articles, wrong_presence, wrong_removals, wrong_versions

from replica.server import ReplicaServer


@pytest.fixture(scope="module")
def service(desk):
    network = newspapers(2, first=1)
    with ReplicaServer.start(network) as replica:
        without(replica, FEEDS_AND_SITEMAPS)
        yield Service(desk(), replica, network)


@pytest.fixture(scope="module")
def after_the_stop(service: Service) -> Outcome:
    """After the first run that followed three days of standstill."""
    service.run_until(4)
    service.stop_for(2)  # the next run would be a day after the last
    service.run()
    return Outcome.of(service)


@pytest.fixture(scope="module")
def outcome(after_the_stop: Outcome, service: Service) -> Outcome:
    service.stop_for(1)
    service.run_until(15)
    return Outcome.of(service)


def test_one_run_catches_up(after_the_stop: Outcome):
    days = after_the_stop.service.days
    stopped = next(b for a, b in pairwise(days) if (b.at - a.at).days == 3)
    assert stopped.counts["articles_new"] > 0
    assert wrong_articles(after_the_stop) == []


def test_nothing_is_missed_or_invented(outcome: Outcome):
    assert wrong_articles(outcome) == []
    assert len(outcome.stock.articles) > 200


def test_every_edit_is_a_version_and_nothing_else_is(outcome: Outcome):
    assert wrong_versions(outcome) == []


def test_every_removal_is_told_and_no_other(outcome: Outcome):
    assert wrong_presence(outcome) == []
    assert wrong_removals(outcome) == []


def test_google_is_never_asked(outcome: Outcome):
    assert not [line for day in outcome.service.days for line in day.log if line.host == GOOGLE]
