"""Spans of time as an operator writes them: `90s`, `30m`, `6h`, `2d`, `1w`, also joined: `1d12h`."""

import re
from datetime import timedelta

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SPAN = re.compile(r"(?:[0-9]{1,6}[smhdw])+")


def parse_duration(text: str) -> timedelta:
    """The span that `text` states. Raises ValueError."""
    if not _SPAN.fullmatch(text):
        raise ValueError(f"{text!r} is no span of time: write e.g. '90s', '30m', '6h', '2d' or '1w'")
    spans = (timedelta(**{_UNITS[unit]: int(number)}) for number, unit in re.findall(r"(\d+)([smhdw])", text))
    return sum(spans, timedelta())
