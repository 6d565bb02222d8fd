"""One address of the replica's world at one instant -> the page that answers it."""

import base64
import re
from datetime import datetime
from functools import partial
from urllib.parse import parse_qs, quote

from replica.edition import LISTING_ROWS, Edition
from replica.fate import Departure
from replica.network import Network
from replica.page import Page, PageKind
from replica.robots import robots_txt
from replica.scripted import scripted
from replica.sources import section_feed_link, source
from replica.templates.amp import amp
from replica.templates.article import article
from replica.templates.frame import PageUrl, by_path, page
from replica.templates.listing import home, listing
from replica.world import Article

_OFFSET = r"(?:/(?P<offset>\d{1,6}))?/?$"
_WEB = re.compile(rf"^/(?:(?:[^/]+/)?read|catatan-harian-dahlan)/(?P<id>\d+)/[^/]+{_OFFSET}")
_AMP = re.compile(rf"^/amp/(?P<id>\d+)/[^/]+{_OFFSET}")
_SECTION = re.compile(rf"^(?P<path>/kategori/(?:\d+/[^/]+|[^/]*[^/\d][^/]*)){_OFFSET}")
_TAG = re.compile(rf"^/listtag/(?P<id>\d+)/[^/]+{_OFFSET}")
_SEARCH = re.compile(r"^/search/kata(?:/(?P<offset>\d{1,6})(?:/\d+)?)?/?$")
_IMAGE = re.compile(r"^//?(?:uploads?|assets)/.+")
_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg=="
)
_STATUS_OF_ABSENCE = {Departure.NOT_FOUND: 404, Departure.GONE: 410, Departure.SOFT_404: 200}


class Pages:
    """Renders the network at one instant; keeps the editions, not the pages."""

    def __init__(self, network: Network, now: datetime) -> None:
        self.network = network
        self.now = now
        self._editions = {host: Edition(site, now) for host, site in network.by_host.items()}

    def render(self, host: str, path: str, query: str) -> Page | None:
        """The page at `https://host/path?query`; None when no site of the network has this host.

        As on the live network the id alone finds an article: section and slug of the address are not looked at.
        """
        if host in self.network.image_hosts and _IMAGE.match(path):
            return _image()
        edition = self._editions.get(host)
        if edition is None:
            return None
        if edition.profile.scripted is not None:
            return scripted(edition, path, query, partial(_answer, edition))
        return _answer(edition, path, query)


def _answer(edition: Edition, path: str, query: str) -> Page:
    if path == "/robots.txt":
        text = robots_txt(edition.profile)
        return _not_found(edition) if text is None else Page(PageKind.ROBOTS, 200, "text/plain", text)
    if path == "/":
        return _html(PageKind.LISTING, home(edition))
    if _IMAGE.match(path):
        return _image()
    for pattern, kind, render in ((_WEB, PageKind.ARTICLE, article), (_AMP, PageKind.AMP, amp)):
        if match := pattern.match(path):
            item = edition.site.by_id.get(int(match["id"]))
            if item is None or not item.is_live(edition.now):
                return _absent(edition, item)
            return _html(kind, render(edition, item, int(match["offset"] or 0)), edition.version(item).at)
    return _listing(edition, path, query) or source(edition, path) or _not_found(edition)


def _listing(edition: Edition, path: str, query: str) -> Page | None:
    metas = ""
    if (match := _SECTION.match(path)) and (section := edition.section(match["path"])):
        metas = section_feed_link(edition, section)
        heading, at, items = section.name, by_path(edition.root + section.path), edition.by_section[section.slug]
    elif (match := _TAG.match(path)) and (tag := edition.tag(int(match["id"]))):
        heading, at, items = f"#{tag.name}", by_path(edition.root + tag.path), edition.by_tag[tag.id]
    elif match := _SEARCH.match(path):
        words = parse_qs(query).get("c", [""])[0]
        heading, at, items = f'Kata Pencarian "{words}"', _search_pages(edition, words), edition.titled(words)
    else:
        return None
    return _html(PageKind.LISTING, listing(edition, heading, at, items, int(match["offset"] or 0), metas=metas))


def _search_pages(edition: Edition, words: str) -> PageUrl:
    first = f"{edition.root}/search/kata/"
    return lambda offset: f"{first}{f'{offset}/{LISTING_ROWS}/' if offset else ''}?c={quote(words)}"


def _html(kind: PageKind, text: str, modified: datetime | None = None) -> Page:
    return Page(kind, 200, "text/html", text.encode(), modified)


def _image() -> Page:
    return Page(PageKind.IMAGE, 200, "image/png", _PIXEL)


def _absent(edition: Edition, item: Article | None) -> Page:
    """What answers for an article that is not there: never was, is not out yet, or went away in its own manner."""
    if item is None or item.absence is None or not item.is_absent(edition.now):
        return _not_found(edition)
    if item.absence.how is Departure.HOME:
        return Page(PageKind.REDIRECT, 302, "text/html", b"", location=f"{edition.root}/")
    return _not_found(edition, _STATUS_OF_ABSENCE[item.absence.how])


def _not_found(edition: Edition, status: int = 404) -> Page:
    main = "<h1>404</h1><p>Halaman yang Anda cari tidak ditemukan.</p>"
    return Page(PageKind.NOT_FOUND, status, "text/html", page(edition, "404 Page Not Found", "", main).encode())
