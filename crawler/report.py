"""What a run comes to: its row, its outcome and its exit code. Pure."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from crawler.rows import instant
from news.counters import Counter
from news.plan import CrawlPlan
from storage.schema import Row

EXIT_OK = 0
EXIT_DEGRADED = 1
EXIT_UNDELIVERED = 3
EXIT_INTERRUPTED = 130
_COUNTERS = frozenset(counter.value for counter in Counter)


@dataclass(slots=True)
class RunReport:
    """How a run went. `degraded` is site to reason."""

    plan: CrawlPlan
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
        if self.stopped:
            return self.stopped
        return "; ".join(f"{site}: {why}" for site, why in sorted(self.degraded.items())) or None

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
        return {
            "run_id": self.plan.run_id,
            "command": self.plan.command,
            "started_at": instant(self.plan.started_at),
            "finished_at": instant(finished_at),
            "outcome": self.outcome,
            "reason": self.reason,
            "sites": sorted(self.sites),
            "degraded_sites": sorted(self.degraded),
            "counts": self._count_rows(),
            "undelivered": self.undelivered,
        }

    def _count_rows(self) -> list[Row]:
        """Each count once: under its site, or under none for what no site was counted for."""
        rows: list[Row] = []
        unsited = {name: count for name, count in self.counts.items() if name in _COUNTERS}
        for name, count in sorted(self.counts.items()):
            counter, _, site = name.partition("/")
            if site and counter in _COUNTERS:
                rows.append({"site": site, "counter": counter, "count": count})
                unsited[counter] -= count
        rows += [{"site": None, "counter": name, "count": n} for name, n in sorted(unsited.items()) if n]
        return rows
