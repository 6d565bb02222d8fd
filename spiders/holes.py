"""Holes: stretches of time in which a site may have published what no poll saw."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING

from news.counters import Counter
from news.item import StretchFound, StretchKind, StretchState
from news.site import Site, SourceGroup
from spiders.sections import Sections
from spiders.sitemaps import Sitemaps
from spiders.source import Source, Yield
from storage.seen_state import SeenStretch

if TYPE_CHECKING:
    from spiders.base import NetworkSpider

_LONG_GONE = timedelta(days=7)
"""A section that was not walked for so long before a hole is not missed in it: living ones are, every two days."""


class Holes(Source):
    """Records a hole when a poll met nothing known and no other source reaches down; closes those that were filled.

    Stands before feeds and sitemaps: a hole must be noted before what its poll named is, which makes the next one
    overlap.
    """

    def __init__(self, spider: "NetworkSpider") -> None:
        super().__init__(spider)
        self.open: dict[str, list[StretchFound]] = {}
        """By site: holes that no listing reaches down into."""

    def listings_read(self, site: Site) -> Iterator[Yield]:
        """Judge the polls of the site, and the holes of earlier runs. Once a run, whatever is read later."""
        if site.id in self.open:
            return
        self.open[site.id] = []
        now = datetime.now(UTC)
        missed = [poll for poll in self.spider.missed[site.id] if not self.is_reached(site, poll.polled_at)]
        if missed:
            deepest = min(missed, key=lambda poll: poll.polled_at)
            hole = self._hole(site, deepest.url, deepest.polled_at, now)
            self.spider.count(Counter.HOLES, site.id)
            self.open[site.id].append(hole)
            yield hole
        for known in self.seen.state.open_stretches(site.id):
            if known.kind != StretchKind.HOLE:
                continue
            hole = as_found(known, now)
            if self.is_reached(site, known.from_at):
                yield hole.as_of(now, StretchState.DONE, reason="listed")
            else:
                self.open[site.id].append(hole)

    def is_reached(self, site: Site, at: datetime) -> bool:
        """Whether what the site lists was met in this run down to what was published at `at`."""
        sitemaps = self.spider.source(Sitemaps)
        return self._sections_reach(site, at) or (sitemaps is not None and sitemaps.reach(site, at))

    def _sections_reach(self, site: Site, at: datetime) -> bool:
        """Whether every section was walked so far down, in this run and those before it.

        A section that the home page led in for this run was not walked and need not be.
        """
        sections = self.spider.source(Sections)
        if sections is None or SourceGroup.SECTIONS in site.sources.off:
            return False
        walks, known = {walk.listing.url: walk for walk in sections.walks(site)}, self.seen.sections(site.id)
        for url, section in known.items():
            walk = walks.get(url)
            if section.walked_at is None or (section.walked_at < at - _LONG_GONE and not (walk and walk.done)):
                continue
            covered = walk.covered_to if walk else section.covered_to
            if covered is None or covered > at or (walk is None and not sections.is_led_by_home(site)):
                return False
            if walk is not None and (not walk.done or walk.barren):
                return False
        fresh = [walk for url, walk in walks.items() if url not in known or known[url].walked_at is None]
        if not all(walk.barren or (walk.done and walk.covered_to and walk.covered_to <= at) for walk in fresh):
            return False
        return any(section.walked_at for section in known.values()) or any(not walk.barren for walk in fresh)

    def _hole(self, site: Site, url: str, polled_at: datetime, now: datetime) -> StretchFound:
        name = f"{site.id} {url} {polled_at.isoformat()}"
        return StretchFound(
            stretch_id=blake2b(name.encode(), digest_size=16).hexdigest(),
            site=site.id,
            kind=StretchKind.HOLE,
            from_at=polled_at,
            to_at=self.plan.started_at,
            at=now,
            state=StretchState.OPEN,
            source_url=url,
            reason="no_overlap",
        )


def as_found(known: SeenStretch, now: datetime) -> StretchFound:
    """The hole of an earlier run, with work left at `now` (aware)."""
    return StretchFound(
        stretch_id=known.stretch_id,
        site=known.site,
        kind=StretchKind.HOLE,
        from_at=known.from_at,
        to_at=known.to_at,
        at=now,
        state=StretchState.OPEN,
        source_url=known.source_url,
    )
