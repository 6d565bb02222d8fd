"""Pages that wait for their servers for ever, one answer after the other: they end, and so does what they ask for."""

from collections.abc import Iterator

import pytest
from fixtures.crawls import ALL_TIME, Step, Story
from render_worlds import SCRIPTED, SCRIPTED_HOST, operator_of, page_that, scripted_articles, scripted_network

from replica.server import ReplicaServer
from replica.truth import TruthArticle

CHAIN, FLOOD = "/data/satu-satu", "/data/sekaligus"
DEADLINE_S, ANSWER_S = 20, 1.0
AT_ONCE = 6
"""Requests of one page that the crawler has in hand."""
SETTINGS = {"DISWAY_RENDER__DEADLINE_S": str(DEADLINE_S), "DISWAY_NETWORK__RETRIES": "0"}
SCRIPTS = {
    CHAIN: f"let n = 0; const ask = () => fetch('{CHAIN}?n=' + n++).finally(ask); ask()",
    FLOOD: f"for (let n = 0; n < 60; n++) fetch('{FLOOD}?n=' + n)",
}


@pytest.fixture(scope="module")
def waited(desk) -> Iterator[tuple[Step, dict[str, TruthArticle]]]:
    with ReplicaServer.start(scripted_network(articles=4)) as replica:
        victims = dict(zip(SCRIPTS, scripted_articles(replica), strict=False))
        for path, script in SCRIPTS.items():
            page_that(replica, victims[path], script)
            replica.control.fault("slow", SCRIPTED_HOST, path, delay_s=ANSWER_S)
        yield Story(operator_of(desk(), replica, SETTINGS), replica, (SCRIPTED,)).step(*ALL_TIME), victims


@pytest.mark.parametrize("path", SCRIPTS, ids=["one after the other", "all at once"])
def test_a_page_comes_to_its_deadline_and_is_kept_as_it_came(waited: tuple[Step, dict[str, TruthArticle]], path: str):
    step, victims = waited
    victim = victims[path]
    assert step.stock.states[victim.key] == ("pending", "page_deadline")
    rows = [r for r in step.stock.captures if (r["site"], r["article_id"]) == (victim.site, victim.id)]
    assert [(r["kind"], r["status"]) for r in rows] == [("response", 200)]


@pytest.mark.parametrize("path", SCRIPTS, ids=["one after the other", "all at once"])
def test_nothing_further_is_asked_for_it(waited: tuple[Step, dict[str, TruthArticle]], path: str):
    step, _ = waited
    asked = {line.url for line in step.log if line.path.startswith(path)}
    assert 1 <= len(asked) <= DEADLINE_S / ANSWER_S + AT_ONCE
    assert {row["url"] for row in step.stock.captures if path in row["url"]} == asked, "each is kept as it came"


def test_the_rest_of_the_site_is_archived(waited: tuple[Step, dict[str, TruthArticle]]):
    step, victims = waited
    assert step.ended.code == 0, step.ended.err
    assert "Traceback" not in step.ended.err
    assert "Task was destroyed" not in step.ended.err
    lost = {victim.key for victim in victims.values()}
    assert set(step.stock.by_key) == {a.key for a in step.truth.articles if a.site == SCRIPTED} - lost
