"""Are two headlines one headline? What news aggregators print is matched to articles that are known already."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol, TypeVar

from news.text import clean

SAME_SHARE = 0.9
"""Token overlap from which two headlines are the same."""
SAME_SPAN = timedelta(hours=36)
"""Aggregators date some items by day only, at midnight of the US Pacific zone: up to a day and the zones between."""

_APOSTROPHES = re.compile("['`\u00b4\u02b9\u02bb-\u02bd\u2018-\u201b\u2032\u2035\uff07]")


class Published(Protocol):
    """An article that a headline may belong to."""

    @property
    def title(self) -> str: ...
    @property
    def published_at(self) -> datetime | None:
        """Aware; None matches nothing."""
        ...


Candidate = TypeVar("Candidate", bound=Published)


@lru_cache(maxsize=16_384)
def normalised(title: str) -> str:
    """The words of `title` in compatibility caseless form, without punctuation and symbols. Idempotent.

    Apostrophes vanish within a word (Jum'at, Al-Qur'an), all other punctuation parts words.
    """
    text = _APOSTROPHES.sub("", _folded(clean(title)))
    return _folded(" ".join("".join(char if _is_of_a_word(char) else " " for char in text).split()))


def overlap(a: str, b: str) -> float:
    """The share of their distinct words that two headlines have in common (Jaccard), 0 to 1; 0 without words."""
    ours, theirs = _words(a), _words(b)
    return len(ours & theirs) / len(ours | theirs) if ours and theirs else 0.0


def matches(lead_title: str, lead_at: datetime | None, candidates: Iterable[Candidate]) -> Candidate | None:
    """The one of `candidates` (of the lead's host, one an article) that the lead is about, or None.

    Published within 36 h of `lead_at` (aware), and the only one with the same normalised title; when none has it, the
    only one with 90% of the words and the same numbers, for a number is all that tells daily headlines apart.
    """
    title = normalised(lead_title)
    if lead_at is None or not title:
        return None
    near = [c for c in candidates if c.published_at is not None and abs(c.published_at - lead_at) <= SAME_SPAN]
    same = [c for c in near if normalised(c.title) == title]
    if not same:
        same = [c for c in near if overlap(title, c.title) >= SAME_SHARE and _numbers(title) == _numbers(c.title)]
    return same[0] if len(same) == 1 else None


def _folded(text: str) -> str:
    """Compatibility caseless form (Unicode 15, section 3.13, D146)."""
    for _ in range(2):
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
    return text


def _is_of_a_word(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char).startswith("M")


def _words(title: str) -> frozenset[str]:
    return frozenset(normalised(title).split())


def _numbers(title: str) -> list[str]:
    return [word for word in normalised(title).split() if any(char.isdigit() for char in word)]
