"""Rows as a table for people: aligned columns, all rows, no value changed but on a terminal that is too narrow.None"""

import re
import shutil
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any, TextIO

from access.jsontext import object_text, plain
from access.result import Result

SAMPLE_ROWS = 500
"""Rows that decide how wide the columns are; later ones may stand out where nothing is shortened."""
_GAP = "  "
_NARROWEST = 8
_PLAN = ["explain_key", "explain_value"]
"""Columns of EXPLAIN, whose one value is a drawing."""
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def harmless(text: str) -> str:
    """`text` without what moves a terminal's cursor or turns its direction; line breaks and tabs are escaped."""
    return _CONTROL.sub(lambda match: _ESCAPES.get(match[0], "\ufffd"), text)


def write_table(result: Result, out: TextIO) -> tuple[int, int]:
    """Write all rows; return their number and how many values were shortened, which happens on a terminal only.None"""
    if result.columns == _PLAN:
        return _write_plan(result, out), 0
    rows = (tuple(map(_cell, values)) for values in result.values())
    numeric = [_is_number(str(field.type)) for field in result.schema]
    return _write(result.columns, rows, numeric, out)


def write_rows(names: Sequence[str], rows: Sequence[Sequence[Any]], out: TextIO) -> tuple[int, int]:
    """As `write_table`, of rows that are at hand."""
    numeric = [any(isinstance(row[i], int) for row in rows) for i in range(len(names))]
    return _write(names, (tuple(map(_cell, row)) for row in rows), numeric, out)


def _write(
    names: Sequence[str], rows: Iterator[tuple[str, ...]], numeric: Sequence[bool], out: TextIO
) -> tuple[int, int]:
    terminal = out.isatty()
    titles = [harmless(name) for name in names]
    sample = list(islice(rows, SAMPLE_ROWS))
    widths = [max(map(len, column)) for column in zip(titles, *sample, strict=True)]
    if terminal:
        widths = fitted(widths, shutil.get_terminal_size().columns)
    out.write(_line(titles, widths, numeric, cut=terminal)[0])
    out.write(_GAP.join("-" * width for width in widths) + "\n")
    count = shortened = 0
    for row in chain(sample, rows):
        line, cut = _line(row, widths, numeric, cut=terminal)
        out.write(line)
        count += 1
        shortened += cut
    return count, shortened


def fitted(widths: Sequence[int], available: int) -> list[int]:
    """`widths` made to fit into `available` characters, taken from the widest columns; never under 8 characters
    each.
    """
    result = list(widths)
    excess = sum(result) + len(_GAP) * (len(result) - 1) - available
    while excess > 0 and max(result) > _NARROWEST:
        widest = max(result)
        next_widest = max((w for w in result if w < widest), default=_NARROWEST)
        which = [i for i, w in enumerate(result) if w == widest]
        step = min(widest - max(next_widest, _NARROWEST), -(-excess // len(which)))
        for i in which:
            result[i] -= step
        excess -= step * len(which)
    return result


def _write_plan(result: Result, out: TextIO) -> int:
    rows = 0
    for _, drawing in result.values():
        out.writelines(f"{harmless(line)}\n" for line in drawing.split("\n"))
        rows += 1
    return rows


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return harmless(object_text(list(value), list(value.values())))
    if isinstance(value, list):
        return harmless("[" + ", ".join(map(_cell, value)) + "]")
    return harmless(str(plain(value)))


def _line(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool], *, cut: bool) -> tuple[str, int]:
    shown = []
    shortened = 0
    for text, width, right in zip(cells, widths, numeric, strict=True):
        if cut and len(text) > width:
            shown.append(text[: width - 1] + "…")
            shortened += 1
        else:
            shown.append(text.rjust(width) if right else text.ljust(width))
    return _GAP.join(shown).rstrip() + "\n", shortened


def _is_number(arrow_type: str) -> bool:
    return arrow_type.startswith(("int", "uint", "float", "double", "decimal"))
