"""What Google News is asked: one host, one edition, and days that can be made smaller until they are single."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.google_query import DaySlice, article_page_url, canary_url, days_around, search_url, split

EDITION = {"hl": ["id"], "gl": ["ID"], "ceid": ["ID:id"]}
DAYS = st.dates(date(2015, 1, 1), date(2035, 1, 1))
HOST = "radartegal.disway.id"


def asked(url: str) -> tuple[str, dict[str, list[str]]]:
    pieces = urlsplit(url)
    assert (pieces.scheme, pieces.netloc) == ("https", "news.google.com")
    assert url.isascii()
    assert " " not in url
    return pieces.path, parse_qs(pieces.query, strict_parsing=True)


@pytest.mark.parametrize(
    ("stated", "query"),
    [
        ({}, "site:radartegal.disway.id"),
        ({"when": "1d"}, "site:radartegal.disway.id when:1d"),
        ({"when": "12h"}, "site:radartegal.disway.id when:12h"),
        ({"after": date(2026, 3, 5)}, "site:radartegal.disway.id after:2026-03-05"),
        (
            {"after": date(2026, 3, 5), "before": date(2026, 3, 6)},
            "site:radartegal.disway.id after:2026-03-05 before:2026-03-06",
        ),
    ],
    ids=str,
)
def test_a_search(stated, query):
    assert asked(search_url(HOST, **stated)) == ("/rss/search", EDITION | {"q": [query]})


@pytest.mark.parametrize(
    ("host", "stated"),
    [
        (HOST, {"when": "1 day"}),
        (HOST, {"when": "0d"}),
        (HOST, {"when": ""}),
        (HOST, {"when": "1d", "after": date(2026, 3, 5)}),
        (HOST, {"after": date(2026, 3, 5), "before": date(2026, 3, 5)}),
        ("disway.id when:1d", {}),
        ("disway", {}),
        ("", {}),
    ],
    ids=str,
)
def test_what_google_would_ignore_is_not_asked(host, stated):
    with pytest.raises(ValueError, match=r"."):
        search_url(host, **stated)


def test_the_front_page():
    assert asked(canary_url()) == ("/rss", EDITION)


def test_the_page_of_an_article():
    assert article_page_url("CBMi_a-b") == "https://news.google.com/rss/articles/CBMi_a-b?hl=id&gl=ID&ceid=ID%3Aid"
    assert asked(article_page_url("a/b?c"))[0] == "/rss/articles/a%2Fb%3Fc"


@given(DAYS, st.integers(1, 3000))
def test_a_slice_is_split_until_its_days_are_single(after, count):
    days = DaySlice(after, after + timedelta(days=count))
    parts = split(days)
    assert len(parts) == (0 if count == 1 else count if count <= 8 else 2)
    for part, following in pairwise(parts):
        assert part.before == following.after
    if parts:
        assert (parts[0].after, parts[-1].before) == days
        lengths = [(part.before - part.after).days for part in parts]
        assert min(lengths) >= 1
        assert max(lengths) - min(lengths) <= 1


@given(DAYS, st.integers(0, 40), st.sampled_from(["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"]), st.data())
def test_the_slice_around_days_of_indonesia_holds_their_every_second(first, count, zone, data):
    last = first + timedelta(days=count)
    begin = datetime.combine(first, time(), ZoneInfo(zone)).astimezone(UTC)
    end = datetime.combine(last + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)
    at = begin + timedelta(seconds=data.draw(st.integers(0, int((end - begin).total_seconds()) - 1)))
    days = days_around(first, last)
    for googles in ("America/Los_Angeles", "UTC", zone):
        assert days.after <= at.astimezone(ZoneInfo(googles)).date() < days.before


def test_days_are_in_order():
    with pytest.raises(ValueError, match="no day"):
        days_around(date(2026, 3, 5), date(2026, 3, 4))
