"""What the service itself finds wrong becomes alerts: a job that does not start, a run that died, a clock, a disk."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crawler.alerting import Alert, AlertKind, Finding, open_alerts
from crawler.config import Config
from crawler.service import health
from crawler.service.board import Board
from crawler.service.clocks import Lapse, Reading
from crawler.service.notices import REFUSALS, Change, Notices

logger = logging.getLogger(__name__)

EVERY_S = 30.0
"""Between two looks at what is red."""
_QUIET_S = 3600.0
"""A clock that has not jumped for so long is taken to be right again."""
_KINDS = {"job": AlertKind.SCHEDULE, "disk": AlertKind.DISK}
"""What of /healthz is the service's to tell; the crawls tell of sites and of what is undelivered."""
_OF_JOBS = (AlertKind.SCHEDULE, AlertKind.RUN, AlertKind.ARCHIVE)
_CAME_TO_ITS_END = ("ok", "degraded")
_INSPECTIONS = ("maintain", "verify")
"""Jobs that say by their outcome how the archive is; a degraded crawl tells of its sites itself."""
_NO_JOBS = ("crawl", "backfill")
"""Subjects of alerts about runs that no schedule started."""


@dataclass
class Alarms:
    """Looks at what is red, and hears of lapses and of each run that ended."""

    config: Config
    environ: Mapping[str, str]
    judge: Callable[[], list[health.Finding]]
    board: Callable[[], Board]
    notices: Notices = field(init=False)
    _judged_s: float = float("-inf")
    _open: dict[str, Finding] = field(default_factory=dict)
    """By alert id: what is red, or was by an earlier service; of kinds that end with a look."""
    _remembers: bool = False
    """Whether the book was asked what an earlier service left open."""
    _jumped_s: float | None = None

    def __post_init__(self) -> None:
        self.notices = Notices(self.config, self.environ)

    def look(self, present: Reading) -> None:
        """Judge what is red, now and then, and tell what changed."""
        board = self.board()
        # While a service begins or ends, nobody can say how its jobs are: what was wrong is not over by that.
        if present.awake_s - self._judged_s >= EVERY_S and board.is_ready and not board.stopping:
            self._judged_s = present.awake_s
            self._remember(present)
            self._compare(board, present.wall)
            if self._jumped_s is not None and present.awake_s - self._jumped_s > _QUIET_S:
                self._jumped_s = None
                self._right(Finding(AlertKind.CLOCK, "the clock has been steady for an hour"), present.wall)
            self.notices.again()
        self.notices.tell()

    def lapsed(self, lapse: Lapse, present: Reading) -> None:
        """A clock jumped, or something stood still."""
        if lapse.of_clock:
            self._jumped_s = present.awake_s
            self._wrong(Finding(AlertKind.CLOCK, lapse.why), present.wall)

    def ended(self, row: Mapping[str, Any], at: datetime, *, by_itself: bool, overdue: bool) -> None:
        """A run ended. Of what went wrong in a crawl that told its own row, the crawl tells; but for the deadline.

        A run that was interrupted, or of which nobody knows how it ended, neither opens an alert nor ends one.
        """
        job, run_id, outcome = str(row["job"]), str(row["run_id"]), row["outcome"]
        if overdue:
            self._wrong(_of_run(job, f"the run {run_id} was stopped at [schedule] deadline"), at, run_id)
        elif outcome in _CAME_TO_ITS_END:
            self._right(_of_run(job, "runs again"), at, run_id)
        elif outcome == "failed" and not by_itself:
            self._wrong(_of_run(job, f"the run {run_id} failed: {row['reason']}"), at, run_id)
        if job in _INSPECTIONS and outcome == "ok":
            self._right(Finding(AlertKind.ARCHIVE, f"{job}: the last run found nothing", subject=job), at, run_id)
        elif job in _INSPECTIONS and outcome == "degraded":
            self._wrong(Finding(AlertKind.ARCHIVE, f"{job}: {row['reason']}", subject=job), at, run_id)

    def _compare(self, board: Board, at: datetime) -> None:
        found = [Finding(_KINDS[red.what], red.why, subject=red.subject) for red in self.judge() if red.what in _KINDS]
        present = {finding.alert_id: finding for finding in found}
        # How long a job has waited is not known of an earlier service: it is well once it runs, not once it waits anew.
        owing = {name for name, state in board.jobs.items() if state.owes}
        for alert_id, finding in self._open.items():
            if finding.kind is AlertKind.SCHEDULE and finding.subject in owing:
                present.setdefault(alert_id, finding)
        for alert_id in present.keys() - self._open.keys():
            self._wrong(present[alert_id], at)
        for alert_id in self._open.keys() - present.keys():
            self._right(self._open[alert_id], at)
        self._open = present

    def _remember(self, present: Reading) -> None:
        """Take over what an earlier service left open; once."""
        if self._remembers:
            return
        try:
            left = open_alerts(self.config, self.environ)
        except REFUSALS as error:
            logger.warning("which alerts are open is not known: %s", error)
            return
        self._remembers = True
        self._open |= {alert.alert_id: finding for alert in left if (finding := self._taken_over(alert)) is not None}
        if self._jumped_s is None and any(alert.kind == AlertKind.CLOCK for alert in left):
            self._jumped_s = present.awake_s

    def _taken_over(self, alert: Alert) -> Finding | None:
        """What ends the alert, if a look can tell that it is over: of a run only the next run of its job can."""
        subject = alert.subject or ""
        if alert.kind == AlertKind.DISK:
            return Finding(AlertKind.DISK, "as it should be", subject=subject)
        if alert.kind not in _OF_JOBS or subject in _NO_JOBS:
            return None
        kind = AlertKind(alert.kind)
        if subject not in health.job_names(self.config):
            return Finding(kind, f"{subject}: the service has no such job any more", subject=subject)
        return Finding(kind, "as it should be", subject=subject) if kind is AlertKind.SCHEDULE else None

    def _wrong(self, finding: Finding, at: datetime, run_id: str | None = None) -> None:
        self.notices.give(Change(finding, wrong=True, at=at, run_id=run_id))

    def _right(self, finding: Finding, at: datetime, run_id: str | None = None) -> None:
        self.notices.give(Change(finding, wrong=False, at=at, run_id=run_id))


def _of_run(job: str, said: str) -> Finding:
    return Finding(AlertKind.RUN, f"{job}: {said}", subject=job)
