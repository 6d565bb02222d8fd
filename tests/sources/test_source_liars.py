"""A feed that lies can neither hide an article nor flood the crawl; what a site file says of its sources is done."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from source_worlds import DAY, EVERYTHING, HOUR, Desk, Run, answers, desk_of, document, newspapers, site_files

from replica.catalogue import profile_for
from replica.syndication import FeedPlan, SitemapPlan
from replica.world import Profile

FAKES = 3_000
FEED_ONLY = 'home = false\noff = ["sections", "sitemaps"]'


def paper(name: str, feed: FeedPlan | None, sitemap: SitemapPlan | None = None) -> Profile:
    return replace(profile_for("radarkaur.disway.id"), host=f"{name}.disway.id", feed=feed, sitemap=sitemap)


STALE = paper("ujilama", FeedPlan(stale_etag=True))
DATES = paper("ujitanggal", FeedPlan("/feed", wrong_dates=True))
MIXED = paper("ujicampur", FeedPlan(mixed_links=True))
STATED = paper("ujisebut", FeedPlan("/umpan", linked=False), SitemapPlan("/peta.xml", named=False))
SILENT = paper("ujidiam", FeedPlan(), SitemapPlan())
FLOOD = paper("ujibanjir", None)
SOURCES = {
    STALE: FEED_ONLY,
    DATES: FEED_ONLY,
    MIXED: FEED_ONLY,
    STATED: 'home = false\nfeeds = ["/umpan"]\nsitemaps = ["/peta.xml"]\noff = ["sections"]',
    SILENT: 'off = ["feeds", "sitemaps"]',
    FLOOD: "",
}


@dataclass(frozen=True)
class Days:
    """A first run, one a day later, and one an hour after that."""

    desk: Desk
    first: Run
    day_later: Run
    counted: dict[tuple[str, str], int]
    held: set[str]
    public: set[str]
    hour_later: Run


@pytest.fixture(scope="module")
def days(desk) -> Iterator[Days]:
    folder = desk()
    folder.mkdir(parents=True)
    files = site_files(folder / "sites", SOURCES)
    fakes = [f"<item><link>https://{FLOOD.host}/read/{700_000 + n}/palsu-{n}</link></item>" for n in range(FAKES)]
    with desk_of(folder / "desk", newspapers(*SOURCES, articles=8), DISWAY_SITES__DIR=str(files)) as crawler:
        answers(crawler, FLOOD.host, "/rss", document("rss", fakes))
        first = crawler.crawl(*EVERYTHING)
        later = crawler.crawl(after=DAY)
        counted, held, public = crawler.counted(), crawler.held(), crawler.public()
        yield Days(crawler, first, later, counted, held, public, crawler.crawl(after=HOUR))


@pytest.mark.parametrize("profile", SOURCES, ids=lambda profile: profile.id)
def test_every_article_is_found(days: Days, profile: Profile):
    public = {key for key in days.public if key.startswith(f"{profile.id}/")}
    assert len(public) > 10
    assert public <= days.held


def test_nothing_is_archived_that_is_none(days: Days):
    assert days.held <= {article.key for article in days.desk.truth()}


def test_a_server_whose_etag_stands_still_is_believed_no_more(days: Days):
    (asked,) = days.hour_later.asked("/rss", host=STALE.host)
    assert asked.status == 200
    assert not [name for name, _ in asked.request_headers if name.lower().startswith("if-")]
    source = days.desk.sources()[f"https://{STALE.host}/rss"]
    assert (source["finding"], source["reason"]) == ("alive", "stale_validators")


def test_links_to_others_are_counted_and_left(days: Days):
    assert days.counted[MIXED.id, "entries_offsite"] > 0
    hosts = {line.host for run in (days.first, days.day_later, days.hour_later) for line in run.log}
    assert hosts == {profile.host for profile in SOURCES}


def test_invented_ids_are_asked_for_some_dozens_of_times_and_then_hardly(days: Days):
    runs = (days.first, days.day_later, days.hour_later)
    fakes = [{x.path for x in run.articles(FLOOD.host) if x.status == 404} for run in runs]
    assert [len(paths) for paths in fakes] == [50, 5, 5]
    assert len(set().union(*fakes)) == 60  # each of them once
    assert days.counted[FLOOD.id, "entries_over_quota"] == FAKES - 55
    sighted = days.desk.ask(
        "SELECT count(DISTINCT article_id) AS n FROM sightings WHERE site = ? AND kind = 'feed'", FLOOD.id
    )
    assert sighted == [{"n": 60}]
    assert days.desk.sources()[f"https://{FLOOD.host}/rss"]["reason"] == "false_names"


def test_all_is_well_but_the_run_says_so(days: Days):
    """A source that lies is no fault of the site: its articles are all held."""
    assert [run.ended.code for run in (days.first, days.day_later, days.hour_later)] == [0, 0, 0]
    assert "entries of feeds and sitemaps wait for later runs" in days.first.ended.err


def test_sources_that_the_site_file_names_are_asked(days: Days):
    asked = {line.path for line in days.first.log if line.host == STATED.host}
    assert {"/umpan", "/peta.xml"} <= asked
    assert not [path for path in asked if path == "/" or path.startswith("/kategori")]
    found = {url: row["learned_from"] for url, row in days.desk.sources().items() if STATED.host in url}
    assert found[f"https://{STATED.host}/umpan"] == found[f"https://{STATED.host}/peta.xml"] == "site_file"


def test_groups_that_the_site_file_turns_off_are_not(days: Days):
    runs = (days.first, days.day_later, days.hour_later)
    quiet = [line.path for run in runs for line in run.asked("/rss", "/feed", "/sitemap") if line.host == SILENT.host]
    assert quiet == []
    assert days.first.asked("/kategori", host=SILENT.host)
    only_feeds = {line.path.split("/")[1] for line in days.first.log if line.host == DATES.host}
    assert only_feeds == {"robots.txt", "rss", "feed", "read"}
