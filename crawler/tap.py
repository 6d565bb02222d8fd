"""The tap between downloader and spider: nobody sees a response before its record is on disk.

At 880, below decompression, every exchange is kept, failed and cut ones too. Listings wait until they are
decompressed: their bytes are stored only when what they list changed.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.custody import Custody
from crawler.politeness import SUBRESOURCE_META, Politeness
from crawler.wire import EXCHANGE_META
from news.article import LinkKind, Listing
from news.capture import Exchange, Original, Rendering, WarcPointer
from news.counters import Counter
from news.errors import NotAnArticle, PageError, RefusalReason
from news.source import SourceDocument
from news.url import NetworkUrl, UrlKind
from pages.listing import listing_kind
from pages.registry import link_set_digest, read_listing
from pages.sources import read_source, source_digest
from storage.warc_writer import new_record_id

POINTER_META = "warc_pointer"
LISTING_META = "listing"
SOURCE_META = "source_kind"
"""Key of `request.meta`: the LinkKind of the feed or sitemap that is asked for."""
NOT_MODIFIED_META = "not_modified_original"
"""Key of `request.meta`: the Original that a conditional request has validators of, or None."""
RENDERING_META = "rendering"
"""Key of `request.meta`: the Rendering of a listing, which is kept when and where the listing is."""
NOT_KEPT_META = "not_kept"
"""Key of `request.meta`: the answer only points to pages of others and is read, not archived (Google News)."""
_HTTP_OK = 200
_NOT_MODIFIED = 304
_READ_AT_ONCE = 512 * 1024
"""Bytes of a feed or sitemap that are read within some milliseconds."""


def custody_of(crawler: Crawler) -> Custody:
    custody = crawler.get_extension(Custody)
    assert custody is not None
    return custody


class Tap:
    """Downloader middleware at 880: keeps every exchange before anyone else sees the response."""

    def __init__(self, custody: Custody, not_kept: Callable[[Request], None]) -> None:
        self._custody = custody
        self._not_kept = not_kept

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the run's custody and, once a request fails, its gate."""

        def not_kept(request: Request) -> None:
            gate = crawler.get_downloader_middleware(Politeness)
            assert gate is not None
            gate.let_go(request)

        return cls(custody_of(crawler), not_kept)

    def process_request(self, request: Request) -> None:
        """Forget what the exchange before a retry or redirect left in the request's meta."""
        request.meta.pop(POINTER_META, None)
        request.meta.pop(LISTING_META, None)
        request.meta.pop(RENDERING_META, None)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Keep the exchange, then hand the response on. Raises SpoolFull."""
        if NOT_KEPT_META in request.meta:
            self._custody.count(Counter.FETCHED)
            return response
        target = self._custody.rules.read(request.url)
        exchange = _identified(request.meta[EXCHANGE_META], target)
        request.meta[EXCHANGE_META] = exchange
        if not _waits(request, target, exchange):
            original = request.meta.get(NOT_MODIFIED_META) if exchange.status == _NOT_MODIFIED else None
            request.meta[POINTER_META] = await self._keep(request, exchange, original)
        return response

    async def process_exception(self, request: Request, exception: Exception) -> None:
        """Keep what had come before the exchange failed. Requests that were never sent leave no exchange."""
        exchange = request.meta.pop(EXCHANGE_META, None)
        if exchange is None:
            return
        if NOT_KEPT_META in request.meta:
            self._custody.count(Counter.FETCH_FAILED)
            request.meta[EXCHANGE_META] = exchange
        elif not isinstance(exception, IgnoreRequest):
            exchange = _identified(exchange, self._custody.rules.read(request.url))
            request.meta[EXCHANGE_META] = exchange
            await self._keep(request, exchange)

    async def _keep(self, request: Request, exchange: Exchange, original: Original | None = None) -> WarcPointer | None:
        try:
            return await self._custody.keep(exchange, original)
        except BaseException:
            self._not_kept(request)  # Scrapy tells no other middleware
            raise


class ListingTap:
    """Downloader middleware at 580, above decompression: keeps a listing when what it lists changed.

    Feeds and sitemaps are listings too; the spider that asks for one says so in SOURCE_META.
    """

    def __init__(self, custody: Custody) -> None:
        self._custody = custody

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the run's custody."""
        return cls(custody_of(crawler))

    async def process_response(self, request: Request, response: Response) -> Response:
        """Read a listing, keep its bytes or an event, and hand the reading on in LISTING_META. Raises SpoolFull."""
        target = self._custody.rules.read(request.url)
        exchange: Exchange = request.meta[EXCHANGE_META]
        if target is None or not _is_listing(request, target):
            return response
        if exchange.status == _NOT_MODIFIED and SOURCE_META in request.meta:
            self._custody.count(Counter.NOT_MODIFIED, target.site.id)
            self._note_unchanged(exchange, target)
        if exchange.status != _HTTP_OK:
            return response
        try:
            listing, digest = await self._read(request, response, exchange)
        except PageError as error:
            if isinstance(error, NotAnArticle) and error.reason is RefusalReason.POISON:
                self._custody.count(Counter.PAGES_POISONED, target.site.id)
            if SOURCE_META not in request.meta:
                self._custody.count(Counter.READER_ERRORS, target.site.id)
            self._tally(request, target, None)
            request.meta[POINTER_META] = await self._keep(request, exchange)
            return response
        request.meta[LISTING_META] = listing
        self._custody.count(Counter.LISTINGS_READ, target.site.id)
        self._tally(request, target, listing)
        known = self._custody.seen.page(exchange.url)
        if known is not None and known.links_digest == digest:
            self._note_unchanged(exchange, target)
        else:
            request.meta[POINTER_META] = await self._keep(request, replace(exchange, links_digest=digest))
        return response

    async def _keep(self, request: Request, exchange: Exchange) -> WarcPointer | None:
        """Keep what the server sent and, where that is what was read, what the browser made of it."""
        pointer = await self._custody.keep(exchange)
        rendering: Rendering | None = request.meta.get(RENDERING_META)
        return pointer if rendering is None else await self._custody.keep_rendering(rendering)

    async def _read(
        self, request: Request, response: Response, exchange: Exchange
    ) -> tuple[Listing | SourceDocument, str]:
        """What the page lists, and the digest of that. Raises PageError."""
        rules, watch = self._custody.rules, self._custody.watch
        kind: LinkKind | None = request.meta.get(SOURCE_META)
        if kind is None:
            list_page = partial(
                read_listing,
                response.body,
                url=response.url,
                content_type=exchange.content_type,
                captured_at=exchange.fetched_at,
                rules=rules,
            )
            listing = watch.read(response.url, list_page)
            return listing, link_set_digest(listing)
        read = partial(
            read_source, response.body, url=response.url, kind=kind, content_type=exchange.content_type, rules=rules
        )
        # Sitemaps may be as long as the limit of bodies: seconds in which nothing else would go on.
        long = len(response.body) > _READ_AT_ONCE
        document = await watch.read_aside(response.url, read) if long else watch.read(response.url, read)
        self._count(document)
        return document, source_digest(document)

    def _count(self, document: SourceDocument) -> None:
        target = self._custody.rules.read(document.url)
        site = target.site.id if target else None
        counted = {
            Counter.ENTRIES_OFFSITE: document.offsite,
            Counter.ENTRIES_REPEATED: document.repeated,
            Counter.ENTRIES_MALFORMED: document.malformed,
            Counter.SOURCES_CUT: int(document.cut is not None),
        }
        for counter, number in counted.items():
            if number:
                self._custody.count(counter, site, by=number)

    def _tally(self, request: Request, target: NetworkUrl, read: Listing | SourceDocument | None) -> None:
        """Count a page of the home page or a section by whether it links anything; None: it cannot be read."""
        if SOURCE_META not in request.meta and target.kind in (UrlKind.HOME, UrlKind.SECTION):
            links = isinstance(read, Listing) and any(link.kind is read.kind for link in read.links)
            self._custody.fills.listing(target.site.id, target.url, links=links)

    def _note_unchanged(self, exchange: Exchange, target: NetworkUrl) -> None:
        self._custody.count(Counter.FETCHED, target.site.id)
        self._custody.count(Counter.LISTINGS_UNCHANGED, target.site.id)
        event = {
            "site": target.site.id,
            "url": exchange.url,
            "at": datetime.now(UTC).isoformat(),
            "kind": "unchanged",
            "run_id": self._custody.run_id,
        }
        self._custody.note({"events": [event]})


def _is_listing(request: Request, target: NetworkUrl | None) -> bool:
    if SUBRESOURCE_META in request.meta:
        return False
    if SOURCE_META in request.meta:
        return target is not None
    if target is None:
        return False
    return target.kind in (UrlKind.HOME, UrlKind.SECTION, UrlKind.TAG) or listing_kind(target) is LinkKind.SEARCH


def _waits(request: Request, target: NetworkUrl | None, exchange: Exchange) -> bool:
    """Whether the exchange is kept only once its listing was read."""
    held_back = (_HTTP_OK, _NOT_MODIFIED) if SOURCE_META in request.meta else (_HTTP_OK,)
    return _is_listing(request, target) and exchange.status in held_back


def _identified(exchange: Exchange, target: NetworkUrl | None) -> Exchange:
    """`exchange` with a name for its record, and the site and the article part that its URL names."""
    exchange = replace(exchange, record_id=new_record_id())
    if target is None:
        return exchange
    part = target.part if target.article_id is not None else None
    return replace(exchange, site=target.site.id, article_id=target.article_id, part=part)
