"""Keeping what a run fetches: the spool, the index of what is known, and the counters of a run.

One extension a run. Everything that must outlive the process goes through `keep` and `note`; a failure of the spool
ends the run, since nothing may be fetched that cannot be kept.
"""

import asyncio
import logging
from concurrent.futures import Future
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Protocol, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from twisted.internet import reactor

from crawler.alerting.book import Said
from crawler.alerting.concluding import Conclusion, alert_row
from crawler.fills import Fills
from crawler.report import SPOOL_FAILED, SPOOL_FULL
from crawler.report_page import keep_reports
from crawler.robots import MEMORY_ATTRIBUTE, robots_unavailable
from crawler.robots_memory import RobotsFile
from crawler.room import Room
from crawler.run import Run
from crawler.sighted import SightedArticles
from news.capture import Exchange, Original, Rendering, WarcPointer
from news.counters import Counter
from news.plan import CrawlPlan
from storage.schema import Row
from storage.seen import Seen
from storage.spool_writer import SpoolLimits, SpoolWriter
from storage.warc import payload_digest

logger = logging.getLogger(__name__)

_DESCRIPTION = (
    "Status line, header block and entity bytes are as the server sent them, read below Scrapy's decompression. "
    "Chunk framing is not kept: Transfer-Encoding is renamed X-Archive-Orig-Transfer-Encoding. "
    "Behind a proxy there is no WARC-IP-Address. Credentials and Proxy-Authorization are left out of request records. "
    "conversion records hold pages as a browser made them of the response that they refer to: the serialised document, "
    "in UTF-8, without cookies, images and fonts; every other byte that it was made of is in response records. "
    "metadata records hold rows of the archive's tables as JSON."
)


class PlannedSpider(Protocol):
    """A spider that says which sites it crawls."""

    plan: CrawlPlan


