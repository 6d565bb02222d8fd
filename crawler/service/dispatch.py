"""Takes the fires of all jobs, starts their runs, and sees to it that each of them leaves one row in `runs`."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from crawler.fire import Fire
from crawler.service.board import JobState
from crawler.service.children import Ended, Launcher, Orphan, Process, processes_of
from crawler.service.fires import Skipped, Waiting, take
from crawler.service.jobs import Job
from crawler.service.records import Records
from crawler.service.rows import DEADLINE, Verdict, row_of_run, verdict_of
from storage.schema import Row
from storage.spool import new_run_id

logger = logging.getLogger(__name__)

NOT_RUNNING = "missed: the service was not running"
STOPPED = "the service was stopped"
_REMOVED = "the job is not in the schedule any more"
_AGAIN = "the clock was set back: the job had fired at such a time before"


@dataclass(slots=True)
class Running:
    """A run under way. `stopped` says why it was asked to end, `stopped_s` when, by the monotonic clock."""

    job: Job
    fire: Fire
    process: Process
    started_at: datetime
    started_s: float
    stopped: str | None = None
    stopped_s: float = 0.0

    @property
    def overdue(self) -> bool:
        """Whether it was stopped for going on for too long."""
        return self.stopped is not None and self.stopped.startswith(DEADLINE)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a run may go on, and how long it may take to end once it was asked to."""

    deadline: timedelta
    drain: timedelta


class Told(Protocol):
    """Somebody who hears of each row."""

    def __call__(self, row: Mapping[str, Any], *, by_itself: bool, overdue: bool) -> None:
        """`row` is of `runs`; `by_itself`: the run wrote it, not the service; `overdue`: it met the deadline."""


def _nobody(row: Mapping[str, Any], *, by_itself: bool, overdue: bool) -> None:
    """Hears nothing."""


