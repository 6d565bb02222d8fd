"""What the service itself finds wrong becomes alerts: a job that does not start, a run that died, a clock, a disk."""

import logging
import sqlite3
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crawler.alerting import AlertKind, Finding, clear_alert, raise_alert, tell
from crawler.config import Config
from crawler.service import health
from crawler.service.clocks import Lapse, Reading
from news.errors import DiswayError

logger = logging.getLogger(__name__)

EVERY_S = 30.0
"""Between two looks at what is red."""
_QUIET_S = 3600.0
"""A clock that has not jumped for so long is taken to be right again."""
_KINDS = {"job": AlertKind.SCHEDULE, "disk": AlertKind.DISK}
"""What of /healthz is the service's to tell; the crawls tell of sites and of what is undelivered."""


@dataclass
class Alarms:
    """Raises and clears alerts, and has them told in a thread, since that may take a while."""

    config: Config
    environ: Mapping[str, str]
    judge: Callable[[], list[health.Finding]]
    _judged_s: float = float("-inf")
    _open: dict[str, Finding] | None = None
    """By alert id; None before the first look, when those of an earlier service may be open."""
    _jumped_s: float | None = None
    _teller: threading.Thread | None = None
    _untold: bool = field(default=False)

    def look(self, present: Reading) -> None:
        """Judge what is red, now and then, and tell what changed."""
        if present.awake_s - self._judged_s >= EVERY_S:
            self._judged_s = present.awake_s
            self._compare(present.wall)
            if self._jumped_s is not None and present.awake_s - self._jumped_s > _QUIET_S:
                self._jumped_s = None
                self._change(
                    clear_alert, Finding(AlertKind.CLOCK, "the clock has been steady for an hour"), present.wall
                )
        self._tell()

    def lapsed(self, lapse: Lapse, present: Reading) -> None:
        """A clock jumped, or something stood still."""
        if lapse.of_clock:
            self._jumped_s = present.awake_s
            self._change(raise_alert, Finding(AlertKind.CLOCK, lapse.why), present.wall)

    def ended(self, row: Mapping[str, Any], at: datetime, *, by_itself: bool, overdue: bool) -> None:
        """A run ended. Of what went wrong in a crawl that told its own row, the crawl tells; but for the deadline."""
        failed = overdue or (row["outcome"] == "failed" and not by_itself)
        said = f"the run {row['run_id']} failed: {row['reason']}" if failed else "runs again"
        if overdue:
            said = f"the run {row['run_id']} was stopped at [schedule] deadline"
        finding = Finding(AlertKind.RUN, f"{row['job']}: {said}", subject=str(row["job"]))
        self._change(raise_alert if failed else clear_alert, finding, at, str(row["run_id"]))

    def _compare(self, at: datetime) -> None:
        found = [Finding(_KINDS[red.what], red.why, subject=red.subject) for red in self.judge() if red.what in _KINDS]
        present = {finding.alert_id: finding for finding in found}
        former = self._former() if self._open is None else self._open
        for alert_id in present.keys() - (self._open or {}).keys():
            self._change(raise_alert, present[alert_id], at)
        for alert_id in former.keys() - present.keys():
            self._change(clear_alert, former[alert_id], at)
        self._open = present

    def _former(self) -> dict[str, Finding]:
        """All that an earlier service may have left open."""
        subjects = [(AlertKind.SCHEDULE, job) for job in health.job_names(self.config)] + [(AlertKind.DISK, "")]
        findings = [Finding(kind, "as it should be", subject=subject) for kind, subject in subjects]
        return {finding.alert_id: finding for finding in findings}

    def _change(self, change: Callable[..., bool], finding: Finding, at: datetime, run_id: str | None = None) -> None:
        try:
            self._untold |= change(self.config, self.environ, finding, at=at, run_id=run_id)
        except (DiswayError, sqlite3.Error) as error:
            logger.error("an alert cannot be kept: %s: %s", finding.message, error)  # noqa: TRY400  no fault of ours

    def _tell(self) -> None:
        if self._untold and not (self._teller and self._teller.is_alive()):
            self._untold = False
            self._teller = threading.Thread(target=self._tell_all, name="alarms", daemon=True)
            self._teller.start()

    def _tell_all(self) -> None:
        try:
            tell(self.config, self.environ)
        except (DiswayError, sqlite3.Error) as error:
            logger.error("alerts cannot be told: %s", error)  # noqa: TRY400  as above
