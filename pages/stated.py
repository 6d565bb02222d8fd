"""Dates and headlines as feeds state them."""

import re
from datetime import UTC, datetime, timedelta, timezone
from html import unescape
from zoneinfo import ZoneInfo

from news.dates import ZONES, parse_date_line
from news.text import clean

_MONTHS = {"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10}
_MONTHS |= {"nov": 11, "dec": 12, "peb": 2, "mei": 5, "agu": 8, "ags": 8, "agt": 8, "okt": 10, "nop": 11, "des": 12}
_RFC_822 = re.compile(
    r"(?:[A-Za-z]{2,9}\.?,?\s*)?(?P<day>\d{1,2})[\s-]+(?P<month>[A-Za-z]{3,9})\.?[\s-]+(?P<year>\d{4}|\d{2})[\s,]+"
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
    r"\s*(?:(?:GMT|UTC)?(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?|(?P<zone>[A-Za-z]{1,5}))?(?:\s*\(.{0,40}\))?"
)
_AMERICAN_ZONES = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
"""RFC 822, section 5.1, in hours. Its military letters but Z were defined wrongly and mean nothing (RFC 2822, 4.3)."""

_UNIVERSAL = frozenset({"UT", "UTC", "GMT", "Z"})
_CENTURY_TURN = 70
"""Years of two digits below it are of this century."""

_LONGEST = 100
_EDGES = (1, 9999)
"""Years that may leave the calendar in another zone."""

_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_BREAK = re.compile(r"<(?:br|p|div|li)\b[^<>]*>", re.IGNORECASE)
_ESCAPED = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")


def stated_headline(text: str) -> str:
    """A title without tags, white space as single spaces, and unescaped once where it was escaped twice."""
    if "<" in text:
        text = _TAG.sub("", _BREAK.sub(" ", text))
    if "&" in text:
        text = _ESCAPED.sub(lambda found: unescape(found[0]), text)
    return clean(text)


def stated_instant(text: str, zone: str) -> datetime | None:
    """The instant (aware) that a feed states: ISO 8601, W3C-DTF, RFC 822 and what is written in their place.

    `zone` is the IANA zone of dates that name none; a date alone is the first minute of its day. None when the text is
    no date, or one that no calendar has; nothing is too early or too late.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    try:
        at = _read(text, zone)
        if at is not None and at.year in _EDGES:
            at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at


def _read(text: str, zone: str) -> datetime | None:
    if text[:4].isdecimal():
        return _iso(text, zone)
    if stated := _RFC_822.fullmatch(text):
        return _rfc_822(stated, zone)
    line = None if "+" in text else parse_date_line(text, zone)  # printed forms name no offset
    return None if line is None else line.at


def _iso(text: str, zone: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        line = parse_date_line(text, zone)
        return None if line is None else line.at
    return at if at.tzinfo is not None else at.replace(tzinfo=ZoneInfo(zone))


def _rfc_822(stated: re.Match[str], zone: str) -> datetime | None:
    """Raises ValueError for a day or an hour that does not exist."""
    month = _MONTHS.get(stated["month"][:3].casefold())
    offset = _offset(stated, zone)
    if month is None or offset is None:
        return None
    year = int(stated["year"])
    if len(stated["year"]) < len("2026"):
        year += 2000 if year < _CENTURY_TURN else 1900
    clock = (int(stated["hour"]), int(stated["minute"]), min(int(stated["second"] or 0), 59))
    return datetime(year, month, int(stated["day"]), *clock, tzinfo=offset)


def _offset(stated: re.Match[str], zone: str) -> ZoneInfo | timezone | None:
    """The zone that the date names, the newsroom's when it names none, None when nobody knows it."""
    if sign := stated["sign"]:
        distance = timedelta(hours=int(stated["hours"]), minutes=int(stated["minutes"] or 0))
        return timezone(-distance if sign == "-" else distance)
    label = (stated["zone"] or "").upper()
    if not label:
        return ZoneInfo(zone)
    if label in _UNIVERSAL:
        return UTC
    if label in _AMERICAN_ZONES:
        return timezone(timedelta(hours=_AMERICAN_ZONES[label]))
    return ZoneInfo(ZONES[label]) if label in ZONES else None