class Dispatch:
    """The fires and runs of all jobs. Stepped by `crawler.service.service`; reads no clock itself."""

    def __init__(
        self,
        jobs: Sequence[Job],
        records: Records,
        launcher: Launcher,
        limits: Limits,
        zone: ZoneInfo,
        *,
        told: Told = _nobody,
    ) -> None:
        """`told` hears of every `runs` row; `zone` is for what people read."""
        self.jobs = {job.name: job for job in jobs}
        self.records = records
        self.running: list[Running] = []
        self.stopping = False
        self._launcher = launcher
        self._limits = limits
        self._zone = zone
        self._told = told
        self._owed_since_s: dict[str, float] = {}

    def adopt(self, now: datetime, awake_s: float) -> None:
        """Take over what a service left that was killed: runs that still go on, and runs without a row."""
        for fire in self.records.started:
            run = Running(self._job_named(fire.job), fire, Orphan(fire.run_id), now, awake_s)
            if processes_of(fire.run_id):
                logger.warning("%s: run %s of a service that was killed still goes on", fire.job, fire.run_id)
                self.running.append(run)
            else:
                self._ended(run, Ended(None), now)
        for name, waiting in self.records.owed():
            if name not in self.jobs:
                self.records.set_track(name, replace(self.records.track(name), waiting=None))
                self._skip(self._job_named(name), Skipped(waiting.last, waiting.last, _REMOVED))

    def take_all(self, now: datetime, why: str) -> None:
        """Take the due fires of every job."""
        for name in self.jobs:
            self.take(name, now, why)

    def take(self, name: str, now: datetime, why: str) -> None:
        """Take the due fires of a job. `why` is what its rows say of those that were missed."""
        job = self.jobs[name]
        track, skipped = take(self.records.track(name), job.grid, now, why, begin_at_once=job.begin_at_once)
        self.records.set_track(name, track)
        for some in skipped:
            self._skip(job, some)

    def look(self, now: datetime, awake_s: float) -> None:
        """Hear of runs that have ended, end those that go on for too long, start what waits, keep rows."""
        for run in list(self.running):
            if (ended := run.process.poll()) is not None:
                self.running.remove(run)
                self._ended(run, ended, now)
            else:
                self._mind(run, awake_s)
        if not self.stopping:
            self._start_what_waits(now, awake_s)
        self.records.keep_rows(awake_s)
        self.records.save()

    def board(self, awake_s: float) -> dict[str, JobState]:
        """How each job stands."""
        owed = [name for name, _ in self.records.owed()]
        self._owed_since_s = {name: self._owed_since_s.get(name, awake_s) for name in owed}
        running = {run.job.name: run.fire.run_id for run in self.running}
        return {
            name: JobState(
                track.newest, awake_s - self._owed_since_s.get(name, awake_s), running.get(name), name in owed
            )
            for name, track in ((name, self.records.track(name)) for name in self.jobs)
        }

    def stop(self, awake_s: float) -> None:
        """Start nothing more, and ask every run to end."""
        self.stopping = True
        for run in self.running:
            if run.stopped is None:
                _stop(run, STOPPED, awake_s)

    def kill(self) -> None:
        """End every run at once; what it had fetched lies in the spool."""
        for run in self.running:
            run.process.kill()

    def _job_named(self, name: str) -> Job:
        """A job; one that is not in the schedule any more is only known by its name."""
        return self.jobs.get(name) or Job(name, next(iter(self.jobs.values())).grid, (name,), name)

    def _skip(self, job: Job, some: Skipped) -> None:
        row = self.records.skip(job, some)
        logger.warning("%s: fire of %s skipped: %s", job.name, self._clock_time(some.last), row["reason"])
        self._told(row, by_itself=False, overdue=False)

    def _mind(self, run: Running, awake_s: float) -> None:
        name, run_id, limits = run.job.name, run.fire.run_id, self._limits
        if run.stopped is None and awake_s - run.started_s > limits.deadline.total_seconds():
            logger.error("%s: run %s is stopped: it went on for %s", name, run_id, limits.deadline)
            _stop(run, f"{DEADLINE}: stopped after {limits.deadline}", awake_s)
        elif run.stopped is not None and awake_s - run.stopped_s > limits.drain.total_seconds():
            logger.error("%s: run %s is killed: it did not end within %s", name, run_id, limits.drain)
            run.process.kill()

    def _start_what_waits(self, now: datetime, awake_s: float) -> None:
        """Those that have waited longest first.

        What has to wait for another run says so if it is skipped later, unless it was missed before that run began.
        """
        for name, waiting in self.records.owed():
            busy = next((run for run in self.running if run.job.lane == self.jobs[name].lane), None)
            if busy is None:
                self._start(self.jobs[name], waiting, now, awake_s)
            elif waiting.why != NOT_RUNNING:
                owed = replace(waiting, why=self._overlap(busy))
                self.records.set_track(name, replace(self.records.track(name), waiting=owed))

    def _overlap(self, run: Running) -> str:
        at = self._clock_time(run.fire.fired_at)
        return f"overlap: the {run.job.name} run of {at} was still going on ({run.fire.run_id})"

    def _start(self, job: Job, waiting: Waiting, now: datetime, awake_s: float) -> None:
        fire = Fire(new_run_id(now), job.name, waiting.last, waiting.covers_from, _AGAIN if waiting.again else None)
        self.records.begin(fire)  # before it runs: a fire that nobody remembers would be fired again
        try:
            process = self._launcher.start(job.argv, fire)
        except OSError as error:
            row = row_of_run(fire, job.command, now, now, Verdict("failed", f"cannot be started: {error}"))
            self.records.settle(fire, row)
            self._tell(row, by_itself=False, overdue=False)
            return
        self.running.append(Running(job, fire, process, now, awake_s))
        logger.info("%s: run %s started, fire of %s", job.name, fire.run_id, self._clock_time(fire.fired_at))

    def _ended(self, run: Running, ended: Ended, now: datetime) -> None:
        """A command whose facts name its run has written the row itself."""
        facts, verdict = ended.facts, verdict_of(ended, run.stopped)
        by_itself = facts.get("run_id") == run.fire.run_id
        row = row_of_run(run.fire, run.job.command, run.started_at, now, verdict)
        self.records.settle(
            run.fire, None if by_itself else row, seen=ended.code is not None or run.stopped is not None
        )
        if by_itself:
            row |= {"outcome": facts.get("outcome") or verdict.outcome, "reason": facts.get("reason")}
            row |= facts.get("row") or {}
        # How an orphan fared is not known: that is no alarm.
        self._tell(row, by_itself=by_itself or ended.code is None, overdue=run.overdue)

    def _tell(self, row: Row, *, by_itself: bool, overdue: bool) -> None:
        level = logging.INFO if row["outcome"] == "ok" else logging.WARNING
        why = f": {row['reason']}" if row["reason"] else ""
        logger.log(level, "%s: run %s ended, %s%s", row["job"], row["run_id"], row["outcome"], why)
        self._told(row, by_itself=by_itself, overdue=overdue)

    def _clock_time(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%H:%M}"


def _stop(run: Running, why: str, awake_s: float) -> None:
    run.stopped, run.stopped_s = why, awake_s
    run.process.stop()
