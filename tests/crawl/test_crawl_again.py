"""Later runs: nothing new costs listings only, what is new is found, what was archived is left alone."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from crawl_worlds import ASKED, is_listing
from fixtures.crawls import Operator, Step, Story, network_of, pages_of
from truth_check import differences, show

from replica.server import ReplicaServer

TEGAL = "radartegal.disway.id"
A_DAY_S = 86_400.0


def test_nothing_new_fetches_listings_and_robots_only(first: Step, again: Step):
    assert again.ended.code == 0, again.ended.err
    assert [x.path for x in pages_of(again.log) if not is_listing(x.path)] == []
    asked = Counter((x.host, x.path) for x in again.log)
    assert set(asked.values()) == {1}
    there = {(x.host, x.path) for x in first.log if x.status == 200}
    there |= {(x.host, x.path) for x in first.log if x.path == "/robots.txt"}
    children = {(x.host, x.path) for x in first.log if re.match(r"/sitemap-\d|/(rss|feed)/", x.path)}
    assert children, "an index leads to sitemaps by month; they are as its lastmod says, so they are not asked again"
    assert set(asked) == {(host, path) for host, path in there - children if is_listing(path) or path == "/robots.txt"}


def test_nothing_new_writes_no_article_and_no_version(first: Step, again: Step):
    assert {r["row_id"] for r in again.stock.articles} == {r["row_id"] for r in first.stock.articles}
    assert len(again.stock.versions) == len(first.stock.versions) == len(first.stock.articles)
    assert again.stock.states == first.stock.states
    assert len(again.stock.sightings) == len(first.stock.sightings)


def test_an_unchanged_listing_stores_no_bytes(again: Step):
    run = again.ended.facts["run_id"]
    stored = [r for r in again.stock.captures if r["run_id"] == run]
    assert {r["url"].partition(".id")[2] for r in stored} == {"/robots.txt"}
    unchanged = {r["url"] for r in again.stock.events if r["run_id"] == run and r["kind"] == "unchanged"}
    assert unchanged == {f"https://{x.host}{x.path}" for x in again.log if is_listing(x.path)}


def test_an_equal_robots_txt_is_a_revisit(again: Step):
    """Where there is a body: palpos has no robots.txt."""
    run = again.ended.facts["run_id"]
    kinds = {
        r["url"]: r["kind"] for r in again.stock.captures if r["run_id"] == run and r["bytes"] and r["status"] == 200
    }
    assert len(kinds) >= len(ASKED) - 2
    assert set(kinds.values()) == {"revisit"}


def test_what_is_new_is_archived_and_the_rest_left_alone(first: Step, later: Step):
    """Edits and removals are for rechecks, but for a headline that a listing shows under another slug."""
    assert later.ended.code == 0, later.ended.err
    old = {a.key: a for a in first.truth.articles if a.host in ASKED}
    new = [a for a in later.truth.articles if a.host in ASKED and a.key not in old]
    assert len(new) >= len(ASKED)
    renamed = {a.key: a for a in later.truth.articles if a.key in old and a.is_live and a.url != old[a.key].url}
    assert renamed
    left_alone = [a for key, a in old.items() if key not in renamed]
    found = differences([*left_alone, *new], [r for r in later.stock.articles if r["article_key"] not in renamed])
    assert not found, show(found)
    told = {key: (later.stock.by_key[key]["title"], later.stock.by_key[key]["version"]) for key in renamed}
    seen = {key: a for key, a in renamed.items() if told[key] == (a.title, 2)}
    assert len(seen) > len(renamed) / 2, "the others are on pages of listings that were not read"
    assert {key: told[key] for key in renamed.keys() - seen} == {
        key: (old[key].title, 1) for key in renamed.keys() - seen
    }
    asked = Counter(x.path for x in pages_of(later.log) if not is_listing(x.path))
    assert asked.total() == sum(a.parts for a in (*new, *seen.values()))
    assert later.ended.facts["counts"]["articles_new"] == len(new)
    edited = [a for a in later.truth.articles if a.key in old and len(a.versions) > 1]
    vanished = [a for a in later.truth.articles if a.key in old and a.vanished_at]
    assert edited
    assert vanished


@pytest.fixture(scope="module")
def long_listings(desk) -> Iterator[Story]:
    """One site whose sections are several pages long, its clock near the real one."""
    network = network_of(TEGAL, seed=5, articles=180, start=datetime.now(UTC), days=20)
    with ReplicaServer.start(network) as replica:
        yield Story(Operator(desk(), replica), replica, ("radartegal",))


@pytest.fixture(scope="module")
def two_days(long_listings: Story) -> Step:
    return long_listings.step()


@pytest.fixture(scope="module")
def all_days(two_days: Step, long_listings: Story) -> Step:
    return long_listings.step("--since", "60d")


@pytest.fixture(scope="module")
def next_day(all_days: Step, long_listings: Story) -> Step:
    long_listings.replica.control.advance(A_DAY_S)
    return long_listings.step()


def but_slugs(found: list[str], step: Step) -> list[str]:
    """Without the URL of articles that no listing had linked when they were fetched: they keep the slug of the link
    that led to them, since the page itself does not say its own.
    """
    unlisted = {r["article_key"] for r in step.stock.articles if not {"section", "home"} & set(r["discovered_via"])}
    return [line for line in found if line.split(": ")[:2] not in [[key, "url"] for key in unlisted]]


def listing_pages(step: Step) -> list[str]:
    return [x.path for x in step.log if x.path.startswith("/kategori/")]


def test_a_new_site_is_walked_two_days_back(two_days: Step):
    """Older articles come by links of newer ones only; of the long section the oldest pages are not read."""
    assert two_days.ended.code == 0, two_days.ended.err
    pages = listing_pages(two_days)
    assert "/kategori/lokal/30" in pages
    assert "/kategori/lokal/120" not in pages
    recent = {a.key for a in two_days.truth.articles if a.published_at > two_days.truth.now - timedelta(days=2)}
    assert recent
    assert recent <= two_days.stock.by_key.keys()


def test_since_walks_below_known_ground(two_days: Step, all_days: Step):
    assert all_days.ended.code == 0, all_days.ended.err
    assert "/kategori/lokal/120" in listing_pages(all_days)
    found = but_slugs(differences(all_days.truth.articles, all_days.stock.articles), all_days)
    assert not found, show(found)
    asked = Counter(x.path for s in (two_days, all_days) for x in pages_of(s.log) if not is_listing(x.path))
    rechecks = all_days.ended.facts["counts"].get("recheck_requests", 0)
    assert asked.total() - len(asked) <= rechecks, "an article that came to an hour of age meanwhile is visited again"


def test_known_ground_ends_a_walk_and_nothing_is_missed(all_days: Step, next_day: Step):
    """A section is read down to rows that are known, or not at all while the home page shows all that is new."""
    assert next_day.ended.code == 0, next_day.ended.err
    assert not {path for path in listing_pages(next_day) if re.search(r"/\d+$", path)}
    old = {a.key: a for a in all_days.truth.articles}
    new = [a for a in next_day.truth.articles if a.key not in old]
    assert 0 < len(new) < 30
    found = but_slugs(differences([*old.values(), *new], next_day.stock.articles), next_day)
    assert not found, show(found)
