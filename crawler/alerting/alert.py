"""What can be wrong, as values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b

from storage.seen_runs import SeenAlert as Alert

__all__ = ["EXAMPLE", "OPEN", "RECOVERED", "WARNINGS", "Alert", "AlertKind", "Finding", "Judged", "alert_of_finding"]

OPEN = "open"
RECOVERED = "recovered"


class AlertKind(StrEnum):
    """The value is `alerts.kind`. Crawls judge the first eleven, the service the others."""

    SITE = "site"
    """Degraded, run after run."""
    FLOOR = "floor"
    """Fewer articles on a day than are expected."""
    CEILING = "ceiling"
    """More."""
    LAYOUT = "layout"
    """Pages lack a field that they used to have."""
    REFUSED = "refused"
    """Pages cannot be had, for a reason that was rare."""
    SILENT = "silent"
    """Nothing new for longer than the site ever pauses."""
    GOOGLE_NEWS = "google_news"
    """It refused, and is left alone for a while."""
    UNDELIVERED = "undelivered"
    """What was fetched waits in the spool."""
    STORE = "store"
    """It refuses: wrong credentials, no bucket."""
    SPOOL = "spool"
    """The spool or its disk is full, or nearly."""
    RUN = "run"
    """A run ended before its work did."""
    ARCHIVE = "archive"
    """It is damaged, or is not kept in order: `disway verify` or `disway maintain` says so."""
    SCHEDULE = "schedule"
    """A job was not started when it was due."""
    CLOCK = "clock"
    """The clock of the machine jumped."""
    DISK = "disk"
    """A disk fails."""


WARNINGS = frozenset({AlertKind.CEILING, AlertKind.REFUSED, AlertKind.GOOGLE_NEWS, AlertKind.CLOCK})
"""Of lesser weight: nothing is missed, or not by the archive."""


EXAMPLE = " Example: "
"""Stands in a message before the address of a page, which ends it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, or is not any more. `message` is plain text for people, one line."""

    kind: AlertKind
    message: str
    site: str | None = None
    subject: str = ""
    """What it is about, where a site has several of the kind: a field, a reason, a job."""
    measure: str | None = None
    """See `alerts.measure`."""

    @property
    def alert_id(self) -> str:
        """Names what it is about, the same each time."""
        return blake2b(f"{self.kind}\n{self.site or ''}\n{self.subject}".encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Judged:
    """What came out of looking: `wrong`, or as it should be. What could not be judged is not there at all."""

    finding: Finding
    wrong: bool
    degrades: bool = False
    """Whether the run is degraded by it, at this site."""


def alert_of_finding(
    finding: Finding, state: str, at: datetime, run_id: str | None = None, since: datetime | None = None
) -> Alert:
    """The alert that says so at `at`, and was opened at `since`, at `at` if there is none. Both aware."""
    return Alert(
        finding.alert_id, finding.kind, finding.site, finding.subject, state, finding.message, finding.measure,
        since or at, at, run_id,
    )  # fmt: skip
