"""What a feed or sitemap names and nobody else does, followed bit by bit for as long as it proves true. Pure.

A document costs nothing to write. One that names a million articles is asked for some dozens of them; each that is one
earns the right to ask for more, so what is true comes whole in one run and what is invented ends after a few.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from news.article import PageLink
from news.url import ArticleKey
from spiders.asked import Asked

FIRST_CREDIT = 50
"""Articles asked for on a document's word alone: more than most feeds hold."""
CREDIT_OF_A_LIAR = 5
EARNED = 3
"""Requests that one article earns: a document of which a quarter is true is followed to its end."""
_FALSE_FROM = 20
"""Claims that must prove false before a document is called a liar; fewer may be a bad day of the server."""


@dataclass(slots=True)
class Copy:
    """One copy of a document, as it was fetched, and what of it is left to be sighted."""

    asked: Asked
    via_url: str
    """Canonical, as sightings have it."""
    fetched_at: datetime
    is_whole: bool
    """Whether everything that it names was read, and had room."""
    left: int = 0

    @property
    def url(self) -> str:
        """Under which the document is remembered."""
        return self.asked.url


class Claim(NamedTuple):
    """An article that a copy names, unknown to the archive. The lower its rank, the earlier it is followed."""

    rank: tuple[bool, float, int]
    key: ArticleKey
    link: PageLink
    copy: Copy


@dataclass(slots=True)
class Account:
    """Of one document, or of a sitemap index with all that it names: its claims, and what they earned."""

    root: str
    """The document's address."""
    quota: int
    """Claims that one run holds; the next runs see the rest."""
    credit: int = FIRST_CREDIT
    over: int = 0
    """Claims that there was no room for."""
    true: int = 0
    false: int = 0
    waiting: dict[ArticleKey, list[Claim]] = field(default_factory=dict)
    """By article: several copies may name it."""
    held: int = 0
    """Claims that wait."""
    _order: list[ArticleKey] = field(default_factory=list)
    """Of the articles that wait, the first to be followed at the end; empty when it is to be made."""

    @classmethod
    def opened(cls, root: str, quota: int, *, lied: bool) -> "Account":
        """An account with the credit that its history deserves."""
        return cls(root, quota, credit=CREDIT_OF_A_LIAR if lied else FIRST_CREDIT)

    def add(self, claims: Iterable[Claim]) -> None:
        """Take claims of one copy as far as there is room, those of the lowest rank first."""
        ordered = sorted(claims, key=_rank)
        room = max(0, self.quota - self.held)
        for claim in ordered[:room]:
            claim.copy.left += 1
            self.waiting.setdefault(claim.key, []).append(claim)
        for claim in ordered[room:]:
            claim.copy.is_whole = False
        self.held += len(ordered[:room])
        self.over += len(ordered[room:])
        self._order = []

    def take_asked(self, is_asked: Callable[[ArticleKey], bool]) -> list[Claim]:
        """The claims that others made true: their articles are asked for in this run anyway, which costs nothing."""
        return self._taken([key for key in self.waiting if is_asked(key)])

    def take(self, is_asked: Callable[[ArticleKey], bool]) -> list[Claim]:
        """The claims on as many articles as the credit allows, each of which is to be judged later.

        Those that are asked for already come along for nothing.
        """
        if not self._order:
            self._order = sorted(self.waiting, key=lambda key: _rank(self.waiting[key][0]), reverse=True)
        keys: list[ArticleKey] = []
        while self._order and self.credit:
            key = self._order.pop()
            if key in self.waiting:
                keys.append(key)
                self.credit -= not is_asked(key)
        return self._taken(keys)

    def judge(self, *, is_true: bool) -> None:
        """Note what became of an article that was taken."""
        if is_true:
            self.true += 1
            self.credit += EARNED
        else:
            self.false += 1

    def close(self) -> int:
        """Give up what is left; how many claims that were, with those that there was no room for."""
        left = self.held + self.over
        self.waiting, self._order, self.held, self.over = {}, [], 0, 0
        return left

    def _taken(self, keys: Iterable[ArticleKey]) -> list[Claim]:
        taken = [claim for key in keys for claim in self.waiting.pop(key)]
        for claim in taken:
            claim.copy.left -= 1
        self.held -= len(taken)
        return taken

    @property
    def lies(self) -> bool | None:
        """Whether most of what was taken proved false; None when too little was taken to tell."""
        if self.false >= _FALSE_FROM and self.false > self.true:
            return True
        return False if self.true > self.false else None


def _rank(claim: Claim) -> tuple[bool, float, int]:
    return claim.rank
