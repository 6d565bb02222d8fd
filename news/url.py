"""What a URL of the network is, and which article it names.

Identity is (site, article id), whatever the URL: `/read/`, `/<section>/read/`, `/catatan-harian-dahlan/`, `/amp/`,
any part offset, any slug, query, fragment, http or https, `www.`, an alias of the host. Web parts are offsets of 15
body blocks, AMP parts of 16 (measured on stored pages of 9 hosts).
"""

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from news.site import Network, Site

WEB_PART_BLOCKS = 15
AMP_PART_BLOCKS = 16
LISTING_PAGE_ROWS = 30

_ID = r"(?P<id>[0-9]{1,18})"
_TAIL = r"(?:/(?P<slug>[^/]*))?(?:/(?P<offset>[0-9]{1,6}))?/?$"
_ARTICLE = re.compile(rf"^/(?:(?P<section>[^/]+)/)?read/{_ID}{_TAIL}")
_COLUMN = re.compile(rf"^/(?P<section>catatan-harian-dahlan)/{_ID}{_TAIL}")
_AMP = re.compile(rf"^/amp/{_ID}{_TAIL}")
_SECTION = re.compile(r"^/kategori/(?P<slug>[0-9]+/[^/]+|[^/]*[^/0-9][^/]*)(?:/(?P<offset>[0-9]{1,6}))?/?$")
_TAG = re.compile(r"^/listtag/(?P<slug>[0-9]+(?:/[^/]+)?)(?:/(?P<offset>[0-9]{1,6}))?/?$")
_REFUSED_CHARACTERS = re.compile(r"[\x00-\x20\x7f\\]")
_PLAIN = re.compile(r"https?://([a-z0-9.-]+)(/[^\x00-\x20\x7f\\?#]*)\Z")
"""URLs that say nothing but host and path, which are nearly all: taking any other apart takes ten times as long."""
_DOTS = (".", "..")
"""Segments that name no section and no article, but lead about in the path."""
_URL_LIMIT = 2048


class UrlKind(StrEnum):
    """The kinds of page that the crawler knows by the shape of their URL."""

    ARTICLE = "article"
    SECTION = "section"
    TAG = "tag"
    HOME = "home"
    OTHER = "other"


class ArticleKey(NamedTuple):
    """Identity of an article; prints as `rakyatbengkulu/645736`."""

    site: str
    article_id: int

    def __str__(self) -> str:
        return f"{self.site}/{self.article_id}"

    @classmethod
    def parse(cls, text: str) -> "ArticleKey":
        """Read `site/id`. Raises ValueError when `text` is no key."""
        site, _, number = text.partition("/")
        if not site or not number.isascii() or not number.isdigit():
            raise ValueError(f"{text!r} is no article key: write SITE/ID, e.g. rakyatbengkulu/645736")
        return cls(site, int(number))


class NetworkUrl(NamedTuple):
    """A URL inside the network, understood.

    `url` is the canonical form that is fetched: https, the site's own host, no query, fragment or AMP, part 1 for an
    article, first page for a listing. `part` counts from 1; `offset` is the listing's row offset.
    """

    kind: UrlKind
    site: Site
    url: str
    key: ArticleKey | None = None
    """The article that the URL names, if it names one."""
    part: int = 1
    amp: bool = False
    offset: int = 0
    slug: str = ""

    @property
    def article_id(self) -> int | None:
        """Of `key`."""
        return None if self.key is None else self.key.article_id

    def part_url(self, part: int) -> str:
        """The web URL of part `part` (from 1) of this article."""
        return self.url if part == 1 else f"{self.url}/{(part - 1) * WEB_PART_BLOCKS}"

    def page_url(self, offset: int) -> str:
        """The listing page that begins at row `offset`."""
        return self.url if offset == 0 else f"{self.url}/{offset}"


class UrlRules:
    """Understands URLs of one network; remembers the ones met most recently."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.read = lru_cache(maxsize=65_536)(self.classify)

    def classify(self, url: str) -> NetworkUrl | None:
        """The network URL that absolute `url` is, or None when it leaves the network or is malformed.

        `read` gives the same and remembers it; a document that names a million URLs would leave it nothing else.
        """
        if len(url) > _URL_LIMIT:
            return None
        if plain := _PLAIN.match(url):
            host, path = plain.groups()
            site = self.network.of_host(host)
            return None if site is None else _shape(site, re.sub(r"//+", "/", path) if "//" in path else path, "")
        return self._classify_any(url)

    def _classify_any(self, url: str) -> NetworkUrl | None:
        if _REFUSED_CHARACTERS.search(url):
            return None
        try:
            pieces = urlsplit(url)
            port = pieces.port
        except ValueError:
            return None
        if pieces.scheme not in ("http", "https") or "@" in pieces.netloc or port not in (None, 80, 443):
            return None
        site = self.network.of_host(pieces.hostname or "")
        return None if site is None else _shape(site, re.sub(r"//+", "/", pieces.path) or "/", pieces.query)


def _shape(site: Site, path: str, query: str) -> NetworkUrl:
    root = f"https://{site.host}"
    if path == "/":
        return NetworkUrl(UrlKind.HOME, site, f"{root}/")
    if match := _COLUMN.match(path) or _AMP.match(path) or _ARTICLE.match(path):
        return _article(site, root, match)
    for kind, prefix, pattern in ((UrlKind.SECTION, "kategori", _SECTION), (UrlKind.TAG, "listtag", _TAG)):
        if match := pattern.match(path):
            slug = match["slug"]
            return NetworkUrl(kind, site, f"{root}/{prefix}/{slug}", offset=int(match["offset"] or 0), slug=slug)
    return NetworkUrl(UrlKind.OTHER, site, f"{root}{path}{'?' + query if query else ''}")


def _article(site: Site, root: str, match: re.Match[str]) -> NetworkUrl:
    key, slug, offset = ArticleKey(site.id, int(match["id"])), match["slug"] or "", int(match["offset"] or 0)
    slug = "" if slug in _DOTS else slug
    amp = match.re is _AMP
    section = None if amp or match["section"] in _DOTS else match["section"]
    if match.re is _COLUMN:
        stem = f"{root}/{section}/{key.article_id}"
    else:
        stem = f"{root}/{section}/read/{key.article_id}" if section else f"{root}/read/{key.article_id}"
    blocks = AMP_PART_BLOCKS if amp else WEB_PART_BLOCKS
    url = f"{stem}/{slug}" if slug else stem
    return NetworkUrl(
        UrlKind.ARTICLE, site, url, key, offset // blocks + 1, amp, slug=unquote(slug) if "%" in slug else slug
    )
