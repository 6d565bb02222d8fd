"""The search words of `/rss/search`: which entries a query means.

Terms stand side by side for AND, with `OR` between two for either, with `-` before one for its contrary. Brackets are
passed over. An operator that is not known, or whose value makes no sense, is silently ignored, as Google News does
(FACTS-google-news.md, section 1.1).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from replica.google.index import Entry

_TERM = re.compile(r'(?P<no>-)?(?:(?P<op>[A-Za-z_]+):)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))?')
_WORD = re.compile(r"\w+")
_SPAN = re.compile(r"(\d+)([hdmy])")
_HOURS = {"h": 1, "d": 24, "m": 24 * 30, "y": 24 * 365}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_PACIFIC = ZoneInfo("America/Los_Angeles")
"""Whose midnights bound `after:` and `before:`: inferred from items without a time (FACTS, section 1.2)."""
_ALL = {"allinurl": "inurl", "allintitle": "intitle"}

Test = Callable[[Entry, datetime], bool]


@dataclass(frozen=True, slots=True)
class Query:
    """Each group must hold, a group holds when one of its tests does."""

    groups: tuple[tuple[Test, ...], ...]

    def finds(self, entry: Entry, now: datetime) -> bool:
        """Whether `entry` is meant at `now`."""
        return all(any(test(entry, now) for test in group) for group in self.groups)


def parse_query(text: str) -> Query:
    """The query that `text` writes; every text is one."""
    groups: list[list[Test]] = []
    either, carried = False, None
    for term in _TERM.finditer(text.replace("(", " ").replace(")", " ")):
        if not term[0]:
            continue
        operator, value = (term["op"] or "").lower() or None, term["phrase"] or term["word"] or ""
        if operator is None and term[0] == "OR":
            either = True
            continue
        carried = _ALL.get(operator) if operator else carried
        test = _test(_ALL.get(operator or "", operator or carried), value)
        if test is not None:
            _add(groups, _contrary(test) if term["no"] else test, either=either)
        either = False
    return Query(tuple(map(tuple, groups)))


def _add(groups: list[list[Test]], test: Test, *, either: bool) -> None:
    if either and groups:
        groups[-1].append(test)
    else:
        groups.append([test])


def _test(operator: str | None, value: str) -> Test | None:
    match operator:
        case None | "intitle":
            return _in_title(value)
        case "site":
            return _on_site(value)
        case "inurl" if value:
            return lambda entry, _: value.lower() in entry.url.lower()
        case "when":
            return _within(value)
        case "after" | "before":
            return _beside(value, after=operator == "after")
    return None


def _contrary(test: Test) -> Test:
    return lambda entry, now: not test(entry, now)


def _in_title(value: str) -> Test | None:
    wanted = _spaced(value)
    return (lambda entry, _: wanted in _spaced(f"{entry.headline} - {entry.publisher}")) if wanted.strip() else None


def _spaced(text: str) -> str:
    """The words of `text` in lower case with a blank on each side, so that whole words are found."""
    words = _WORD.findall(text.casefold())
    return f" {' '.join(words)} "


def _on_site(value: str) -> Test | None:
    host, _, path = value.lower().removeprefix("www.").partition("/")
    if not host:
        return None

    def test(entry: Entry, _: datetime) -> bool:
        return f".{entry.host}".endswith(f".{host}") and entry.path.lower().startswith(f"/{path}")

    return test


def _within(value: str) -> Test | None:
    span = _SPAN.fullmatch(value)
    if not span:
        return None
    hours = int(span[1]) * _HOURS[span[2]]
    return lambda entry, now: (now - entry.article.published) / timedelta(hours=1) <= hours


def _beside(value: str, *, after: bool) -> Test | None:
    if not _DAY.fullmatch(value):
        return None
    try:
        midnight = datetime.combine(date.fromisoformat(value), time(), _PACIFIC)
    except ValueError:
        return None
    return lambda entry, _: (entry.article.published >= midnight) is after
