"""robots.txt is obeyed, and a site whose rules cannot be known is not crawled.

At 100, after the guard. Scrapy's own middleware crawls on after 503, 429, a time-out or an HTML answer, and never
looks again (checked), so this one stands in its place. The request for robots.txt itself goes through guard,
politeness and wire like any other. RFC 9309 is followed, but where it lets a crawler guess, this one waits.
"""

import asyncio
import logging
import time
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol, Self
from urllib.parse import urljoin, urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.httpobj import urlparse_cached

from crawler.guard import GOOGLE_NEWS
from crawler.politeness import TOO_MANY_REQUESTS, Politeness
from crawler.refused import Refusal, RequestRefused
from crawler.robots_rules import Rules, Unavailable, read_rules
from crawler.wire import EXCHANGE_META
from news.capture import Exchange
from news.counters import Counter
from news.site import Network

logger = logging.getLogger(__name__)

robots_unavailable = object()
"""Signal: a host is not crawled since its robots.txt is not known. Arguments: `site` (id or host), `host`, `reason`."""

ROBOTS_META = "robots_request"
"""Key of `request.meta` that marks a request for robots.txt itself."""
NAMES_SITEMAPS_META = "robots_txt"
"""Key of `request.meta` under which a spider that asks for it finds the robots.txt of the host."""
MEMORY_ATTRIBUTE = "robots_memory"
"""Attribute of the crawler that holds its RobotsMemory, if it has one."""

REDIRECTS = 5
_OF_THE_RUN = frozenset({Refusal.STOPPING, Refusal.BUDGET, Refusal.SPOOL_FULL})
LAST_GOOD_FOR = timedelta(hours=24)
"""RFC 9309, 2.4: a copy is not used for longer."""


class RobotsCopy(NamedTuple):
    """A robots.txt as it was fetched: the decoded body, and when (aware)."""

    body: bytes
    fetched_at: datetime


class RobotsMemory(Protocol):
    """Remembers good copies from run to run."""

    def last_good(self, url: str) -> RobotsCopy | None:
        """The newest good copy of the robots.txt at `url`."""
        ...

    def remember(self, url: str, copy: RobotsCopy) -> None:
        """`copy` was fetched from `url` and is good."""
        ...


class _Verdict(NamedTuple):
    rules: Rules | None
    at: float
    """Monotonic."""


