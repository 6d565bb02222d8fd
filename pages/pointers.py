"""Where a site says that its feeds and sitemaps are: in the head of its pages, and in robots.txt."""

import codecs
import re
from collections.abc import Iterable, Mapping

from news.errors import PageUnreadable
from news.url import UrlRules
from pages.markup import parse
from pages.own_links import OwnLinks, after_host

_FEED_TYPE = re.compile(r"\s*application/(?:rss|atom|rdf)\+xml", re.IGNORECASE)
_SITEMAP_LINE = re.compile(r"\s*site-?map\s*:\s*([^\s#]+)", re.IGNORECASE)
_ROBOTS_LIMIT = 500 * 2**10
"""Bytes of robots.txt that count: the least that RFC 9309, 2.5, lets a crawler read."""

_POINTERS = 1_000
"""Addresses that one document may give; sites with a feed for each section have some dozens."""


def alternate_feeds(body: bytes, *, url: str, rules: UrlRules) -> tuple[str, ...]:
    """Absolute URLs of the RSS and Atom feeds that an HTML page at `url` names as its alternates.

    On its own site only, in order, without repeats, the first 1,000. Raises NotAnArticle for what is no HTML, and
    PageUnreadable when the parser must not be given it or `url` is outside the network.
    """
    tree = parse(body, None)
    page = _links(url, rules)
    base = tree.css_first("base[href]")
    href = base.attributes.get("href") if base is not None else None
    links = OwnLinks(page.absolute(href or "") or url, page.site, rules)
    named = (node.attributes for node in tree.css("link[href]"))
    return _own(links, (attributes.get("href") or "" for attributes in named if _is_feed(attributes)))


def robots_sitemaps(text: bytes, *, url: str, rules: UrlRules) -> tuple[str, ...]:
    """Absolute URLs of the `Sitemap:` lines of the robots.txt at `url`, whichever group they stand in.

    On its own site only, in order, without repeats, the first 1,000, of the first 500 KiB. Raises PageUnreadable when
    `url` is outside the network.
    """
    lines = text[:_ROBOTS_LIMIT].removeprefix(codecs.BOM_UTF8).splitlines()
    found = (_SITEMAP_LINE.match(line.decode(errors="replace")) for line in lines)
    return _own(_links(url, rules), (line[1] for line in found if line is not None))


def _links(url: str, rules: UrlRules) -> OwnLinks:
    address = rules.read(url)
    if address is None:
        raise PageUnreadable(f"{url} is outside the network")
    return OwnLinks(url, address.site, rules)


def _is_feed(attributes: Mapping[str, str | None]) -> bool:
    rels = (attributes.get("rel") or "").lower().split()
    return "alternate" in rels and _FEED_TYPE.match(attributes.get("type") or "") is not None


def _own(links: OwnLinks, stated: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for href in stated:
        if len(found) == _POINTERS:
            break
        if href and (url := links.own(href)) is not None:
            found.setdefault(after_host(url), url)
    return tuple(found.values())
