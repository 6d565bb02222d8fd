"""`disway reparse`: archived pages read again with today's page classes.

What differs goes through a spool like what a crawl reads, as another reading of the same version, so a kill at any
moment leaves what any killed run leaves. Another run goes on with the rest: what is in the archive does not differ.
"""

import logging
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import FrameType

from crawler.config import Config
from crawler.courier import Courier, checking
from crawler.delivery import DeliveryOrder
from crawler.fire import Fire
from crawler.reading import Watch
from crawler.reparse_diff import ReparseDiff
from crawler.reparse_pages import ReparsePages
from crawler.reparse_planning import PlanOrder, make_plan
from crawler.report import EXIT_DEGRADED, EXIT_INTERRUPTED, EXIT_OK, EXIT_UNDELIVERED, run_row
from crawler.reread import Rereader
from crawler.rows import instant
from crawler.run import delivery_order, make_spool_dir, prepare
from news.counters import Counter
from news.errors import StoreUnavailable
from news.site import Network
from news.url import UrlRules
from storage.config import StoreOptions
from storage.lease import Holder, Lease
from storage.objects import ObjectStore
from storage.opening import open_store
from storage.rebuild_items import Scope
from storage.rebuild_plan import Plan
from storage.rebuild_records import Records
from storage.schema import Row
from storage.scratch import scratch_folder
from storage.seen import Seen
from storage.spool import Spool, new_run_id, undelivered
from storage.spool_writer import SpoolLimits, SpoolWriter

logger = logging.getLogger(__name__)

COMMAND = "reparse"
_SEGMENT_BYTES = 2 << 20
"""Of rows, compressed: some 2,000 readings, which the delivering process holds at once."""
_READING = ".reparsing"
_DESCRIPTION = "metadata records hold rows of the archive's tables as JSON: archived pages, read again."


@dataclass(slots=True)
class ReparseReport:
    """How it went. `stopped`: why it ended before its work did."""

    run_id: str
    dry_run: bool
    diff: ReparseDiff = field(default_factory=ReparseDiff)
    counts: Mapping[tuple[Counter, str], int] = field(default_factory=dict)
    stopped: str | None = None
    interrupted_by: int | None = None
    undelivered: int = 0
    delivery_trouble: str = ""

    @property
    def outcome(self) -> str:
        """The value of `runs.outcome`."""
        if self.stopped:
            return "interrupted" if self.interrupted_by else "failed"
        return "degraded" if self.diff.unreadable else "ok"

    @property
    def reason(self) -> str | None:
        """The value of `runs.reason`."""
        if self.stopped:
            return self.stopped
        return f"{self.diff.unreadable} versions cannot be read" if self.diff.unreadable else None

    @property
    def exit_code(self) -> int:
        """As the contract has it."""
        if self.undelivered or self.outcome == "failed":
            return EXIT_UNDELIVERED
        if self.interrupted_by == signal.SIGINT:
            return EXIT_INTERRUPTED
        return EXIT_DEGRADED if self.diff.unreadable else EXIT_OK

    def ended(self, sites: frozenset[str]) -> Row:
        """The rest of the `runs` row."""
        counts = [{"site": site, "counter": name.value, "count": n} for (name, site), n in sorted(self.counts.items())]
        return {
            "finished_at": instant(datetime.now(UTC)),
            "outcome": self.outcome,
            "reason": self.reason,
            "sites": sorted(sites),
            "degraded_sites": [],
            "counts": counts,
            "undelivered": self.undelivered,
        }


@dataclass(frozen=True, slots=True)
class Onlooker:
    """Who is told how it goes: `began` with the number of items, `read` after each, `unreadable` with where and why."""

    began: Callable[[int], None]
    read: Callable[[], None]
    unreadable: Callable[[str, str], None]


def reparse(
    config: Config,
    network: Network,
    scope: Scope,
    environ: Mapping[str, str],
    onlooker: Onlooker,
    *,
    dry_run: bool = False,
    with_lease: bool = True,
) -> ReparseReport:
    """Read what `scope` names, and keep and deliver what differs; with `dry_run` only say so.

    Raises UsageError with nothing done, RunSkipped when another one is under way, StoreUnavailable when nothing could
    be begun. A store that is lost later ends the run; what was kept is in the spool.
    """
    order = delivery_order(config, environ)
    make_spool_dir(Path(order.spool_dir))
    fire, started_at = Fire.from_environ(environ), datetime.now(UTC)
    report = ReparseReport(fire.run_id if fire else new_run_id(started_at), dry_run)
    work = _Work(config, UrlRules(network), scope, order, report, onlooker)
    with _stopping(work), scratch_folder(Path(order.spool_dir)) as folder:
        if dry_run:
            work.plan(folder)
            work.read(folder, lambda _: None)
            return report
        begin = run_row(report.run_id, COMMAND, started_at, fire)
        spool = Spool.create(Path(order.spool_dir), report.run_id, order.archive, begin)
        try:
            lease = Lease(COMMAND, Holder.of(report.run_id, spool.folder, started_at, config.schedule.lease), tag="")
            courier = work.begin(spool, begin, lease if with_lease else None)
            work.plan(folder)
            work.write(folder, spool, courier, begin)
            report.undelivered = undelivered(spool.folder.parent, spool.folder)
        finally:
            spool.release()
    return report