class Custody:
    """The spool and the index of one run. Setting: DISWAY_RUN."""

    def __init__(self, crawler: Crawler, run: Run) -> None:
        self._crawler = crawler
        self._run = run
        self.plan = run.plan
        self.rules = run.rules
        self.watch = run.watch
        self.seen = Seen(run.seen_path)
        self._robots = RobotsFile(run.seen_path.with_name("robots.sqlite"))
        setattr(crawler, MEMORY_ATTRIBUTE, self._robots)
        self.sightings = SightedArticles(self.seen)
        self.fills = Fills()
        self._conclusion = Conclusion(run)
        spool = run.config.spool
        limits = SpoolLimits(spool.segment_bytes, spool.segment_age_s, spool.max_bytes, spool.floor_bytes)
        software = f"disway-archive/{version('disway-archive')}"
        self._writer = SpoolWriter(
            run.spool, limits, software, _DESCRIPTION, self._segment_closed, on_short=self._fell_short
        )
        self.room = Room(
            self._writer,
            run.courier,
            spool.wait_s,
            goes_on=lambda: run.report.stopped is None,
            paused=lambda: self.count(Counter.SPOOL_PAUSES),
            end=lambda reason: self._stop(SPOOL_FULL, reason),
        )

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Refuses a crawl without a run: there is nowhere to keep what it fetches."""
        run: Run | None = crawler.settings.get("DISWAY_RUN")
        if run is None:
            raise NotConfigured("no run")
        custody = cls(crawler, run)
        crawler.signals.connect(custody.spider_closed, signals.spider_closed)
        crawler.signals.connect(custody.close, signals.engine_stopped)
        crawler.signals.connect(custody.robots_unavailable, robots_unavailable)
        return custody

    @property
    def run_id(self) -> str:
        """Of the run that this is the custody of."""
        return self.plan.run_id

    async def keep(self, exchange: Exchange, not_modified: Original | None = None) -> WarcPointer | None:
        """Write an exchange; returns once it is durable.

        The pointer is that of the record which holds the bytes: the original's when an equal payload is committed
        already, or when the server said that `not_modified` stands. None when nothing had come. Raises SpoolFull.
        """
        whole = exchange.entity and not exchange.truncated and not exchange.error
        digest = payload_digest(exchange.entity)
        original = self.seen.original(digest) if whole else not_modified
        done = self._writer.append(exchange, original, digest)
        done.add_done_callback(self._stop_on_failure)
        pointer = await asyncio.wrap_future(done)
        if exchange.status is None:
            self.count_by(Counter.FETCH_FAILED, exchange.error or "failed", exchange.site)
        else:
            self.count(Counter.FETCHED, exchange.site)
        if exchange.truncated:
            self.count_by(Counter.TRUNCATED, exchange.error or exchange.truncated, exchange.site)
        if pointer is not None:
            self.count(Counter.REVISITED if original else Counter.CAPTURED, exchange.site)
        return original.pointer if original else pointer

    async def keep_rendering(self, rendering: Rendering) -> WarcPointer:
        """Write what a browser made of an exchange that is kept; returns once it is durable. Raises SpoolFull."""
        done = self._writer.append_rendering(rendering)
        done.add_done_callback(self._stop_on_failure)
        pointer = await asyncio.wrap_future(done)
        assert pointer is not None
        self.count(Counter.RENDERED, rendering.exchange.site)
        return pointer

    def note(self, rows: dict[str, list[Row]]) -> None:
        """Write rows after everything kept before. A failure ends the run."""
        self._writer.note(rows).add_done_callback(self._stop_on_failure)

    @staticmethod
    def now() -> datetime:
        """The instant of an outcome, aware, UTC."""
        return datetime.now(UTC)

    def count(self, counter: Counter, site: str | None = None, by: int = 1) -> None:
        """Count for the run and, when a site is named, for it."""
        stats = self._crawler.stats
        assert stats is not None
        stats.inc_value(counter.value, by)
        if site is not None:
            stats.inc_value(f"{counter.value}/{site}", by)

    def count_refused(self, site: str, reason: str) -> None:
        """Count a refused article, also under its reason."""
        self.count_by(Counter.ARTICLES_REFUSED, reason, site)

    def count_by(self, counter: Counter, reason: str, site: str | None = None) -> None:
        """Count, and once more as `<counter>.<reason>`."""
        self.count(counter, site)
        stats = self._crawler.stats
        assert stats is not None
        stats.inc_value(f"{counter.value}.{reason}/{site}" if site else f"{counter.value}.{reason}")

    def degrade(self, site: str, reason: str) -> bool:
        """A site failed: the run is not all well. The first reason stands; whether this is it."""
        first = not self.is_degraded(site)
        self._run.report.degraded.setdefault(site, reason)
        return first

    def is_degraded(self, site: str) -> bool:
        """Whether the site failed in this run."""
        return site in self._run.report.degraded

    def robots_unavailable(self, site: str, reason: str) -> None:
        """Handler of the signal of that name."""
        self.degrade(site, f"robots_{reason}")

    def spider_closed(self, spider: PlannedSpider, reason: str) -> None:
        """Note the run's row: it travels with the last segment."""
        report = self._run.report
        report.sites = spider.plan.site_ids
        if reason != "finished":
            report.stopped = report.stopped or reason
        assert self._crawler.stats is not None
        report.counts = {k: v for k, v in self._crawler.stats.get_stats().items() if isinstance(v, int)}
        self._note_alerts(self._conclusion.judge(self.seen, self.fills, self.now()))
        keep_reports(self._run, self.now())
        self.note({"runs": [report.row(self.now())]})

    async def close(self) -> None:
        """Write what is queued, close the segment, deliver."""
        await asyncio.to_thread(self._writer.close)
        self.seen.close()
        self._robots.close()
        if self._run.spool.closed_segments or self._run.courier.lease:
            delivered = await asyncio.to_thread(self._run.courier.finish)
            self._run.report.delivery_trouble = delivered.message
        await asyncio.to_thread(self._conclusion.tell)

    def _note_alerts(self, entries: list[Said]) -> None:
        if not entries:
            return

        def noted(done: "Future[WarcPointer | None]") -> None:
            if done.exception() is None:
                self._conclusion.noted(entries)

        self._writer.note({"alerts": [alert_row(entry.alert) for entry in entries]}).add_done_callback(noted)

    def _stop_on_failure(self, done: "Future[WarcPointer | None]") -> None:
        if error := done.exception():
            reactor.callFromThread(self._stop, SPOOL_FAILED, f"the spool takes no more: {error}")

    def _fell_short(self, reason: str) -> None:
        reactor.callFromThread(self.room.fell_short, reason)

    def _stop(self, why: str, told: str) -> None:
        """End the run; what is not fetched or not kept stays pending."""
        engine = self._crawler.engine
        if engine is not None and engine.running and not self._run.report.stopped:
            logger.error("the run ends: %s", told)
            self._run.report.stopped = why
            self._closing = asyncio.ensure_future(engine.close_spider_async(reason=why))

    def _segment_closed(self, path: Path) -> None:
        logger.info("segment closed: %s", path.name)
        if not self._run.report.counts and not self.room.is_short:
            self._run.courier.start()
