"""Sitemaps: a urlset, an index of them by month, and the news sitemap."""

from collections.abc import Iterable
from datetime import timedelta
from html import escape

from replica.edition import Edition
from replica.printed import wall
from replica.syndication import SitemapPlan
from replica.world import Article

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SCHEMA = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_NEWS_SCHEMA = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
_NEWS_AGE = timedelta(days=2)
_NEWS_LIMIT = 1000
"""Of what Google reads in one news sitemap: articles of the last two days, at most a thousand."""


def flat(edition: Edition) -> str:
    """Home, sections and every live article."""
    pages = ("/", *(s.path for s in edition.profile.sections))
    listed = "".join(f"<url><loc>{edition.root}{path}</loc></url>\n" for path in pages)
    return f"{_HEAD}<urlset {_SCHEMA}>\n{listed}{_urls(edition, edition.live)}</urlset>\n"


def child(edition: Edition, articles: Iterable[Article]) -> str:
    """A urlset of these articles."""
    return f"{_HEAD}<urlset {_SCHEMA}>\n{_urls(edition, articles)}</urlset>\n"


def index(edition: Edition, plan: SitemapPlan) -> str:
    """One child a month, each with the time of the newest version in it."""
    lines = "".join(
        f"<sitemap><loc>{edition.root}{plan.child(month)}</loc><lastmod>{_newest(edition, its)}</lastmod></sitemap>\n"
        for month, its in edition.by_month.items()
    )
    return f"{_HEAD}<sitemapindex {_SCHEMA}>\n{lines}</sitemapindex>\n"


def news(edition: Edition) -> str:
    """The articles of the last two days with their headlines."""
    fresh = [a for a in edition.live[:_NEWS_LIMIT] if edition.now - a.published <= _NEWS_AGE]
    lines = "".join(_news_url(edition, a) for a in fresh)
    return f"{_HEAD}<urlset {_SCHEMA} {_NEWS_SCHEMA}>\n{lines}</urlset>\n"


def _urls(edition: Edition, articles: Iterable[Article]) -> str:
    return "".join(
        f"<url><loc>{escape(edition.url(a))}</loc><lastmod>{_changed(edition, a)}</lastmod></url>\n" for a in articles
    )


def _news_url(edition: Edition, article: Article) -> str:
    title = escape(edition.version(article).title, quote=False)
    return f"""<url><loc>{escape(edition.url(article))}</loc>
<news:news><news:publication><news:name>{escape(edition.profile.name)}</news:name><news:language>id</news:language>\
</news:publication>
<news:publication_date>{wall(article.published, edition.profile).isoformat()}</news:publication_date>
<news:title>{title}</news:title></news:news></url>
"""


def _changed(edition: Edition, article: Article) -> str:
    return wall(edition.version(article).at, edition.profile).isoformat()


def _newest(edition: Edition, articles: Iterable[Article]) -> str:
    return wall(max(edition.version(a).at for a in articles), edition.profile).isoformat()
