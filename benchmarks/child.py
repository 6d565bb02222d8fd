"""A crawl that writes down when its window opens and closes: `python -m benchmarks.child disway crawl ...`.

The command is the real one; the only thing added is a Scrapy extension that notes time, CPU and responses at the
signals spider_opened and spider_closed, and the peak of memory at the end. `bare FILE` fetches the URLs in FILE with
Scrapy's default settings and does nothing with them.
"""

import json
import os
import resource
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

from scrapy import Request, Spider, signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.http import Response

NOTES = "BENCHMARK_NOTES"
"""Environment: the file that the notes go to, a JSON object a line."""
PER_DOMAIN = 8
_EXTENSION = {"benchmarks.child.Window": 1}


def note(name: str, **further: Any) -> None:
    """Seconds of the monotonic clock, which all processes share, and of this process's CPU."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    line = {"name": name, "wall": time.monotonic(), "cpu": used.ru_utime + used.ru_stime, **further}
    with Path(os.environ[NOTES]).open("a", encoding="utf-8") as out:
        out.write(json.dumps(line) + "\n")


def peak_rss_mb(pid: int | str) -> float:
    """The peak of a process's own memory; `ru_maxrss` of a process includes what it was forked from."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


class Window:
    """Notes the opening and the closing of the spider."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        window = cls(crawler)
        crawler.signals.connect(window.opened, signals.spider_opened)
        crawler.signals.connect(window.closed, signals.spider_closed)
        return window

    def opened(self) -> None:
        note("opened")

    def closed(self) -> None:
        assert self._crawler.stats is not None
        note("closed", responses=self._crawler.stats.get_value("response_received_count", 0))


class BareSpider(Spider):
    """Fetches the URLs that it is given."""

    name = "bare"
    urls: tuple[str, ...] = ()

    async def start(self) -> AsyncIterator[Request]:
        for url in self.urls:
            yield Request(url)

    def parse(self, response: Response) -> None:
        """Nothing is done with the page."""


def bare(file: str) -> int:
    settings = {
        "CONCURRENT_REQUESTS_PER_DOMAIN": PER_DOMAIN,
        "LOG_LEVEL": "WARNING",
        "TELNETCONSOLE_ENABLED": False,
        "EXTENSIONS": _EXTENSION,
    }
    process = AsyncCrawlerProcess(settings)
    process.crawl(BareSpider, urls=tuple(Path(file).read_text(encoding="utf-8").split()))
    process.start()
    return 0


def disway(arguments: list[str]) -> int:
    import crawler.run  # noqa: PLC0415  not needed by the other
    from cli.main import run  # noqa: PLC0415

    settings_of = crawler.run.run_settings

    def with_window(run: crawler.run.Run) -> dict[str, Any]:
        settings = settings_of(run)
        return settings | {"EXTENSIONS": settings["EXTENSIONS"] | _EXTENSION}

    crawler.run.run_settings = with_window
    return run(arguments)


if __name__ == "__main__":
    program, *rest = sys.argv[1:]
    code = bare(*rest) if program == "bare" else disway(rest)
    note("ended", peak_rss_mb=peak_rss_mb("self"))
    raise SystemExit(code)
