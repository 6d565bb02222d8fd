"""What one run may spend: requests, bytes, requests to one site.

At 860, after robots and before the gate, so that what is refused here waits for nobody's turn. At a limit no further
request is sent; what was sighted stays pending, and the run's row says which limit it was.
"""

import logging
from collections.abc import Callable
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached

from crawler.config_sections import LimitsSettings
from crawler.custody import Custody
from crawler.refused import Refusal, RequestRefused
from crawler.wire import EXCHANGE_META
from news.capture import Exchange
from news.counters import Counter
from news.site import Network

logger = logging.getLogger(__name__)

_HELD_META = "budget_held"
"""Key of `request.meta`: the request is counted, and not sent yet."""


class Spending:
    """What a run has spent of its limits; 0 = no limit. Pure."""

    def __init__(self, limits: LimitsSettings) -> None:
        self._limits = limits
        self.requests = 0
        self.bytes = 0
        self.of_site: dict[str, int] = {}

    def over(self, site: str) -> str | None:
        """The key of `[limits]` that forbids another request to `site`; None when it may go."""
        limits = self._limits
        if limits.requests and self.requests >= limits.requests:
            return "requests"
        if limits.bytes and self.bytes >= limits.bytes:
            return "bytes"
        if limits.site_requests and self.of_site.get(site, 0) >= limits.site_requests:
            return "site_requests"
        return None

    def sent(self, site: str, by: int = 1) -> None:
        """A request to `site` goes out; -1: it did not after all."""
        self.requests += by
        self.of_site[site] = self.of_site.get(site, 0) + by


class Budget:
    """Downloader middleware at 860."""

    def __init__(self, limits: LimitsSettings, network: Network, refused: Callable[[str | None, str], None]) -> None:
        self._spending = Spending(limits)
        self._network = network
        self._refused = refused

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the limits and the sites of the run."""
        custody = crawler.get_extension(Custody)
        assert custody is not None

        def refused(site: str | None, limit: str) -> None:
            custody.count(Counter.BUDGET_REFUSED, site)
            if site is not None and custody.degrade(site, f"budget_{limit}"):
                logger.warning("%s: [limits] %s is spent: what is left waits for the next run", site, limit)

        return cls(crawler.settings["DISWAY_CONFIG"].limits, crawler.settings["DISWAY_NETWORK"], refused)

    def process_request(self, request: Request) -> None:
        """Pass what is within the budget. Raises RequestRefused."""
        site, host = self._payer(request)
        if limit := self._spending.over(host):
            self._refused(site, limit)
            raise RequestRefused(Refusal.BUDGET, limit)
        self._spending.sent(host)
        request.meta[_HELD_META] = True

    def process_response(self, request: Request, response: Response) -> Response:
        """Count what came."""
        self._came(request)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Count what came before it failed; give back what was never sent."""
        if not isinstance(exception, RequestRefused):
            self._came(request)
        elif request.meta.pop(_HELD_META, False):
            self._spending.sent(self._payer(request)[1], by=-1)

    def _came(self, request: Request) -> None:
        exchange: Exchange | None = request.meta.get(EXCHANGE_META)
        if request.meta.pop(_HELD_META, False) and exchange is not None:
            self._spending.bytes += len(exchange.header_block) + len(exchange.entity)

    def _payer(self, request: Request) -> tuple[str | None, str]:
        """The site that a request is counted for, if it is one of the network, and the name it is counted under."""
        host = urlparse_cached(request).hostname or ""
        site = self._network.of_host(host)
        return (site.id, site.id) if site else (None, host)
