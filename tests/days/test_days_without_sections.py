"""Fifteen days in which half of the sites have no sections; the service stands still for three of them."""

import pytest
from days_world import SECTIONS, Outcome, Service, newspapers, without
from reckoning import wrong_articles, wrong_presence, wrong_removals, wrong_versions

from replica.server import ReplicaServer

HALF = ("radartegal.disway.id", "rakyatbengkulu.disway.id")


@pytest.fixture(scope="module")
def outcome(desk) -> Outcome:
    network = newspapers(3)
    with ReplicaServer.start(network) as replica:
        without(replica, SECTIONS, HALF)
        service = Service(desk(), replica, network)
        service.run_until(7)
        service.stop_for(2)
        service.run_until(15)
        return Outcome.of(service)


def test_nothing_is_missed_or_invented(outcome: Outcome):
    assert wrong_articles(outcome) == []
    assert len(outcome.stock.articles) > 200


def test_every_edit_is_a_version_and_nothing_else_is(outcome: Outcome):
    assert wrong_versions(outcome) == []


def test_every_removal_is_told_and_no_other(outcome: Outcome):
    assert wrong_presence(outcome) == []
    assert wrong_removals(outcome) == []


def test_sections_that_are_not_there_are_asked_ever_more_rarely(outcome: Outcome):
    days = outcome.service.days
    asked = [sum(x.host in HALF and x.path.startswith("/kategori/") for x in day.log) for day in days]
    assert asked[0] > 0
    assert sum(bool(number) for number in asked) <= 3
    assert days[0].ended.code == 1, "a site without its sections is degraded when that is found"
    assert days[1].ended.code == 0
