"""Says on stderr how a run goes: a line that changes on a terminal, a plain line twice a minute elsewhere."""

import asyncio
import sys
from typing import Self

from rich.console import Console
from rich.status import Status
from scrapy import signals
from scrapy.crawler import Crawler

from news.counters import Counter

_EVERY_S = 0.5
_PLAIN_EVERY_S = 30.0
_SHOWN = (
    (Counter.FETCHED, "fetched"),
    (Counter.ARTICLES_NEW, "new articles"),
    (Counter.ARTICLES_REFUSED, "refused"),
    (Counter.ARTICLES_PENDING, "to be tried again"),
)


class Progress:
    """Extension: reports the counters of a run while it goes on."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._console = Console(stderr=True)
        self._task: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Report from the opening of the spider to its end."""
        progress = cls(crawler)
        crawler.signals.connect(progress.opened, signals.spider_opened)
        crawler.signals.connect(progress.closed, signals.spider_closed)
        return progress

    def opened(self) -> None:
        """Begin."""
        self._task = asyncio.ensure_future(self._on_terminal() if self._console.is_terminal else self._plain())

    def closed(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()

    async def _on_terminal(self) -> None:
        with Status(self._line(), console=self._console) as status:
            while True:
                await asyncio.sleep(_EVERY_S)
                status.update(self._line())

    async def _plain(self) -> None:
        while True:
            await asyncio.sleep(_PLAIN_EVERY_S)
            sys.stderr.write(f"{self._line()}\n")

    def _line(self) -> str:
        stats = self._crawler.stats
        assert stats is not None
        return ", ".join(f"{stats.get_value(counter.value, 0)} {word}" for counter, word in _SHOWN)
