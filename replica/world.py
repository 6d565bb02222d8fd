"""The words of the replica: sites, articles, their versions and the blocks of a body. Values only."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, TypeAlias
from urllib.parse import quote

from news.url import AMP_PART_BLOCKS, WEB_PART_BLOCKS
from replica.fate import Absence, Change
from replica.syndication import FeedPlan, SitemapPlan


class Look(StrEnum):
    """Which template a site renders with."""

    TEMPLATE_2022 = "2022"
    PLAIN = "plain"
    SPANS = "spans"
    """Body text wrapped in `p > span`, as jateng does."""


class Scripted(StrEnum):
    """Which pages of a site a script makes in the browser."""

    LISTINGS = "listings"
    ALL = "all"
    """Articles too."""


class Wire(StrEnum):
    """Which server software answers: decides header names, order and case."""

    NGINX = "nginx"
    LITESPEED = "litespeed"
    APACHE = "apache"


class RobotsKind(StrEnum):
    """The robots.txt of a site."""

    ALLOW = "allow"
    DISALLOW_SEARCH = "disallow_search"
    MISSING = "missing"
    CRAWL_DELAY = "crawl_delay"
    EMPTY = "empty"
    CRLF_BOM = "crlf_bom"


class Section(NamedTuple):
    """A section of a site; `number` stands in `/kategori/<number>/<slug>` where the site numbers them."""

    name: str
    slug: str
    number: int | None = None

    @property
    def path(self) -> str:
        """Path of the listing's first page."""
        return f"/kategori/{self.slug}" if self.number is None else f"/kategori/{self.number}/{self.slug}"


class Tag(NamedTuple):
    """A tag of a site and its number in `/listtag/<id>/<slug>`."""

    id: int
    name: str
    slug: str

    @property
    def path(self) -> str:
        """Path of the tag page."""
        return f"/listtag/{self.id}/{self.slug}"


@dataclass(frozen=True, slots=True)
class Profile:
    """What makes a site itself: names, markup, machine-readable dates, server. Data, not behaviour."""

    host: str
    name: str
    brand: str
    """As datelines print it: `RAKYATBENGKULU.COM`."""
    regions: tuple[str, ...]
    sections: tuple[Section, ...]
    first_id: int
    look: Look = Look.PLAIN
    section_urls: bool = False
    """Articles live at `/<section>/read/<id>/<slug>`, else at `/read/<id>/<slug>`."""
    column: Section | None = None
    """The section whose articles live at `/catatan-harian-dahlan/<id>/<slug>`."""
    inline_tags: bool = False
    pubdate_meta: bool = True
    data_layer: bool = True
    published_time: str | None = None
    """Form of meta article:published_time: `offset`, `naive`, or None where the site has none."""
    json_ld: bool = False
    amp_link: bool = False
    charset: bool = True
    """Whether Content-Type names the charset."""
    chunked_articles: bool = False
    validators: bool = False
    """Whether pages carry ETag and Last-Modified and are answered 304."""
    curly_quotes: bool = False
    wire: Wire = Wire.NGINX
    robots: RobotsKind = RobotsKind.ALLOW
    feed: FeedPlan | None = None
    sitemap: SitemapPlan | None = None
    counter: bool = False
    """Whether articles print how often they were read."""
    scripted: Scripted | None = None
    image_host: str | None = None
    zone: str = "WIB"
    """Label behind printed times; the wall clock follows it: WIB UTC+7, WITA +8, WIT +9."""

    @property
    def id(self) -> str:
        """The site id of article keys: first label of the host."""
        return self.host.split(".", maxsplit=1)[0]

    @property
    def utc_offset(self) -> timedelta:
        """Offset of the wall clock that the site prints."""
        return timedelta(hours={"WIB": 7, "WITA": 8, "WIT": 9}[self.zone])


class Dateline(NamedTuple):
    """What opens the first paragraph: `printed` with its dash and blanks; `place` is None for a bare brand."""

    printed: str
    place: str | None


