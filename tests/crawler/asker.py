"""One crawl: a job as JSON on stdin, what came of each request as JSON on stdout.

The middlewares are those of the program; only the spider, and an eavesdropper where the tap would stand, are the test's.
"""

import asyncio
import base64
import ipaddress
import json
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import DNSLookupError

from crawler.config import Config
from crawler.robots import MEMORY_ATTRIBUTE, RobotsCopy, robots_unavailable
from crawler.settings import scrapy_settings
from crawler.wire import EXCHANGE_META
from news.site import Network, Site

UNHURRIED = {"politeness": {"site_delay_s": 0, "backend_rate_per_s": 0}}


class Outcomes:
    """What became of each URL that was asked for."""

    def __init__(self) -> None:
        self.by_url: dict[str, dict[str, Any]] = {}

    def of(self, url: str) -> dict[str, Any]:
        return self.by_url.setdefault(url, {"url": url, "exchanges": [], "at": []})

    def hear(self, request: scrapy.Request) -> None:
        entry, exchange = self.of(request.url), request.meta.get(EXCHANGE_META)
        entry["at"].append(time.monotonic())
        if exchange is not None:
            kept = {f.name: getattr(exchange, f.name) for f in fields(exchange) if f.name != "fetched_at"}
            encoded = {k: [base64.b64encode(v).decode()] if isinstance(v, bytes) else v for k, v in kept.items()}
            entry["exchanges"].append(encoded)


class Eavesdropper:
    """Stands where the tap stands."""

    def __init__(self, crawler: scrapy.crawler.Crawler) -> None:
        self.crawler = crawler
        self.outcomes: Outcomes = crawler.outcomes

    @classmethod
    def from_crawler(cls, crawler: scrapy.crawler.Crawler) -> "Eavesdropper":
        return cls(crawler)

    def process_response(self, request: scrapy.Request, response: Response) -> Response:
        self.outcomes.hear(request)
        if response.url == self.crawler.job.get("stop_at"):
            asyncio.get_running_loop().call_later(
                0.2, self.crawler.engine.close_spider, self.crawler.spider, "interrupted"
            )
        return response

    def process_exception(self, request: scrapy.Request, exception: Exception) -> None:
        self.outcomes.hear(request)


class Asker(scrapy.Spider):
    """Asks for each request of the job, in order."""

    name = "asker"

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for number, asked in enumerate(self.crawler.job["requests"]):
            given = {"url": asked} if isinstance(asked, str) else asked
            yield scrapy.Request(**given, callback=self.got, errback=self.failed, priority=-number)

    def _entry(self, request: scrapy.Request) -> dict[str, Any]:
        return self.crawler.outcomes.of(request.meta.get("redirect_urls", [request.url])[0])

    def got(self, response: Response) -> None:
        body = response.body.decode("latin-1")
        self._entry(response.request).update(status=response.status, final_url=response.url, body=body)

    def failed(self, failure: Any) -> None:
        reason = getattr(failure.value, "reason", None)
        self._entry(failure.request).update(exception=type(failure.value).__name__, reason=reason)


class Resolver(CachingThreadedResolver):
    """Names resolve to what ADDRESSES says, and to nothing otherwise."""

    addresses: dict[str, str] = {}  # noqa: RUF012  set once by main

    def getHostByName(self, name: str, timeout: Any = ()) -> Deferred[str]:  # noqa: N802  Twisted's name
        if name in self.addresses or _is_address(name):
            return succeed(self.addresses.get(name, name))
        return fail(DNSLookupError(name))


def _is_address(name: str) -> bool:
    try:
        return bool(ipaddress.ip_address(name))
    except ValueError:
        return False


class Memory:
    """A RobotsMemory of given copies: URL to text and age in hours."""

    def __init__(self, copies: dict[str, tuple[str, float]]) -> None:
        self.copies = copies
        self.remembered: list[str] = []

    def last_good(self, url: str) -> RobotsCopy | None:
        if url not in self.copies:
            return None
        text, age_h = self.copies[url]
        return RobotsCopy(text.encode(), datetime.now(UTC) - timedelta(hours=age_h))

    def remember(self, url: str, copy: RobotsCopy) -> None:
        self.remembered.append(f"{url} {len(copy.body)}")


def _unkept(middlewares: dict[str, int | None]) -> dict[Any, int | None]:
    """The program's middlewares that ask and forbid, and the eavesdropper in place of those that keep."""
    asking = ("crawler.guard", "crawler.robots", "crawler.redirects", "crawler.politeness", "scrapy.")
    decompression = "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware"
    kept = {name: place for name, place in middlewares.items() if name.startswith(asking) and name != decompression}
    return {**kept, Eavesdropper: 880}


def main() -> None:
    job = json.load(sys.stdin)
    sites = [Site(id=host.partition(".")[0], name=host, host=host) for host in job["hosts"]]
    settings = scrapy_settings(Config.model_validate(job.get("config", UNHURRIED)), Network.of(sites))
    settings |= {
        "DOWNLOADER_MIDDLEWARES": _unkept(settings["DOWNLOADER_MIDDLEWARES"]),
        "EXTENSIONS": {},
        "ITEM_PIPELINES": {},
    }
    settings["TWISTED_DNS_RESOLVER"] = Resolver
    Resolver.addresses = job.get("addresses", {})
    process = AsyncCrawlerProcess(settings | {"SPIDER_MODULES": []} | job.get("settings", {}))
    crawler = process.create_crawler(Asker)
    crawler.job, crawler.outcomes = job, Outcomes()
    memory = Memory(job.get("robots_memory", {}))
    setattr(crawler, MEMORY_ATTRIBUTE, memory)
    signalled: list[list[str]] = []

    def unavailable(site: str, host: str, reason: str) -> None:
        signalled.append([site, host, reason])

    crawler.signals.connect(unavailable, robots_unavailable)
    process.crawl(crawler)
    process.start()
    result = {
        "outcomes": list(crawler.outcomes.by_url.values()),
        "stats": {k: v for k, v in crawler.stats.get_stats().items() if isinstance(v, int | float | str)},
        "signalled": signalled,
        "remembered": memory.remembered,
    }
    json.dump(result, sys.stdout, default=str)


if __name__ == "__main__":
    main()
