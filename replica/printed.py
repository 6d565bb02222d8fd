"""Dates, ages and numbers as the sites print them."""

from datetime import datetime, timedelta, timezone

from replica.prose import DAYS
from replica.world import Look, Profile

_ENGLISH_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MINUTE, _HOUR, _DAY, _WEEK = 60, 3600, 86_400, 604_800


def wall(instant: datetime, profile: Profile) -> datetime:
    """`instant` on the clock that the site prints."""
    return instant.astimezone(timezone(profile.utc_offset))


def date_line(instant: datetime, profile: Profile) -> str:
    """The date line of a page: `Kamis 05-03-2026,06:50 WIB`, or `Sabtu, 12 Feb 2022 - 14:06 WIB` in the old look."""
    if profile.look is not Look.TEMPLATE_2022:
        return amp_date_line(instant, profile)
    at = wall(instant, profile)
    month = _ENGLISH_MONTHS[at.month - 1]
    return f"{DAYS[at.weekday()]}, {at.day:02d} {month} {at.year} - {at:%H:%M} {profile.zone}"


def amp_date_line(instant: datetime, profile: Profile) -> str:
    """The date line of an AMP page, and of every web page but the old look's."""
    at = wall(instant, profile)
    return f"{DAYS[at.weekday()]} {at:%d-%m-%Y,%H:%M} {profile.zone}"


def readers(article_id: int, published: datetime, now: datetime) -> str:
    """How often the counter says that an article was read: more every few minutes, the same at the same instant."""
    minutes = max(0, (now - published) // timedelta(minutes=1))
    return f"{1 + minutes * (3 + article_id % 17) // 10:,}".replace(",", ".")


def age(published: datetime, now: datetime) -> str:
    """How long ago, as listings say it."""
    seconds = int((now - published) / timedelta(seconds=1))
    for size, word in ((_WEEK, "minggu"), (_DAY, "hari"), (_HOUR, "jam"), (_MINUTE, "menit")):
        if seconds >= size:
            return f"{seconds // size} {word} lalu"
    return f"{seconds} detik lalu"
