"""What the alarms say: kept in the book of alerts and told, or told without it when its disk takes nothing."""

import logging
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from crawler.alerting import Alert, Finding, alert_of_finding, clear_alert, raise_alert, tell, tell_unkept
from crawler.alerting.alert import OPEN, RECOVERED
from crawler.config import Config
from news.errors import DiswayError

logger = logging.getLogger(__name__)

REFUSALS = (DiswayError, sqlite3.Error, OSError)
"""With which the book refuses."""


class Change(NamedTuple):
    """Something is wrong, or is not any more. `at` is aware."""

    finding: Finding
    wrong: bool
    at: datetime
    run_id: str | None = None


class Notices:
    """Has the book take each change, again until it does. Telling takes a while, so a thread does it.

    What is wrong and cannot be kept is told all the same, once: the disk that is full is that of the book.
    """

    def __init__(self, config: Config, environ: Mapping[str, str]) -> None:
        self._config = config
        self._environ = environ
        self._unkept: dict[str, Change] = {}
        """By alert id: the newest change of each that the book did not take."""
        self._told_unkept: set[str] = set()
        """Ids of the alerts that were told to be open, of which the book knows nothing."""
        self._to_tell: list[Alert] = []
        """Without the book."""
        self._failed: Sequence[Alert] = ()
        """Those of them that nobody took; set by the thread, read when it has ended."""
        self._untold = False
        """Whether the book has something new."""
        self._thread: threading.Thread | None = None

    def give(self, change: Change) -> None:
        """Take note of a change; it replaces what was given of the same alert and is not kept yet."""
        self._unkept[change.finding.alert_id] = change
        self._keep(change)

    def again(self) -> None:
        """Try again what was refused; now and then."""
        for change in list(self._unkept.values()):
            if not self._keep(change):
                break  # nor will it take the others, and each attempt may wait for somebody who writes
        if not self._is_telling:
            self._to_tell[:0], self._failed = self._failed, ()

    def tell(self) -> None:
        """Have told what is new, unless that is going on."""
        if (self._untold or self._to_tell) and not self._is_telling:
            unkept, self._to_tell, self._untold = self._to_tell, [], False
            self._thread = threading.Thread(target=self._tell, args=[unkept], name="alarms", daemon=True)
            self._thread.start()

    def join(self) -> None:
        """Wait until what is being told is told."""
        if self._thread is not None:
            self._thread.join()

    @property
    def _is_telling(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _keep(self, change: Change) -> bool:
        """Whether the book took it."""
        finding, alert_id = change.finding, change.finding.alert_id
        keep = raise_alert if change.wrong else clear_alert
        try:
            is_new = keep(self._config, self._environ, finding, at=change.at, run_id=change.run_id)
        except REFUSALS as error:
            if change.wrong and alert_id not in self._told_unkept:
                logger.error("an alert cannot be kept: %s: %s", finding.message, error)  # noqa: TRY400  no fault of ours
                self._tell_unkept(change)
            return False
        del self._unkept[alert_id]
        self._untold |= is_new
        if not (change.wrong or is_new) and alert_id in self._told_unkept:
            self._tell_unkept(change)
        self._told_unkept.discard(alert_id)
        return True

    def _tell_unkept(self, change: Change) -> None:
        state = OPEN if change.wrong else RECOVERED
        self._to_tell.append(alert_of_finding(change.finding, state, change.at, change.run_id))
        self._told_unkept.add(change.finding.alert_id)

    def _tell(self, unkept: Sequence[Alert]) -> None:
        try:
            if unkept:
                told = tell_unkept(self._config, self._environ, unkept)
                if told and not any(result.ok for result in told):
                    self._failed = unkept
            tell(self._config, self._environ)
        except REFUSALS as error:
            logger.error("alerts cannot be told: %s", error)  # noqa: TRY400  as above
