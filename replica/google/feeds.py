"""Which stories a feed holds: search, top stories, topics and places."""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, unquote

from replica.google.index import Entry
from replica.google.locale import is_indonesian
from replica.google.query import parse_query

CAP = 100
"""Items that a feed holds at most; no parameter gives more (FACTS-google-news.md, section 1.2)."""
UNSUPPORTED = "/rss/unsupported"
_TOPIC, _GEO, _TOPIC_ID = "/rss/headlines/section/topic/", "/rss/headlines/section/geo/", "/rss/topics/"
_TOP_AGE = timedelta(days=2)
_NATION = "NATION"
_TOPICS = {
    "WORLD": ("internasional", "dunia"),
    _NATION: (),
    "BUSINESS": ("ekonomi", "bisnis", "keuangan"),
    "TECHNOLOGY": ("teknologi", "tekno"),
    "ENTERTAINMENT": ("hiburan", "gaya", "wisata"),
    "SPORTS": ("olahraga",),
    "SCIENCE": ("pendidikan", "sains"),
    "HEALTH": ("kesehatan",),
}
"""Topic -> words of the sections that belong to it; a section without any belongs to the nation."""
_LOCALE = "hl=id&gl=ID&ceid=ID:id"
_UNPRINTABLE = re.compile(r"[\x00-\x1f\ufffe\uffff]")
"""What XML cannot hold, and what would break the line."""

Story = tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed before XML. Of a story, the first entry is the item and the others are told in its description."""

    title: str
    path: str
    stories: tuple[Story, ...]
    clustered: bool


def feed_at(path: str, given: dict[str, str], entries: Sequence[Entry], now: datetime) -> Feed | None:
    """The feed at `path` of `entries`, which are ordered by rank; None where Google News has no such feed."""
    known = entries if is_indonesian(given) else ()
    if path == UNSUPPORTED:
        return Feed("Google News", "/", (), clustered=False)
    if path == "/rss/search":
        return _search(given.get("q", ""), known, now)
    if path == "/rss":
        recent = [e for e in known if now - e.article.published <= _TOP_AGE]
        return Feed("Berita Teratas - Google News", f"/?{_LOCALE}", _clusters(recent), clustered=True)
    if path.startswith(_GEO):
        return _geo(unquote(path.removeprefix(_GEO)), known)
    topic = _topic(path)
    if topic is None:
        return None
    mine = [e for e in known if _topic_of(e) == topic]
    return Feed(f"{topic.capitalize()} - Google News", f"{path[4:]}?{_LOCALE}", _clusters(mine), clustered=True)


def _search(query: str, entries: Sequence[Entry], now: datetime) -> Feed:
    parsed = parse_query(query)
    found = [(e,) for e in entries if parsed.finds(e, now)] if query.strip() else []
    path = f"/search?q={quote(query)}&{_LOCALE}"
    shown = " ".join(_UNPRINTABLE.sub(" ", query).split())
    return Feed(f'"{shown}" - Google News', path, tuple(found[:CAP]), clustered=False)


def _geo(name: str, entries: Sequence[Entry]) -> Feed | None:
    mine = [e for e in entries if name.strip() and name.casefold() in e.headline.casefold()]
    path = f"{_GEO[4:]}{quote(name)}?{_LOCALE}"
    return Feed(f"{name} - Google News", path, _clusters(mine), clustered=True) if mine else None


def _topic(path: str) -> str | None:
    if path.startswith(_TOPIC):
        name = path.removeprefix(_TOPIC).upper()
        return name if name in _TOPICS else None
    number = path.removeprefix(_TOPIC_ID).partition("/")[0]
    if path.startswith(_TOPIC_ID) and number.startswith("CAAq"):
        return sorted(_TOPICS)[zlib.crc32(number.encode()) % len(_TOPICS)]
    return None


def _topic_of(entry: Entry) -> str:
    words = entry.article.section.slug.split("-")
    return next((t for t, mine in _TOPICS.items() if not set(mine).isdisjoint(words)), _NATION)


def _clusters(entries: Sequence[Entry]) -> tuple[Story, ...]:
    """Entries of one day and cluster number as one story, stories by the rank of their first."""
    found: dict[tuple[object, int], list[Entry]] = {}
    for entry in entries:
        found.setdefault((entry.article.published.date(), entry.cluster), []).append(entry)
    return tuple(tuple(story) for story in list(found.values())[:CAP])
