"""Changes between two versions as lines for people: `[-old-]{+new+}`, or colours on a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from access.changes import FIELDS, Change
from access.lookup import Row
from access.table import harmless
from access.wording import PARAGRAPH, Op, Stretch

CONTEXT = 8
"""Unchanged words that are shown on either side of a change."""
_LEFT_OUT = "…"
_BREAK = "¶"
"""Stands for the break of a paragraph that was deleted or inserted."""

Marks = Mapping[Op, tuple[str, str]]
"""What stands before and behind a stretch."""
SIGNS: Marks = {Op.EQUAL: ("", ""), Op.DELETE: ("[-", "-]"), Op.INSERT: ("{+", "+}")}
"""As wdiff and git print them."""
COLOURS: Marks = {Op.EQUAL: ("", ""), Op.DELETE: ("\x1b[31m", "\x1b[0m"), Op.INSERT: ("\x1b[32m", "\x1b[0m")}
"""Red and green of an ANSI terminal."""


def change_lines(old: Row, new: Row, found: Sequence[Change], marks: Marks) -> Iterator[str]:
    """Both versions, then each field that differs, its changes in their context.

    What stands in a page cannot steer a terminal: only `marks` can.
    """
    yield f"{new['article_key']}: {_version(old)} -> {_version(new)}"
    if not found:
        yield f"no difference in {', '.join(FIELDS)}"
    for change in found:
        yield ""
        yield f"{change.field}:"
        yield from (f"  {line}" for line in _lines(change, marks))


def _version(row: Row) -> str:
    return f"version {row['version']} ({row['captured_at'].isoformat()})"


def _lines(change: Change, marks: Marks) -> Iterator[str]:
    if all(stretch.op is Op.EQUAL for stretch in change.stretches):
        yield "(only white space differs)"
        return
    line: list[tuple[Op, str]] = []
    for op, token in _shown(change):
        if token != PARAGRAPH:
            line.append((op, f"#{token}" if change.field == "tags" else token))
            continue
        if op is not Op.EQUAL:
            line.append((op, _BREAK))
        yield _marked(line, marks)
        line = []
    if line:
        yield _marked(line, marks)


def _shown(change: Change) -> Iterator[tuple[Op, str]]:
    """Tokens with their fate; of long unchanged stretches only what stands beside a change."""
    last = len(change.stretches) - 1
    for position, stretch in enumerate(change.stretches):
        before, after = (0 if position == 0 else CONTEXT), (0 if position == last else CONTEXT)
        tokens = stretch.tokens if change.field == "tags" else _context(stretch, before, after)
        yield from ((stretch.op, token) for token in tokens)


def _context(stretch: Stretch, before: int, after: int) -> tuple[str, ...]:
    """The first `before` and the last `after` tokens of a stretch that did not change, and a sign between."""
    tokens = stretch.tokens
    end = len(tokens) - after
    left_out = tokens[before:end]
    if stretch.op is not Op.EQUAL or len(left_out) <= 1:
        return tokens
    broken = before and after and PARAGRAPH in left_out
    return (*tokens[:before], _LEFT_OUT, *((PARAGRAPH,) if broken else ()), *tokens[end:])


def _marked(line: Sequence[tuple[Op, str]], marks: Marks) -> str:
    groups = []
    for op, run in groupby(line, key=lambda pair: pair[0]):
        begin, end = marks[op]
        groups.append(f"{begin}{harmless(' '.join(token for _, token in run))}{end}")
    return " ".join(groups)
