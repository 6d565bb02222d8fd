"""The replica's pages against its ground truth: every field of every article, on the web and in AMP."""

from urllib.parse import urlsplit

import pytest

from news.article import Article, ArticlePart
from news.site import Network as Sites
from news.site import Site
from news.url import UrlRules
from pages.join import join_parts
from pages.registry import read_article
from replica.network import Network
from replica.pages import Pages
from replica.truth import TruthArticle, truth_of

WORLD = Network.generate(seed=7, articles=20)
SITES = Sites.of(Site(id=s.profile.id, name=s.profile.name, host=s.profile.host) for s in WORLD.sites)
RULES = UrlRules(SITES)
PAGES = Pages(WORLD, WORLD.start)
ARTICLES = [a for a in truth_of(WORLD, WORLD.start).articles if a.vanished_at is None]


def fetch(url: str) -> ArticlePart:
    pieces = urlsplit(url)
    page = PAGES.render(pieces.hostname or "", pieces.path, pieces.query)
    assert page is not None
    return read_article(page.body, url=url, content_type=page.content_type, captured_at=WORLD.start, rules=RULES)


def whole(url: str, site: str) -> Article:
    parts = {url: fetch(url)}
    while missing := [u for part in parts.values() for u in part.part_urls if u not in parts]:
        parts[missing[0]] = fetch(missing[0])
    return join_parts(list(parts.values()), SITES.sites[site])


def assert_equal(found: Article, truth: TruthArticle) -> None:
    assert found.body.split("\n") == list(truth.body)
    for name in (
        "url",
        "title",
        "reporter",
        "editor",
        "published_at",
        "section",
        "place",
        "caption",
        "credit",
        "image_url",
    ):
        assert getattr(found, name) == getattr(truth, name), (name, truth.url)
    related = {r.url: (r.title, f"{r.site}/{r.id}") for r in reversed(truth.related)}
    assert {r.url: (r.title, r.article_key) for r in found.related} == related


@pytest.mark.parametrize("host", [s.profile.host for s in WORLD.sites])
def test_web_and_amp(host: str) -> None:
    mine = [a for a in ARTICLES if a.host == host]
    assert mine
    for truth in mine:
        web = whole(truth.url, truth.site)
        assert_equal(web, truth)
        assert (web.published_raw, web.tags, web.source) == (truth.published_raw, truth.tags, truth.source)
        assert web.parts == web.parts_expected == truth.parts
        amp = whole(f"https://{host}/amp/{truth.id}/{truth.url.rpartition('/')[2]}", truth.site)
        assert_equal(amp, truth)
        assert amp.parts == amp.parts_expected == truth.amp_parts
