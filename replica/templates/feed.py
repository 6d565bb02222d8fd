"""Feeds: RSS 2.0 and Atom, with the forms and flaws that a site's plan asks for. No article text is in them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import NamedTuple

from replica.edition import Edition
from replica.newsroom import related_of
from replica.printed import wall
from replica.syndication import FeedForm, FeedPlan
from replica.world import Article, Profile

_STRANGERS_EVERY = 6
_STRANGER_HOST = "www.koran-lain.invalid"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FUTURE = timedelta(days=400)
_TEASERS = (
    "Simak kabar selengkapnya di {name}.",
    "Kabar {section} hari ini &ndash; baca selengkapnya hanya di {name}.",
    "Redaksi {name} merangkum kabar {section} &amp; sekitarnya.",
)


class _Item(NamedTuple):
    title: str
    link: str
    guid: str
    published: datetime
    updated: datetime
    author: str
    section: str
    image: str | None


def feed(edition: Edition, plan: FeedPlan, path: str, title: str, articles: Sequence[Article]) -> str:
    """The feed at `path` of the newest of `articles`, which are newest first."""
    items = _items(edition, plan, articles[: plan.items])
    return (_atom if plan.form is FeedForm.ATOM else _rss)(edition, plan, path, title, items)


def _items(edition: Edition, plan: FeedPlan, articles: Sequence[Article]) -> Iterator[_Item]:
    for rank, article in enumerate(articles):
        version, url = edition.version(article), edition.url(article)
        yield _Item(
            title=version.title,
            link=_link(edition, article, url) if plan.mixed_links else url,
            guid=f"{edition.profile.host}-{article.id}",
            published=_stated(article, rank) if plan.wrong_dates else article.published,
            updated=version.at,
            author=version.reporter,
            section=article.section.name,
            image=article.image_url,
        )
        if plan.mixed_links and rank % _STRANGERS_EVERY == 0:
            yield from _strangers(edition, article)


def _link(edition: Edition, article: Article, url: str) -> str:
    """The article's address in one of five forms, by its id."""
    forms = (
        url,
        f"{url}?utm_source=rss&utm_medium=feed",
        url.replace("https://", "http://", 1),
        f"{edition.root}/amp/{article.id}/{url.rpartition('/')[2]}",
        url.replace("https://", "https://www.", 1),
    )
    return forms[article.id % len(forms)]


def _strangers(edition: Edition, article: Article) -> Iterator[_Item]:
    """What a feed carries of others: an article of a sister site, and one of a newspaper outside the network."""
    own, at = edition.profile.host, article.published
    for link in related_of(edition.version(article)):
        if link.host != own:
            yield _Item(link.title, link.href, link.href, at, at, "", "Jaringan", None)
    url = f"https://{_STRANGER_HOST}/read/{article.id}/kabar-dari-koran-lain"
    yield _Item("Kabar dari Koran Lain", url, url, at, at, "", "Jaringan", None)


def _stated(article: Article, rank: int) -> datetime:
    """A wrong date: the second item is of 1970, the fourth of next year, the others are off by up to three days."""
    match rank:
        case 1:
            return _EPOCH
        case 3:
            return article.published + _FUTURE
        case _:
            return article.published + timedelta(days=article.id % 7 - 3, hours=article.id % 5)


def _rss(edition: Edition, plan: FeedPlan, path: str, title: str, items: Iterator[_Item]) -> str:
    profile = edition.profile
    hub = f'<atom:link rel="hub" href="{plan.hub}"/>\n' if plan.hub else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel>
<title>{_text(plan, title)}</title>
<link>{edition.root}/</link>
<description>{_text(plan, f"Berita terkini dari {profile.name} & sekitarnya")}</description>
<language>id</language>
<lastBuildDate>{_rfc822(_built(edition), profile)}</lastBuildDate>
<atom:link rel="self" type="application/rss+xml" href="{edition.root}{path}"/>
{hub}{"".join(_rss_item(plan, profile, item) for item in items)}</channel>
</rss>
"""


def _rss_item(plan: FeedPlan, profile: Profile, item: _Item) -> str:
    return f"""<item>
<title>{_text(plan, item.title)}</title>
<link>{escape(item.link)}</link>
<guid isPermaLink="false">{escape(item.guid)}</guid>
<pubDate>{_rfc822(item.published, profile)}</pubDate>
<dc:creator>{_text(plan, item.author)}</dc:creator>
<category>{_text(plan, item.section)}</category>
<description>{_text(plan, _teaser(profile, item))}</description>
</item>
"""


def _atom(edition: Edition, plan: FeedPlan, path: str, title: str, items: Iterator[_Item]) -> str:
    hub = f'<link rel="hub" href="{plan.hub}"/>\n' if plan.hub else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="id">
<title>{_text(plan, title)}</title>
<id>{edition.root}/</id>
<link rel="self" href="{edition.root}{path}"/>
<link rel="alternate" href="{edition.root}/"/>
{hub}<updated>{_built(edition).isoformat()}</updated>
{"".join(_entry(plan, edition.profile, item) for item in items)}</feed>
"""


def _entry(plan: FeedPlan, profile: Profile, item: _Item) -> str:
    return f"""<entry>
<title type="html">{_text(plan, escape(item.title, quote=False))}</title>
<id>tag:{escape(item.guid)}</id>
<link rel="alternate" type="text/html" href="{escape(item.link)}"/>
<published>{wall(item.published, profile).isoformat()}</published>
<updated>{wall(item.updated, profile).isoformat()}</updated>
<author><name>{escape(item.author)}</name></author>
<category term="{escape(item.section)}"/>
<summary type="html">{_text(plan, _teaser(profile, item))}</summary>
</entry>
"""


def _built(edition: Edition) -> datetime:
    """When the feed was made: with validators when its site last changed, else at this moment, as many a CMS says."""
    at = edition.changed_at if edition.profile.validators else edition.now
    return wall(at, edition.profile)


def _teaser(profile: Profile, item: _Item) -> str:
    """An HTML line that says nothing of the article."""
    line = _TEASERS[len(item.title) % len(_TEASERS)].format(name=escape(profile.name), section=escape(item.section))
    picture = f'<img src="{item.image}" alt="">' if item.image else ""
    return f"{picture}<p>{line}</p>"


def _text(plan: FeedPlan, text: str) -> str:
    return f"<![CDATA[{text}]]>" if plan.cdata else escape(text)


def _rfc822(instant: datetime, profile: Profile) -> str:
    return format_datetime(wall(instant, profile))
