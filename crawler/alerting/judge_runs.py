"""Whether sites, Google News and the run itself fared as they should."""

from collections.abc import Iterator

from crawler.alerting.alert import AlertKind, Finding, Judged
from crawler.alerting.facts import Facts
from news.counters import Counter
from storage.seen_runs import SeenRun

GOOGLE_NEWS = "news.google.com"
"""Under which a run says that Google News refused."""


def judge_sites(facts: Facts) -> Iterator[Judged]:
    """Judge each site by this run and those before it."""
    asked = {site.id for site in facts.sites}
    for site in sorted(facts.report.sites):
        reason = facts.report.degraded.get(site)
        if reason is None:
            if site in asked:
                yield Judged(Finding(AlertKind.SITE, "a run got all of it", site), wrong=False)
            continue
        streak = 1 + _bad_runs(facts, site)
        if streak >= facts.degraded_runs:
            message = f"degraded in the last {streak} runs or more; in this one: {reason}"
            yield Judged(Finding(AlertKind.SITE, message, site), wrong=True)


def judge_google(facts: Facts) -> Iterator[Judged]:
    """Judge whether Google News answered, if it was asked."""
    reason = facts.report.degraded.get(GOOGLE_NEWS)
    if reason is not None:
        message = f"refused ({reason}); it is left alone for a while, and its items wait"
        yield Judged(Finding(AlertKind.GOOGLE_NEWS, message), wrong=True)
    elif facts.report.counts.get(Counter.GOOGLE_FEEDS.value):
        yield Judged(Finding(AlertKind.GOOGLE_NEWS, "answers again"), wrong=False)


def judge_run(facts: Facts) -> Iterator[Judged]:
    """Judge how the run ended."""
    if not facts.report.delivery_trouble:
        yield Judged(Finding(AlertKind.STORE, "the store takes what it is given"), wrong=False)
    command = facts.report.fire.job if facts.report.fire else facts.report.plan.command
    if facts.report.outcome == "failed":
        message = f"run {facts.report.plan.run_id} ended before its work did: {facts.report.reason}"
        yield Judged(Finding(AlertKind.RUN, message, subject=command), wrong=True)
    elif facts.report.stopped is None:
        message = f"run {facts.report.plan.run_id} did all its work"
        yield Judged(Finding(AlertKind.RUN, message, subject=command), wrong=False)


def _bad_runs(facts: Facts, site: str) -> int:
    """How many runs before this one, without a good one between, were bad."""
    now = facts.report.plan.started_at
    known = (*facts.seen.runs.recent(site, now), *facts.book.recent(site))
    # A run to come is one of a clock that was ahead: whether it lies before or after the others is not known.
    runs: dict[str, SeenRun] = {run.run_id: run for run in known if run.at <= now}
    runs.pop(facts.report.plan.run_id, None)
    count = 0
    for run in sorted(runs.values(), key=lambda run: run.at, reverse=True):
        if run.good:
            break
        count += 1
    return count