@dataclass(slots=True)
class _Work:
    config: Config
    rules: UrlRules
    scope: Scope
    order: DeliveryOrder
    report: ReparseReport
    onlooker: Onlooker
    courier: Courier | None = None
    planner: "subprocess.Popen[str] | None" = None

    def begin(self, spool: Spool, begin: Row, lease: Lease | None) -> Courier:
        """Check the store, deliver what earlier runs left, and take the lease."""
        prepared = prepare(checking(self.order, begin, lease), self.report.run_id)
        if prepared.trouble:
            raise StoreUnavailable(prepared.message)
        self.courier = Courier(replace(self.order, spool=str(spool.folder)), prepared.lease)
        return self.courier

    def plan(self, folder: Path) -> None:
        """Find out what is to be read. Raises UsageError when nothing was ever archived, StoreUnavailable."""
        try:
            make_plan(PlanOrder.of(self.order.store, self.order.seen_path, folder, self.scope), self._planning)
        except StoreUnavailable:
            if self.report.stopped is None:
                raise

    def _planning(self, child: "subprocess.Popen[str]") -> None:
        self.planner = child

    def write(self, folder: Path, spool: Spool, courier: Courier, begin: Row) -> None:
        """Read, keep what differs, deliver it a segment at a time."""
        settings = self.config.spool
        limits = SpoolLimits(_SEGMENT_BYTES, settings.segment_age_s, settings.max_bytes, settings.floor_bytes)
        software = f"disway-archive/{version('disway-archive')}"
        writer = SpoolWriter(spool, limits, software, _DESCRIPTION, lambda _: courier.start())
        try:
            self.read(folder, lambda rows: writer.note(rows).result())
        except StoreUnavailable as error:
            self.report.stopped = f"the store does not answer: {error}"
        finally:
            writer.note({"runs": [begin | self.report.ended(self.scope.sites or frozenset())]})
            writer.close()
            self.report.delivery_trouble = courier.finish().message

    def read(self, folder: Path, keep: Callable[[dict[str, list[Row]]], object]) -> None:
        """Read what the plan in `folder` names; `keep` is called with rows that differ. Raises StoreUnavailable."""
        if self.report.stopped:
            return
        store = open_store(StoreOptions.from_json(self.order.store))
        seen_path = Path(self.order.seen_path)
        crashes = seen_path.with_name(_READING)
        crashes.mkdir(exist_ok=True)
        watch = Watch(crashes, self.config.limits.reader_s)
        try:
            with Plan.open(folder) as plan, closing(Seen(seen_path)) as seen:
                self.onlooker.began(plan.size)
                rereader = Rereader(self.rules, self.order.body_limit)
                told = self.onlooker.unreadable
                pages = ReparsePages(plan, rereader, seen, run_id=self.report.run_id, watch=watch, keep=keep, tell=told)
                self.report.diff, self.report.counts = pages.diff, pages.counts
                self._go_through(plan, pages, store)
        finally:
            watch.close()

    def _go_through(self, plan: Plan, pages: ReparsePages, store: ObjectStore) -> None:
        for key, spans in plan.objects():
            records = Records(store, key, spans)
            for span in spans:
                if self.report.stopped:
                    return
                pages.read(plan.item(span.item), records)
                self.onlooker.read()
        for article, history in plan.histories():
            pages.decide(article, history)


@contextmanager
def _stopping(work: _Work) -> Iterator[None]:
    """The first SIGINT or SIGTERM ends the reading; the second also leaves delivery to the next run."""

    def received(number: int, _: FrameType | None) -> None:
        if work.report.stopped and work.courier is not None:
            work.courier.abandon()
        if work.planner is not None:
            work.planner.kill()
        work.report.stopped = "interrupted"
        work.report.interrupted_by = number

    former = {number: signal.signal(number, received) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
