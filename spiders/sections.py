"""Home pages and sections, newest first: what the site itself lists."""

import logging
from collections import Counter as Tally
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from news.article import LinkKind, Listing, PageLink
from news.counters import Counter
from news.item import DocumentRead, Finding, LinksSighted, ListingWalked, SiteFailed
from news.plan import FIRST_CRAWL_SPAN
from news.site import Site, SourceGroup
from news.url import ArticleKey, NetworkUrl, UrlKind
from spiders.findings import Findings
from spiders.front_page import FrontPages
from spiders.listings import refusal, section_links, site_failed
from spiders.source import Source, Yield
from spiders.walk import Walk, bound

if TYPE_CHECKING:
    from spiders.base import NetworkSpider

logger = logging.getLogger(__name__)

LISTING_PRIORITY = 30
SECTIONS_A_RUN = 300
"""Of one site. Real ones link 10 to 40; a page that names ever new ones is walked no further than this."""
TRAP = "trap"
"""Reason of a site whose listings lead on for ever."""
_ABSENT = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


class Sections(Source):
    """Walks the sections of every site: those of the site file, the home page and the archive."""

    kinds: ClassVar[tuple[UrlKind, ...]] = (UrlKind.SECTION,)

    def __init__(self, spider: "NetworkSpider") -> None:
        super().__init__(spider)
        self.findings = Findings(spider.seen.state, spider.plan)
        self._walks: dict[str, Walk] = {}
        self._waiting: dict[ArticleKey, list[Walk]] = {}
        self._opened: Tally[str] = Tally()
        """By site: sections that were to be walked."""
        self._front = FrontPages(spider.seen, self.findings, spider.plan)

    def open_site(self, site: Site) -> Iterator[Yield]:
        """Home page and known sections."""
        home = f"https://{site.host}/"
        if site.sources.home:
            self.spider.open_listing(site)
            meta = {"site": site, "download_slot": site.host, "robots_txt": b""}
            yield Request(home, self.read_home, errback=self.home_failed, priority=LISTING_PRIORITY, meta=meta)
        stated = [f"https://{site.host}{path}" for path in site.sources.sections]
        links = [PageLink(url, LinkKind.SECTION, "", n) for n, url in enumerate(stated)]
        if links:
            yield LinksSighted(home, self.plan.started_at, tuple(links))
        if not site.sources.home:
            yield from self._open_sections(site, self._known_sections(site))

    def _known_sections(self, site: Site) -> list[str]:
        return [*(f"https://{site.host}{path}" for path in site.sources.sections), *self.seen.sections(site.id)]

    def walks(self, site: Site) -> list[Walk]:
        """The walks of the site in this run."""
        return [walk for walk in self._walks.values() if walk.listing.site.id == site.id]

    def is_led_by_home(self, site: Site) -> bool:
        """Whether the home page showed all that is new since the run before."""
        return self._front.shows_all(site)

    def read_home(self, response: Response) -> Iterator[Yield]:
        """Callback of a home page."""
        listing: Listing | None = response.meta.get("listing")
        site: Site = response.meta["site"]
        if listing is None:
            yield SiteFailed(site.id, refusal("home", response))
            yield from self._open_sections(site, self._known_sections(site))
        else:
            yield self.spider.sighted(response, (*section_links(listing), *listing.links))
            self.spider.listing_read(site, response, listing.links)
            self._front.take(site, self._rows(listing))
            if self._front.has_news(site) and self._front.shows_all(site):
                yield DocumentRead(site.id, f"https://{site.host}/", response.meta["exchange"].fetched_at)
            yield from self._open_sections(site, (*self._known_sections(site), *listing.section_urls))
            yield from self.spider.follow(listing.links, self.spider.canonical(response.url))
        yield from self.spider.home_read(site, response)
        yield from self.spider.close_listing(site)

    def home_failed(self, failure: Failure) -> Iterator[Yield]:
        """Errback of a home page."""
        site: Site = failure.request.meta["site"]  # type: ignore[attr-defined]  # Scrapy puts it there
        yield from site_failed(site, failure)
        yield from self._open_sections(site, self._known_sections(site))
        yield from self.spider.close_listing(site)

    def read_section(self, response: Response) -> Iterator[Yield]:
        """Callback of a page of a section listing."""
        walk: Walk = response.meta["walk"]
        listing: Listing | None = response.meta.get("listing")
        site = walk.listing.site
        if listing is None:
            yield from self._not_read(walk, response)
            yield from self.spider.close_listing(site)
            return
        rows = self._rows(listing)
        if walk.last_read_at is None:
            reason = self._front.lead(site, walk.listing.url, rows)
            yield from self.findings.alive(walk.listing.url, listing.kind, site, reason=reason)
        yield self.spider.sighted(response, (*section_links(listing), *listing.links))
        self.spider.listing_read(site, response, listing.links)
        yield from self._open_sections(site, listing.section_urls)
        yield from self.spider.follow(listing.links, self.spider.canonical(response.url))
        next_url = self._next_page(walk, response.url, listing.next_url)
        walk.page_read(rows, next_url, response.meta["exchange"].fetched_at, self.spider.is_resolved)
        walk.page_url = response.url
        for row in walk.waiting:
            self._waiting.setdefault(row, []).append(walk)
        yield from self._advance(walk)

    def section_failed(self, failure: Failure) -> Iterator[Yield]:
        """Errback of a section listing: the walk stays unfinished, so the next run walks the same ground again."""
        walk: Walk = failure.request.meta["walk"]  # type: ignore[attr-defined]  # Scrapy puts it there
        yield from site_failed(walk.listing.site, failure)
        yield from self.spider.close_listing(walk.listing.site)

    def resolved(self, key: ArticleKey) -> Iterator[Yield]:
        """Let the walks that waited for this article's date go on."""
        for walk in self._waiting.pop(key, ()):
            walk.row_resolved(key)
            yield from self._advance(walk)

    def _open_sections(self, site: Site, urls: Iterable[str]) -> Iterator[Yield]:
        if SourceGroup.SECTIONS in site.sources.off:
            return
        for url in urls:
            target = self.rules.read(url)
            if target is None or target.kind not in self.kinds or target.site.id != site.id:
                continue
            if target.url in self._walks or not self._may_walk(site, target.url):
                continue
            if target.kind is UrlKind.SECTION:
                self._opened[site.id] += 1
            if self._opened[site.id] <= SECTIONS_A_RUN:
                yield self._open_walk(target, site)
            elif self._opened[site.id] == SECTIONS_A_RUN + 1:
                yield from self._trapped(site, f"more than {SECTIONS_A_RUN} sections")

    def _trapped(self, site: Site, what: str) -> Iterator[Yield]:
        """A listing of the site leads on for ever: it is given up for this run, and the run says so."""
        logger.warning("%s: %s: the rest of it is left alone in this run", site.id, what)
        self.spider.count(Counter.TRAPS, site.id)
        yield SiteFailed(site.id, TRAP)

    def _open_walk(self, target: NetworkUrl, site: Site) -> Request:
        walk = self._walks[target.url] = self._walk(target, site)
        self.spider.open_listing(site)
        return self._section_request(walk, walk.next_url or target.url)

    def _may_walk(self, site: Site, url: str) -> bool:
        return self.findings.is_due(url) and not self._front.shows(site, url)

    def _rows(self, listing: Listing) -> list[ArticleKey]:
        return [key for link in listing.links if link.kind is listing.kind and (key := self._key(link.url))]

    def _page_read(self, walk: Walk) -> Iterator[Yield]:  # noqa: ARG002  for those who note how far a walk is
        return iter(())

    def _walk(self, target: NetworkUrl, site: Site) -> Walk:
        section = self.seen.sections(site.id).get(target.url)
        walked_at = section.walked_at if section else None

        def known(key: ArticleKey) -> bool:
            """Sighted before the last whole walk ended: that walk, or one before it, passed here."""
            article = self.seen.article(key)
            first = article.first_seen_at if article else None
            return walked_at is not None and first is not None and first <= walked_at

        since = bound(self.plan, section, FIRST_CRAWL_SPAN)
        holes = [hole.from_at for hole in self.seen.state.open_stretches(site.id) if hole.kind == "hole"]
        since = min([since, *holes]) if since else min(holes, default=None)
        return Walk(target, known, since, section.covered_to if section else None)

    def _section_request(self, walk: Walk, url: str) -> Request:
        return Request(
            url,
            self.read_section,
            errback=self.section_failed,
            priority=LISTING_PRIORITY,
            meta={"walk": walk, "download_slot": walk.listing.site.host},
        )

    def _advance(self, walk: Walk) -> Iterator[Yield]:
        following = walk.step(self.spider.published)
        if following is not None:
            yield self._section_request(walk, following)
            yield from self._page_read(walk)
        elif walk.done and walk.last_read_at is not None:
            yield from self._page_read(walk)
            yield from self._ended(walk)
            walk.last_read_at = None
            yield from self.spider.close_listing(walk.listing.site)

    def _ended(self, walk: Walk) -> Iterator[Yield]:
        if walk.endless:
            yield from self._trapped(walk.listing.site, f"{walk.listing.url} has no end")
        elif walk.covered_to is not None and walk.last_read_at is not None and not walk.barren:
            yield ListingWalked(walk.listing, walk.last_read_at, walk.covered_to)

    def _not_read(self, walk: Walk, response: Response) -> Iterator[Yield]:
        """A section that is not there is asked ever more rarely; only its first absence degrades the run."""
        site, reason = walk.listing.site, refusal("section", response)
        url = walk.listing.url
        known, absence = self.findings.of(url), self.findings.absence_of(url)
        if response.status in _ABSENT:
            yield from self.findings.not_alive(url, LinkKind.SECTION, site, absence, reason)
        is_told = known is not None and known.failures > 0 and response.status in _ABSENT
        if not is_told and (known is None or known.finding != Finding.ABSENT):
            yield SiteFailed(site.id, reason)

    def _next_page(self, walk: Walk, url: str, next_url: str | None) -> str | None:
        """The next page of the same listing, further down; a link that leads elsewhere ends the walk."""
        here = self.rules.read(url)
        there = self.rules.read(next_url) if next_url else None
        if here is None or there is None or there.url != walk.listing.url or there.offset <= here.offset:
            return None
        return there.page_url(there.offset)

    def _key(self, url: str) -> ArticleKey | None:
        target = self.rules.read(url)
        return target.key if target else None
