"""Which words differ between two texts."""

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import groupby

PARAGRAPH = "\n"
"""The token between two paragraphs."""
EXACT_TOKENS = 20_000
"""Texts up to here, together, are compared with every repetition of every word (0.03 s for two unlike texts of 10,000
words, measured). Above, difflib leaves out as landmarks the words that are more than 1 % of the text.
"""
_TOKENS = re.compile(r"\n|\S+")


class Op(StrEnum):
    """What became of a stretch of words."""

    EQUAL = "equal"
    DELETE = "delete"
    INSERT = "insert"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Tokens in a row that share a fate: words, tags, or PARAGRAPH."""

    op: Op
    tokens: tuple[str, ...]


def words(text: str | None) -> tuple[str, ...]:
    """The words of `text` and its paragraph breaks; other white space is not compared."""
    return tuple(_TOKENS.findall(text or ""))


def differing(old: Sequence[str], new: Sequence[str]) -> tuple[Stretch, ...]:
    """`old` and `new` as stretches: what is not inserted makes `old`, what is not deleted makes `new`, in order.

    Paragraphs are matched first, and words inside those that have no equal.
    """
    return tuple(
        Stretch(op, tuple(token for stretch in group for token in stretch.tokens))
        for op, group in groupby(_compare(_paragraphs(old), _paragraphs(new)), key=lambda stretch: stretch.op)
    )


def _compare(old: list[tuple[str, ...]], new: list[tuple[str, ...]]) -> Iterator[Stretch]:
    for tag, a, b, c, d in _opcodes(old, new):
        if tag == "replace":
            yield from _compare_words(_joined(old[a:b]), _joined(new[c:d]))
        else:
            yield from _stretches(tag, _joined(old[a:b]), _joined(new[c:d]))


def _compare_words(old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[Stretch]:
    for tag, a, b, c, d in _opcodes(old, new):
        yield from _stretches(tag, old[a:b], new[c:d])


def _opcodes(old: Sequence[Hashable], new: Sequence[Hashable]) -> Iterable[tuple[str, int, int, int, int]]:
    return SequenceMatcher(None, old, new, autojunk=len(old) + len(new) > EXACT_TOKENS).get_opcodes()


def _stretches(tag: str, old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[Stretch]:
    if tag == "equal":
        yield Stretch(Op.EQUAL, new)
        return
    if old:
        yield Stretch(Op.DELETE, old)
    if new:
        yield Stretch(Op.INSERT, new)


def _paragraphs(tokens: Sequence[str]) -> list[tuple[str, ...]]:
    """Each with the break behind it, so that they join to `tokens`."""
    found: list[tuple[str, ...]] = []
    begin = 0
    for position, token in enumerate(tokens, start=1):
        if token == PARAGRAPH:
            found.append(tuple(tokens[begin:position]))
            begin = position
    return [*found, tuple(tokens[begin:])] if begin < len(tokens) else found


def _joined(paragraphs: list[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(token for paragraph in paragraphs for token in paragraph)
