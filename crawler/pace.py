"""When the next request may go: the arithmetic of politeness, on a monotonic clock. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

DAY_S = 86_400.0


@dataclass
class Backoff:
    """Pauses that a server asked for, by 429, 503 or Retry-After: doubled each time, up to a cap."""

    start_s: float
    cap_s: float
    until: float = 0.0
    refusals: int = 0

    def refused(self, now: float, retry_after_s: float | None) -> None:
        """The server refused at `now`. Refusals during a pause belong to the one that began it."""
        if now >= self.until:
            self.refusals += 1
            pause = self.start_s * 2.0 ** min(self.refusals - 1, 32)
            self.until = now + min(pause, self.cap_s)
        if retry_after_s is not None:
            self.until = max(self.until, now + min(retry_after_s, DAY_S))

    def answered(self, now: float) -> None:
        """The server answered; a pause that still lasts is kept."""
        if now >= self.until:
            self.refusals = 0

    def lasts(self, now: float) -> bool:
        """Whether the pause goes on."""
        return now < self.until


@dataclass
class HostPace:
    """One host: one request at a time, `delay_s` between the starts of two."""

    delay_s: float
    backoff: Backoff
    next_at: float = 0.0

    def wait(self, now: float) -> float:
        """Seconds until the host may be asked."""
        return max(self.next_at, self.backoff.until) - now

    def started(self, now: float, delay_s: float | None = None) -> None:
        """A request goes out, after which the host is left alone for `delay_s`, or as long as it is set to."""
        self.next_at = now + (self.delay_s if delay_s is None else delay_s)


@dataclass
class BackendPace:
    """All hosts of one backend together: at most `rate_per_s` requests a second (0 = no limit), evenly spaced."""

    rate_per_s: float
    backoff: Backoff
    next_at: float = 0.0

    def reserve(self, now: float) -> float:
        """Take the next free instant; gives the seconds until it."""
        if not self.rate_per_s:
            return 0.0
        at = max(now, self.next_at)
        self.next_at = at + 1.0 / self.rate_per_s
        return at - now


def retry_after_s(value: bytes | None, date: bytes | None) -> float | None:
    """Seconds that a Retry-After of `value` asks for, 0 to a day; None when it is absent or nonsense.

    An HTTP date counts from the server's own `date`, so that its clock need not be right.
    """
    text = (value or b"").decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), DAY_S)
    until = _http_date(text)
    if until is None:
        return None
    since = _http_date((date or b"").decode("latin-1")) or datetime.now(UTC)
    return min(max((until - since).total_seconds(), 0.0), DAY_S)


def _http_date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
