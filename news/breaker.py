"""When to leave a server alone after it refused, and for how long. Pure: state in, state out; all instants aware.

Google locks an address out for up to an hour, and every request during the lock-out begins it anew (measured by users
of its decoders in 2024). So the first pause is an hour, nothing probes while it lasts, and the state outlives a run.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

FIRST_PAUSE = timedelta(minutes=60)
LONGEST_PAUSE = timedelta(days=1)
_LONGEST_WISH = timedelta(days=366)
"""A Retry-After beyond this is taken for this: it is a mistake, and dates have an end."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """Closed with `trips` 0; else it was opened `trips` times without a success in between, last at `opened_at`."""

    opened_at: datetime | None = None
    """Aware, UTC; None when closed."""
    until: datetime | None = None
    """Aware, UTC, exclusive; None when closed."""
    trips: int = 0

    @property
    def closed(self) -> bool:
        """Whether nothing was refused since the last success."""
        return self.trips == 0

    def allows(self, now: datetime) -> bool:
        """Whether a request may be sent at `now`."""
        return self.until is None or now >= self.until

    def reset(self, now: datetime) -> "Breaker":
        """The state after a success at `now`. An answer that was under way when it opened does not close it."""
        return CLOSED if self.allows(now) else self


CLOSED = Breaker()


def tripped(breaker: Breaker | None, now: datetime, retry_after_s: float | None = None) -> Breaker:
    """The state after a refusal at `now` with the server's Retry-After, if it gave one; None is a closed breaker.

    Each trip in a row doubles the pause up to a day; a longer Retry-After wins. A refusal while open, of a request that
    was under way, is no further trip, but the pause begins anew. `until` never moves back. Raises ValueError for a
    naive `now`.
    """
    if now.tzinfo is None:
        raise ValueError("the instant of a refusal needs a zone")
    now, before = now.astimezone(UTC), breaker or CLOSED
    trips = before.trips + 1 if before.allows(now) else before.trips
    until = now + max(_pause(trips), _wish(retry_after_s))
    return Breaker(now, until if before.until is None else max(until, before.until), trips)


def _pause(trips: int) -> timedelta:
    doublings = min(trips - 1, LONGEST_PAUSE // FIRST_PAUSE)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


def _wish(retry_after_s: float | None) -> timedelta:
    if retry_after_s is None or not retry_after_s > 0:
        return timedelta()
    return timedelta(seconds=min(retry_after_s, _LONGEST_WISH.total_seconds()))
