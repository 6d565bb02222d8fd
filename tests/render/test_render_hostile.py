"""Pages that do in the browser what they should not: each comes to its own end, and nobody else to harm."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import pytest
from fixtures.crawls import ALL_TIME, Step, Story
from render_worlds import (
    PLAIN,
    PLAIN_HOST,
    SCRIPTED,
    SCRIPTED_HOST,
    operator_of,
    page_that,
    scripted_articles,
    scripted_network,
)
from truth_check import differences, show

from replica.scripted import SCRIPT_PATH
from replica.server import ReplicaServer
from replica.truth import TruthArticle

MIB = 1 << 20
SETTINGS = {
    "DISWAY_RENDER__PAGE_S": "12",
    "DISWAY_RENDER__MAX_BYTES": str(1024 * MIB),
    "DISWAY_NETWORK__MAX_BODY_BYTES": str(2 * MIB),
    "DISWAY_NETWORK__RETRIES": "0",
}
ENDLESS_DATA = "/data/lagi"
BROKEN_DATA = "/data/rusak"
REPORT = "/data/lapor"


class Case(NamedTuple):
    """What an article's page does beside what it should, and what is to become of the article."""

    name: str
    script: str
    state: str = "archived"
    reason: str | None = None


CASES = (
    Case("hangs", "for (;;) {}", "pending", "page_timeout"),
    Case("fills its heap", "const all = []; for (;;) all.push(new Array(4e6).fill(1.1))", "pending", "browser_crashed"),
    Case(
        "fills the memory",
        "const all = []; setInterval(() => { for (let i = 0; i < 8; i++) all.push(new Uint8Array(32 << 20).fill(1)) }, 20)",
        "pending",
        "browser_memory",
    ),
    Case(
        "asks without end",
        f"let n = 0; const ask = () => fetch('{ENDLESS_DATA}?n=' + n++).finally(ask); ask()",
        "pending",
        "too_many_requests",
    ),
    Case("grows too long", "document.documentElement.append('x'.repeat(3 << 20))", "refused", "too_large"),
    Case("lacks its data", f"fetch('{BROKEN_DATA}')", "pending", "resource_failed"),
    Case("bears what is not there", "fetch('/data/tidak-ada'); fetch('https://koran-lain.invalid/x').catch(() => 0)"),
    Case("looks for news all the time", f"setInterval(() => fetch('{SCRIPT_PATH}'), 20)"),
    Case("sends", "fetch('/kirim', {method: 'POST', body: 'x'}).catch(() => 0); navigator.sendBeacon('/kirim', 'x')"),
    Case("opens windows and asks", "window.open('/jendela'); alert(1); confirm(2); prompt(3); print()"),
    Case("goes away at once", "location.href = '/pergi'", "pending", "script_redirect"),
    Case("goes away later", "addEventListener('load', () => location.replace('/pergi'))"),
    Case("is to be refreshed", "document.write('<meta http-equiv=refresh content=0;url=/pergi>')"),
    Case("hangs when it is left", "addEventListener('pagehide', () => { for (;;) {} })"),
    Case("frames", "document.body.append(Object.assign(document.createElement('iframe'), {src: '/bingkai'}))"),
    Case("downloads", "Object.assign(document.createElement('a'), {href: '/unduh', download: 'x'}).click()"),
    Case("stays in the background", "navigator.serviceWorker.register('/pekerja.js').catch(() => 0)"),
    Case("writes half a letter", "document.documentElement.setAttribute('data-huruf', '\\ud800')"),
    Case(
        "lies of itself",
        "Object.defineProperty(Document.prototype, 'documentElement', {get: () => null});"
        "XMLSerializer.prototype.serializeToString = String.prototype.toWellFormed = () => 'palsu';"
        "window.requestIdleCallback = () => 0",
    ),
    *(
        Case(
            f"remembers, {turn}",
            f"fetch('{REPORT}?{turn}&kue=' + encodeURIComponent(document.cookie + (localStorage.kue || '')));"
            "document.cookie = 'kue=manis; max-age=99999; path=/'; localStorage.kue = 'asin'",
        )
        for turn in ("once", "again")
    ),
)
NEVER_ASKED = ("/kirim", "/jendela", "/pergi", "/bingkai", "/unduh", "/pekerja.js", "/upload", "/assets")


