"""Which fires of a job are due, and what becomes of those that cannot be run. Pure.

A fire is run, or it is skipped. Fires that pile up (nobody was there, or a run would not end) are made up for by one
run: it is that of the newest of them and covers from the oldest; each of the others is skipped.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crawler.service.grid import Grid, between

TOLD_ONE_BY_ONE = timedelta(days=35)
"""Missed fires that are older get one row together: a clock that starts in 1970 would leave two million."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The run that a job owes: of the fire `last`, making up for all from `first` on.

    `why` it did not start at once. `again`: the job had fired at this instant before the clock was set back.
    """

    first: datetime
    last: datetime
    why: str
    again: bool = False

    @property
    def covers_from(self) -> datetime | None:
        """None when it makes up for no other fire."""
        return self.first if self.first < self.last else None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A fire that is not run, or `count` of them that are told together: from `first` to `last`."""

    first: datetime
    last: datetime
    why: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Track:
    """How far a job has come. Instants are aware.

    `high` is the newest fire that was ever taken. `cursor` is set while the clock is behind it, having been set back:
    fires after the cursor come once more, since to stand still until the clock has caught up might take a year.
    """

    high: datetime | None = None
    cursor: datetime | None = None
    waiting: Waiting | None = None

    @property
    def newest(self) -> datetime | None:
        """Up to where fires were taken, as the clock goes."""
        return self.cursor or self.high


def take(track: Track, grid: Grid, now: datetime, why: str, *, begin_at_once: bool) -> tuple[Track, list[Skipped]]:
    """Take all fires that are due at `now`: the newest waits to be run, the others are skipped because of `why`.

    A job without any history fires at once, for the newest instant, or else begins with the next one.
    """
    if track.high is None:
        newest = grid.latest(now)
        owed = Waiting(newest, newest, why) if begin_at_once else None
        return Track(newest, None, owed), []
    high = track.high
    track = _set_back(track, high, grid.step, now)
    due, together = _due(track, high, grid, now)
    if not due:
        return track, []
    fresh = [fire for fire in due[:-1] if fire > high]
    skipped = [Skipped(fire, fire, why) for fire in fresh]
    if together is not None:
        skipped.insert(0, replace(together, why=why))
    first = together.first if together is not None else due[0]
    if track.waiting is not None:
        skipped.insert(0, Skipped(track.waiting.last, track.waiting.last, track.waiting.why))
        first = min(first, track.waiting.first)
    newest = due[-1]
    cursor = newest if newest < high else None
    return Track(max(high, newest), cursor, Waiting(first, newest, why, newest <= high)), skipped


def _set_back(track: Track, high: datetime, step: timedelta, now: datetime) -> Track:
    """A clock that was set back by more than a step: the schedule goes on from the present. By less: it waits."""
    here = track.cursor or high
    return replace(track, cursor=now) if here - now > step else track


def _due(track: Track, high: datetime, grid: Grid, now: datetime) -> tuple[Sequence[datetime], Skipped | None]:
    """The fires that are due, oldest first; and those that are too old to be told one by one."""
    begin = track.cursor or high
    if track.cursor is not None and now >= high and grid.after(grid.after(begin)) <= now:
        begin = high  # the clock came right again at a stroke: what lies behind has its rows
    oldest = now - TOLD_ONE_BY_ONE
    if begin >= oldest or grid.after(begin) > oldest:
        return list(between(grid, begin, now)), None
    old = list(between(grid, begin, oldest))
    return list(between(grid, oldest, now)), Skipped(old[0], old[-1], "", len(old))
