"""Home pages and sections, newest first, and every article that they or other articles link."""

from collections.abc import AsyncIterator, Iterable, Iterator
from http import HTTPStatus

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from news.article import LinkKind, Listing, PageLink
from news.item import LinksSighted, ListingWalked, SiteFailed
from news.plan import FIRST_CRAWL_SPAN
from news.site import Site
from news.url import ArticleKey, NetworkUrl, UrlKind
from spiders.base import NetworkSpider, Yield
from spiders.outcome import RUN_ENDS
from spiders.walk import Walk, bound

LISTING_PRIORITY = 30


class SectionsSpider(NetworkSpider):
    """Walks the sections of every site of the run: those of the site file, the home page and the archive."""

    name = "sections"

    _open: dict[str, int]
    """By site: home page and walks that have not ended."""
    _held: dict[str, list[NetworkUrl]]
    """By site: articles that other articles link. The site's own listings, read to the end, may link a newer slug."""
    _walks: dict[str, Walk]
    _waiting: dict[ArticleKey, list[Walk]]

    def take_errand(self) -> None:
        """See NetworkSpider."""
        super().take_errand()
        self._open = dict.fromkeys(self.plan.site_ids, 0)
        self._held = {site: [] for site in self.plan.site_ids}
        self._walks = {}
        self._waiting = {}

    async def start(self) -> AsyncIterator[Yield]:
        """Home page and known sections of each site, then what earlier runs left pending."""
        self.take_errand()
        for site in self.plan.sites:
            for step in self._open_site(site):
                yield step
        for article in self.seen.pending(sorted(self.plan.site_ids), self.plan.started_at):
            target = self.rules.read(article.url)
            if target is not None and (request := self.article_request(target)):
                yield request

    def read_home(self, response: Response) -> Iterator[Yield]:
        """Callback of a home page."""
        listing: Listing | None = response.meta.get("listing")
        site: str = response.meta["site"]
        if listing is None:
            yield SiteFailed(site, _refusal("home", response))
        else:
            yield self.sighted(response, (*_section_links(listing), *listing.links))
            yield from self._open_sections(site, listing.section_urls)
            yield from self.follow(listing.links)
        yield from self._close_listing(site)

    def home_failed(self, failure: Failure) -> Iterator[Yield]:
        """Errback of a home page."""
        site: str = failure.request.meta["site"]  # type: ignore[attr-defined]  # Scrapy puts it there
        yield from _site_failed(site, failure)
        yield from self._close_listing(site)

    def read_section(self, response: Response) -> Iterator[Yield]:
        """Callback of a page of a section listing."""
        walk: Walk = response.meta["walk"]
        listing: Listing | None = response.meta.get("listing")
        site = walk.listing.site.id
        if listing is None:
            yield SiteFailed(site, _refusal("section", response))
            yield from self._close_listing(site)
            return
        yield self.sighted(response, (*_section_links(listing), *listing.links))
        yield from self._open_sections(site, listing.section_urls)
        yield from self.follow(listing.links)
        rows = [key for link in listing.links if link.kind is listing.kind and (key := self._key(link.url))]
        next_url = self._next_page(walk, response.url, listing.next_url)
        walk.page_read(rows, next_url, response.meta["exchange"].fetched_at, self.is_resolved)
        for row in walk.waiting:
            self._waiting.setdefault(row, []).append(walk)
        yield from self._advance(walk)

    def section_failed(self, failure: Failure) -> Iterator[Yield]:
        """Errback of a section listing: the walk stays unfinished, so the next run walks the same ground again."""
        walk: Walk = failure.request.meta["walk"]  # type: ignore[attr-defined]  # Scrapy puts it there
        yield from _site_failed(walk.listing.site.id, failure)
        yield from self._close_listing(walk.listing.site.id)

    def resolved(self, key: ArticleKey) -> Iterable[Yield]:
        """Let the walks that waited for this article's date go on."""
        for walk in self._waiting.pop(key, ()):
            walk.row_resolved(key)
            yield from self._advance(walk)

    def hold(self, target: NetworkUrl) -> bool:
        """Keep a link from another article until the site's own listings are read."""
        held = self._open.get(target.site.id, 0) > 0
        if held:
            self._held[target.site.id].append(target)
        return held

    def _close_listing(self, site: str) -> Iterator[Request]:
        self._open[site] -= 1
        if self._open[site] == 0:
            held, self._held[site] = self._held[site], []
            yield from filter(None, map(self.article_request, held))

    def _open_site(self, site: Site) -> Iterator[Yield]:
        home = f"https://{site.host}/"
        meta = {"site": site.id, "download_slot": site.host}
        if site.sources.home:
            self._open[site.id] += 1
            yield Request(home, self.read_home, errback=self.home_failed, priority=LISTING_PRIORITY, meta=meta)
        stated = [f"https://{site.host}{path}" for path in site.sources.sections]
        links = [PageLink(url, LinkKind.SECTION, "", n) for n, url in enumerate(stated)]
        if links:
            yield LinksSighted(home, self.plan.started_at, tuple(links))
        yield from self._open_sections(site.id, (*stated, *self.seen.sections(site.id)))

    def _open_sections(self, site: str, urls: Iterable[str]) -> Iterator[Request]:
        for url in urls:
            target = self.rules.read(url)
            if target is None or target.kind is not UrlKind.SECTION or target.site.id != site:
                continue
            if target.url not in self._walks:
                walk = self._walks[target.url] = self._walk(target)
                self._open[site] += 1
                yield self._section_request(walk, target.url)

    def _walk(self, target: NetworkUrl) -> Walk:
        section = self.seen.sections(target.site.id).get(target.url)
        walked_at = section.walked_at if section else None

        def known(key: ArticleKey) -> bool:
            """Sighted before the last whole walk ended: that walk, or one before it, passed here."""
            article = self.seen.article(key)
            first = article.first_seen_at if article else None
            return walked_at is not None and first is not None and first <= walked_at

        since = bound(self.plan, section, FIRST_CRAWL_SPAN)
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
        following = walk.step(self.published)
        if following is not None:
            yield self._section_request(walk, following)
        elif walk.done and walk.last_read_at is not None:
            if walk.covered_to is not None and not walk.barren:
                yield ListingWalked(walk.listing, walk.last_read_at, walk.covered_to)
            walk.last_read_at = None
            yield from self._close_listing(walk.listing.site.id)

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


def _section_links(listing: Listing) -> Iterator[PageLink]:
    for position, url in enumerate(listing.section_urls):
        yield PageLink(url, LinkKind.SECTION, "", position)


def _refusal(page: str, response: Response) -> str:
    """Why `page` gave no listing, as one word."""
    return f"{page}_{response.status}" if response.status != HTTPStatus.OK else f"{page}_unreadable"


def _site_failed(site: str, failure: Failure) -> Iterator[SiteFailed]:
    """What a listing that could not be had says of its site; nothing when the run itself gave up asking."""
    exchange = failure.request.meta.get("exchange")  # type: ignore[attr-defined]  # Scrapy puts it there
    reason = str(getattr(failure.value, "reason", None) or (exchange and exchange.error) or "failed")
    if reason not in RUN_ENDS:
        yield SiteFailed(site, reason)
