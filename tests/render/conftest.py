"""One crawl of a site that needs a browser, which several tests look at."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.crawls import ALL_TIME, Step, Story
from render_worlds import PLAIN, SCRIPTED, operator_of, scripted_network

from replica.server import ReplicaServer

sys.path.insert(0, str(Path(__file__).parents[1] / "crawl"))  # for truth_check
A_DAY_S = 86_400.0


@pytest.fixture(scope="session")
def scripted_story(desk) -> Iterator[Story]:
    with ReplicaServer.start(scripted_network()) as replica:
        yield Story(operator_of(desk(), replica), replica, (SCRIPTED, PLAIN))


@pytest.fixture(scope="session")
def rendered(scripted_story: Story) -> Step:
    """The first crawl, of everything."""
    return scripted_story.step(*ALL_TIME)


@pytest.fixture(scope="session")
def rendered_later(rendered: Step, scripted_story: Story) -> Step:
    """A second crawl, a day on: articles are new, edited, gone."""
    scripted_story.replica.control.advance(A_DAY_S)
    return scripted_story.step()
