"""The addresses of Google News that are asked, in the Indonesian edition, and the days of a query.

A query gives at most 100 items, ranked by relevance, and there is no second page: one host a query, and a query that
is full is asked again in shorter slices of days.
"""

import re
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple
from urllib.parse import quote, urlencode

GOOGLE_NEWS = "https://news.google.com"

_EDITION = {"hl": "id", "gl": "ID", "ceid": "ID:id"}
"""Without it Google redirects; with another language's edition the same query is empty."""
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_PERIOD = re.compile(r"[1-9][0-9]{0,2}[hdmy]")
_DAYS_AT_ONCE = 8
"""Up to so many days a full slice is asked again day by day: a week, and the day by which slices overlap."""


class DaySlice(NamedTuple):
    """The days from `after` up to, not including, `before`; Google's days are those of the US Pacific zone."""

    after: date
    before: date


def days_around(first: date, last: date) -> DaySlice:
    """The slice that holds the Indonesian days `first` to `last`, both included. Raises ValueError for none.

    A day of Indonesia begins 14 to 17 hours before the Pacific day of the same date.
    """
    if last < first:
        raise ValueError(f"no day from {first} to {last}")
    return DaySlice(first - timedelta(days=1), last + timedelta(days=1))


def split(days: DaySlice) -> tuple[DaySlice, ...]:
    """What a slice that was cut off at Google's ceiling is asked again as, in order of time.

    Its halves when it is long, so that years of few articles cost few queries; else its single days; none when it is a
    single day already.
    """
    count = (days.before - days.after).days
    if count <= 1:
        return ()
    length = (count + 1) // 2 if count > _DAYS_AT_ONCE else 1
    bounds = [*(days.after + timedelta(days=n) for n in range(0, count, length)), days.before]
    return tuple(DaySlice(after, before) for after, before in pairwise(bounds))


def search_url(host: str, *, when: str | None = None, after: date | None = None, before: date | None = None) -> str:
    """The feed of what Google knows of `host`.

    `when`: a span up to this moment, 1 to 999 with h, d, m(onths) or y; or `after` (inclusive), `before` (exclusive).
    Raises ValueError for what Google would ignore without a word: another span, both ways at once, an empty slice.
    """
    if not _HOST.fullmatch(host):
        raise ValueError(f"{host!r} is no host name")
    if when is not None and not _PERIOD.fullmatch(when):
        raise ValueError(f"{when!r} is no span that Google understands: write e.g. 12h or 1d")
    if when is not None and (after or before):
        raise ValueError("a query has either a span or days")
    if after and before and before <= after:
        raise ValueError(f"no day from {after} up to {before}")
    stated = (("site", host), ("when", when), ("after", after), ("before", before))
    query = " ".join(f"{operator}:{value}" for operator, value in stated if value is not None)
    return _url("/rss/search", {"q": query})


def canary_url() -> str:
    """The feed of the front page, which is never empty for a reader whom Google lets in."""
    return _url("/rss", {})


def article_page_url(token: str) -> str:
    """The page that holds the signature of the article `token`; other paths and editions redirect away from it."""
    return _url(f"/rss/articles/{quote(token, safe='')}", {})


def _url(path: str, query: dict[str, str]) -> str:
    return f"{GOOGLE_NEWS}{path}?{urlencode(query | _EDITION, quote_via=quote)}"