class Robots:
    """Downloader middleware at 100. `product` is the name that the crawler answers to in a robots.txt."""

    def __init__(self, crawler: Crawler, network: Network, product: str, *, google_overridden: bool = False) -> None:
        self._google_overridden = google_overridden
        self._crawler = crawler
        self._network = network
        self._product = product
        self._memory: RobotsMemory | None = getattr(crawler, MEMORY_ATTRIBUTE, None)
        self._verdicts: dict[str, asyncio.Future[_Verdict]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the sites and the name of the run."""
        config = crawler.settings["DISWAY_CONFIG"]
        product = config.network.user_agent_header.partition("/")[0]
        overridden = config.google_news.enabled and config.google_news.override_robots
        return cls(crawler, crawler.settings["DISWAY_NETWORK"], product, google_overridden=overridden)

    async def process_request(self, request: Request) -> None:
        """Pass what the host's robots.txt allows. Raises RequestRefused."""
        if request.meta.get(ROBOTS_META):
            return
        url = urlparse_cached(request)
        if url.hostname == GOOGLE_NEWS and self._google_overridden:
            self._override_google()
            return
        rules = await self._rules(f"{url.scheme}://{url.netloc.lower()}")
        if rules is None:
            raise self._refused(Refusal.ROBOTS_UNAVAILABLE, Counter.ROBOTS_UNAVAILABLE, request)
        if not rules.allow(request.url):
            raise self._refused(Refusal.ROBOTS_FORBIDDEN, Counter.ROBOTS_FORBIDDEN, request)
        if NAMES_SITEMAPS_META in request.meta:
            request.meta[NAMES_SITEMAPS_META] = rules.text

    def _refused(self, reason: Refusal, counter: Counter, request: Request) -> RequestRefused:
        assert self._crawler.stats is not None
        self._crawler.stats.inc_value(counter.value)
        return RequestRefused(reason, request.url)

    def _override_google(self) -> None:
        """Say once, and count each time, that the operator set the rules of Google News aside by name."""
        assert self._crawler.stats is not None
        if not self._crawler.stats.get_value(Counter.GOOGLE_ROBOTS_OVERRIDDEN.value):
            logger.warning(
                "%s/robots.txt forbids what is asked for: [google_news] override_robots = true sets it aside",
                GOOGLE_NEWS,
            )
        self._crawler.stats.inc_value(Counter.GOOGLE_ROBOTS_OVERRIDDEN.value)

    async def _rules(self, origin: str) -> Rules | None:
        """The rules of `origin`, asked for once and again after a day; None when they cannot be known."""
        verdict = self._verdicts.get(origin)
        if verdict is None or (verdict.done() and self._is_old(verdict.result())):
            verdict = self._verdicts[origin] = asyncio.ensure_future(self._judge(origin))
        return (await asyncio.shield(verdict)).rules

    @staticmethod
    def _is_old(verdict: _Verdict) -> bool:
        return time.monotonic() - verdict.at > LAST_GOOD_FOR.total_seconds()

    async def _judge(self, origin: str) -> _Verdict:
        url = f"{origin}/robots.txt"
        try:
            copy = await self._fetch(url)
            if self._memory is not None and copy.body:
                self._memory.remember(url, copy)
        except Unavailable as unavailable:
            last = self._last_good(url)
            if last is None:
                self._announce(origin, unavailable)
                return _Verdict(None, time.monotonic())
            logger.warning("%s: %s; its copy of %s is used", url, unavailable, last.fetched_at.isoformat())
            copy = last
        rules = read_rules(copy.body, self._product)
        if rules.crawl_delay_s is not None:
            gate = self._crawler.get_downloader_middleware(Politeness)
            if gate is not None:
                gate.set_crawl_delay(urlsplit(origin).hostname or "", rules.crawl_delay_s)
        return _Verdict(rules, time.monotonic())

    def _last_good(self, url: str) -> RobotsCopy | None:
        last = self._memory.last_good(url) if self._memory is not None else None
        return last if last is not None and datetime.now(UTC) - last.fetched_at <= LAST_GOOD_FOR else None

    def _announce(self, origin: str, unavailable: Unavailable) -> None:
        host = urlsplit(origin).hostname or ""
        site = self._network.of_host(host)
        logger.error("%s is not crawled: %s/robots.txt: %s", host, origin, unavailable)
        self._crawler.signals.send_catch_log(
            robots_unavailable, site=site.id if site else host, host=host, reason=unavailable.reason
        )

    async def _fetch(self, url: str) -> RobotsCopy:
        """Fetch the robots.txt at `url`; an empty body where there is none. Raises Unavailable."""
        request = _request_for(url)
        try:
            for _ in range(REDIRECTS + 1):
                response = await self._download(request)
                if not 300 <= response.status < 400 or "Location" not in response.headers:  # noqa: PLR2004  redirects
                    return RobotsCopy(_body_of(response), datetime.now(UTC))
                url = urljoin(url, (response.headers["Location"] or b"").decode("utf-8", "replace"))
                request = _request_for(url)
        except Unavailable:
            raise
        except RequestRefused as refused:
            if refused.reason in _OF_THE_RUN:
                raise  # says nothing about the host
            raise Unavailable(refused.reason.value) from refused
        except Exception as error:  # whatever keeps the rules from us keeps us from the site
            raise Unavailable(_failure(request), type(error).__name__) from error
        raise Unavailable("redirects", f"more than {REDIRECTS}")

    async def _download(self, request: Request) -> Response:
        assert self._crawler.engine is not None
        return await self._crawler.engine.download_async(request)


def _request_for(url: str) -> Request:
    return Request(url, meta={ROBOTS_META: True, "dont_redirect": True}, callback=NO_CALLBACK)


def _failure(request: Request) -> str:
    """What broke the exchange, as one word."""
    exchange: Exchange | None = request.meta.get(EXCHANGE_META)
    return (exchange.error if exchange is not None else None) or "failed"


def _body_of(response: Response) -> bytes:
    """The body of a robots.txt answer, empty when the host says that it has none. Raises Unavailable."""
    if 200 <= response.status < 300:  # noqa: PLR2004  success
        if response.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            raise Unavailable("html", "a page instead of rules")
        return response.body
    if 400 <= response.status < 500 and response.status != TOO_MANY_REQUESTS:  # noqa: PLR2004  client errors
        return b""
    raise Unavailable("status", str(response.status))
