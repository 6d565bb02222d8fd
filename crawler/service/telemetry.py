"""What the service knows of the runs: counts since its start, and when all was well last. Read from other threads."""

import threading
from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from news.counters import Counter

_GOOD = ("ok", "degraded")
POLLED = (None, "poll")
"""Jobs whose runs read the listings of a site; None is a crawl that somebody started by hand or from cron."""
_ARTICLES = (Counter.ARTICLES_NEW.value, Counter.ARTICLES_CHANGED.value)


@dataclass
class Telemetry:
    """Counts and instants. Every method may be called from any thread."""

    sites: Sequence[str]
    started_s: float
    """When the service started, by the monotonic clock."""
    counts: Tally[tuple[str, str]] = field(default_factory=Tally)
    """By counter and site; the site is empty for the whole run."""
    runs: Tally[tuple[str, str]] = field(default_factory=Tally)
    """By job and outcome."""
    committed: Tally[str] = field(default_factory=Tally)
    """New and changed articles by site whose rows are in the archive."""
    good_s: dict[str, float] = field(default_factory=dict)
    """When each site had its last good run, by the monotonic clock; before it started counts too."""
    _uncommitted: dict[str, Tally[str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def know_good(self, age_s: Mapping[str, float], awake_s: float) -> None:
        """Take note of how long ago each site had a good run, as the archive has it."""
        with self._lock:
            for site, age in age_s.items():
                self.good_s[site] = max(awake_s - age, self.good_s.get(site, awake_s - age))

    def ran(self, row: Mapping[str, Any], awake_s: float) -> None:
        """Count the row of a run."""
        with self._lock:
            self.runs[row.get("job") or "", row["outcome"]] += 1
            new: Tally[str] = Tally()
            counts = row.get("counts")
            for entry in counts if isinstance(counts, list) else ():
                site = entry["site"] or ""
                self.counts[entry["counter"], site] += entry["count"]
                if entry["counter"] in _ARTICLES:
                    new[site] += entry["count"]
            if new:
                self._uncommitted[row["run_id"]] = new
            if row["outcome"] in _GOOD and row.get("job") in POLLED:
                for site in set(row.get("sites") or ()) - set(row.get("degraded_sites") or ()):
                    self.good_s[site] = awake_s

    def delivered(self, waiting: set[str]) -> None:
        """Take note of the runs whose spools are still there: what all others fetched is in the archive."""
        with self._lock:
            for run_id in self._uncommitted.keys() - waiting:
                self.committed.update(self._uncommitted.pop(run_id))

    def freshness_s(self, awake_s: float) -> dict[str, float]:
        """Seconds since the last good run of each site that had one."""
        with self._lock:
            return {site: awake_s - self.good_s[site] for site in self.sites if site in self.good_s}

    def copy(self) -> tuple[Tally[tuple[str, str]], Tally[tuple[str, str]], Tally[str]]:
        """Counts, runs and committed articles, as they are."""
        with self._lock:
            return self.counts.copy(), self.runs.copy(), self.committed.copy()
