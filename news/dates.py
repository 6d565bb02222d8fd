"""Date lines of the network, read to aware instants. Nothing is guessed: what is impossible or half said is None.

Forms seen in public copies of the pages: `Kamis 05-03-2026,06:50 WIB` (2023 on, web and AMP),
`Sabtu, 12 Feb 2022 - 14:06 WIB` (2022), `Senin 09 Dec 2024 - 12:10 WIB` (sister network, English month);
machine-readable: `2026-02-23 17:18:45` (local wall clock) and ISO 8601.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

_LINE_LIMIT = 120
"""Longest text that can be a date line; the longest real form has 36 characters."""

ZONES = {"WIB": "Asia/Jakarta", "WITA": "Asia/Makassar", "WIT": "Asia/Jayapura", "UTC": "UTC", "GMT": "UTC"}
"""Printed zone names and the IANA zones that they mean."""

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari jan january",
            "februari feb pebruari peb february",
            "maret mar mrt march",
            "april apr",
            "mei may",
            "juni jun june",
            "juli jul july",
            "agustus agu agt ags agst aug august",
            "september sep sept",
            "oktober okt oct october",
            "november nov nopember nop",
            "desember des dec december",
        ),
        start=1,
    )
    for name in names.split()
}

_TIME = r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?(?![\d:.]*\d)(?:\s*(?P<zone>[A-Za-z]{2,5}))?"
_PRINTED = re.compile(
    r"(?<![\d/.-])(?P<day>\d{1,2})(?:\s*(?P<sep>[-/.])\s*(?P<month>\d{1,2})(?P=sep)|[\s-]+(?P<name>[A-Za-z]+)\.?[\s-]+)(?P<year>\d{4})(?!\d)"
    rf"(?:[\s,|\u2022\u00b7\u2013\u2014-]*(?:(?:pukul|jam)\s+)?{_TIME})?",
    re.IGNORECASE,
)
_MACHINE = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})"
    r"(?:[T ]\s?(?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r"\s?(?P<offset>Z|[+-]\d{2}(?::?\d{2})?)?)?",
    re.IGNORECASE,
)
_INDONESIAN_OFFSETS = {7: "Asia/Jakarta", 8: "Asia/Makassar", 9: "Asia/Jayapura"}


class Instant(NamedTuple):
    """An aware datetime and the IANA name of the zone that it was read in."""

    at: datetime
    zone: str


def parse_date_line(raw: str, default_zone: str) -> Instant | None:
    """The instant that a date line or machine-readable value states, or None when it states none.

    `default_zone` is the IANA zone of a text that names no zone itself. A date without a time is read as the first
    minute of that day. Day and month are never swapped, and a wrong weekday is not held against the date.
    """
    text = " ".join(raw[: _LINE_LIMIT + 1].split())
    if not text or len(text) > _LINE_LIMIT:
        return None
    found: Instant | None = None
    if machine := _MACHINE.fullmatch(text):
        found = _machine(machine, default_zone)
    elif printed := _PRINTED.search(text):
        found = _printed(printed, default_zone)
    return found if found is not None and _is_within_the_calendar(found.at) else None


def _is_within_the_calendar(at: datetime) -> bool:
    """Whether `at` is an instant in UTC too: the first hours of the year 1 are not, east of Greenwich."""
    try:
        at.astimezone(UTC)
    except OverflowError:
        return False
    return True


def _printed(match: re.Match[str], default_zone: str) -> Instant | None:
    month = _MONTHS.get(match["name"].lower()) if match["name"] else int(match["month"])
    label = (match["zone"] or "").upper()
    if month is None or (label and label not in ZONES):
        return None
    zone = ZONES.get(label, default_zone)
    wall = _wall_clock(match, month)
    return None if wall is None else Instant(wall.replace(tzinfo=_zone(zone)), zone)


def _machine(match: re.Match[str], default_zone: str) -> Instant | None:
    wall = _wall_clock(match, int(match["month"]))
    if wall is None:
        return None
    offset = match["offset"]
    if offset is None:
        return Instant(wall.replace(tzinfo=_zone(default_zone)), default_zone)
    return _at_offset(wall, offset, default_zone)


def _wall_clock(match: re.Match[str], month: int) -> datetime | None:
    try:
        return datetime(  # noqa: DTZ001 - the callers attach the zone
            int(match["year"]),
            month,
            int(match["day"]),
            int(match["hour"] or 0),
            int(match["minute"] or 0),
            int(match["second"] or 0),
        )
    except ValueError:
        return None


def _at_offset(wall: datetime, offset: str, default_zone: str) -> Instant | None:
    """`wall` at a numeric offset, in the default zone if it has that offset then, else in the zone that keeps it."""
    if offset.upper() == "Z":
        return Instant(wall.replace(tzinfo=_zone("UTC")), "UTC")
    digits = offset[1:].replace(":", "").ljust(4, "0")
    distance = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if distance >= timedelta(hours=24):
        return None
    aware = wall.replace(tzinfo=timezone(-distance if offset[0] == "-" else distance))
    local = wall.replace(tzinfo=_zone(default_zone))
    if local.utcoffset() == aware.utcoffset():
        return Instant(local, default_zone)
    hours = (aware.utcoffset() or timedelta()) / timedelta(hours=1)
    zone = _INDONESIAN_OFFSETS.get(int(hours)) if hours.is_integer() else None
    try:
        return Instant(aware.astimezone(_zone(zone or "UTC")), zone or "UTC")
    except OverflowError:
        return None


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
