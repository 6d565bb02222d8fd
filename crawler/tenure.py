"""Keeps a long run's lease from expiring."""

import asyncio
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from crawler.run import Run

_AGAIN = 0.25
"""Of the usual pause, after a renewal that failed."""


class Tenure:
    """Extension: has the lease renewed whenever half of it is over.

    By the reactor's own timer, so that a run that hangs loses its lease. A run that ends before that costs nothing.
    Setting: DISWAY_RUN.
    """

    def __init__(self, run: Run) -> None:
        self._courier = run.courier
        self._pause_s = run.config.schedule.lease.total_seconds() / 2
        self._task: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Only for a run that has a lease."""
        run: Run | None = crawler.settings.get("DISWAY_RUN")
        if run is None or run.courier.lease is None:
            raise NotConfigured("no lease")
        tenure = cls(run)
        crawler.signals.connect(tenure.opened, signals.spider_opened)
        crawler.signals.connect(tenure.closed, signals.spider_closed)
        return tenure

    def opened(self) -> None:
        """Begin."""
        self._task = asyncio.ensure_future(self._renew())

    def closed(self) -> None:
        """The last delivery gives the lease back."""
        if self._task is not None:
            self._task.cancel()

    async def _renew(self) -> None:
        pause_s = self._pause_s
        while self._courier.lease is not None:
            await asyncio.sleep(pause_s)
            report = await asyncio.to_thread(self._courier.deliver)
            pause_s = self._pause_s * (_AGAIN if report.trouble else 1)
