"""What one run is asked to do. One frozen value, handed to everything that takes part."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from news.errors import UsageError
from news.site import Network, Site

FIRST_CRAWL_SPAN = timedelta(days=2)
"""How far back a site that was never crawled is walked; a backfill does the rest."""


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

    def narrowed_to(self, site_ids: Sequence[str]) -> "CrawlPlan":
        """The same plan for some of its sites only. Raises UsageError for an id that is none of them."""
        if unknown := set(site_ids) - self.site_ids:
            raise UsageError(f"no active site {', '.join(sorted(unknown))}; `disway sites` lists them")
        return replace(self, sites=tuple(site for site in self.sites if site.id in site_ids))

    @property
    def site_ids(self) -> frozenset[str]:
        """Ids of the sites asked for."""
        return frozenset(site.id for site in self.sites)
