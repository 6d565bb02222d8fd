"""No browser, or one that does not start: one line, and the rest of the run as ever. No such site: nothing is loaded."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fixtures.crawls import ALL_TIME, Operator, Step, Story
from render_worlds import PLAIN, PLAIN_HOST, SCRIPTED, SCRIPTED_HOST, operator_of, scripted_network

from replica.server import ReplicaServer

LINE = "not crawled, for they need a browser: radarskrip: "


@dataclass(frozen=True)
class Without:
    """A crawl that cannot start its browser, what it is to say, and the crawl after that which can."""

    said: str
    step: Step
    after: Step


@pytest.fixture(scope="module")
def dies(desk) -> Iterator[Without]:
    with ReplicaServer.start(scripted_network(articles=3)) as replica:
        operator = operator_of(desk(), replica, {"DISWAY_RENDER__CHROMIUM": "/bin/false"})
        story = Story(operator, replica, (SCRIPTED, PLAIN))
        step = story.step(*ALL_TIME)
        del operator.further["DISWAY_RENDER__CHROMIUM"]
        yield Without("Chromium does not start", step, story.step())


def assert_one_line(step: Step, said: str) -> None:
    assert step.ended.code == 1
    assert step.ended.facts["degraded"] == {SCRIPTED: "no_browser"}
    lines = [line for line in step.ended.err.splitlines() if LINE in line]
    assert len(lines) == 1
    assert said in lines[0]
    assert "Traceback" not in step.ended.err
    assert set(step.stock.by_key) == {a.key for a in step.truth.articles if a.host == PLAIN_HOST}


def test_one_line_says_that_it_does_not_start_and_the_rest_runs(dies: Without):
    assert_one_line(dies.step, dies.said)
    pages = [line.path for line in dies.step.log if line.host == SCRIPTED_HOST and line.kind in ("article", "listing")]
    assert pages == ["/"], "by the home page it is known"


def test_what_is_known_of_the_site_waits_without_being_tried(dies: Without):
    waiting = [row for row in dies.step.stock.ledger if row["site"] == SCRIPTED]
    assert waiting, "its feed names articles"
    assert {(row["state"], row["attempts"]) for row in waiting} == {("pending", 0)}
    assert dies.after.ended.code == 0, dies.after.ended.err
    assert set(dies.after.stock.by_key) == {a.key for a in dies.after.truth.articles}


def test_without_a_browser_no_page_is_asked_for(desk):
    with ReplicaServer.start(scripted_network(articles=1)) as replica:
        operator = operator_of(desk(), replica, {"DISWAY_RENDER__CHROMIUM": "/nowhere/chromium"})
        step = Story(operator, replica, (SCRIPTED, PLAIN)).step(*ALL_TIME)
    assert_one_line(step, "is no program: correct it")
    assert not [line.path for line in step.log if line.host == SCRIPTED_HOST and line.kind in ("article", "listing")]


def test_a_driver_that_cannot_be_loaded_is_said_in_one_line_and_the_home_page_is_kept(desk):
    broken = desk() / "packages" / "playwright"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('half of it is there')")
    with ReplicaServer.start(scripted_network(articles=1)) as replica:
        operator = operator_of(desk(), replica, {"PYTHONPATH": str(broken.parent)})
        step = Story(operator, replica, (SCRIPTED, PLAIN)).step(*ALL_TIME)
    assert_one_line(step, "half of it is there")
    (home,) = [row for row in step.stock.captures if row["url"] == f"https://{SCRIPTED_HOST}/"]
    assert (home["kind"], home["status"], home["warc_key"] is None) == ("response", 200, False)


def test_a_run_without_such_a_site_loads_nothing_of_a_browser(tmp_path: Path):
    for name in ("playwright", "scrapy_playwright"):
        (tmp_path / f"{name}.py").write_text(f"raise AssertionError({name!r})")
    network = scripted_network(articles=2)
    with ReplicaServer.start(network) as replica:
        further = {"PYTHONPATH": str(tmp_path), "DISWAY_RENDER__CHROMIUM": "/nowhere/chromium"}
        operator = Operator(tmp_path / "desk", replica, further=further)
        done = operator.crawl([PLAIN], *ALL_TIME)
        assert done.code == 0, done.err
        assert "browser" not in done.err
