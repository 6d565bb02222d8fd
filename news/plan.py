"""What one run is asked to do. One frozen value, handed to everything that takes part."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b

from news.errors import UsageError
from news.item import StretchFound, StretchKind, StretchState
from news.site import Network, Site

GAPS_BUDGET = 2_000
"""At a delay of 3 s between requests to a host: 100 minutes."""
FIRST_CRAWL_SPAN = timedelta(days=2)
"""How far back a site that was never crawled is walked; a backfill does the rest."""


class SourceKind(StrEnum):
    """What a crawl can follow."""

    SECTIONS = "sections"
    """Home pages too."""
    FEEDS = "feeds"
    SITEMAPS = "sitemaps"
    RECHECK = "recheck"
    GOOGLE_NEWS = "google_news"


ALL_SOURCES = frozenset(SourceKind)


@dataclass(frozen=True, slots=True)
class RecheckPlan:
    """When archived articles are fetched again, and how many requests a run may spend on it; None = no limit."""

    after: tuple[timedelta, ...] = ()
    """Ages since birth: publication, or the first capture where that came earlier."""
    budget: int | None = None
    site_budget: int | None = None

    @property
    def oldest(self) -> timedelta:
        """The age after which nothing is looked at any more."""
        return max(self.after, default=timedelta(0))

    def is_due(self, born_at: datetime, visited_at: datetime, now: datetime) -> bool:
        """Whether the article came to one of the ages since its last visit."""
        reached = max((age for age in self.after if born_at + age <= now), default=None)
        return reached is not None and visited_at < born_at + reached

    def is_last(self, born_at: datetime, now: datetime) -> bool:
        """Whether no further age lies ahead."""
        return born_at + self.oldest <= now


@dataclass(frozen=True, slots=True)
class GooglePlan:
    """How Google News is followed. Delays are seconds between two requests."""

    rss_delay_s: float
    decode_delay_s: float
    every: timedelta
    """A host is asked for no more often."""
    decodes: int
    """Pages that are fetched to decode links, in one run."""
    override_robots: bool
    now: bool = False
    """Ask in this run, whenever a host was asked last."""


@dataclass(frozen=True, slots=True)
class BackfillPlan:
    """The stretch of time that a backfill is asked for, on published_at: aware, half-open."""

    from_at: datetime
    to_at: datetime
    gaps: bool = False
    """Also try the ids that are missing between known ones."""
    budget: int = GAPS_BUDGET
    """Ids of one site that a run tries."""

    def stretch_id(self, site: str) -> str:
        """Names what is asked for, the same each time it is asked."""
        asked = f"{site} {self.from_at.isoformat()} {self.to_at.isoformat()}"
        return blake2b(asked.encode(), digest_size=16).hexdigest()

    def stretch(self, site: str, source_url: str, at: datetime) -> StretchFound:
        """The stretch for one source of a site, with all its work left."""
        return StretchFound(
            stretch_id=self.stretch_id(site),
            site=site,
            kind=StretchKind.ASKED,
            from_at=self.from_at,
            to_at=self.to_at,
            at=at,
            state=StretchState.OPEN,
            source_url=source_url,
        )


@dataclass(frozen=True)
class CrawlPlan:
    """The sites of a run and how far back it walks."""

    run_id: str
    started_at: datetime
    """Aware, UTC."""
    network: Network
    sites: tuple[Site, ...]
    since: datetime | None = None
    """Aware. Listings are walked to articles published before this; None = to known ground."""
    command: str = "crawl"
    rechecks: RecheckPlan = RecheckPlan()
    google: GooglePlan | None = None
    """None: Google News is not turned on."""
    backfill: BackfillPlan | None = None
    sources: frozenset[SourceKind] = ALL_SOURCES
    """That a crawl follows."""
    spread: timedelta = timedelta(0)
    """Over which the sites start one by one."""

    def narrowed_to(self, site_ids: Sequence[str]) -> "CrawlPlan":
        """The same plan for some of its sites only. Raises UsageError for an id that is none of them."""
        if unknown := set(site_ids) - self.site_ids:
            raise UsageError(f"no active site {', '.join(sorted(unknown))}; `disway sites` lists them")
        return replace(self, sites=tuple(site for site in self.sites if site.id in site_ids))

    @property
    def site_ids(self) -> frozenset[str]:
        """Ids of the sites asked for."""
        return frozenset(site.id for site in self.sites)
