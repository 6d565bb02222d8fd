"""What Prometheus is told: one family of series for each stage of the path, and how the service itself does."""

from collections.abc import Callable, Iterator
from datetime import datetime
from importlib.metadata import version

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.registry import Collector

from crawler.service.view import View
from news.counters import Counter

_REFUSED = f"{Counter.ARTICLES_REFUSED.value}."


class Metrics(Collector):
    """Collects anew for each scrape."""

    def __init__(self, view: Callable[[], View]) -> None:
        self._view = view

    def collect(self) -> Iterator[Metric]:
        """All families."""
        view = self._view()
        yield InfoMetricFamily("disway_build", "The program", {"version": version("disway-archive")})
        yield _gauge("disway_healthy", "1 when /healthz is green", float(not view.findings))
        yield from _counters(view)
        yield from _waiting(view)
        yield from _schedule(view)


def _counters(view: View) -> Iterator[Metric]:
    counts, runs, committed = view.counted
    for counter in Counter:
        family = CounterMetricFamily(
            f"disway_{counter.value}", f"Of runs of this service: {counter.value}", labels=["site"]
        )
        for (name, site), count in sorted(counts.items()):
            if name == counter.value:
                family.add_metric([site], count)
        yield family
    refused = CounterMetricFamily("disway_refused", "Articles that were refused, by reason", labels=["site", "reason"])
    for (name, site), count in sorted(counts.items()):
        if name.startswith(_REFUSED):
            refused.add_metric([site, name.removeprefix(_REFUSED)], count)
    yield refused
    done = CounterMetricFamily(
        "disway_committed", "New and changed articles that came into the archive", labels=["site"]
    )
    for site, count in sorted(committed.items()):
        done.add_metric([site], count)
    yield done
    ended = CounterMetricFamily("disway_runs", "Fires, by job and outcome", labels=["job", "outcome"])
    for (job, outcome), count in sorted(runs.items()):
        ended.add_metric([job, outcome], count)
    yield ended


def _waiting(view: View) -> Iterator[Metric]:
    fresh = GaugeMetricFamily("disway_freshness_seconds", "Since the last good run of a site", labels=["site"])
    for site, age in sorted(view.state.freshness_s.items()):
        fresh.add_metric([site], age)
    yield fresh
    pending = GaugeMetricFamily("disway_pending", "Articles that wait to be fetched", labels=["site"])
    oldest = GaugeMetricFamily("disway_pending_oldest_seconds", "Since the oldest of them was sighted", labels=["site"])
    for site, waits in sorted((view.pending or {}).items()):
        pending.add_metric([site], waits.articles)
        if waits.oldest is not None:
            oldest.add_metric([site], _age(waits.oldest, view.state.now))
    yield pending
    yield oldest
    spool = view.state.undelivered
    yield _gauge("disway_undelivered_segments", "Segments in the spool", spool.segments)
    yield _gauge("disway_undelivered_bytes", "Their bytes", spool.bytes)
    age = _age(spool.oldest, view.state.now) if spool.oldest else 0.0
    yield _gauge("disway_undelivered_oldest_seconds", "Since the oldest of them was written to", age)


def _schedule(view: View) -> Iterator[Metric]:
    board = view.state.board
    running = GaugeMetricFamily("disway_running", "Whether a run of the job goes on", labels=["job"])
    waited = GaugeMetricFamily("disway_waited_seconds", "For how long the job has waited for others", labels=["job"])
    following = GaugeMetricFamily("disway_next_fire_timestamp_seconds", "When the job fires next", labels=["job"])
    for name, job in board.jobs.items():
        running.add_metric([name], float(job.running is not None))
        waited.add_metric([name], job.waited_s)
        if name in board.next_fires:
            following.add_metric([name], board.next_fires[name].timestamp())
    yield from (running, waited, following)
    lapses = CounterMetricFamily(
        "disway_lapses", "Times that a clock was set, or the machine or the service stood still"
    )
    lapses.add_metric([], board.lapses)
    yield lapses


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, value=value)


def _age(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds())
