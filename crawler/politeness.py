"""The gate that every request waits at: budget of the shared backend, one slot and a delay per host, back-off.

At 870, next to the downloader, so that robots requests, redirects and retries wait too. Scrapy's own slots
cannot do it: they share no budget over hosts (measured 17 requests/s where 10 were set; this gate gave 10.06), and two
requests that come at once both pass a slot of one (checked in 2.19).

A 429 means too many requests to the backend, which all hosts share: it pauses. A 503 pauses its host, and the backend
once a second host answers so during that pause, for one broken newspaper must not silence the others.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.statscollectors import StatsCollector
from scrapy.utils.httpobj import urlparse_cached

from crawler.config_sections import PolitenessSettings
from crawler.pace import BackendPace, Backoff, HostPace, retry_after_s
from crawler.refused import Refusal, RequestRefused
from news.counters import Counter
from news.site import Network

logger = logging.getLogger(__name__)

CRAWL_DELAY_CAP_S = 30.0
"""A longer Crawl-delay of a robots.txt is taken for this one."""
TOO_MANY_REQUESTS = 429
SERVICE_UNAVAILABLE = 503

DELAY_META = "delay_after_s"
"""Key of `request.meta`: seconds that its host is left alone after it, in place of the host's own delay."""
PAUSE_META = "pause_before_s"
"""Key of `request.meta`: seconds that the host of a request with DELAY_META is left alone before it, at the least."""

SUBRESOURCE_META = "subresource"
"""Key of `request.meta`: a page that is being rendered waits for it. It goes before other requests to its host and
without the host's delay, as a reader's browser would ask; the budget of the backend and pauses hold for it too."""

_NETWORK_BACKEND = ""
_LOOK_UP_S = 0.5
"""How often a waiting request looks whether the run ends."""


@dataclass
class _Host:
    pace: HostPace
    backend: "_Backend"
    busy: Request | None = None
    subresources: deque[tuple[Request, asyncio.Future[None]]] = field(default_factory=deque)
    """That wait; each in its turn, or a page that asks without end would starve the others."""
    waiting: deque[tuple[Request, asyncio.Future[None]]] = field(default_factory=deque)
    """All other requests."""


@dataclass
class _Backend:
    pace: BackendPace
    pausing_hosts: set[str] = field(default_factory=set)


