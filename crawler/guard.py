"""Only hosts of active sites are contacted.

First in the chain (50), before robots (100), so that no URL off the network costs as much as a request for its
robots.txt. Redirects and retries come back through the scheduler and robots requests through the downloader: all pass
here. What a name resolves to is checked later, when the connection is made (crawler/addresses.py).
"""

from typing import Self
from urllib.request import getproxies

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.statscollectors import StatsCollector
from scrapy.utils.httpobj import urlparse_cached

from crawler.refused import Refusal, RequestRefused
from news.counters import Counter
from news.site import Network, SiteStatus

GOOGLE_NEWS = "news.google.com"
_PORTS = {"http": 80, "https": 443}


class Guard:
    """Downloader middleware at 50. `proxies` are the proxy URLs that requests may go through."""

    def __init__(
        self, network: Network, further_hosts: frozenset[str], proxies: frozenset[str], stats: StatsCollector
    ) -> None:
        self._network = network
        self._further_hosts = further_hosts
        self._proxies = proxies
        self._stats = stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the sites and the configuration of the run, and the proxies of the environment."""
        assert crawler.stats is not None
        config = crawler.settings["DISWAY_CONFIG"]
        further = frozenset({GOOGLE_NEWS} if config.google_news.enabled else ())
        proxies = frozenset(_place(url) for url in getproxies().values())
        return cls(crawler.settings["DISWAY_NETWORK"], further, proxies, crawler.stats)

    def process_request(self, request: Request) -> None:
        """Pass a request inside the network. Raises RequestRefused."""
        if reason := self._refusal(request):
            shown = "" if reason is Refusal.USERINFO else request.url
            raise self._counted(RequestRefused(reason, shown))

    def process_exception(self, request: Request, exception: Exception) -> None:  # noqa: ARG002  Scrapy's names
        """Count the addresses that were refused when connecting."""
        if isinstance(exception, RequestRefused) and exception.reason is Refusal.ADDRESS:
            self._counted(exception)

    def _counted(self, refused: RequestRefused) -> RequestRefused:
        count_refusal(self._stats, refused.reason)
        return refused

    def _refusal(self, request: Request) -> Refusal | None:
        url = urlparse_cached(request)
        default_port = _PORTS.get(url.scheme)
        if default_port is None:
            return Refusal.SCHEME
        if "@" in url.netloc:
            return Refusal.USERINFO
        if url.port not in (None, default_port):
            return Refusal.PORT
        host = url.hostname or ""
        site = self._network.of_host(host)
        if (site is None or site.status is not SiteStatus.ACTIVE) and host not in self._further_hosts:
            return Refusal.OFF_NETWORK
        proxy = request.meta.get("proxy")
        return Refusal.PROXY if proxy and _place(proxy) not in self._proxies else None


def _place(proxy_url: str) -> str:
    """Host and port of `proxy_url`, without scheme and credentials."""
    return proxy_url.rpartition("://")[2].rpartition("@")[2].rstrip("/").lower()


def count_refusal(stats: StatsCollector | None, reason: Refusal) -> None:
    """Count a request that leads where the crawler does not go, in all and by its reason."""
    assert stats is not None
    stats.inc_value(Counter.GUARD_REFUSED.value)
    stats.inc_value(f"{Counter.GUARD_REFUSED.value}.{reason.value}")
