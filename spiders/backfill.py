"""Backfill: everything that a site still lists of a stretch of time, from every source that reaches back.

How far each is read is noted as it goes, so a backfill that was stopped goes on where it was. What newer pages name on
the way down is archived as well.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from news.item import StretchFound, StretchKind, StretchState
from news.site import Site
from spiders.backfill_listings import BackfillListings
from spiders.backfill_sitemaps import BackfillSitemaps
from spiders.base import NetworkSpider
from spiders.gaps import Gaps
from spiders.google_news import GoogleNews
from spiders.holes import Holes, as_found
from spiders.pending import Pending
from spiders.source import Yield


class BackfillHoles(Holes):
    """Closes the holes inside the stretch once listings were walked over them; the ids of the rest may be tried."""

    def listings_read(self, site: Site) -> Iterator[Yield]:
        """Judge the holes of earlier runs; a backfill polls nothing that could miss anything."""
        judged = self.open.get(site.id)
        found = self._inside(site) if judged is None else judged
        filled = [hole for hole in found if self._is_filled(site, hole)]
        self.open[site.id] = [hole for hole in found if hole not in filled]
        for hole in filled:
            yield hole.as_of(datetime.now(UTC), StretchState.DONE, reason="backfilled")

    def _inside(self, site: Site) -> list[StretchFound]:
        plan, now = self.plan.backfill, datetime.now(UTC)
        assert plan is not None
        holes = (known for known in self.seen.state.open_stretches(site.id) if known.kind == StretchKind.HOLE)
        return [as_found(hole, now) for hole in holes if plan.from_at <= hole.from_at and hole.to_at <= plan.to_at]

    def _is_filled(self, site: Site, hole: StretchFound) -> bool:
        listings, sitemaps = self.spider.source(BackfillListings), self.spider.source(BackfillSitemaps)
        return bool(listings and listings.is_whole(site)) or bool(sitemaps and sitemaps.reach(site, hole.from_at))


class BackfillSpider(NetworkSpider):
    """The stretch of the plan, from every source that reaches back."""

    name = "backfill"
    source_classes = (BackfillListings, BackfillSitemaps, Pending, BackfillHoles, GoogleNews, Gaps)
