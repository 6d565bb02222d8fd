"""One run: prepare the store and the index, crawl, deliver.

`open_run` and `run_settings` serve `scrapy crawl` as well; `crawl` is what `disway crawl` calls.
"""

import asyncio
import gc
import logging
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

from crawler.alerting import store_refuses
from crawler.config import Config
from crawler.courier import Courier, checking
from crawler.fire import Fire
from crawler.logs import set_level
from crawler.plans import google_plan, recheck_plan
from crawler.preparing import delivery_order, knows_archive, make_spool_dir, prepare
from crawler.proxies import check_proxies
from crawler.reading import Watch
from crawler.report import RunReport, run_row
from crawler.rows import instant
from crawler.stopping import sigterm_as_sigint
from news.errors import StoreRefused, UsageError
from news.plan import ALL_SOURCES, BackfillPlan, CrawlPlan, SourceKind
from news.site import Network, Site, SiteStatus
from news.url import UrlRules
from storage.lease import Holder, Lease
from storage.spool import Spool, new_run_id, of_other_archives, undelivered

logger = logging.getLogger(__name__)

_OBJECTS_PER_COLLECTION = 10_000


@dataclass(frozen=True, slots=True)
class Run:
    """Everything that one run needs, made once and handed to all that take part."""

    config: Config
    plan: CrawlPlan
    rules: UrlRules
    spool: Spool
    seen_path: Path
    courier: Courier
    report: RunReport
    watch: Watch

    def __deepcopy__(self, _: dict[int, Any]) -> "Run":
        """There is one run: Scrapy copies its settings deeply, and locks cannot be copied."""
        return self


def choose_sites(network: Network, asked: Sequence[str]) -> tuple[Site, ...]:
    """The sites of ids `asked`, all active ones when none is named. Raises UsageError."""
    if not asked:
        return network.active
    chosen = []
    for site_id in dict.fromkeys(asked):
        site = network.sites.get(site_id)
        if site is None:
            raise UsageError(f"--site {site_id}: no such site; `disway sites` lists them")
        if site.status is not SiteStatus.ACTIVE:
            raise UsageError(f"--site {site_id}: its status is {site.status}; set it to active in its site file first")
        chosen.append(site)
    return tuple(chosen)


def open_run(
    config: Config,
    network: Network,
    sites: tuple[Site, ...],
    environ: Mapping[str, str],
    *,
    since: datetime | None = None,
    backfill: BackfillPlan | None = None,
    google_news_now: bool = False,
    sources: frozenset[SourceKind] = ALL_SOURCES,
    spread: timedelta = timedelta(0),
    with_lease: bool = True,
) -> Run:
    """Make a spool, take the lease, check the store, deliver what earlier runs left, bring the index up to date.

    Raises UsageError with nothing done; SpoolFull; RunSkipped when another run has the lease. A store that does not
    answer, or an archive that is damaged, is borne when the index knows it; else ArchiveDamaged tells the latter.
    """
    check_proxies(environ)
    order = delivery_order(config, environ)
    make_spool_dir(Path(order.spool_dir))
    fire, started_at = Fire.from_environ(environ), datetime.now(UTC)
    plan = CrawlPlan(
        fire.run_id if fire else new_run_id(started_at),
        started_at,
        network,
        sites,
        since,
        command="backfill" if backfill else "crawl",
        rechecks=recheck_plan(config),
        google=google_plan(config, now=google_news_now),
        backfill=backfill,
        sources=sources,
        spread=spread,
    )
    begin = run_row(plan.run_id, plan.command, started_at, fire)
    # Made before anything else is done: whatever kills the run from here on, the next delivery finds that it began.
    spool = Spool.create(Path(order.spool_dir), plan.run_id, order.archive, begin)
    lease = _wanted_lease(plan, spool, config.schedule.lease) if with_lease else None
    try:
        with sigterm_as_sigint():  # until the crawl begins, which minds both signals
            prepared = prepare(checking(order, begin, lease), plan.run_id)
    except KeyboardInterrupt:
        _tell_interrupted(spool)
        raise
    except BaseException as error:
        spool.release()
        if isinstance(error, StoreRefused) and knows_archive(Path(order.seen_path)):
            store_refuses(config, environ, str(error), at=started_at, run_id=plan.run_id)
        raise
    courier = Courier(replace(order, spool=str(spool.folder)), prepared.lease)
    report = RunReport(plan, fire, undelivered=prepared.undelivered, delivery_trouble=prepared.message)
    watch = Watch(Path(order.spool_dir), config.limits.reader_s)
    for url in watch.died_of:
        logger.warning("a run before this one died while it read %s", url)
    return Run(config, plan, UrlRules(network), spool, Path(order.seen_path), courier, report, watch)


