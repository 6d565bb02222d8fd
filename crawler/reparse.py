"""`disway reparse`: archived pages read again with today's page classes.

What differs goes through a spool like what a crawl reads, as another reading of the same version, so a kill at any
moment leaves what any killed run leaves. Another run goes on with the rest: what is in the archive does not differ.
"""

import logging
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import FrameType

from crawler.config import Config
from crawler.courier import Courier, checking
from crawler.delivery import DeliveryOrder
from crawler.fire import Fire
from crawler.preparing import delivery_order, make_spool_dir, prepare
from crawler.reading import Watch
from crawler.reparse_keeping import DryKeeping, Keeping, NoRoom, SpoolKeeping
from crawler.reparse_pages import ReparsePages
from crawler.reparse_planning import PlanningDied, PlanOrder, make_plan
from crawler.reparse_report import ReparseReport
from crawler.report import INTERRUPTED, SPOOL_FAILED, SPOOL_FULL, run_row
from crawler.reread import Rereader
from news.errors import ArchiveDamaged, StoreUnavailable
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
from storage.spool import Spool, SpoolFull, new_run_id, undelivered
from storage.spool_writer import SpoolLimits, SpoolWriter

logger = logging.getLogger(__name__)

COMMAND = "reparse"
_SEGMENT_BYTES = 2 << 20
"""Of rows, compressed: some 2,000 readings, which the delivering process holds at once."""
_READING = ".reparsing"
_DESCRIPTION = "metadata records hold rows of the archive's tables as JSON: archived pages, read again."


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

    Raises UsageError with nothing done, RunSkipped when another one is under way, StoreUnavailable or ArchiveDamaged
    when nothing could be begun. A store that is lost later ends the run, and so does a spool that takes no more; what
    was kept is in the spool.
    """
    order = delivery_order(config, environ)
    make_spool_dir(Path(order.spool_dir))
    fire, started_at = Fire.from_environ(environ), datetime.now(UTC)
    report = ReparseReport(fire.run_id if fire else new_run_id(started_at), dry_run)
    work = _Work(config, UrlRules(network), scope, order, report, onlooker)
    with _stopping(work), scratch_folder(Path(order.spool_dir)) as folder:
        if dry_run:
            work.plan(folder)
            work.read(folder, DryKeeping())
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
        if prepared.trouble == "damaged":
            raise ArchiveDamaged(prepared.message)
        if prepared.trouble:
            raise StoreUnavailable(prepared.message)
        self.courier = Courier(replace(self.order, spool=str(spool.folder)), prepared.lease)
        return self.courier

    def plan(self, folder: Path) -> None:
        """Find out what is to be read, unless a signal came.

        Raises UsageError when nothing was ever archived, StoreUnavailable, ArchiveDamaged.
        """
        if self._is_to_stop():
            return
        try:
            make_plan(PlanOrder.of(self.order.store, self.order.seen_path, folder, self.scope), self._planning)
        except PlanningDied:
            if not self._is_to_stop():
                raise
        finally:
            self.planner = None

    def _planning(self, child: "subprocess.Popen[str]") -> None:
        self.planner = child
        if self.report.signalled:  # just before
            child.kill()

    def _is_to_stop(self) -> bool:
        """Whether a signal came. To be asked only where something is left to do: that is then left undone."""
        if self.report.signalled:
            self.report.stopped = INTERRUPTED
        return self.report.signalled is not None

    def write(self, folder: Path, spool: Spool, courier: Courier, begin: Row) -> None:
        """Read, keep what differs, deliver it a segment at a time."""
        settings = self.config.spool
        limits = SpoolLimits(_SEGMENT_BYTES, settings.segment_age_s, settings.max_bytes, settings.floor_bytes)
        software = f"disway-archive/{version('disway-archive')}"
        writer = SpoolWriter(spool, limits, software, _DESCRIPTION, lambda _: courier.start())
        keeping = SpoolKeeping(writer, courier, settings.wait_s, lambda: self.report.signalled is None)
        try:
            self.read(folder, keeping)
        except StoreUnavailable as error:
            self.report.stopped = f"the store does not answer: {error}"
        except NoRoom as error:
            self.report.stopped, self.report.detail = SPOOL_FULL, str(error)
        except SpoolFull as error:
            self.report.stopped, self.report.detail = SPOOL_FAILED, str(error)
        except BaseException as error:
            self.report.stopped = f"{type(error).__name__}: {error}"
            raise
        finally:
            writer.note({"runs": [begin | self.report.ended(self.scope.sites or frozenset())]})
            writer.close()
            self.report.delivery_trouble = courier.finish().message

    def read(self, folder: Path, keeping: Keeping) -> None:
        """Read what the plan in `folder` names, and keep what differs. Raises StoreUnavailable, SpoolFull."""
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
                keep, tell = keeping.keep, self.onlooker.unreadable
                pages = ReparsePages(plan, rereader, seen, run_id=self.report.run_id, watch=watch, keep=keep, tell=tell)
                self.report.diff, self.report.counts = pages.diff, pages.counts
                try:
                    self._go_through(plan, pages, store, keeping)
                finally:
                    keeping.settle()
        finally:
            watch.close()

    def _go_through(self, plan: Plan, pages: ReparsePages, store: ObjectStore, keeping: Keeping) -> None:
        for key, spans in plan.objects():
            keeping.make_room()
            records = Records(store, key, spans)
            for span in spans:
                if self._is_to_stop():
                    return
                pages.read(plan.item(span.item), records)
                self.onlooker.read()
        for article, history in plan.histories():
            keeping.make_room()
            if self._is_to_stop():
                return
            pages.decide(article, history)


@contextmanager
def _stopping(work: _Work) -> Iterator[None]:
    """The first SIGINT or SIGTERM ends the reading; the second also leaves delivery to the next run."""

    def received(number: int, _: FrameType | None) -> None:
        if work.report.signalled and work.courier is not None:
            work.courier.abandon()
        if work.planner is not None:
            work.planner.kill()
        work.report.signalled = work.report.signalled or number

    former = {number: signal.signal(number, received) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
