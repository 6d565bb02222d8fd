"""A feed as XML: one line, UTF-8, items in the order of the stories."""

from collections.abc import Callable
from datetime import datetime
from html import escape as in_html
from xml.sax.saxutils import escape, quoteattr

from replica.answers import http_date
from replica.google.feeds import Feed, Story
from replica.google.index import Entry
from replica.google.switches import GoogleSwitches

ROOT = "https://news.google.com"
IdOf = Callable[[Entry], str]


def write_feed(feed: Feed, id_of: IdOf, switches: GoogleSwitches, now: datetime) -> bytes:
    """The document; `id_of` is asked once for each entry that is named."""
    items = "".join(_item(story, id_of, switches, clustered=feed.clustered) for story in feed.stories)
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><generator>NFE/5.0</generator>'
        f"{_tag('title', feed.title)}{_tag('link', ROOT + feed.path)}<language>id</language>"
        f"<webMaster>news-webmaster@google.com</webMaster>{_tag('copyright', _notice(now))}"
        f"{_tag('lastBuildDate', http_date(now))}<image><title>Google News</title>"
        f"<url>https://lh3.googleusercontent.com/replika=w256</url><link>{ROOT}/</link>"
        "<height>256</height><width>256</width></image><description>Google News</description>"
        f"{items}</channel></rss>"
    ).encode()


def _item(story: Story, id_of: IdOf, switches: GoogleSwitches, *, clustered: bool) -> str:
    links = [(entry, id_of(entry)) for entry in story]
    entry, article_id = links[0]
    told = [_told(*link) for link in links]
    description = f"<ol>{''.join(f'<li>{one}</li>' for one in told)}</ol>" if clustered else told[0]
    chances = entry.chances
    date = _tag("pubDate", http_date(entry.article.published))
    source = f"<source url={quoteattr(f'https://{entry.host}')}>{escape(entry.publisher)}</source>"
    return (
        f"<item>{_tag('title', f'{entry.headline} - {entry.publisher}')}{_tag('link', _link(article_id))}"
        f'<guid isPermaLink="false">{article_id}</guid>'
        f"{'' if chances.no_pubdate < switches.missing_pubdate else date}{_tag('description', description)}"
        f"{'' if chances.no_source < switches.missing_source else source}</item>"
    )


def _told(entry: Entry, article_id: str) -> str:
    headline, publisher = in_html(entry.headline, quote=False), in_html(entry.publisher, quote=False)
    link = f'<a href="{_link(article_id)}" target="_blank">{headline}</a>'
    return f'{link}&nbsp;&nbsp;<font color="#6f6f6f">{publisher}</font>'


def _link(article_id: str) -> str:
    return f"{ROOT}/rss/articles/{article_id}?oc=5"


def _notice(now: datetime) -> str:
    return f"Copyright \N{COPYRIGHT SIGN} {now.year} Google. All rights reserved. For personal feed readers only."


def _tag(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"
