"""What differs between two versions of an article, field by field."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from access.archive import Archive
from access.jsontext import plain
from access.lookup import Row, versions
from access.wording import PARAGRAPH, Stretch, differing, words
from news.errors import UsageError
from news.url import ArticleKey

FIELDS = (
    *("title", "body", "caption", "credit", "reporter", "editor", "published_at"),
    *("section", "tags", "place", "source", "image_url"),
)
"""That are compared, in this order."""
_SPAN = re.compile(r"(?:([0-9]+)\.\.)?([0-9]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs: its values in both versions, and the stretches of words (of `tags`: of tags)."""

    field: str
    old: Any
    new: Any
    stretches: tuple[Stretch, ...]

    def facts(self) -> dict[str, Any]:
        """As JSON knows it; `words` are stretches in order: `op` (equal, delete, insert) and `text`."""
        between = ", " if self.field == "tags" else " "
        return {
            "old": plain(self.old),
            "new": plain(self.new),
            "words": [{"op": s.op.value, "text": joined(s.tokens, between)} for s in self.stretches],
        }


def is_span(text: str) -> bool:
    """Whether `text` names versions, as `version_pair` takes it."""
    return _SPAN.fullmatch(text) is not None


def version_pair(archive: Archive, key: ArticleKey, span: str | None) -> tuple[Row, Row]:
    """The two versions that `span` means: `A..B`, `B` for the one before and B, None for the last two.

    Raises UsageError when it means none, and as `access.lookup.head`.
    """
    wanted = _SPAN.fullmatch(span) if span is not None else None
    if span is not None and wanted is None:
        raise UsageError(f"--diff {span}: write two versions as 1..3, one as 3 (for 2..3), or none for the last two")
    rows = versions(archive, key, (*FIELDS, "article_key", "version", "captured_at"))
    if len(rows) == 1:
        raise UsageError(f"{key} has one version only: there is nothing to compare it with")
    second = int(wanted[2]) if wanted else len(rows)
    first = int(wanted[1]) if wanted and wanted[1] else second - 1
    for number in (first, second):
        if not 1 <= number <= len(rows):
            raise UsageError(f"--diff {first}..{second}: {key} has no version {number}: it has 1 to {len(rows)}")
    return rows[first - 1], rows[second - 1]


def changes(old: Row, new: Row) -> list[Change]:
    """The fields of FIELDS that differ between two rows of `versions`. Null, and nothing written, are the same."""
    found = []
    for field in FIELDS:
        before, after = old[field] or None, new[field] or None
        if before != after:
            tokens = _TOKENS.get(field, words)
            found.append(Change(field, before, after, differing(tokens(before), tokens(after))))
    return found


def joined(tokens: tuple[str, ...], between: str = " ") -> str:
    """Tokens as text; `between` stands between words, and not beside the break of a paragraph."""
    return between.join(tokens).replace(f"{between}{PARAGRAPH}", PARAGRAPH).replace(f"{PARAGRAPH}{between}", PARAGRAPH)


def _tags(tags: list[str] | None) -> tuple[str, ...]:
    return tuple(tags or ())


def _instant(moment: Any) -> tuple[str, ...]:
    return () if moment is None else (moment.isoformat(),)


_TOKENS: dict[str, Callable[[Any], tuple[str, ...]]] = {"tags": _tags, "published_at": _instant}