class Politeness:
    """Downloader middleware at 870."""

    def __init__(
        self,
        settings: PolitenessSettings,
        network: Network,
        stats: StatsCollector,
        is_running: Callable[[], bool] = lambda: True,
    ) -> None:
        self._settings = settings
        self._network = network
        self._stats = stats
        self._is_running = is_running
        self._hosts: dict[str, _Host] = {}
        self._backends: dict[str, _Backend] = {}
        self._stopping = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the sites and the configuration of the run."""
        assert crawler.stats is not None
        settings, network = crawler.settings["DISWAY_CONFIG"].politeness, crawler.settings["DISWAY_NETWORK"]
        return cls(settings, network, crawler.stats, lambda: _goes_on(crawler))

    def set_crawl_delay(self, host: str, delay_s: float) -> None:
        """The robots.txt of `host` asks for `delay_s` between requests."""
        pace = self._host(host).pace
        pace.delay_s = max(self._settings.site_delay_s, min(delay_s, CRAWL_DELAY_CAP_S))

    def stop(self) -> None:
        """The run ends: whoever waits is refused, and nobody passes any more."""
        self._stopping = True

    async def process_request(self, request: Request) -> None:
        """Wait until `request` may go. Raises RequestRefused when the wait is too long or the run ends."""
        host = self._host(urlparse_cached(request).hostname or "")
        try:
            if host.busy is None:
                host.busy = request
            else:
                turn = asyncio.get_running_loop().create_future()
                queue = host.subresources if SUBRESOURCE_META in request.meta else host.waiting
                queue.append((request, turn))
                await turn
            if DELAY_META in request.meta or not self._has_no_pace(host):
                await self._wait_for_pace(host, request)
        except BaseException:
            self._free_slot(host, request)
            raise

    def process_response(self, request: Request, response: Response) -> Response:
        """Learn from the answer, which is kept by now: a kill costs each host one request at most."""
        name = urlparse_cached(request).hostname or ""
        host = self._host(name)
        self._free_slot(host, request)
        now = _now()
        if response.status in (TOO_MANY_REQUESTS, SERVICE_UNAVAILABLE):
            self._back_off(name, host, response, now)
        else:
            host.pace.backoff.answered(now)
            host.backend.pace.backoff.answered(now)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:  # noqa: ARG002  Scrapy's names
        """Free the slot of a request that failed on its way."""
        self._free_slot(self._host(urlparse_cached(request).hostname or ""), request)

    def let_go(self, request: Request) -> None:
        """Free the slot of a request whose answer could not be kept: nobody else hears of it."""
        self._free_slot(self._host(urlparse_cached(request).hostname or ""), request)

    def _host(self, name: str) -> _Host:
        host = self._hosts.get(name)
        if host is None:
            backend = _NETWORK_BACKEND if self._network.of_host(name) else name
            if backend not in self._backends:
                rate = self._settings.backend_rate_per_s
                self._backends[backend] = _Backend(BackendPace(rate, self._backoff()))
            pace = HostPace(self._settings.site_delay_s, self._backoff())
            host = self._hosts[name] = _Host(pace, self._backends[backend])
        return host

    def _backoff(self) -> Backoff:
        return Backoff(self._settings.backoff_start_s, self._settings.backoff_cap_s)

    def _has_no_pace(self, host: _Host) -> bool:
        """Whether no pace is set for `host` and nobody asked for a pause."""
        pace, backend = host.pace, host.backend.pace
        slowed = pace.delay_s or backend.rate_per_s or pace.backoff.refusals or backend.backoff.refusals
        return not slowed and not self._stopping and self._is_running()

    def _free_slot(self, host: _Host, request: Request) -> None:
        """Hand the slot that `request` holds, if it does, to the one that is to go next."""
        if host.busy is not request:
            return
        host.busy = None
        while host.busy is None and (queue := host.subresources or host.waiting):
            following, turn = queue.popleft()
            if not turn.done():
                host.busy = following
                turn.set_result(None)

    async def _wait_for_pace(self, host: _Host, request: Request) -> None:
        backend = host.backend.pace
        await self._sleep_until(_now() + request.meta.get(PAUSE_META, 0.0))
        while True:
            now = _now()
            pause = max(host.pace.backoff.until, backend.backoff.until) - now
            if pause > self._settings.max_wait_s:
                raise RequestRefused(Refusal.BACKED_OFF, f"for {pause:.0f} s")
            own = 0.0 if SUBRESOURCE_META in request.meta else host.pace.wait(now)
            await self._sleep_until(now + max(own, pause))
            reserved_at = _now()
            await self._sleep_until(reserved_at + backend.reserve(reserved_at))
            now = _now()
            if not (host.pace.backoff.lasts(now) or backend.backoff.lasts(now)):
                host.pace.started(now, request.meta.get(DELAY_META))
                return

    async def _sleep_until(self, instant: float) -> None:
        """Sleep in short naps. Raises RequestRefused as soon as the run ends."""
        while True:
            if self._stopping or not self._is_running():
                raise RequestRefused(Refusal.STOPPING)
            left = instant - _now()
            if left <= 0:
                return
            await asyncio.sleep(min(left, _LOOK_UP_S))

    def _back_off(self, name: str, host: _Host, response: Response, now: float) -> None:
        asked = retry_after_s(response.headers.get("Retry-After"), response.headers.get("Date"))
        backend = host.backend
        pausing = {other for other in backend.pausing_hosts if self._hosts[other].pace.backoff.lasts(now)}
        backend.pausing_hosts = pausing | {name}
        host.pace.backoff.refused(now, asked)
        whole_backend = response.status == TOO_MANY_REQUESTS or bool(pausing - {name})
        if whole_backend:
            backend.pace.backoff.refused(now, asked)
        self._stats.inc_value(Counter.BACKED_OFF.value)
        logger.warning(
            "%s answered %d: %s pauses for %.0f s",
            name,
            response.status,
            "the whole backend" if whole_backend else "it",
            max(host.pace.backoff.until, backend.pace.backoff.until) - now,
        )


def _now() -> float:
    """Monotonic seconds, of the clock that the sleeping goes by."""
    return asyncio.get_running_loop().time()


def _goes_on(crawler: Crawler) -> bool:
    """Whether the crawl was told neither to stop nor to close its spider."""
    slot = crawler.engine._slot if crawler.engine is not None else None  # noqa: SLF001  Scrapy says it nowhere else
    return crawler.crawling and (slot is None or slot.closing is None)
