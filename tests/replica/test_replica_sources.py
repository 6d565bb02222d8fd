"""Feeds, sitemaps, tag pages and search: what each lists at an instant is what the truth says."""

import gzip
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from time import process_time

import pytest
from lxml import etree
from replica_client import Browser

from news.site import Network as Sites
from news.site import Site
from news.url import UrlRules
from replica.catalogue import PROFILES
from replica.life import Life
from replica.network import Network
from replica.page import Page, PageKind
from replica.pages import Pages
from replica.server import ReplicaServer
from replica.syndication import FeedForm
from replica.truth import Truth, TruthArticle, truth_of

DAYS = (0.0, 1.3, 4.9, 13.0)
LIFE = Life(after_days=14, quiet=(6,), edited_share=0.3, vanished_share=0.2)
ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
EIGHT = PROFILES[:8]
WITH_FEED = [p for p in EIGHT if p.feed]
WITH_SITEMAP = [p for p in EIGHT if p.sitemap and p.sitemap.path]
WITH_NEWS = [p for p in EIGHT if p.sitemap and p.sitemap.news]


def by_id(profiles):
    return pytest.mark.parametrize("profile", profiles, ids=[p.id for p in profiles])


at_days = pytest.mark.parametrize("days", DAYS)


class Snapshot:
    """The pages and the truth of a network some days after its start."""

    def __init__(self, network: Network, days: float) -> None:
        self.now = network.start + timedelta(days=days)
        self.pages = Pages(network, self.now)
        self.truth: Truth = truth_of(network, self.now)
        self.rules = UrlRules(
            Sites.of(Site(id=s.profile.id, name=s.profile.name, host=s.profile.host) for s in network.sites)
        )

    def live(self, host: str) -> list[TruthArticle]:
        """Newest first."""
        mine = [a for a in self.truth.articles if a.host == host and a.is_live]
        return sorted(mine, key=lambda a: (a.published_at, a.id), reverse=True)

    def page(self, host: str, path: str, query: str = "") -> Page:
        found = self.pages.render(host, path, query)
        assert found is not None
        return found

    def xml(self, host: str, path: str) -> etree._Element:
        page = self.page(host, path)
        assert page.status == 200
        return etree.fromstring(gzip.decompress(page.body) if path.endswith(".gz") else page.body)


@pytest.fixture(scope="module")
def grown() -> Network:
    return Network.generate(4, sites=8, articles=90, days=40, life=LIFE)


@pytest.fixture(scope="module")
def at(grown: Network):
    made = {days: Snapshot(grown, days) for days in DAYS}
    return made.__getitem__


@pytest.fixture
def served(grown: Network) -> Iterator[ReplicaServer]:
    with ReplicaServer.start(grown) as server:
        yield server


def links_of(feed: etree._Element) -> list[str]:
    if feed.tag == "rss":
        return [i.findtext("link") for i in feed.iter("item")]
    return [e.find(f'{ATOM}link[@rel="alternate"]').get("href") for e in feed.iter(f"{ATOM}entry")]


def titles_of(feed: etree._Element) -> list[str]:
    if feed.tag == "rss":
        return [i.findtext("title") for i in feed.iter("item")]
    texts = [e.findtext(f"{ATOM}title") for e in feed.iter(f"{ATOM}entry")]
    return [etree.fromstring(f"<t>{t}</t>").text for t in texts]


def times_of(feed: etree._Element) -> list[datetime]:
    if feed.tag == "rss":
        return [parsedate_to_datetime(i.findtext("pubDate")) for i in feed.iter("item")]
    return [datetime.fromisoformat(e.findtext(f"{ATOM}published")) for e in feed.iter(f"{ATOM}entry")]


def test_the_first_eight_sites_offer_their_articles_in_different_ways():
    assert len({(p.feed, p.sitemap) for p in EIGHT}) == 8
    feeds, maps = [p.feed for p in EIGHT if p.feed], [p.sitemap for p in EIGHT if p.sitemap]
    assert 1 <= len(feeds) < 8 > len(maps) >= 1
    for trait in ("linked", "by_section", "cdata", "stale_etag", "wrong_dates", "mixed_links"):
        assert {getattr(f, trait) for f in feeds} == {True, False}, trait
    assert {f.form for f in feeds} == set(FeedForm)
    assert len({f.content_type.partition(";")[0] for f in feeds}) == 4
    assert sum(f.hub is not None for f in feeds) == 1
    for trait in ("named", "monthly", "gzipped", "news"):
        assert {getattr(m, trait) for m in maps} == {True, False}, trait
    assert {p.validators for p in EIGHT if p.feed} == {True, False}


@at_days
@by_id(WITH_FEED)
def test_a_feed_has_the_newest_articles_newest_first(at, profile, days):
    now, plan = at(days), profile.feed
    wanted = now.live(profile.host)[: plan.items]
    feed = now.xml(profile.host, plan.path)
    read = [now.rules.read(link) for link in links_of(feed)]
    own = [r.key.article_id for r in read if r and r.key.site == profile.id]
    assert own == [a.id for a in wanted]
    if plan.mixed_links:
        return
    assert links_of(feed) == [a.url for a in wanted]
    assert titles_of(feed) == [a.title for a in wanted]
    if not plan.wrong_dates:
        assert times_of(feed) == [a.published_at for a in wanted]


