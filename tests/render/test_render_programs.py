"""Every Chromium of this machine makes the same of a page, and reaches nobody whatever the page tries."""

import shutil

import pytest
from fixtures.crawls import ALL_TIME, Story
from listening import Listeners
from render_worlds import SCRIPTED, operator_of, page_that, scripted_articles, scripted_network
from truth_check import differences, show

from crawler.config_sections import RenderSettings
from crawler.render_chromium import NAMES, find_chromium
from replica.server import ReplicaServer


@pytest.mark.parametrize("program", [name for name in NAMES if shutil.which(name)])
def test_a_page_that_tries_every_way_comes_to_nobody(desk, program: str):
    with ReplicaServer.start(scripted_network(articles=2)) as replica, Listeners() as listeners:
        page_that(replica, scripted_articles(replica)[0], listeners.attempts())
        further = {"DISWAY_RENDER__CHROMIUM": shutil.which(program) or "", "DISWAY_RENDER__SETTLE_S": "2"}
        step = Story(operator_of(desk(), replica, further), replica, (SCRIPTED,)).step(*ALL_TIME)
        assert step.ended.code == 0, step.ended.err
        assert step.ended.facts["counts"]["render_offsite"] > 20
        assert listeners.met == []
        truth = [a for a in step.truth.articles if a.site == SCRIPTED]
        found = differences(truth, step.stock.articles)
        assert not found, show(found)


def test_there_is_one():
    assert find_chromium(RenderSettings()).exists()
