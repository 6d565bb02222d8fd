"""Whether all is well: a dead man's switch, which turns red when what should happen does not. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from crawler.config import Config
from crawler.service.board import Board
from crawler.service.gauges import Undelivered
from crawler.service.jobs import Job, jobs_of

LOOP_S = 60.0
"""A loop that has not looked for so long is not alive; it looks every few seconds."""
GRACE = timedelta(seconds=60)
"""How late a fire may be taken."""
_INTERVALS_TO_DELIVER = 2


class Finding(NamedTuple):
    """Something that is not as it should be."""

    what: str
    """loop, site, undelivered, job or disk."""
    why: str
    subject: str = ""
    """The site or job."""


@dataclass(frozen=True, slots=True)
class State:
    """What is judged."""

    now: datetime
    awake_s: float
    """The monotonic clock."""
    started_s: float
    freshness_s: Mapping[str, float]
    """Seconds since the last good run of each site that had one."""
    undelivered: Undelivered
    board: Board


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is borne."""

    sites: tuple[str, ...]
    site_s: float
    """Without a good run of a site."""
    undelivered: timedelta
    intervals: int
    """For which a job may wait for others."""
    jobs: tuple[Job, ...]

    @classmethod
    def of(cls, config: Config, sites: Iterable[str]) -> "Bounds":
        """As the configuration has it."""
        interval = config.schedule.poll
        age = timedelta(seconds=config.spool.segment_age_s) + _INTERVALS_TO_DELIVER * interval
        return cls(
            tuple(sites),
            interval.total_seconds() * config.service.red_after,
            age,
            config.service.red_after,
            jobs_of(config),
        )


def job_names(config: Config) -> list[str]:
    """What a finding about a job may be about."""
    return [job.name for job in jobs_of(config)]


def is_alive(board: Board, awake_s: float) -> bool:
    """Whether the loop goes on: what a supervisor needs to know who would start the service anew."""
    return awake_s - board.looked_s <= LOOP_S


def judge(state: State, bounds: Bounds) -> list[Finding]:
    """Everything that is red; nothing when all is well."""
    board = state.board
    found = []
    if not is_alive(board, state.awake_s):
        found.append(Finding("loop", f"the schedule was last looked at {_span(state.awake_s - board.looked_s)} ago"))
    # A service that has just started is given as long as one that goes on.
    if state.awake_s - state.started_s > bounds.site_s:
        ages = {site: state.freshness_s.get(site, state.awake_s - state.started_s) for site in bounds.sites}
        stale = sorted(site for site, age in ages.items() if age > bounds.site_s)
        found += [Finding("site", f"{site}: no good run for {_span(ages[site])}", site) for site in stale]
    oldest = state.undelivered.oldest
    if oldest is not None and state.now - oldest > bounds.undelivered:
        waits = f"{state.undelivered.segments} segments, {state.undelivered.bytes} bytes"
        found.append(Finding("undelivered", f"{waits}, the oldest for {_span((state.now - oldest).total_seconds())}"))
    if board.is_ready and not board.stopping:
        found += [finding for job in bounds.jobs for finding in _judge_job(job, state, bounds.intervals)]
    if board.rows_waiting or board.journal_fails:
        found.append(Finding("disk", f"the spool folder takes no more: {board.rows_waiting} rows of runs wait"))
    return found


def _judge_job(job: Job, state: State, intervals: int) -> list[Finding]:
    at = state.board.jobs.get(job.name)
    due = job.grid.latest(state.now - GRACE)
    if at is None or at.newest is None or at.newest < due:
        return [Finding("job", f"{job.name}: the fire of {due.isoformat(timespec='seconds')} was not taken", job.name)]
    if at.waited_s > (intervals * job.grid.step + GRACE).total_seconds():
        return [Finding("job", f"{job.name}: has waited for another run to end for {_span(at.waited_s)}", job.name)]
    return []


def _span(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
