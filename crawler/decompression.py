"""Bodies without their content-codings, as whoever rereads them later will have them."""

from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response, TextResponse
from scrapy.responsetypes import responsetypes

from crawler.custody import Custody
from crawler.tap import POINTER_META, custody_of
from crawler.wire import EXCHANGE_META
from news.counters import Counter
from news.errors import BodyUndecodable
from storage.decoding import decoded_body

_COUNTERS = {"bomb": Counter.BODIES_BOMBED, "undecodable": Counter.BODIES_UNDECODABLE}


class BodyRefused(IgnoreRequest):
    """A body that came whole and cannot be decompressed; `reason` is bomb or undecodable."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Decompression(HttpCompressionMiddleware):
    """In the place of Scrapy's decompression, at 590. Scrapy's gives a cut or damaged stream as far as it is readable,
    which may look like a whole page; here it is refused, and kept as it came even when it is a listing.
    """

    custody: Custody
    limit: int
    """Bytes of a decoded body."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the run's custody and limit."""
        middleware = super().from_crawler(crawler)
        middleware.custody = custody_of(crawler)
        middleware.limit = crawler.settings.getint("DOWNLOAD_MAXSIZE")
        return middleware

    async def process_response(self, request: Request, response: Response) -> Response:  # type: ignore[override]
        """Decompress. Raises BodyRefused when the body cannot be."""
        codings = b", ".join(response.headers.getlist("Content-Encoding")).decode("latin-1")
        if not codings:
            return response
        try:
            return _with_body(response, decoded_body(response.body, codings, self.limit))
        except BodyUndecodable as error:
            reason = error.reason
        # Raised out here, the refusal does not hold on to the frames that hold what was decompressed.
        if POINTER_META not in request.meta:
            request.meta[POINTER_META] = await self.custody.keep(request.meta[EXCHANGE_META])
        self.custody.count(_COUNTERS[reason], request.meta[EXCHANGE_META].site)
        raise BodyRefused(reason)


def _with_body(response: Response, body: bytes) -> Response:
    """`response` with `body`, and of the class that fits it."""
    headers = response.headers.copy()
    del headers["Content-Encoding"]
    kind = responsetypes.from_args(headers=headers, url=response.url, body=body)
    given: dict[str, Any] = {"body": body, "headers": headers}
    if issubclass(kind, TextResponse):
        given["encoding"] = None  # the one that was guessed is of the coded bytes
    return response.replace(cls=kind, **given)
