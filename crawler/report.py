"""What a run comes to: its row, its outcome and its exit code. Pure."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from crawler.fire import Fire
from crawler.rows import instant
from news.counters import Counter
from news.plan import CrawlPlan
from storage.schema import Row
from storage.seen_runs import SeenAlert

EXIT_OK = 0
EXIT_DEGRADED = 1
EXIT_UNDELIVERED = 3
EXIT_INTERRUPTED = 130
INTERRUPTED = "interrupted"
"""The reason with which a run ends because of a signal."""
SPOOL_FAILED = "spool_failed"
"""The reason with which a run ends when the disk refuses to keep what is fetched."""
SPOOL_FULL = "spool_full"
"""The reason with which a run ends when delivery makes no room in the spool."""
_COUNTERS = frozenset(counter.value for counter in Counter)


@dataclass(slots=True)
class RunReport:
    """How a run went. `degraded` is site to reason."""

    plan: CrawlPlan
    fire: Fire | None = None
    """What started it; None: not a schedule."""
    sites: frozenset[str] = frozenset()
    """That were in fact asked for."""
    counts: Mapping[str, int] = field(default_factory=dict)
    degraded: dict[str, str] = field(default_factory=dict)
    stopped: str | None = None
    """Why the run ended before its work did: interrupted, spool_failed, ...; None when it did not."""
    interrupted_by: int | None = None
    """The signal."""
    undelivered: int = 0
    delivery_trouble: str = ""
    elsewhere: dict[str, int] = field(default_factory=dict)
    """Of what is undelivered: segments for other archives, by archive."""
    fills: list[Row] = field(default_factory=list)
    """Structs of `runs.fills`."""
    alerts: list[SeenAlert] = field(default_factory=list)
    """That were opened or recovered by this run."""

    @property
    def outcome(self) -> str:
        """The value of `runs.outcome`."""
        if self.stopped == "interrupted":
            return "interrupted"
        if self.stopped:
            return "failed"
        return "degraded" if self.degraded else "ok"

    @property
    def reason(self) -> str | None:
        """The value of `runs.reason`."""
        sites = (f"{site}: {why}" for site, why in sorted(self.degraded.items()))
        why = [self.stopped] if self.stopped else sites
        return "; ".join([*([self.fire.note] if self.fire and self.fire.note else []), *why]) or None

    @property
    def exit_code(self) -> int:
        """As the contract has it: undelivered outranks degraded."""
        if self.undelivered:
            return EXIT_UNDELIVERED
        if self.interrupted_by == signal.SIGINT:
            return EXIT_INTERRUPTED
        if self.stopped == "interrupted":
            return EXIT_DEGRADED if self.degraded else EXIT_OK
        return EXIT_OK if self.outcome == "ok" else EXIT_DEGRADED

    def row(self, finished_at: datetime) -> Row:
        """The `runs` row. It is written before its own delivery, so `undelivered` counts older segments only."""
        return run_row(self.plan.run_id, self.plan.command, self.plan.started_at, self.fire) | {
            "finished_at": instant(finished_at),
            "outcome": self.outcome,
            "reason": self.reason,
            "sites": sorted(self.sites),
            "degraded_sites": sorted(self.degraded),
            "counts": self._count_rows(),
            "undelivered": self.undelivered,
            "fills": self.fills,
        }

    def _count_rows(self) -> list[Row]:
        """Each count once: under its site, or under none for what no site was counted for.

        What is counted by reason is there again for each, as `articles_refused.<reason>`.
        """
        rows: list[Row] = []
        unsited = {n: count for n, count in self.counts.items() if "/" not in n and n.partition(".")[0] in _COUNTERS}
        for name, count in sorted(self.counts.items()):
            counter, _, site = name.partition("/")
            if site and counter.partition(".")[0] in _COUNTERS:
                rows.append({"site": site, "counter": counter, "count": count})
                if counter in unsited:
                    unsited[counter] -= count
        rows += [{"site": None, "counter": name, "count": n} for name, n in sorted(unsited.items()) if n]
        return rows


def run_row(run_id: str, command: str, started_at: datetime, fire: Fire | None = None) -> Row:
    """What a `runs` row says of the begin of a run; known before it does anything."""
    begin: Row = {"run_id": run_id, "command": command, "started_at": instant(started_at)}
    return begin | (fire.columns | {"reason": fire.note} if fire else {})
