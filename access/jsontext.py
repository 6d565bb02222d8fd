"""Any value of a result as JSON, and rows as JSON text."""

import base64
import json
import math
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

_LINE_ENDS = str.maketrans({"\u2028": "\\u2028", "\u2029": "\\u2029", "\x85": "\\u0085"})


def plain(value: Any) -> Any:  # noqa: PLR0911  one line a type reads best
    """`value` as JSON knows it.

    Instants become ISO 8601 with their offset, spans seconds, bytes base64, decimals text (JSON's numbers would
    round them); NaN and infinities, which JSON has not, become null.
    """
    match value:
        case None | str() | bool() | int():
            return value
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case bytes():
            return base64.b64encode(value).decode()
        case Decimal() | UUID():
            return str(value)
    return str(value)


def json_text(value: Any) -> str:
    """`value` as JSON on one line. Line separators of Unicode are escaped: some readers of lines end there."""
    try:
        text = _FAST.encode(value)
    except (ValueError, TypeError):
        text = _FAST.encode(plain(value))
    return text.translate(_LINE_ENDS) if not text.isascii() else text


def object_text(names: Sequence[str], values: Sequence[Any]) -> str:
    """One row as a JSON object on one line."""
    return json_text(dict(zip(names, values, strict=True)))


def distinct_names(names: Sequence[str]) -> list[str]:
    """`names` with `_1`, `_2`... behind those that came before, as a JSON object or a Parquet file needs them.None"""
    taken: set[str] = set()
    result = []
    for name in names:
        candidate, number = name, 0
        while candidate in taken:
            number += 1
            candidate = f"{name}_{number}"
        taken.add(candidate)
        result.append(candidate)
    return result


_FAST = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=plain)
"""Calls `plain` for what JSON does not know only; NaN and keys that are no text make it fail."""
