"""The tap between downloader and spider: nobody sees a response before its record is on disk.

At 880, below decompression, every exchange is kept, failed and cut ones too. Listings wait until they are
decompressed: their bytes are stored only when their ordered link set changed.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.custody import Custody
from crawler.wire import EXCHANGE_META
from news.capture import Exchange
from news.counters import Counter
from news.errors import PageError
from news.url import NetworkUrl, UrlKind
from pages.registry import link_set_digest, read_listing

POINTER_META = "warc_pointer"
LISTING_META = "listing"
_HTTP_OK = 200


def _custody(crawler: Crawler) -> Custody:
    custody = crawler.get_extension(Custody)
    assert custody is not None
    return custody


class Tap:
    """Downloader middleware at 880: keeps every exchange before anyone else sees the response."""

    def __init__(self, custody: Custody) -> None:
        self._custody = custody

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the run's custody."""
        return cls(_custody(crawler))

    def process_request(self, request: Request) -> None:
        """Forget what the exchange before a retry or redirect left in the request's meta."""
        request.meta.pop(POINTER_META, None)
        request.meta.pop(LISTING_META, None)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Keep the exchange, then hand the response on. Raises SpoolFull."""
        target = self._custody.rules.read(request.url)
        exchange = _identified(request.meta[EXCHANGE_META], target)
        request.meta[EXCHANGE_META] = exchange
        if not (_is_listing(target) and exchange.status == _HTTP_OK):
            request.meta[POINTER_META] = await self._custody.keep(exchange)
        return response

    async def process_exception(self, request: Request, exception: Exception) -> None:
        """Keep what had come before the exchange failed. Requests that were never sent leave no exchange."""
        exchange = request.meta.pop(EXCHANGE_META, None)
        if exchange is not None and not isinstance(exception, IgnoreRequest):
            exchange = _identified(exchange, self._custody.rules.read(request.url))
            request.meta[EXCHANGE_META] = exchange
            await self._custody.keep(exchange)


class BodyRefused(IgnoreRequest):
    """A body that came whole and cannot be decompressed; `reason` is too_large or undecodable."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Decompression(HttpCompressionMiddleware):
    """Scrapy's decompression at 590, which refuses bombs and broken streams; even such a listing is kept as it came."""

    custody: Custody

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the run's custody."""
        middleware = super().from_crawler(crawler)
        middleware.custody = _custody(crawler)
        return middleware

    async def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Decompress. Raises BodyRefused when the body cannot be."""
        try:
            return super().process_response(request, response)
        except Exception as error:
            if POINTER_META not in request.meta:
                request.meta[POINTER_META] = await self.custody.keep(request.meta[EXCHANGE_META])
            # Scrapy's own refusal says that the body is over the limit; all else is a stream that is broken.
            raise BodyRefused("too_large" if isinstance(error, IgnoreRequest) else "undecodable") from error


class ListingTap:
    """Downloader middleware at 580, above decompression: keeps a listing when its ordered link set changed."""

    def __init__(self, custody: Custody) -> None:
        self._custody = custody

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the run's custody."""
        return cls(_custody(crawler))

    async def process_response(self, request: Request, response: Response) -> Response:
        """Read a listing, keep its bytes or an event, and hand the reading on in LISTING_META. Raises SpoolFull."""
        target = self._custody.rules.read(request.url)
        exchange: Exchange = request.meta[EXCHANGE_META]
        if not _is_listing(target) or exchange.status != _HTTP_OK:
            return response
        assert target is not None
        try:
            listing = read_listing(
                response.body,
                url=response.url,
                content_type=exchange.content_type,
                captured_at=exchange.fetched_at,
                rules=self._custody.rules,
            )
        except PageError:
            self._custody.count(Counter.READER_ERRORS, target.site.id)
            request.meta[POINTER_META] = await self._custody.keep(exchange)
            return response
        request.meta[LISTING_META] = listing
        self._custody.count(Counter.LISTINGS_READ, target.site.id)
        digest = link_set_digest(listing)
        known = self._custody.seen.page(exchange.url)
        if known is not None and known.links_digest == digest:
            self._note_unchanged(exchange, target)
        else:
            kept = replace(exchange, links_digest=digest)
            request.meta[POINTER_META] = await self._custody.keep(kept)
        return response

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


def _is_listing(target: NetworkUrl | None) -> bool:
    return target is not None and target.kind in (UrlKind.HOME, UrlKind.SECTION, UrlKind.TAG)


def _identified(exchange: Exchange, target: NetworkUrl | None) -> Exchange:
    """`exchange` with the site and the article part that its URL names."""
    if target is None:
        return exchange
    part = target.part if target.article_id is not None else None
    return replace(exchange, site=target.site.id, article_id=target.article_id, part=part)