@at_days
@by_id([p for p in WITH_FEED if p.feed.by_section])
def test_a_section_has_a_feed_of_its_own(at, profile, days):
    now = at(days)
    for section in profile.sections:
        wanted = [a for a in now.live(profile.host) if section.name in a.listed_under][: profile.feed.items]
        read = [now.rules.read(u) for u in links_of(now.xml(profile.host, f"{profile.feed.path}/{section.slug}"))]
        assert [r.key.article_id for r in read if r and r.key.site == profile.id] == [a.id for a in wanted]
    assert now.page(profile.host, f"{profile.feed.path}/tidak-ada").status == 404


@by_id(WITH_FEED)
def test_no_feed_gives_article_text_away(at, profile):
    now = at(4.9)
    text = now.page(profile.host, profile.feed.path).body.decode()
    for article in now.live(profile.host)[: profile.feed.items]:
        assert not [p for p in article.body if len(p) > 60 and p in text]


def test_a_feed_of_mixed_links_has_every_form_and_others_in_between(at):
    now, host = at(4.9), "disway.id"
    links = links_of(now.xml(host, "/rss"))
    for sign in ("http://disway.id/", "https://www.disway.id/", "/amp/", "?utm_source="):
        assert any(sign in u for u in links), sign
    read = [now.rules.read(u) for u in links]
    assert None in read
    assert {r.key.site for r in read if r} > {"disway"}
    assert len([r for r in read if r and r.key.site == "disway"]) == 50


def test_a_feed_of_wrong_dates_is_wrong_about_nearly_all(at):
    now, profile = at(4.9), next(p for p in EIGHT if p.feed and p.feed.wrong_dates)
    told = times_of(now.xml(profile.host, profile.feed.path))
    true = [a.published_at for a in now.live(profile.host)[: profile.feed.items]]
    assert told[1].year == 1970
    assert told[3] > now.now
    assert sum(abs(a - b) >= timedelta(days=1) for a, b in zip(told, true, strict=True)) > 10


@by_id(EIGHT)
def test_pages_name_the_feed_where_the_site_links_it(at, profile):
    now = at(0.0)
    article = now.live(profile.host)[0]
    named = [f'type="application/{p.form}+xml"' for p in [profile.feed] if p and p.linked]
    for path in ("/", article.url.partition(profile.host)[2], profile.sections[0].path):
        text = now.page(profile.host, path).body.decode()
        assert ('rel="alternate"' in text) == bool(named)
        assert all(
            f'{n} title="{profile.name}" href="https://{profile.host}{profile.feed.path}"' in text for n in named
        )
        by_section = f'{profile.feed.path}/{profile.sections[0].slug}"' if named else "tidak ada"
        assert (by_section in text) == (bool(named) and profile.feed.by_section and "/kategori/" in path)


@at_days
@by_id(WITH_SITEMAP)
def test_a_sitemap_lists_every_live_article_with_its_newest_version(at, profile, days):
    now, plan = at(days), profile.sitemap
    top = now.xml(profile.host, plan.path)
    told: dict[str, str | None] = {}
    if plan.monthly:
        assert top.tag == f"{MAP}sitemapindex"
        for entry in top:
            url, stated = entry.findtext(f"{MAP}loc"), entry.findtext(f"{MAP}lastmod")
            child = now.xml(profile.host, url.partition(profile.host)[2])
            rows = {u.findtext(f"{MAP}loc"): u.findtext(f"{MAP}lastmod") for u in child}
            assert max(map(datetime.fromisoformat, rows.values())) == datetime.fromisoformat(stated)
            month = url.partition("/sitemap-")[2][:7]
            assert {f"{a.published_at:%Y-%m}" for a in now.live(profile.host) if a.url in rows} == {month}
            assert url.endswith(".xml.gz" if plan.gzipped else ".xml")
            told |= rows
        assert len(top) >= 2
    else:
        told = {u.findtext(f"{MAP}loc"): u.findtext(f"{MAP}lastmod") for u in top}
        other = {u for u, stated in told.items() if stated is None}
        assert f"https://{profile.host}/" in other
        told = {u: stated for u, stated in told.items() if stated is not None}
    wanted = {a.url: a.versions[-1].at for a in now.live(profile.host)}
    assert {u: datetime.fromisoformat(stated) for u, stated in told.items()} == wanted


@at_days
@by_id(WITH_NEWS)
def test_a_news_sitemap_has_the_last_two_days(at, profile, days):
    now = at(days)
    root = now.xml(profile.host, "/sitemap-news.xml")
    told = [
        (
            u.findtext(f"{MAP}loc"),
            u.findtext(f"{NEWS}news/{NEWS}title"),
            datetime.fromisoformat(u.findtext(f"{NEWS}news/{NEWS}publication_date")),
            u.findtext(f"{NEWS}news/{NEWS}publication/{NEWS}name"),
            u.findtext(f"{NEWS}news/{NEWS}publication/{NEWS}language"),
        )
        for u in root
    ]
    fresh = [a for a in now.live(profile.host) if now.now - a.published_at <= timedelta(days=2)]
    assert fresh
    assert told == [(a.url, a.title, a.published_at, profile.name, "id") for a in fresh]