def _tell_interrupted(spool: Spool) -> None:
    """Leave the spool, empty as it is, to the next delivery, which writes the row of its run."""
    why = "; ".join(filter(None, (spool.meta.run.get("reason"), "interrupted before it crawled")))
    with suppress(OSError):
        spool.describe_end({"finished_at": instant(datetime.now(UTC)), "outcome": "interrupted", "reason": why})
    spool.let_go()


def _wanted_lease(plan: CrawlPlan, spool: Spool, ttl: timedelta) -> Lease:
    """Google News alone has a lease of its own: it is slow by its own pace, and polls go on meanwhile."""
    name = "google_news" if plan.sources == {SourceKind.GOOGLE_NEWS} and not plan.backfill else plan.command
    return Lease(name, Holder.of(plan.run_id, spool.folder, plan.started_at, ttl), tag="")


def run_settings(run: Run) -> dict[str, Any]:
    """Scrapy's settings for `run`."""
    from crawler.settings import scrapy_settings  # noqa: PLC0415  Scrapy is loaded once the run is known to be possible

    return scrapy_settings(run.config, run.plan.network) | {"DISWAY_RUN": run}


def crawl(run: Run, log_level: str) -> RunReport:
    """Crawl until nothing is left to fetch or a signal comes, deliver, and report."""
    from scrapy.crawler import AsyncCrawlerProcess  # noqa: PLC0415  as above

    process = AsyncCrawlerProcess(run_settings(run) | {"LOG_LEVEL": log_level, "LOG_INSTALL_ROOT_HANDLER": False})
    set_level(log_level)
    logging.getLogger("scrapy").setLevel(log_level)  # Scrapy drops what is below only once it is formatted
    crawler = process.create_crawler(run.plan.command)
    process.crawl(crawler)
    # What is loaded by now stays. A page makes thousands of objects and hardly a cycle: with Python's own thresholds
    # collections took 0.3 to 0.4 s of a crawl of 7 s (measured).
    gc.freeze()
    gc.set_threshold(_OBJECTS_PER_COLLECTION)
    with _Signals(run, crawler):
        process.start(install_signal_handlers=False)
    run.report.undelivered = undelivered(run.spool.folder.parent, run.spool.folder)
    run.report.elsewhere = of_other_archives(run.spool.folder.parent, run.spool.meta.archive)
    run.spool.release()
    run.watch.close()
    return run.report


class _Signals:
    """The first SIGINT or SIGTERM lets what is under way finish; the second also leaves delivery to the next run."""

    def __init__(self, run: Run, crawler: Any) -> None:
        self._run = run
        self._crawler = crawler
        self._former: dict[int, Any] = {}

    def __enter__(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._former[number] = signal.signal(number, self._received)

    def __exit__(self, *_: object) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def _received(self, number: int, _: FrameType | None) -> None:
        from twisted.internet import reactor  # noqa: PLC0415  importing it installs it

        if self._run.report.stopped:
            self._run.courier.abandon()
            return
        self._run.report.stopped = "interrupted"
        self._run.report.interrupted_by = number
        reactor.callFromThread(self._close)

    def _close(self) -> None:
        if self._crawler.engine is not None and self._crawler.engine.running:
            asyncio.ensure_future(self._crawler.engine.close_spider_async(reason="interrupted"))  # noqa: RUF006
