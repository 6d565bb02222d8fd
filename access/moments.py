"""Points in time as users write them on the command line."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from news.duration import parse_duration
from news.errors import UsageError

_ZONE = ZoneInfo("Asia/Jakarta")
"""Of a date or time that names no zone: the network prints WIB."""
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_moment(text: str, option: str, now: datetime) -> datetime:
    """An aware instant: `2d` and other spans before `now`, a date (its midnight in Asia/Jakarta), or ISO 8601.

    Raises UsageError that names `option`.
    """
    try:
        if _DATE.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), time(), _ZONE)
        if text[:1].isdigit() and text[-1:].isalpha() and "T" not in text.upper():
            return now - parse_duration(text)
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=_ZONE)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"{option} {text!r}: write a span such as 2d, a date such as 2026-03-05, "
            "or a time such as 2026-03-05T06:50+07:00"
        ) from error


def parse_day(text: str, option: str, now: datetime, *, ends: bool = False) -> date:
    """The day, as Asia/Jakarta has it, of the instant `text`; with `ends` the first that begins no earlier.

    Raises UsageError as `parse_moment`.
    """
    try:
        moment = parse_moment(text, option, now).astimezone(_ZONE)
        return moment.date() + timedelta(days=ends and moment.time() != time())
    except OverflowError as error:
        raise UsageError(f"{option} {text!r}: there is no such day") from error
