"""Whether Google News may be asked: its breakers, kept across runs in the table `sources`, and what refusals do."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum

from news.article import LinkKind
from news.breaker import CLOSED, Breaker, tripped
from news.counters import Counter
from news.google import GoogleRefusal
from news.item import Finding, SiteFailed, SourceFound
from pages.google_query import GOOGLE_NEWS
from spiders.base import NetworkSpider
from spiders.google_requests import HOST
from spiders.outcome import NOT_TRIED
from storage.seen_state import SeenState

logger = logging.getLogger(__name__)

PATIENCE = 3
"""Faults in a row after which Google is not asked on in this run: what it says is not understood any more."""

_SHUTS_OUT = frozenset(
    {
        GoogleRefusal.TOO_MANY_REQUESTS,
        GoogleRefusal.UNAVAILABLE,
        GoogleRefusal.SORRY,
        GoogleRefusal.CONSENT,
        GoogleRefusal.EMPTY,
    }
)
"""Refusals that are meant for us, and that asking on would prolong. The others are faults of one answer."""


class Door(StrEnum):
    """What Google refuses apart: it goes on giving feeds to whom it gives no more article pages.

    The value stands for it among the sources.
    """

    FEEDS = f"{GOOGLE_NEWS}/rss"
    DECODES = f"{GOOGLE_NEWS}/rss/articles"


class Gate:
    """The breakers of Google News during a run. While one is open nothing at all is asked."""

    def __init__(self, spider: NetworkSpider, state: SeenState) -> None:
        self._spider = spider
        self._breakers = {door: _remembered(state, door) for door in Door}
        self._faults = 0
        self._blocked = False
        """For the rest of this run: robots.txt forbids it, the run ends, or too many answers were no use."""

    @property
    def is_open(self) -> bool:
        """Whether anything may be asked just now."""
        now = datetime.now(UTC)
        return not self._blocked and all(breaker.allows(now) for breaker in self._breakers.values())

    def answered(self, door: Door) -> Iterator[SourceFound]:
        """Google gave a good answer: refusals there before count no more."""
        self._faults = 0
        before = self._breakers[door]
        after = before.reset(datetime.now(UTC))
        if after is not before:
            self._breakers[door] = after
            yield self._finding(door, Finding.ALIVE, None)

    def refused(
        self, door: Door, refusal: GoogleRefusal, retry_after_s: float | None = None
    ) -> Iterator[SourceFound | SiteFailed]:
        """Google refused: counted by its kind; the breaker opens if it was meant for us. The run is degraded."""
        self._spider.count(Counter(f"google_{refusal.value}"))
        yield from self._close(door, refusal, retry_after_s)

    def failed(self, door: Door, reason: str) -> Iterator[SourceFound | SiteFailed]:
        """No answer came, for `reason`, a word of the crawler."""
        if reason == "robots_forbidden":
            self._forbidden()
        elif reason == "backed_off":  # it asked for a pause that is too long for this run
            yield from self._close(door, GoogleRefusal.UNAVAILABLE, None)
        elif reason in NOT_TRIED:
            self._blocked = True
        else:
            yield from self.refused(door, GoogleRefusal.HTTP_ERROR)

    def _close(
        self, door: Door, refusal: GoogleRefusal, retry_after_s: float | None
    ) -> Iterator[SourceFound | SiteFailed]:
        yield SiteFailed(HOST, refusal.value)
        if refusal in _SHUTS_OUT:
            breaker = self._breakers[door] = tripped(self._breakers[door], datetime.now(UTC), retry_after_s)
            logger.warning("Google News refuses (%s): it is left alone until %s", refusal.value, breaker.until)
            yield self._finding(door, Finding.CLOSED, refusal.value)
            return
        self._faults += 1
        if self._faults == PATIENCE:
            logger.warning("Google News gave %d useless answers in a row (%s): no more of it", PATIENCE, refusal.value)
            self._blocked = True

    def _forbidden(self) -> None:
        """robots.txt forbids it, and nobody set that aside."""
        if not self._blocked:
            self._spider.count(Counter.GOOGLE_ROBOTS_BLOCKED)
            logger.warning(
                "Google News is turned on and its robots.txt forbids it: nothing is asked. "
                "[google_news] override_robots = true sets the rules aside"
            )
        self._blocked = True

    def _finding(self, door: Door, finding: Finding, reason: str | None) -> SourceFound:
        breaker = self._breakers[door]
        return SourceFound(
            url=door.value,
            site=None,
            kind=LinkKind.GOOGLE_NEWS,
            at=breaker.opened_at or datetime.now(UTC),
            finding=finding,
            reason=reason,
            failures=breaker.trips,
            next_check=breaker.until,
        )


def shuts_out(refusal: GoogleRefusal) -> bool:
    """Whether a refusal is meant for us, so that what was asked for is not at fault."""
    return refusal in _SHUTS_OUT


def _remembered(state: SeenState, door: Door) -> Breaker:
    known = state.source(door.value)
    if known is None or known.finding != Finding.CLOSED:
        return CLOSED
    return Breaker(known.at, known.next_check, known.failures)
