"""`disway serve` from its start to its end: puts the parts together, and takes them down in order."""

import fcntl
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from crawler.alerting import store_refuses
from crawler.config import Config
from crawler.preparing import delivery_order, make_spool_dir
from crawler.service.alarms import Alarms
from crawler.service.backlog import Backlog
from crawler.service.children import PROGRAM, Launcher
from crawler.service.clocks import Clocks, SystemClocks
from crawler.service.dispatch import Dispatch, Limits
from crawler.service.frozen import frozen_environ
from crawler.service.health import Bounds
from crawler.service.jobs import jobs_of
from crawler.service.journal import Journal
from crawler.service.knowledge import Learner
from crawler.service.preparing import deliver_rest, prepared
from crawler.service.records import Records
from crawler.service.service import Service
from crawler.service.telemetry import Telemetry
from crawler.service.view import Viewer
from crawler.service.wakeup import Signals
from crawler.service.web import serving
from news.errors import StoreRefused, UsageError
from storage.run_rows import keep_run_rows
from storage.spool import undelivered

logger = logging.getLogger(__name__)

_LOCK = "service.lock"


@dataclass(frozen=True, slots=True)
class Closing:
    """How a service ended. `forced`: a second signal ended its runs at once."""

    undelivered: int
    forced: bool


@dataclass(frozen=True)
class Office:
    """The parts of a service."""

    service: Service
    backlog: Backlog
    viewer: Viewer
    learner: Learner
    clocks: Clocks
    spool_dir: Path


def make_office(config: Config, environ: Mapping[str, str], clocks: Clocks, program: Sequence[str] = PROGRAM) -> Office:
    """Put the parts together; nothing is started. Raises UsageError."""
    network = config.site_network()
    order = delivery_order(config, environ)
    spool_dir, seen_path = Path(order.spool_dir), Path(order.seen_path)
    make_spool_dir(spool_dir)
    launcher = Launcher(frozen_environ(config, environ), Path.cwd(), program)
    telemetry = Telemetry([site.id for site in network.active], clocks.read().awake_s)
    learner, backlog = Learner(launcher, telemetry), Backlog(launcher)
    records = Records(
        Journal(seen_path.with_name(seen_path.name.replace("seen-", "service-"))),
        spool_dir,
        partial(keep_run_rows, spool_dir, order.archive),
    )
    plan = config.schedule

    bounds = Bounds.of(config, telemetry.sites)
    viewer = Viewer(telemetry, lambda: service.board, clocks, bounds, spool_dir, seen_path)
    alarms = Alarms(config, environ, viewer.judge, lambda: service.board)

    def told(row: Mapping[str, Any], *, by_itself: bool, overdue: bool) -> None:
        present = clocks.read()
        telemetry.ran(row, present.awake_s)
        learner.told(row)
        if row["outcome"] != "skipped":
            alarms.ended(row, present.wall, by_itself=by_itself, overdue=overdue)

    limits = Limits(plan.deadline, plan.drain)
    dispatch = Dispatch(jobs_of(config), records, launcher, limits, ZoneInfo(plan.timezone), told=told)
    service = Service(dispatch, clocks, [learner.look, backlog.look, viewer.count, alarms.look], alarms.lapsed)
    return Office(service, backlog, viewer, learner, clocks, spool_dir)


def serve(config: Config, environ: Mapping[str, str], clocks: Clocks | None = None) -> Closing:
    """Run the schedule until SIGTERM or SIGINT. Raises UsageError and StoreRefused with nothing fired."""
    office = make_office(config, environ, clocks or SystemClocks())
    try:
        return _served(office, config)
    except StoreRefused as error:
        if office.viewer.seen_path.exists():  # else nothing was ever kept there: whoever sets it up reads it here
            store_refuses(config, environ, str(error), at=office.clocks.read().wall)
        raise


def _served(office: Office, config: Config) -> Closing:
    where = config.service
    with _alone(office.spool_dir), Signals() as signals, serving(where.host, where.port, office.viewer) as port:
        logger.info("listening on http://%s:%d/healthz and /metrics", where.host, port)
        if prepared(office, signals):
            office.service.start()
            _announce(office, config)
            forced = office.service.run(signals)
        else:
            forced = False
        if not forced:
            forced = deliver_rest(office, signals, config.schedule.drain.total_seconds())
        left = undelivered(office.spool_dir)
    logger.info("ended; %d segments wait in the spool", left)
    return Closing(left, forced)


@contextmanager
def _alone(spool_dir: Path) -> Iterator[None]:
    """Own the spool folder as its only service. Raises UsageError."""
    path = spool_dir / _LOCK
    handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            pid = os.read(handle, 32).decode(errors="replace").strip()
            raise UsageError(
                f"[spool] dir = {str(spool_dir)!r}: another `disway serve` (process {pid}) uses it: "
                "stop that one first, or name another folder"
            ) from None
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        yield
    finally:
        os.close(handle)


def _announce(office: Office, config: Config) -> None:
    """Say what will run when."""
    zone = ZoneInfo(config.schedule.timezone)
    following = office.service.next_fires()
    jobs = office.service.dispatch.jobs.values()
    said = ", ".join(
        f"{job.name} {following[job.name].astimezone(zone):%d %b %H:%M} (every {job.grid.step})" for job in jobs
    )
    logger.info("next fires, by the clocks of %s: %s", zone.key, said)
