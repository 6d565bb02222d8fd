"""When what happens to which article: the plan that the newsroom carries out."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import count, cycle, islice
from typing import NamedTuple, TypeAlias

from replica.chance import happens
from replica.fate import Absence, Change, Departure
from replica.life import DAY_MINUTES, Life
from replica.world import Article

_FIRST_EVENT_MINUTES = 20
_LAST_EVENT_MINUTES = 2 * DAY_MINUTES
_MINUTE = timedelta(minutes=1)
_TRIES = 60
"""How often instants are drawn for one article before another is taken; quiet days refuse some."""
_FIRST_DAYS = (Change.HEADLINE, Change.PARAGRAPH, Change.LONGER)
_STORIES: tuple[tuple[Change, ...], ...] = (
    (Change.HEADLINE,),
    (Change.PARAGRAPH, Change.REVERT),
    (Change.LATER_PART,),
    (Change.CAPTION,),
    (Change.MORE_PARTS,),
    (Change.TAGS,),
    (Change.REPLACED,),
    (Change.HEADLINE, Change.REVERT),
    (Change.BYLINE,),
    (Change.LONGER, Change.HEADLINE, Change.PARAGRAPH),
    (Change.PARAGRAPH,),
)
_BEFORE_LEAVING: tuple[tuple[Change, ...], ...] = ((), (), (Change.PARAGRAPH,))


class Edit(NamedTuple):
    """At `at` an editor makes this change."""

    at: datetime
    change: Change


class Leave(NamedTuple):
    """The article goes away; `rewritten` says that it comes back with another text."""

    absence: Absence
    rewritten: bool = False


Event: TypeAlias = Edit | Leave
Agenda: TypeAlias = dict[int, tuple[Event, ...]]
"""Position of an article -> its events, in order of time. Articles stand in the order in which they are written."""


def agenda_of(rng: random.Random, articles: Sequence[Article], start: datetime, life: Life) -> Agenda:
    """What happens to the articles of one site."""
    return (_long if life.is_long else _short)(rng, articles, start, life)


def _short(rng: random.Random, articles: Sequence[Article], start: datetime, life: Life) -> Agenda:
    out = [i for i, a in enumerate(articles) if a.published <= start]
    edited = rng.sample(out, life.edited(len(out)))
    rest = [i for i in out if i not in edited]
    vanishing = rng.sample(rest, min(len(rest), life.vanishing(len(out))))
    last = min(_LAST_EVENT_MINUTES, life.after_days * DAY_MINUTES)

    def moment() -> datetime:
        return start + life.moved(rng.randint(_FIRST_EVENT_MINUTES, last)) * _MINUTE

    edits: Agenda = {i: (Edit(moment(), change),) for i, change in zip(edited, cycle(_FIRST_DAYS), strict=False)}
    return edits | {i: (Leave(Absence(moment(), Departure.NOT_FOUND)),) for i in vanishing}


def _long(rng: random.Random, articles: Sequence[Article], start: datetime, life: Life) -> Agenda:
    waiting = rng.sample(range(len(articles)), len(articles))
    agenda: Agenda = {}

    def take(instants: int, suits: Callable[[Article], bool]) -> tuple[int, list[datetime]] | None:
        """The next article with room for so many instants, and these."""
        for index in waiting:
            if suits(articles[index]) and (times := _times(rng, articles[index], start, life, instants)):
                waiting.remove(index)
                return index, times
        return None

    for turn in islice(count(rng.randrange(len(_STORIES))), life.edited(len(articles))):
        story = _STORIES[turn % len(_STORIES)]
        if found := take(len(story), _is_split if Change.LATER_PART in story else _any):
            agenda[found[0]] = tuple(map(Edit, found[1], story))
    ways = tuple(Departure)
    for turn in islice(count(rng.randrange(len(ways) * len(_BEFORE_LEAVING))), life.vanishing(len(articles))):
        before, how = _BEFORE_LEAVING[turn % len(_BEFORE_LEAVING)], ways[turn % len(ways)]
        returns = happens(rng, life.returned_share)
        if found := take(len(before) + 1 + returns, _any):
            early, (at, *back) = found[1][: len(before)], found[1][len(before) :]
            leave = Leave(Absence(at, how, *back), rewritten=returns and happens(rng, 0.5))
            agenda[found[0]] = (*map(Edit, early, before), leave)
    return agenda


def _any(_: Article) -> bool:
    return True


def _is_split(article: Article) -> bool:
    return len(article.versions[0].parts()) > 1


def _times(rng: random.Random, article: Article, start: datetime, life: Life, number: int) -> list[datetime] | None:
    """So many instants in the article's life, each `gap` behind what came before; None when there is no room."""
    gap, settle = life.gap // _MINUTE, life.settle // _MINUTE
    first = max(0, (article.published - start) // _MINUTE) + gap
    spare = life.after_days * DAY_MINUTES - settle - first - (number - 1) * gap
    if spare < 0:
        return None
    for _ in range(_TRIES):
        drawn = sorted(rng.randint(0, spare) for _ in range(number))
        minutes = [first + at + turn * gap for turn, at in enumerate(drawn)]
        if all(map(life.is_open, minutes)):
            return [start + minute * _MINUTE for minute in minutes]
    return None