@dataclass(frozen=True)
class Ordeal:
    """The crawl of the hostile pages, who was which, and the crawl after it."""

    story: Story
    victims: dict[str, TruthArticle]
    step: Step
    after: Step


@pytest.fixture(scope="module")
def ordeal(desk) -> Iterator[Ordeal]:
    with ReplicaServer.start(scripted_network(articles=len(CASES) + 11)) as replica:
        articles = scripted_articles(replica)
        victims = {}
        for case, article in zip(CASES, articles[: len(CASES)], strict=True):
            victims[case.name] = article
            page_that(replica, article, case.script)
        replica.control.fault("status", SCRIPTED_HOST, BROKEN_DATA, status=500)
        story = Story(operator_of(desk(), replica, SETTINGS), replica, (SCRIPTED, PLAIN))
        step = story.step(*ALL_TIME)
        replica.control.clear_faults()
        yield Ordeal(story, victims, step, story.step())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_page_comes_to_its_own_end(ordeal: Ordeal, case: Case):
    article = ordeal.victims[case.name]
    assert ordeal.step.stock.states[article.key] == (case.state, case.reason)
    assert (article.key in ordeal.step.stock.by_key) == (case.state == "archived")


def test_the_rest_is_archived_and_the_run_is_well(ordeal: Ordeal):
    assert ordeal.step.ended.code == 0, ordeal.step.ended.err
    assert "Traceback" not in ordeal.step.ended.err
    assert "was never retrieved" not in ordeal.step.ended.err
    assert "Task was destroyed" not in ordeal.step.ended.err
    lost = {ordeal.victims[case.name].key for case in CASES if case.state != "archived"}
    public = [a for a in ordeal.step.truth.articles if a.key not in lost]
    found = differences(public, ordeal.step.stock.articles)
    assert not found, show(found)


def test_nobody_is_met_whom_the_crawler_does_not_ask(ordeal: Ordeal):
    assert {line.host for line in ordeal.step.log} == {SCRIPTED_HOST, PLAIN_HOST}
    assert [line.path for line in ordeal.step.log if line.path.startswith(NEVER_ASKED)] == []
    assert {line.method for line in ordeal.step.log} == {"GET"}
    assert ordeal.step.ended.facts["counts"]["render_offsite"] > 0


def test_a_page_finds_nothing_that_another_left(ordeal: Ordeal):
    reports = sorted(line.path for line in ordeal.step.log if line.path.startswith(REPORT))
    assert reports == [f"{REPORT}?{turn}&kue=" for turn in ("again", "once")]


def test_what_a_page_asks_for_is_bounded(ordeal: Ordeal):
    asked = [line for line in ordeal.step.log if line.path.startswith(ENDLESS_DATA)]
    assert 90 <= len(asked) <= 2 * 100  # once more if the browser was lost under it
    assert sum(line.path == SCRIPT_PATH for line in ordeal.step.log) == 1


def test_what_could_not_be_made_is_kept_as_it_came(ordeal: Ordeal):
    for name in ("hangs", "fills the memory", "lacks its data"):
        article = ordeal.victims[name]
        rows = [r for r in ordeal.step.stock.captures if (r["site"], r["article_id"]) == (article.site, article.id)]
        assert [(r["kind"], r["status"]) for r in rows] == [("response", 200)], name


def test_a_later_run_makes_what_is_pending(ordeal: Ordeal):
    assert ordeal.after.ended.code == 0, ordeal.after.ended.err
    pending = {ordeal.victims[case.name].key for case in CASES if case.state == "pending"}
    assert pending <= ordeal.after.stock.by_key.keys()
    verified = ordeal.story.operator.run("verify", "--json")
    assert verified.facts["findings"] == 0, verified.out


def test_no_browser_is_left(ordeal: Ordeal):
    assert list(ordeal.story.operator.spool.glob(".browser-*")) == []
