"""The address of an article of which only the id was known is the one that the site itself gives it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from backfill_worlds import BENGKULU, NOW, TEGAL
from fixtures.crawls import network_of
from hypothesis import given
from hypothesis import strategies as st

from crawler.article_url import MadeUrls
from news.article import Article
from news.site import load_network
from news.slug import PLACEHOLDER, slug_of
from news.url import ArticleKey, UrlRules
from pages.join import join_parts
from pages.registry import read_article
from replica.pages import Pages
from replica.truth import TruthArticle, truth_of
from storage.follow import index
from storage.seen import Seen
from storage.seen_rows import TAKE

HOSTS = (TEGAL, BENGKULU, "disway.id")
"""Section URLs, plain ones, and plain ones with a column."""
RULES = UrlRules(load_network(Path(__file__).parents[2] / "spiders" / "sites"))


@pytest.fixture(scope="module")
def pages() -> tuple[Pages, list[TruthArticle]]:
    network = network_of(*HOSTS, articles=60)
    return Pages(network, NOW), [a for a in truth_of(network, NOW).articles if a.is_live]


@pytest.fixture(scope="module")
def seen(pages: tuple[Pages, list[TruthArticle]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """An index that knows every third article."""
    path = tmp_path_factory.mktemp("index") / "seen.sqlite"
    with index(path) as db:
        TAKE["articles"](db, [_row(article) for article in pages[1][::3]])
    opened = Seen(path)
    yield opened
    opened.close()


def _row(article: TruthArticle) -> dict:
    known = {"site": article.site, "article_id": article.id, "url": article.url, "title": article.title}
    read = {"published_at": article.published_at, "captured_at": NOW, "row_id": article.key, "content_digest": ""}
    return {**known, **read, "page_class": "", "reader_revision": 1, "reading": None, "captures": []}


def _by_id_alone(pages: Pages, article: TruthArticle) -> Article:
    path = f"/read/{article.id}/{PLACEHOLDER}"
    page = pages.render(article.host, path, "")
    assert page is not None
    url = f"https://{article.host}{path}"
    part = read_article(page.body, url=url, content_type="text/html; charset=utf-8", captured_at=NOW, rules=RULES)
    return join_parts([part], RULES.network.sites[article.site])


@pytest.mark.parametrize("host", HOSTS)
def test_it_is_made_as_the_site_makes_it(pages, seen, host):
    made = MadeUrls(RULES, seen)
    own = [a for a in pages[1] if a.host == host and seen.article(ArticleKey(a.site, a.id)) is None]
    assert len(own) > 30
    wrong = []
    for article in own:
        read = _by_id_alone(pages[0], article)
        assert made.is_made_up(read.url)
        if made.of(read, ()) != article.url:
            wrong.append((made.of(read, ()), article.url))
    assert not wrong
    columns = [a for a in own if "/catatan-harian-dahlan/" in a.url]
    assert bool(columns) == (host == "disway.id")


@given(st.text(max_size=80))
def test_a_slug_is_one_word_of_an_address(headline):
    slug = slug_of(headline)
    assert slug == slug.strip("-")
    assert "--" not in slug
    assert not set(slug) & set(" /?#.,:%\t\n")
    assert slug_of(slug) == slug
