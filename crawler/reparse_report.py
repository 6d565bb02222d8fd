"""What a run of `disway reparse` comes to: its row, its outcome and its exit code. Pure."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from crawler.reparse_diff import ReparseDiff
from crawler.report import EXIT_DEGRADED, EXIT_INTERRUPTED, EXIT_OK, EXIT_UNDELIVERED, INTERRUPTED
from crawler.rows import instant
from news.counters import Counter
from storage.schema import Row


@dataclass(slots=True)
class ReparseReport:
    """How it went. `stopped`: why it ended before its work did, and `detail`: in words, when that says too little."""

    run_id: str
    dry_run: bool
    diff: ReparseDiff = field(default_factory=ReparseDiff)
    counts: Mapping[tuple[Counter, str], int] = field(default_factory=dict)
    stopped: str | None = None
    detail: str = ""
    signalled: int | None = None
    """The first signal that asked it to end, which may have come when all was done."""
    undelivered: int = 0
    delivery_trouble: str = ""

    @property
    def outcome(self) -> str:
        """The value of `runs.outcome`."""
        if self.stopped:
            return "interrupted" if self.stopped == INTERRUPTED else "failed"
        return "degraded" if self.diff.unreadable else "ok"

    @property
    def reason(self) -> str | None:
        """The value of `runs.reason`."""
        if self.stopped:
            return self.stopped
        return f"{self.diff.unreadable} versions cannot be read" if self.diff.unreadable else None

    @property
    def exit_code(self) -> int:
        """As the contract has it."""
        if self.undelivered or self.outcome == "failed":
            return EXIT_UNDELIVERED
        if self.outcome == "interrupted" and self.signalled == signal.SIGINT:
            return EXIT_INTERRUPTED
        return EXIT_DEGRADED if self.diff.unreadable else EXIT_OK

    def ended(self, sites: frozenset[str]) -> Row:
        """The rest of the `runs` row."""
        counts = [{"site": site, "counter": name.value, "count": n} for (name, site), n in sorted(self.counts.items())]
        return {
            "finished_at": instant(datetime.now(UTC)),
            "outcome": self.outcome,
            "reason": self.reason,
            "sites": sorted(sites),
            "degraded_sites": [],
            "counts": counts,
            "undelivered": self.undelivered,
        }
