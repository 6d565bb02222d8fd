"""The search words: each operator against the articles that it should mean."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replica.google.index import Entry, entries_of
from replica.google.query import parse_query
from replica.network import Network

Meant = Callable[[Entry], bool]
_START = datetime(2026, 3, 5, tzinfo=UTC)
_TEGAL, _PALPOS = "radartegal.disway.id", "palpos.disway.id"


@cache
def _entries() -> tuple[Entry, ...]:
    return entries_of(Network.generate(11, sites=4, articles=30, start=_START))


@cache
def _all() -> set[int]:
    return _meant(lambda _: True)


def _found(query: str, now: datetime = _START) -> set[int]:
    parsed = parse_query(query)
    return {e.number for e in _entries() if parsed.finds(e, now)}


def _meant(test: Meant) -> set[int]:
    return {e.number for e in _entries() if test(e)}


@pytest.fixture
def one() -> Entry:
    """An article with a long word, and with two plain words side by side, in its headline."""
    return next(e for e in _entries() if len(_word(e)) > 5 and _phrase(e))


def _word(entry: Entry) -> str:
    return max((w for w in entry.headline.split() if w.isalpha()), key=len, default="")


def _phrase(entry: Entry) -> str:
    pairs = pairwise(entry.headline.split())
    return next((" ".join(pair) for pair in pairs if all(w.isalpha() for w in pair)), "")


@pytest.mark.parametrize(
    ("query", "test"),
    [
        (f"site:{_TEGAL}", lambda e: e.host == _TEGAL),
        (f"site:www.{_TEGAL}", lambda e: e.host == _TEGAL),
        (f"site:{_PALPOS}/read/", lambda e: e.host == _PALPOS),
        (f"site:{_TEGAL}/lokal", lambda e: e.host == _TEGAL and e.path.startswith("/lokal")),
        (f"site:disway.id -site:{_TEGAL}", lambda e: e.host != _TEGAL),
        (f"site:{_TEGAL} OR site:{_PALPOS}", lambda e: e.host in (_TEGAL, _PALPOS)),
        (f"(site:{_TEGAL} OR site:{_PALPOS}) inurl:lokal", lambda e: e.host == _TEGAL and "lokal" in e.url),
        (f"inurl:{_PALPOS}", lambda e: e.host == _PALPOS),
        (f"-inurl:{_PALPOS} -inurl:{_TEGAL}", lambda e: e.host not in (_TEGAL, _PALPOS)),
        ("allinurl:radartegal read", lambda e: e.host == _TEGAL and "read" in e.url),
        (f"site:{_TEGAL} site:{_PALPOS}", lambda _: False),
    ],
)
def test_operators_of_place(query, test):
    assert _found(query) == _meant(test)


@pytest.mark.parametrize("form", ["{w}", '"{p}"', "intitle:{w}", 'intitle:"{p}"', "allintitle:{p}", "{p}"])
def test_operators_of_the_headline(form, one):
    query = form.format(w=_word(one), p=_phrase(one))
    found = _found(query)
    assert one.number in found
    assert found < _all()
    words = (_word(one) if "{w}" in form else _phrase(one)).lower().split()
    assert all(w in e.headline.lower() for e in _entries() if e.number in found for w in words)
    assert _found(query.upper().replace("INTITLE", "intitle").replace("ALLintitle", "allintitle")) == found


def test_a_negated_word_is_the_contrary(one):
    word = _word(one)
    assert _found(f"-{word}") == _all() - _found(word)
    assert _found(f"{word} OR -{word}") == _all()


@pytest.mark.parametrize(
    ("span", "hours"), [("1h", 1), ("101h", 101), ("1d", 24), ("7d", 168), ("48m", 48 * 720), ("1y", 8760)]
)
def test_when_counts_back_from_the_clock(span, hours):
    wanted = _meant(lambda e: _START - e.article.published <= timedelta(hours=hours))
    assert _found(f"when:{span}") == wanted


def test_days_are_those_of_the_pacific_after_inclusive_before_exclusive():
    day = (_START - timedelta(days=3)).date()
    begin = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("America/Los_Angeles"))
    found = _found(f"after:{day} before:{day + timedelta(days=1)}")
    assert found == _meant(lambda e: begin <= e.article.published < begin + timedelta(days=1))
    assert found
    assert _found(f"after:{day}") | _found(f"before:{day}") == _all()
    assert not _found(f"after:{day}") & _found(f"before:{day}")
    assert begin.astimezone(UTC).hour in (7, 8)


@pytest.mark.parametrize(
    "ignored",
    [
        "when:",
        "when:abc",
        "when:5",
        "when:5w",
        "after:kemarin",
        "after:2026-02-31",
        "before:20260301",
        "as_q:x",
        "related:disway.id",
        "allinlinks:a",
        "site:",
        "inurl:",
        '""',
        "OR",
        "()",
        "-",
    ],
)
def test_what_is_not_understood_is_ignored(ignored):
    assert _found(f"site:{_TEGAL} {ignored}") == _found(f"site:{_TEGAL}")


@given(st.text(max_size=80))
def test_every_text_is_a_query(text):
    assert _found(text) <= _all()


@given(st.permutations([f"site:{_TEGAL}", "when:5d", "inurl:lokal", f"-site:{_PALPOS}"]))
def test_terms_stand_in_any_order(terms):
    assert _found(" ".join(terms)) == _found(f"site:{_TEGAL} when:5d inurl:lokal")
