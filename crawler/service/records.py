"""What the dispatch must not forget, and the rows that nobody else writes: on disk before anything depends on it."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from crawler.fire import Fire
from crawler.service.fires import Skipped, Track, Waiting
from crawler.service.jobs import Job
from crawler.service.journal import Journal
from crawler.service.rows import row_of_skipped
from storage.schema import Row
from storage.spool import SpoolFull, tell_end

logger = logging.getLogger(__name__)

_REFUSED_S = 60.0
"""Between two attempts to keep rows that the disk did not take."""
_END = ("finished_at", "outcome", "reason")
"""What a row says of the end of a run."""


class Records:
    """The journal in memory, and the way of a row into the spool."""

    def __init__(self, journal: Journal, spool_dir: Path, keep: Callable[[Sequence[Row]], object]) -> None:
        """`keep` makes rows durable, or raises SpoolFull."""
        self._memory = journal.load()
        self._journal = journal
        self._spool_dir = spool_dir
        self._keep = keep
        self._dirty = True  # the first look shows whether the disk takes the journal
        self._again_s = float("-inf")
        self.journal_fails = False
        """Whether the disk did not take the journal."""

    @property
    def started(self) -> list[Fire]:
        """The fires whose runs were started and have no row yet."""
        return list(self._memory.started.values())

    @property
    def rows_waiting(self) -> int:
        """Rows that the disk has not taken yet."""
        return len(self._memory.rows)

    def track(self, job: str) -> Track:
        """How far a job has come."""
        return self._memory.tracks.get(job, Track())

    def owed(self) -> list[tuple[str, Waiting]]:
        """The jobs that owe a run, that which has waited longest first."""
        owed = [(name, track.waiting) for name, track in self._memory.tracks.items() if track.waiting is not None]
        return sorted(owed, key=lambda pair: pair[1].first)

    def set_track(self, job: str, track: Track) -> None:
        """Remember how far a job has come."""
        if track != self._memory.tracks.get(job):
            self._memory.tracks[job] = track
            self._dirty = True

    def raise_high(self, job: str, newest: datetime) -> None:
        """Remember a fire that the archive has a row of."""
        track = self.track(job)
        if track.high is None or newest > track.high:
            self.set_track(job, replace(track, high=newest))

    def begin(self, fire: Fire) -> None:
        """Remember, durably, that the run of `fire` is being started: its job owes it no more."""
        self._memory.tracks[fire.job] = replace(self.track(fire.job), waiting=None)
        self._memory.started[fire.run_id] = fire
        self._dirty = True
        self.save()

    def settle(self, fire: Fire, row: Row | None, *, seen: bool = True) -> None:
        """The run of `fire` has ended; `row` is its row, None when somebody else writes that.

        A crawl that was killed left its spool: the delivery of that writes the row, and says what `row` says of the end
        unless the crawl noted a better one, or nobody saw it end.
        """
        end = {name: row[name] for name in _END} if row is not None and seen else {}
        if row is not None and not tell_end(self._spool_dir, fire.run_id, end):
            self._memory.rows[fire.run_id] = row
        self._memory.started.pop(fire.run_id, None)
        self._dirty = True

    def skip(self, job: Job, skipped: Skipped) -> Row:
        """Make the row of a fire that is not run."""
        row = row_of_skipped(skipped, job.name, job.command)
        self._memory.rows[row["run_id"]] = row
        self._dirty = True
        return row

    def keep_rows(self, awake_s: float) -> None:
        """Hand on to the spool what has no place there yet; a disk that refused it is left alone for a while."""
        if not self._memory.rows or awake_s < self._again_s:
            return
        self.save()  # first: rows that are in the spool twice are committed once, by their run ids
        try:
            self._keep(list(self._memory.rows.values()))
        except (SpoolFull, OSError) as error:
            logger.error("%d rows wait: %s", len(self._memory.rows), error)  # noqa: TRY400  the error says it all
            self._again_s = awake_s + _REFUSED_S
            return
        self._memory.rows.clear()
        self._dirty = True

    def save(self) -> None:
        """Write the journal if it changed, or could not be written before."""
        if self._dirty or self.journal_fails:
            self.journal_fails = not self._journal.save(self._memory)
            self._dirty = False
