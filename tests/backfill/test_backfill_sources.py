"""Twenty days of a newspaper whose archive began two days ago, from each kind of source alone."""

import pytest
from backfill_worlds import BENGKULU, FEEDS, SEARCH, SECTIONS, SITEMAPS, TAGS, Desk, asked, wrong

CASES = {
    "sections": ("/kategori/", (*SITEMAPS, *FEEDS, *TAGS, *SEARCH)),
    "sitemaps": ("/sitemap", (*SECTIONS, *FEEDS, *TAGS, *SEARCH)),
}
"""How the addresses of the source begin, and what is gone: all others."""
GOOGLE_ON = {
    "DISWAY_GOOGLE_NEWS__ENABLED": "true",
    "DISWAY_GOOGLE_NEWS__OVERRIDE_ROBOTS": "true",
    "DISWAY_GOOGLE_NEWS__RSS_DELAY_S": "0",
    "DISWAY_GOOGLE_NEWS__DECODE_DELAY_S": "0",
    "DISWAY_GOOGLE_NEWS__DECODES": "500",
}
GOOGLE = "news.google.com"


@pytest.mark.parametrize(("source", "gone"), CASES.values(), ids=CASES)
def test_all_of_the_stretch_is_held_and_nothing_is_asked_twice(operator_desk: Desk, source, gone):
    desk = operator_desk
    before = {row["article_key"] for row in desk.held()}
    desk.without(*gone)
    done, log = desk.backfill()
    assert done.code in (0, 1), done.err
    public = desk.public()
    assert len(public) > 100
    assert len(public) - len(before) > 60
    assert not wrong(desk)
    assert set(asked(log, "article").values()) == {1}
    assert not [line for line in log if line.host == GOOGLE]
    states = desk.stretches(source)
    assert set(states.values()) == {"done"}, states
    assert {line.status for line in log if line.path.startswith(source)} == {200}
    if source in SITEMAPS:
        _, log = desk.backfill()
        assert not [path for path in asked(log) if path.startswith(source) or "/read/" in path]


def test_the_search_leads_to_what_no_listing_names(operator_desk: Desk):
    desk = operator_desk
    desk.without(*SECTIONS, *SITEMAPS, *FEEDS, *TAGS)
    _, log = desk.backfill()
    pages = asked(log, "listing")
    assert pages["/search/kata/?c=di"] == pages["/search/kata/30/30/?c=di"] == 1
    titled = {a.key for a in desk.public() if "di" in a.title.lower()}
    assert len(titled) > 60
    assert titled <= {row["article_key"] for row in desk.held()}
    assert not [path for path, count in asked(log, "article").items() if count > 1]
    found = desk.operator.ask("SELECT kind, finding FROM sources WHERE url LIKE '%/search/%'")
    assert found == [{"kind": "search", "finding": "alive"}]
    assert desk.stretches("/search/") == {"/search/kata/?c=di": "done"}


def test_tags_of_a_few_articles_lead_to_many(operator_desk: Desk):
    desk = operator_desk
    desk.without(*SECTIONS, *SITEMAPS, *FEEDS, *SEARCH)
    done, log = desk.backfill("--gaps", "--budget", "10")
    pages = [path for path in asked(log, "listing") if path.startswith("/listtag/")]
    assert len(pages) > 10
    assert done.facts["counts"]["articles_new"] > 40
    by_tag = desk.operator.ask("SELECT count(*) AS n FROM articles WHERE discovered_via = ['tag']")
    assert by_tag[0]["n"] > 20
    assert set(asked(log, "article").values()) == {1}
    assert set(desk.stretches("/listtag/").values()) == {"done"}


def test_a_crawl_asks_neither_tags_nor_search(began_log):
    assert not [line.path for line in began_log if line.path.startswith((*TAGS, *SEARCH))]


def test_a_search_that_robots_forbid_is_not_asked_and_degrades_nothing(operator_desk: Desk):
    desk = operator_desk
    desk.host = BENGKULU
    done, log = desk.backfill()
    assert done.code == 0, done.err
    assert len(log) > 20
    assert not [line.path for line in log if line.path.startswith(SEARCH)]
    found = desk.operator.ask("SELECT kind, finding, reason FROM sources WHERE url LIKE '%/search/%'")
    assert found == [{"kind": "search", "finding": "refused", "reason": "robots_forbidden"}]
    assert not wrong(desk)


def test_google_news_is_asked_for_the_days_of_the_stretch_once(operator_desk: Desk):
    desk = operator_desk
    desk.operator.further |= GOOGLE_ON
    desk.without(*SECTIONS, *SITEMAPS, *FEEDS, *TAGS, *SEARCH)
    before = {row["article_key"] for row in desk.held()}
    _, log = desk.backfill()
    queries = [line.path for line in log if line.host == GOOGLE and line.path.startswith("/rss/search")]
    assert queries
    assert all("after%3A" in query and "before%3A" in query for query in queries)
    indexed = {a["key"] for a in desk.replica.control.google_articles()} & {a.key for a in desk.public()}
    assert len(indexed - before) > 30
    assert indexed <= {row["article_key"] for row in desk.held()}
    _, log = desk.backfill()
    assert not [line.path for line in log if line.host == GOOGLE]
