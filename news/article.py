"""What the pages say: one part of an article, a listing, and the links on them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class LinkKind(StrEnum):
    """Where on a page, or in which source, a link was sighted. The value is `sightings.kind`."""

    BACA_JUGA = "baca_juga"
    RELATED_BLOCK = "related_block"
    SECTION = "section"
    HOME = "home"
    FEED = "feed"
    SITEMAP = "sitemap"
    TAG = "tag"
    SEARCH = "search"
    GOOGLE_NEWS = "google_news"
    SIDEBAR = "sidebar"

    __hash__ = str.__hash__  # an Enum's own is a Python function, called for every link of every page


class PageLink(NamedTuple):
    """A link as found on a page: absolute URL, kind, anchor text, position among the links of its kind from 0."""

    url: str
    kind: LinkKind
    text: str
    position: int


class RelatedLink(NamedTuple):
    """An inline BACA JUGA link: headline, absolute canonical URL, article key (`site/id`) inside the network."""

    title: str
    url: str
    article_key: str | None


@dataclass(frozen=True, slots=True)
class ArticlePart:
    """What one page of an article says. Fields that the page does not state are None or empty, never guessed."""

    url: str
    """As fetched."""
    article_id: int
    part: int
    """From 1."""
    title: str
    reporter: str | None
    editor: str | None
    published_at: datetime | None
    """Aware; zone as printed, else the site's."""
    published_raw: str | None
    """The date line, or the machine-readable value where no line is printed, as it stands in the page."""
    timezone: str
    """IANA name of the zone that `published_at` was read in."""
    section: str | None
    place: str | None
    """From the dateline, as printed: `BENGKULU`."""
    paragraphs: tuple[str, ...]
    """Clean body paragraphs in order: no dateline, BACA JUGA, advertisement, caption, footer or empty line."""
    caption: str | None
    credit: str | None
    image_url: str | None
    tags: tuple[str, ...]
    """Without `#`."""
    source: str | None
    """The name after `Sumber:`; None when nobody is named."""
    related: tuple[RelatedLink, ...]
    part_urls: tuple[str, ...]
    """Absolute targets of the pagination, this page's own included when linked, by offset."""
    language: str | None
    links: tuple[PageLink, ...]
    """Every link of article, section or tag shape on the page, first occurrence of (url, kind) each."""
    page_class: str
    reader_revision: int
    canonical_url: str = ""
    """Canonical URL of the article, as the page names it itself when it does so, else as `url` gives it."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a home, section, tag or search page lists."""

    url: str
    kind: LinkKind
    """SECTION, HOME, TAG or SEARCH."""
    links: tuple[PageLink, ...]
    """Rows of the listing itself in order (kind as the listing's), then sidebar and related links."""
    section_urls: tuple[str, ...]
    """Absolute section listings linked anywhere on the page, first pages only."""
    next_url: str | None
    """The next page of the listing as its pagination links it; None on the last or when it has none."""
    page_class: str
    reader_revision: int


@dataclass(frozen=True, slots=True)
class Article:
    """A whole article: its parts joined in order. The editorial content that versions compare."""

    site: str
    article_id: int
    url: str
    title: str
    reporter: str | None
    editor: str | None
    published_at: datetime | None
    published_raw: str | None
    timezone: str
    section: str | None
    place: str | None
    body: str
    """Paragraphs joined by a line feed."""
    caption: str | None
    credit: str | None
    image_url: str | None
    tags: tuple[str, ...]
    source: str | None
    related: tuple[RelatedLink, ...]
    language: str
    parts: int
    parts_expected: int
    page_class: str
    reader_revision: int
    content_digest: str = field(default="")

    @property
    def word_count(self) -> int:
        """Words of the body, split at white space."""
        return len(self.body.split())