class Caption(NamedTuple):
    """The line under the lead image: as printed, and what it says."""

    printed: str
    text: str
    credit: str | None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A body paragraph. `text` is clean; `linked` is a word in it that the page links to a tag page;
    `loose` makes the page add the double blanks and non-breaking spaces of hand-typed text.
    """

    text: str
    linked: Tag | None = None
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Subhead:
    """A short line between paragraphs; `markup` is p, strong, h3 or h4."""

    text: str
    markup: str = "p"


@dataclass(frozen=True, slots=True)
class Related:
    """A BACA JUGA line: the headline shown, the link as it stands in the page, and the article that it means."""

    title: str
    href: str
    url: str
    """Canonical URL that the link names: https, no query, part or AMP."""
    host: str
    article_id: int


@dataclass(frozen=True, slots=True)
class Gap:
    """An empty paragraph that the splitting counts: nothing, a blank, or a non-breaking space."""

    filler: str = "&nbsp;"


Block: TypeAlias = Paragraph | Subhead | Related | Gap


@dataclass(frozen=True, slots=True)
class Version:
    """What an article says from `at` on. `given_parts` overrides the splitting rule for given articles; `change` is
    what made it of the version before, None in the first.
    """

    at: datetime
    title: str
    slug: str
    reporter: str
    editor: str
    blocks: tuple[Block, ...]
    caption: Caption
    dateline: Dateline | None
    tags: tuple[Tag, ...]
    given_parts: tuple[tuple[Block, ...], ...] | None = None
    change: Change | None = None

    def parts(self, *, amp: bool = False) -> tuple[tuple[Block, ...], ...]:
        """The blocks of each part: 15 on the web, 16 in AMP (FACTS-disway.md, section 2.4)."""
        if self.given_parts is not None:
            return self.given_parts
        size = AMP_PART_BLOCKS if amp else WEB_PART_BLOCKS
        return tuple(self.blocks[i : i + size] for i in range(0, len(self.blocks), size))

    @property
    def body(self) -> tuple[str, ...]:
        """The clean paragraphs and sub-heads in order."""
        return tuple(b.text for b in self.blocks if isinstance(b, Paragraph | Subhead))


@dataclass(frozen=True, slots=True)
class Article:
    """One article of a site over its life."""

    host: str
    id: int
    section: Section
    also_in: tuple[Section, ...]
    published: datetime
    """Aware; whole minutes, as pages print it."""
    source: str | None
    image_url: str
    versions: tuple[Version, ...]
    absence: Absence | None = None
    caption_on_all_parts: bool = True

    @property
    def vanished_at(self) -> datetime | None:
        """When it goes away, if ever."""
        return self.absence and self.absence.at

    def turns(self) -> tuple[datetime, ...]:
        """The instants at which its address begins to answer otherwise, in order; the first is its publication."""
        away = (self.absence.at, self.absence.until) if self.absence else ()
        return tuple(sorted({self.published, *(v.at for v in self.versions), *(t for t in away if t is not None)}))

    def version_at(self, now: datetime) -> Version:
        """The newest version that `now` shows; the first one before that."""
        return next((v for v in reversed(self.versions) if v.at <= now), self.versions[0])

    def is_live(self, now: datetime) -> bool:
        """Published and not away."""
        return self.published <= now and not self.is_absent(now)

    def is_absent(self, now: datetime) -> bool:
        """Away after it was there."""
        return self.absence is not None and self.absence.covers(now)


@dataclass(frozen=True, slots=True)
class Site:
    """A site with everything that it publishes in the replica's time."""

    profile: Profile
    articles: tuple[Article, ...]
    tags: tuple[Tag, ...]
    by_id: dict[int, Article] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_id", {a.id: a for a in self.articles})


def article_path(profile: Profile, article_id: int, section: Section, slug: str) -> str:
    """Path of part 1 in the site's own form, percent-encoded."""
    tail = f"{article_id}/{quote(slug)}"
    if profile.column is not None and section == profile.column:
        return f"/catatan-harian-dahlan/{tail}"
    return f"/{section.slug}/read/{tail}" if profile.section_urls else f"/read/{tail}"
