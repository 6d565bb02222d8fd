"""The clocks of the machine, and what they say together about the time between two looks at them."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

TOLERANCE = timedelta(seconds=1)
"""Far above what NTP slews between two looks, far below what matters to a schedule."""
STILL = timedelta(seconds=60)
"""A look that is later than the one before by more is late."""


@dataclass(frozen=True, slots=True)
class Reading:
    """All clocks at one instant: the wall's; seconds that the machine is awake; seconds since it was started."""

    wall: datetime
    awake_s: float
    booted_s: float


class Clocks(Protocol):
    """Something that can be read."""

    def read(self) -> Reading:
        """The present."""


class SystemClocks:
    """Those of Linux. CLOCK_BOOTTIME goes on while the machine sleeps, the monotonic clock does not."""

    def read(self) -> Reading:
        return Reading(datetime.now(UTC), time.monotonic(), time.clock_gettime(time.CLOCK_BOOTTIME))


@dataclass(frozen=True, slots=True)
class Lapse:
    """Something that kept the schedule from its course since the last look; `why` is for the rows of missed fires."""

    why: str
    of_clock: bool = False
    """Whether the clock was set; else time went by while nobody looked."""


def lapse_between(last: Reading, present: Reading) -> Lapse | None:
    """What happened between two looks; None when time went by as it should."""
    awake = timedelta(seconds=present.awake_s - last.awake_s)
    booted = timedelta(seconds=present.booted_s - last.booted_s)
    jump = present.wall - last.wall - booted
    if abs(jump) > TOLERANCE:
        way = "back" if jump < timedelta(0) else "forward"
        return Lapse(f"the clock jumped {way} by {_rounded(abs(jump))}", of_clock=True)
    if booted - awake > TOLERANCE:
        return Lapse(f"the machine slept for {_rounded(booted - awake)}")
    return Lapse(f"the service stood still for {_rounded(awake)}") if awake > STILL else None


def _rounded(span: timedelta) -> timedelta:
    return timedelta(seconds=round(span.total_seconds()))
