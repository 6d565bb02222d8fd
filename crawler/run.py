"""One run: prepare the store and the index, crawl, deliver.

`open_run` and `run_settings` serve `scrapy crawl` as well; `crawl` is what `disway crawl` calls.
"""

import asyncio
import gc
import logging
import signal
import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from types import FrameType
from typing import Any

from crawler.config import Config
from crawler.courier import Courier, checking, run_order
from crawler.delivery import DeliveryOrder
from crawler.plans import google_plan, recheck_plan
from crawler.report import RunReport
from news.errors import StoreRefused, StoreUnavailable, UsageError
from news.plan import BackfillPlan, CrawlPlan
from news.site import Network, Site, SiteStatus
from news.url import UrlRules
from storage.config import ArchiveSettings, StoreOptions, resolve_store
from storage.spool import Spool, new_run_id, undelivered

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

    def __deepcopy__(self, _: dict[int, Any]) -> "Run":
        """There is one run: Scrapy copies its settings deeply, and locks cannot be copied."""
        return self


def delivery_order(config: Config, environ: Mapping[str, str]) -> DeliveryOrder:
    """The standing order for the store of `config`. Raises ConfigError."""
    options = resolve_store(ArchiveSettings(**config.archive.model_dump()), environ)
    archive = archive_name(options)
    spool_dir = config.spool.dir.absolute()
    name = blake2b(archive.encode(), digest_size=6).hexdigest()
    return DeliveryOrder(
        store=options.to_json(),
        archive=archive,
        spool_dir=str(spool_dir),
        seen_path=str(spool_dir / f"seen-{name}.sqlite"),
        site_folders=tuple(str(folder.absolute()) for folder in config.site_folders()),
        body_limit=config.network.max_body_bytes,
    )


def archive_name(options: StoreOptions) -> str:
    """Names a store: two of the same URI at different endpoints are two."""
    return f"{options.endpoint} {options.uri}" if options.endpoint else options.uri


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
) -> Run:
    """Check the store, deliver what earlier runs left, bring the index up to date, and make a spool.

    Raises UsageError with nothing done; SpoolFull. A store that does not answer is borne when the index knows it.
    """
    order = delivery_order(config, environ)
    _make_spool_dir(Path(order.spool_dir))
    started_at = datetime.now(UTC)
    prepared = run_order(checking(order))
    if prepared.trouble == "refused":
        raise StoreRefused(prepared.message)
    if prepared.trouble and not _knows(Path(order.seen_path)):
        raise UsageError(f"the store of the archive cannot be reached and was never seen before: {prepared.message}")
    plan = CrawlPlan(
        new_run_id(started_at),
        started_at,
        network,
        sites,
        since,
        command="backfill" if backfill else "crawl",
        rechecks=recheck_plan(config),
        google=google_plan(config, now=google_news_now),
        backfill=backfill,
    )
    spool = Spool.create(Path(order.spool_dir), plan.run_id, order.archive)
    courier = Courier(DeliveryOrder(**(asdict(order) | {"spool": str(spool.folder)})))
    report = RunReport(plan, undelivered=prepared.undelivered, delivery_trouble=prepared.message)
    return Run(config, plan, UrlRules(network), spool, Path(order.seen_path), courier, report)


def run_settings(run: Run) -> dict[str, Any]:
    """Scrapy's settings for `run`."""
    from crawler.settings import scrapy_settings  # noqa: PLC0415  Scrapy is loaded once the run is known to be possible

    return scrapy_settings(run.config, run.plan.network) | {"DISWAY_RUN": run}


def recover(config: Config, environ: Mapping[str, str]) -> int:
    """Deliver what earlier runs left in the spool; returns how many segments. Raises StoreRefused, StoreUnavailable."""
    order = delivery_order(config, environ)
    _make_spool_dir(Path(order.spool_dir))
    report = run_order(checking(order))
    if report.trouble == "refused":
        raise StoreRefused(report.message)
    if report.trouble:
        raise StoreUnavailable(f"{report.undelivered} segments stay in the spool: {report.message}")
    return report.delivered


def crawl(run: Run, log_level: str) -> RunReport:
    """Crawl until nothing is left to fetch or a signal comes, deliver, and report."""
    from scrapy.crawler import AsyncCrawlerProcess  # noqa: PLC0415  as above

    process = AsyncCrawlerProcess(run_settings(run) | {"LOG_LEVEL": log_level})
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
    run.spool.release()
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


def _make_spool_dir(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UsageError(
            f"[spool] dir = {str(folder)!r}: {error.strerror}: name a folder that can be written"
        ) from error


def _knows(seen_path: Path) -> bool:
    """Whether the index was ever brought up to this archive."""
    if not seen_path.exists():
        return False
    with closing(sqlite3.connect(seen_path)) as db:
        try:
            return bool(db.execute("PRAGMA user_version").fetchone()[0])
        except sqlite3.DatabaseError:
            return False
