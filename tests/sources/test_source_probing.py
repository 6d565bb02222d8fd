"""What there is of feeds and sitemaps is found, remembered, and asked no more often than it is worth."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from source_worlds import DAY, EVERYTHING, HOUR, Desk, Run, desk_of, newspapers

from replica.catalogue import profile_for
from replica.life import Life

LAMPUNG, DISWAY, SUMEKS, BENGKULU, JOGJA = (
    "radarlampung.disway.id",  # /feed, which nobody names
    "disway.id",  # /rss and one for each section, a flat sitemap that robots.txt names, a news sitemap
    "sumeks.disway.id",  # an index in robots.txt, its months in gzip
    "rakyatbengkulu.disway.id",  # an Atom feed that the home page names, an index that nobody names
    "jogja.disway.id",  # nothing
)
PATHS = ("/rss", "/feed", "/sitemap")
FEED = f"https://{LAMPUNG}/feed"
CHILD = re.compile(r"/sitemap-\d{4}-\d\d\.xml\.gz$")
DEAD_RUNS = 5


@dataclass(frozen=True)
class Looked:
    """A first run, one an hour later with nothing new, five while a feed is dead, one two days later when it is back."""

    desk: Desk
    first: Run
    found: dict[str, dict[str, Any]]
    again: Run
    dead: list[tuple[Run, dict[str, Any]]]
    back: Run


@pytest.fixture(scope="module")
def looked(desk) -> Iterator[Looked]:
    life = Life(after_days=6, per_day=6, quiet=(0,), edited_share=0, vanished_share=0)
    papers = [replace(profile_for(host), validators=True) for host in (LAMPUNG, DISWAY, SUMEKS, BENGKULU)]
    with desk_of(desk(), newspapers(*papers, JOGJA, articles=8, days=60, life=life)) as crawler:
        first = crawler.crawl(*EVERYTHING)
        found = crawler.sources()
        again = crawler.crawl(after=HOUR)
        crawler.replica.control.fault("status", LAMPUNG, "/feed", status=404)
        dead = [(crawler.crawl(after=HOUR), crawler.sources()[FEED]) for _ in range(DEAD_RUNS)]
        crawler.replica.control.clear_faults()
        yield Looked(crawler, first, found, again, dead, crawler.crawl(after=2 * DAY))


def alive(looked: Looked, host: str) -> dict[str, str]:
    """Path and how it was learnt of, of what is alive."""
    root = f"https://{host}"
    rows = {url.removeprefix(root): row for url, row in looked.found.items() if url.startswith(f"{root}/")}
    return {path: row["learned_from"] for path, row in rows.items() if row["finding"] == "alive"}


def test_what_exists_is_found_and_how(looked: Looked):
    assert looked.first.ended.code == 0, looked.first.ended.err
    assert alive(looked, LAMPUNG) == {"/feed": "usual_name"}
    sections = {path for path in alive(looked, DISWAY) if path.startswith("/rss/")}
    assert "/rss/nasional" in sections
    assert alive(looked, DISWAY).keys() - sections == {"/rss", "/sitemap.xml", "/sitemap-news.xml"}
    months = {path for path in alive(looked, SUMEKS) if CHILD.match(path)}
    assert len(months) == 3
    assert {alive(looked, SUMEKS)[path] for path in months} == {"sitemap_index"}
    assert alive(looked, BENGKULU)["/feed"] in ("page", "usual_name")
    assert alive(looked, BENGKULU)["/sitemap.xml"] == "usual_name"
    assert alive(looked, JOGJA) == {}


def test_what_is_not_there_is_remembered_as_absent(looked: Looked):
    absent = {url for url, row in looked.found.items() if row["finding"] == "absent"}
    assert {f"https://{JOGJA}{path}" for path in ("/rss", "/feed", "/sitemap.xml")} <= absent
    assert absent | {url for url, row in looked.found.items() if row["finding"] == "alive"} == looked.found.keys()
    for url in absent:
        row = looked.found[url]
        assert (row["reason"], row["failures"]) == ("http_404", 1)
        assert row["next_check"] - row["at"] == timedelta(days=7)


def test_the_second_run_asks_what_is_alive_once_and_nothing_absent(looked: Looked):
    asked = Counter(f"https://{line.host}{line.path}" for line in looked.again.asked(*PATHS))
    each_run = {
        url
        for url, row in looked.found.items()
        if row["finding"] == "alive" and row["learned_from"] != "sitemap_index" and "/rss/" not in url
    }
    assert asked == dict.fromkeys(each_run, 1)


def test_conditional_requests_are_answered_304_and_leave_no_record(looked: Looked):
    stated = {line.url: dict(line.request_headers) for line in looked.again.asked(*PATHS)}
    conditional = {url for url, headers in stated.items() if "If-None-Match" in headers}
    assert conditional
    assert all("If-Modified-Since" in stated[url] for url in conditional)
    answers = {line.url: line.status for line in looked.again.asked(*PATHS)}
    assert {answers[url] for url in conditional} == {304}
    assert looked.again.counts["not_modified"] == len(conditional)
    run_id = looked.again.ended.facts["run_id"]
    assert not looked.desk.ask("SELECT url FROM captures WHERE run_id = ? AND url NOT LIKE '%robots.txt'", run_id)
    unchanged = looked.desk.ask("SELECT url FROM events WHERE run_id = ? AND kind = 'unchanged'", run_id)
    assert conditional <= {row["url"] for row in unchanged}


def test_a_feed_that_dies_is_asked_ever_more_rarely(looked: Looked):
    """By three runs as if nothing had happened, then after two hours: the fifth run comes too early."""
    asked = [len(run.asked("/feed", host=LAMPUNG)) for run, _ in looked.dead]
    assert asked == [1, 1, 1, 1, 0]
    rows = [row for _, row in looked.dead]
    assert [row["failures"] for row in rows] == [1, 2, 3, 4, 4]
    assert {(row["finding"], row["reason"]) for row in rows} == {("failing", "http_404")}
    assert rows[0]["next_check"] == rows[0]["at"]
    assert rows[3]["next_check"] - rows[3]["at"] == timedelta(hours=2)
    assert all(run.ended.code == 0 for run, _ in looked.dead)


def test_it_is_found_again_when_it_comes_back(looked: Looked):
    assert len(looked.back.asked("/feed", host=LAMPUNG)) == 1
    row = looked.desk.sources()[FEED]
    assert (row["finding"], row["failures"], row["learned_from"]) == ("alive", 0, "usual_name")
    assert looked.desk.held() >= looked.desk.public()


def test_of_an_index_only_the_months_that_moved_are_asked(looked: Looked):
    """All at first, none while nothing is new, then those in which something came out or was edited."""
    for host in (SUMEKS, BENGKULU):
        asked = [
            {line.path for line in run.asked("/sitemap-2", host=host)}
            for run in (looked.first, looked.again, looked.back)
        ]
        assert len(asked[0]) == 3
        assert asked[1] == set()
        assert "/sitemap-2026-03.xml.gz" in asked[2] < asked[0]


def test_a_news_sitemap_names_what_is_new(looked: Looked):
    rows = looked.desk.ask(
        "SELECT DISTINCT article_id FROM sightings WHERE via_url = ?", f"https://{SUMEKS}/sitemap-news.xml"
    )
    new = {a.id for a in looked.desk.truth() if a.host == SUMEKS and a.published_at >= looked.desk.network.start}
    assert new
    assert new <= {row["article_id"] for row in rows}


def test_nothing_of_this_is_a_hole(looked: Looked):
    assert looked.desk.holes() == []
