"""Crawls that several tests look at, each made once a session."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from crawl_worlds import ASKED, CANDIDATE, SMALL, UNASKED, site_ids
from fixtures.crawls import ALL_TIME, Operator, Step, Story, network_of

from replica.network import Network
from replica.server import ReplicaServer

THREE_DAYS_S = 3 * 86_400.0


@pytest.fixture(scope="session")
def newsroom(desk) -> Iterator[Story]:
    """Seven sites of all looks; two more are linked and not asked for, one of them no active site."""
    with ReplicaServer.start(network_of(*ASKED, UNASKED, CANDIDATE)) as replica:
        yield Story(Operator(desk(), replica), replica, site_ids(ASKED))


@pytest.fixture(scope="session")
def first(newsroom: Story) -> Step:
    """The first crawl of the newsroom, of everything."""
    return newsroom.step(*ALL_TIME)


@pytest.fixture(scope="session")
def again(first: Step, newsroom: Story) -> Step:
    """A second crawl; nothing has happened."""
    return newsroom.step()


@pytest.fixture(scope="session")
def later(again: Step, newsroom: Story) -> Step:
    """A third crawl, three days on: articles are new, edited, gone."""
    newsroom.replica.control.advance(THREE_DAYS_S)
    return newsroom.step()


@dataclass(frozen=True)
class Control:
    """A small network, and what an undisturbed crawl of it archives."""

    network: Network
    sites: tuple[str, ...]
    step: Step


@pytest.fixture(scope="session")
def control(desk) -> Control:
    """The archive that every disturbed crawl of the same network must come to."""
    network = network_of(*SMALL, seed=2, articles=16)
    with ReplicaServer.start(network) as replica:
        story = Story(Operator(desk(), replica), replica, site_ids(SMALL))
        return Control(network, story.sites, story.step(*ALL_TIME))


@pytest.fixture
def fresh(control: Control) -> Iterator[ReplicaServer]:
    """A new replica of the control's network."""
    with ReplicaServer.start(control.network) as replica:
        yield replica