@by_id(EIGHT)
def test_sources_a_site_has_not_are_not_found_and_robots_names_the_others(at, profile):
    now, plan = at(0.0), profile.sitemap
    usual = {"/rss", "/feed", "/sitemap.xml", "/sitemap_index.xml", "/sitemap-news.xml", "/sitemap-2026-03.xml"}
    there = {p for p in usual if now.page(profile.host, p).status == 200}
    expected = {profile.feed.path} if profile.feed else set()
    if plan:
        expected |= {p for p in (plan.path, plan.news and "/sitemap-news.xml") if p}
        expected |= {"/sitemap-2026-03.xml"} if plan.path and plan.monthly and not plan.gzipped else set()
    assert there == expected
    lines = now.page(profile.host, "/robots.txt").body.decode().splitlines()
    named = {x.removeprefix(f"Sitemap: https://{profile.host}") for x in lines if x.startswith("Sitemap:")}
    paths = {plan.path, "/sitemap-news.xml" if plan.news else None} - {None} if plan and plan.named else set()
    assert named == paths


def test_sources_are_answered_under_their_own_types(served):
    with Browser(served) as browser:
        packed = browser.get("https://sumeks.disway.id/sitemap-2026-03.xml.gz")
        assert packed.header("content-type") == "application/gzip"
        assert packed.header("content-encoding") is None
        assert etree.fromstring(gzip.decompress(packed.body)).tag == f"{MAP}urlset"
        for profile in WITH_FEED:
            got = browser.get(f"https://{profile.host}{profile.feed.path}")
            assert got.header("content-type") == profile.feed.content_type
            assert got.header("content-encoding") == "gzip"
            etree.fromstring(got.body)
    assert {e.kind for e in served.control.log()} == {"feed", "sitemap"}


def test_a_feed_with_validators_is_304_until_something_changes(served, grown):
    url = "https://sumeks.disway.id/rss"
    with Browser(served) as browser:
        served.control.move_to(grown.start + timedelta(days=6.1))
        first = browser.get(url)
        conditions = {"If_None_Match": first.header("etag"), "If_Modified_Since": first.header("last-modified")}
        assert all(conditions.values())
        served.control.move_to(grown.start + timedelta(days=6.95))
        assert browser.get(url, **conditions).status == 304
        served.control.move_to(grown.start + timedelta(days=9))
        assert browser.get(url, **conditions).status == 200
        since = {"If_Modified_Since": first.header("last-modified")}
        assert browser.get(url, **since).status == 200


def test_a_stale_etag_hides_what_is_new_from_who_trusts_it(served, grown):
    url = "https://palpos.disway.id/rss"
    with Browser(served) as browser:
        first = browser.get(url)
        served.control.move_to(grown.start + timedelta(days=5))
        assert browser.get(url, If_None_Match=first.header("etag")).status == 304
        second = browser.get(url)
    assert second.header("etag") == first.header("etag")
    assert links_of(etree.fromstring(second.body)) != links_of(etree.fromstring(first.body))


def test_a_site_without_validators_has_none_on_its_feed(served):
    with Browser(served) as browser:
        got = browser.get("https://radartegal.disway.id/rss")
    assert got.header("etag") is got.header("last-modified") is None


@at_days
def test_tag_pages_and_search_go_on_by_thirty(at, grown, days):
    now, host = at(days), "radarlampung.disway.id"
    live = now.live(host)
    common = Counter(t for a in live for t in a.tags).most_common(1)[0][0]
    tag = next(t for t in grown.by_host[host].tags if t.name == common)
    word = live[0].title.split()[0]
    tagged = [a.id for a in live if common in a.tags]
    titled = [a.id for a in live if word.lower() in a.title.lower()]
    for wanted, page in (
        (tagged, lambda n: now.page(host, tag.path + (f"/{n}" if n else ""))),
        (titled, lambda n: now.page(host, f"/search/kata/{f'{n}/30/' if n else ''}", f"c={word}&num=")),
    ):
        found = [i for n in range(0, len(wanted) + 30, 30) for i in _rows(page(n))]
        assert found == wanted


def _rows(page: Page) -> list[int]:
    assert page.kind is PageKind.LISTING
    tree = etree.HTML(page.body)
    hrefs = tree.xpath('(//div[@class="col-sm-8"]/section)[1]//h2[@class="media-heading"]/a/@href')
    return [int(h.split("/")[-2]) for h in hrefs]


def test_sources_of_two_thousand_articles_are_quick():
    network = Network.generate(1, sites=3, articles=2000, days=200)
    for profile in PROFILES[:3]:
        for path in (profile.feed.path, profile.sitemap.path, "/sitemap-2026-02.xml", "/sitemap-2026-02.xml.gz"):
            pages, began = Pages(network, network.start), process_time()
            assert pages.render(profile.host, path, "") is not None
            assert process_time() - began < 0.1  # several times the usual
