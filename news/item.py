"""What the spiders hand on: readings, sightings and outcomes, each naming the article or page that it is about."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from news.article import ArticlePart, LinkKind, PageLink
from news.capture import WarcPointer
from news.url import ArticleKey, NetworkUrl


@dataclass(frozen=True, slots=True)
class PartRead:
    """One part of an article was fetched, kept and read."""

    key: ArticleKey
    part: int
    reading: ArticlePart
    pointer: WarcPointer
    """Of the response record that holds the part's bytes, this capture's own or the original of a revisit."""
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class LinksSighted:
    """A page was read and links these."""

    via_url: str
    at: datetime
    links: tuple[PageLink, ...]


@dataclass(frozen=True, slots=True)
class ArticleRefused:
    """The server, or the page, says that there is no article here. `reason` is a RefusalReason."""

    key: ArticleKey
    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class ArticleFailed:
    """An attempt failed in a way that may pass. The article stays pending."""

    key: ArticleKey
    url: str
    reason: str
    attempt: int
    """From 1."""


@dataclass(frozen=True, slots=True)
class ArticleUnmodified:
    """A recheck in which the server said of every part that it is as the archive has it (304)."""

    key: ArticleKey
    url: str
    at: datetime


class Finding(StrEnum):
    """What became of looking at a source. The value is `sources.finding`."""

    ALIVE = "alive"
    ABSENT = "absent"
    FAILING = "failing"
    REFUSED = "refused"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class SourceFound:
    """A source was looked at and its finding is worth a row of the table `sources`, which names the fields."""

    url: str
    site: str | None
    kind: LinkKind
    at: datetime
    finding: Finding
    reason: str | None = None
    learned_from: str | None = None
    failures: int = 0
    next_check: datetime | None = None
    modified_at: datetime | None = None


class LeadState(StrEnum):
    """What became of an item of Google News. The value is `leads.state`."""

    PENDING = "pending"
    MATCHED = "matched"
    DECODED = "decoded"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class LeadFound:
    """An item of Google News, or what became of it; the table `leads` names the fields."""

    lead_id: str
    site: str | None
    title: str
    published_at: datetime | None
    token: str
    at: datetime
    state: LeadState
    how: str | None = None
    reason: str | None = None
    url: str | None = None
    article_key: ArticleKey | None = None
    attempts: int = 0
    next_check: datetime | None = None


class StretchState(StrEnum):
    """Whether a stretch has work left. The value is `backfill.state`."""

    OPEN = "open"
    DONE = "done"
    FAILED = "failed"


class StretchKind(StrEnum):
    """Why a stretch is to be backfilled. The value is `backfill.kind`."""

    HOLE = "hole"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class StretchFound:
    """A stretch of time to be backfilled, or how far one source of it is; the table `backfill` names the fields."""

    stretch_id: str
    site: str
    kind: StretchKind
    from_at: datetime
    to_at: datetime
    at: datetime
    state: StretchState
    source_url: str | None = None
    cursor: str | None = None
    reason: str | None = None

    def as_of(
        self, at: datetime, state: StretchState, *, cursor: str | None = None, reason: str | None = None
    ) -> "StretchFound":
        """The same stretch at a later instant."""
        return replace(self, at=at, state=state, cursor=cursor, reason=reason)


@dataclass(frozen=True, slots=True)
class ListingWalked:
    """A section was walked down to known ground, to the run's bound or to its end."""

    listing: NetworkUrl
    at: datetime
    """When its last page was fetched."""
    covered_to: datetime
    """How far back this walk and those before it reached together. Aware."""


@dataclass(frozen=True, slots=True)
class DocumentRead:
    """All that a feed or sitemap names was sighted: from then on it need be had only when it changes.

    Of a home page: it reached down to known ground, and so is known ground itself.
    """

    site: str
    url: str
    at: datetime
    """When it was fetched."""


@dataclass(frozen=True, slots=True)
class SiteFailed:
    """A site's home page or robots.txt could not be had: the run is degraded."""

    site: str
    reason: str


StateFound = SourceFound | LeadFound | StretchFound
Item = (
    PartRead
    | LinksSighted
    | ArticleRefused
    | ArticleFailed
    | ArticleUnmodified
    | ListingWalked
    | DocumentRead
    | SiteFailed
    | StateFound
)
