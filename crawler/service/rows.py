"""The `runs` rows that the service writes: of fires that were skipped, and of runs that wrote none themselves."""

import signal
from datetime import datetime
from typing import Any, NamedTuple

from crawler.fire import Fire
from crawler.report import run_row
from crawler.rows import instant
from crawler.service.children import Ended
from crawler.service.fires import Skipped
from storage.schema import Row
from storage.spool import new_run_id

DEADLINE = "deadline"
"""Begins the reason of a run that went on for too long."""
_REASON_LENGTH = 500
"""Characters."""


class Verdict(NamedTuple):
    """`runs.outcome` and `runs.reason`."""

    outcome: str
    reason: str | None


def row_of_skipped(skipped: Skipped, job: str, command: str) -> Row:
    """The row of a fire that was not run, dated as if it had been."""
    several = skipped.count > 1
    why = f"{skipped.why} ({skipped.count} fires, told together)" if several else skipped.why
    fire = Fire(new_run_id(skipped.last), job, skipped.last, skipped.first if several else None)
    return row_of_run(fire, command, skipped.last, skipped.last, Verdict("skipped", why))


def row_of_run(fire: Fire, command: str, started_at: datetime, ended_at: datetime, verdict: Verdict) -> Row:
    """The row of a run of which nobody else tells."""
    return run_row(fire.run_id, command, started_at, fire) | {
        "finished_at": instant(ended_at),
        "outcome": verdict.outcome,
        "reason": "; ".join(filter(None, (fire.note, verdict.reason)))[:_REASON_LENGTH] or None,
        "undelivered": 0,
    }


def verdict_of(ended: Ended, stopped: str | None) -> Verdict:
    """What a command's end means; `stopped` says why the service asked it to end, if it did."""
    facts = ended.facts
    if ended.code == 0:
        return Verdict("ok", None)
    if stopped is not None:
        return Verdict("failed" if stopped.startswith(DEADLINE) else "interrupted", stopped)
    if ended.code is None:
        return Verdict("failed", "the service was killed while it went on; how it ended is not known")
    if ended.code < 0:
        return Verdict("failed", f"killed by {signal.Signals(-ended.code).name}")
    if ended.code == 1 and facts and "error" not in facts:
        return Verdict("degraded", _told(facts))
    return Verdict("failed", _told(facts) or f"ended with {ended.code} and did not say why")


def _told(facts: Any) -> str | None:
    for name in ("error", "reason"):
        if facts.get(name):
            return str(facts[name])
    return f"{facts['findings']} findings" if facts.get("findings") else None
