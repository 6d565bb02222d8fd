"""One item of a feed of Google News: what it leads to, and what its cluster leads to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from news.text import clean
from pages.google_ids import token_of

_HOST_ENDING = re.compile(r"(?<=\S) - \S+\.[a-z]{2,}$")


@dataclass(frozen=True, slots=True)
class FeedLead:
    """An article that Google News names without its URL."""

    token: str
    """The id in the article's link. It may change from one fetch to the next: a key within one answer only."""
    title: str
    """The headline as printed, without the publisher and the host that Google appends."""
    host: str | None
    """Of the publisher's home page, lower case; None when not stated, as in clusters."""
    publisher: str
    """Google's label, shared by many hosts of the network; empty when not stated."""
    published_at: datetime | None
    """Aware, UTC; None when not stated, as in clusters, or when it is no date."""


@dataclass(frozen=True, slots=True)
class FeedItem:
    """An `<item>` as it stands in the document."""

    texts: dict[str, str]
    """All text in each child, by the child's name; of two with one name, the first."""
    source_url: str | None
    """The attribute `url` of `<source>`."""

    def text(self, name: str) -> str:
        """The text of a child, clean; empty without that child."""
        return clean(self.texts.get(name, ""))


def read_item(item: FeedItem) -> tuple[FeedLead | None, tuple[FeedLead, ...]]:
    """The lead of `item`, None when it has no id, and the other articles of its cluster."""
    token = token_of(item.text("link")) or token_of(item.text("guid"))
    publisher = item.text("source") or _label(item.texts.get("description", ""))
    title = headline(item.text("title"), publisher)
    related = tuple(
        lead
        for position, lead in enumerate(_cluster(item.texts.get("description", "")))
        if lead.token != token and (position or lead.title != title)
    )
    if token is None:
        return None, related
    return FeedLead(token, title, _host(item.source_url), publisher, _published(item.text("pubDate"))), related


def headline(title: str, publisher: str) -> str:
    """`title` without the publisher's label at its end, then without a host name at its end.

    Nothing else is taken away: headlines and labels have hyphens of their own.
    """
    title = clean(title)
    ending = f" - {clean(publisher)}"
    if publisher and len(title) > len(ending):
        title = title.removesuffix(ending)
    return _HOST_ENDING.sub("", title)


def _label(description: str) -> str:
    """The publisher that a description names behind its first headline; of a cluster that is the item itself."""
    label = LexborHTMLParser(description).css_first("font") if "<font" in description else None
    return clean(label.text()) if label else ""


def _cluster(description: str) -> Iterator[FeedLead]:
    """The articles of a description of the form `<ol><li>`, of which the first is the item itself."""
    if "<li" not in description:
        return
    for row in LexborHTMLParser(description).css("li"):
        link, label = row.css_first("a[href]"), row.css_first("font")
        token = token_of((link.attributes["href"] or "").strip()) if link else None
        if link and token:
            publisher = clean(label.text()) if label else ""
            yield FeedLead(token, headline(link.text(), publisher), None, publisher, None)


def _host(url: str | None) -> str | None:
    try:
        host = urlsplit((url or "").strip()).hostname
    except ValueError:
        return None
    return host.rstrip(".") or None if host else None


def _published(text: str) -> datetime | None:
    """The instant of an RFC 822 date that names its zone."""
    try:
        stated = parsedate_to_datetime(text)
        return stated.astimezone(UTC) if stated.tzinfo else None
    except (ValueError, TypeError, OverflowError):
        return None
