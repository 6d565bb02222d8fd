"""How alerts are put to people: one plain message for all that a run changed."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from crawler.alerting.alert import WARNINGS, Alert, AlertKind
from crawler.alerting.words import TITLES, TO_DO

MOST_TOLD = 40
"""Alerts of one message; services cut longer ones where they please."""
_LONGEST = 500
"""Characters of one line."""
_KINDS = frozenset(kind.value for kind in AlertKind)
"""An archive may hold alerts of a later version of the program."""


class Message(NamedTuple):
    """What a service is told. `weight` is failure, warning or success, as apprise has them."""

    title: str
    body: str
    weight: str


def message_of(alerts: Sequence[Alert], archive: str, zone: ZoneInfo) -> Message:
    """One message for alerts in the order in which they were opened and recovered."""
    opened = [alert for alert in alerts if alert.is_open]
    recovered = [alert for alert in alerts if not alert.is_open]
    shown = sorted([*opened, *recovered][:MOST_TOLD], key=_place)
    blocks = [_block(list(group), zone) for _, group in groupby(shown, key=_place)]
    if left := len(alerts) - len(shown):
        blocks.append(f"... and {left} more: the table `alerts` has them all.")
    counted = [f"{len(some)} {word}" for some, word in ((opened, "open"), (recovered, "recovered")) if some]
    body = "\n\n".join((*blocks, f"Archive: {one_line(archive)}"))
    return Message(f"disway: {', '.join(counted)}: {_headline([*opened, *recovered])}", body, _weight(opened))


def log_line(alert: Alert) -> str:
    """One line for the log."""
    return f"alert {alert.state}: {_about(alert)}: {one_line(alert.message)}"


def one_line(text: str) -> str:
    """`text` without control characters, angle brackets (chat services read tags and mentions in them) or excess."""
    plain = "".join(char if char.isprintable() else " " for char in text).replace("<", "(").replace(">", ")")
    plain = " ".join(plain.split())
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}..."


def title_of(kind: str) -> str:
    """What an alert of that kind is called."""
    return TITLES[AlertKind(kind)] if kind in _KINDS else kind


def to_do(kind: str, site: str | None) -> str:
    """What to do about it."""
    return TO_DO[AlertKind(kind)].format(site=one_line(site or "ID")) if kind in _KINDS else "see the table `alerts`."


def moment(at: datetime, zone: ZoneInfo) -> str:
    """`2026-11-23 14:05 WIB`."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}"


def _place(alert: Alert) -> tuple[bool, bool, str, str]:
    """Open ones first, grave ones before warnings; those of one kind at one site stand together."""
    return not alert.is_open, alert.kind in WARNINGS, alert.kind, alert.site or ""


def _block(alerts: Sequence[Alert], zone: ZoneInfo) -> str:
    first = alerts[0]
    word = "RECOVERED" if not first.is_open else "WARNING" if first.kind in WARNINGS else "ALERT"
    since = moment(min(alert.since for alert in alerts), zone)
    until = f" until {moment(max(alert.at for alert in alerts), zone)}" if not first.is_open else ""
    lines = [f"{word} {_about(first)} (since {since}{until})", *(f"- {one_line(alert.message)}" for alert in alerts)]
    if first.is_open:
        lines.append(f"What to do: {to_do(first.kind, first.site)}")
    return "\n".join(lines)


def _about(alert: Alert) -> str:
    where = f"{one_line(alert.site)}: " if alert.site else ""
    return f"{where}{title_of(alert.kind)}"


def _headline(alerts: Sequence[Alert]) -> str:
    names = list(dict.fromkeys(_about(alert) for alert in alerts))
    return "; ".join(names[:3]) + ("; ..." if len(names) > 3 else "")  # noqa: PLR2004  what a telephone shows


def _weight(opened: Sequence[Alert]) -> str:
    if not opened:
        return "success"
    return "warning" if all(alert.kind in WARNINGS for alert in opened) else "failure"
