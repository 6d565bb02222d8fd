"""When what a run saw is not normal any more. Pure.

Two questions, each as a test of significance, so that a run of 3 articles and one of 3,000 are judged alike: whether
fewer pages than usual have a field, and whether fewer or more articles than usual came out on a day.
"""

from collections.abc import Sequence
from math import exp, lgamma, log
from statistics import median
from typing import NamedTuple

LEAST_LACKING = 3
"""Fewer pages never alarm: one author's habit, one broken article."""
LEAST_KNOWN = 20
"""Pages of the days before, with fewer of which nothing is known of a field."""
LEAST_USUAL = 0.5
"""What fewer pages have is left out by authors, not by a layout."""
STATED_CHANCE = 0.005
"""A stated share lies well below the usual one, so that it is missed at this chance only where it is nearly true."""
LEARNED_CHANCE = 1e-4
"""62 sites with 13 fields each, judged 200 times a day, and hardly a field in 100 of them with a page that lacks it:
less than one false alarm a week."""
DAY_CHANCE = 0.01
"""For a day at half the usual pace (a holiday), or at double (an election)."""
WEEKDAYS = 4
LEAST_WEEKDAYS = 3
"""Of which a median tells something."""
_ODDS = 100.0
"""How much more probable it must be that a field is as it was than that it fails on, for an alert to end."""
_HALF = 0.5
"""Jeffreys' prior of a share."""


class Share(NamedTuple):
    """Pages, and how many of them lack something."""

    pages: int
    lacking: int

    @property
    def usual(self) -> float:
        """The share that has it; 0 of no pages."""
        return 1 - self.lacking / self.pages if self.pages else 0.0

    def __add__(self, other: object) -> "Share":
        """Both together."""
        assert isinstance(other, Share)
        return Share(self.pages + other.pages, self.lacking + other.lacking)

    def __str__(self) -> str:
        """`12/300`: lacking, of how many."""
        return f"{self.lacking}/{self.pages}"

    @classmethod
    def of(cls, text: str) -> "Share":
        """What `str` wrote. Raises ValueError."""
        lacking, _, pages = text.partition("/")
        return cls(int(pages), int(lacking))


NOTHING = Share(0, 0)


def misses(now: Share, floor: float) -> bool:
    """Whether `now` has too few to be a sample of pages of which the share `floor` has the field. 0 = never."""
    if floor <= 0 or now.lacking < LEAST_LACKING or now.usual >= floor:
        return False
    return _binomial_tail(now, 1 - floor) < STATED_CHANCE


def has_dropped(now: Share, before: Share) -> bool:
    """Whether `now` has too few to come from where `before` came from."""
    if before.pages < LEAST_KNOWN or before.usual < LEAST_USUAL:
        return False
    return has_risen(now, before)


def has_risen(now: Share, before: Share) -> bool:
    """Whether `now` lacks too many to come from where `before` came from, how little so ever that tells."""
    if now.lacking < LEAST_LACKING or now.lacking * before.pages <= before.lacking * now.pages:
        return False
    return _predictive_tail(now, before) < LEARNED_CHANCE


def is_back(now: Share, before: Share, failing: Share) -> bool:
    """Whether `now` looks like `before` the fault and not like `failing`, the pages with which it was noticed."""
    if not now.pages:
        return False
    healthy, ill = _rate(before if before.pages >= LEAST_KNOWN else Share(LEAST_KNOWN, 1)), _rate(failing)
    if healthy >= ill:
        return True
    present = now.pages - now.lacking
    odds = now.lacking * log(healthy / ill) + present * log((1 - healthy) / (1 - ill))
    return odds > log(_ODDS)


def pace(days: Sequence[int]) -> tuple[int, int] | None:
    """Floor and ceiling of a day, learned from the same weekdays before; None when they are too few to tell."""
    if len(days) < LEAST_WEEKDAYS:
        return None
    usual = median(days)
    floor, ceiling = 0, 0
    at_half, at_double = _Poisson(usual / 2), _Poisson(max(usual, 1) * 2)
    while at_half.up_to(floor) < DAY_CHANCE:
        floor += 1
    while 1 - at_double.up_to(ceiling) >= DAY_CHANCE:
        ceiling += 1
    return floor, ceiling


class _Poisson:
    """The distribution function, whose values are asked for in rising order."""

    def __init__(self, mean: float) -> None:
        self._mean = mean
        self._next = 0
        self._sum = 0.0

    def up_to(self, count: int) -> float:
        while self._next <= count:
            term = self._next * log(self._mean) - self._mean - lgamma(self._next + 1) if self._mean else 0.0
            self._sum += exp(term) if self._mean or not self._next else 0.0
            self._next += 1
        return self._sum


def _rate(share: Share) -> float:
    return (share.lacking + _HALF) / (share.pages + 2 * _HALF)


def _binomial_tail(now: Share, rate: float) -> float:
    """Chance of `now.lacking` or more of `now.pages`, each lacking it with the chance `rate`."""
    if rate <= 0 or rate >= 1:
        return float(rate >= 1)
    terms = (
        _choices(now.pages, k) + k * log(rate) + (now.pages - k) * log(1 - rate)
        for k in range(now.lacking, now.pages + 1)
    )
    return min(sum(map(exp, terms)), 1.0)


def _predictive_tail(now: Share, before: Share) -> float:
    """Chance of `now.lacking` or more of `now.pages`, given `before` (beta-binomial)."""
    a, b = before.lacking + _HALF, before.pages - before.lacking + _HALF
    terms = (
        _choices(now.pages, k) + _log_beta(a + k, b + now.pages - k) - _log_beta(a, b)
        for k in range(now.lacking, now.pages + 1)
    )
    return min(sum(map(exp, terms)), 1.0)


def _choices(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
