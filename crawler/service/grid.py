"""At which instants a job fires: points in time that depend on nothing but the configuration. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


class Grid(Protocol):
    """Strictly increasing instants, aware, UTC."""

    @property
    def step(self) -> timedelta:
        """The usual distance of two of them."""

    def latest(self, at: datetime) -> datetime:
        """The newest one that is not after `at`."""

    def after(self, at: datetime) -> datetime:
        """The first one after `at`."""


@dataclass(frozen=True, slots=True)
class Every:
    """The multiples of `step` since 1970 in UTC, all later by `offset`."""

    step: timedelta
    offset: timedelta = timedelta(0)

    def latest(self, at: datetime) -> datetime:
        since = at - _EPOCH - self.offset
        return at.astimezone(UTC) - since % self.step

    def after(self, at: datetime) -> datetime:
        return self.latest(at) + self.step


@dataclass(frozen=True, slots=True)
class Daily:
    """Once on each day of a zone, at a time of day by its clocks.

    Where clocks are put forward over that time, it comes as much later; where it comes twice, the first counts.
    """

    at: time
    zone: ZoneInfo

    @property
    def step(self) -> timedelta:
        return _DAY

    def latest(self, at: datetime) -> datetime:
        return max(fire for fire in self._near(at) if fire <= at)

    def after(self, at: datetime) -> datetime:
        return min(fire for fire in self._near(at) if fire > at)

    def _near(self, at: datetime) -> Iterator[datetime]:
        """Those of the days around `at`: two to each side, since a zone may leave out a day."""
        day = at.astimezone(self.zone).date()
        for number in range(-2, 3):
            yield datetime.combine(day + number * _DAY, self.at, self.zone).astimezone(UTC)


def between(grid: Grid, begin: datetime, end: datetime) -> Iterator[datetime]:
    """The instants after `begin` up to `end`, oldest first."""
    fire = grid.after(begin)
    while fire <= end:
        yield fire
        fire = grid.after(fire)
