"""What today's readers find in archived pages and those of their day did not, field by field. Pure."""

from collections import Counter as Tally
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from news.url import ArticleKey
from storage.schema import Row

FIELDS = (
    *("title", "body", "caption", "credit", "reporter", "editor", "published_at", "published_raw", "timezone"),
    *("section", "place", "tags", "source", "related", "image_url", "language", "word_count", "url"),
    *("parts", "parts_expected", "content_digest"),
)
"""Columns of `articles` that are compared, in the order in which they are told."""
EXAMPLES = 3
"""Kept of each field and effect."""


class Effect(StrEnum):
    """What another reading does to a field."""

    GAINED = "gained"
    """It was empty."""
    LOST = "lost"
    """It is empty now."""
    CHANGED = "changed"


class Example(NamedTuple):
    """One version in which a field differs; values as they stand in the rows."""

    article_key: str
    captured_at: str
    old: Any
    new: Any


@dataclass(slots=True)
class FieldDiff:
    """In how many versions a field differs, and how."""

    counts: Tally[Effect] = field(default_factory=Tally)
    examples: dict[Effect, list[Example]] = field(default_factory=dict)

    def take(self, effect: Effect, example: Example) -> None:
        """Count a version."""
        self.counts[effect] += 1
        kept = self.examples.setdefault(effect, [])
        if len(kept) < EXAMPLES:
            kept.append(example)


@dataclass(slots=True)
class ReparseDiff:
    """What a reading of archived pages came to."""

    versions: int = 0
    """That were read again."""
    differing: int = 0
    fields: dict[str, FieldDiff] = field(default_factory=dict)
    visits: int = 0
    """Pages that were no article to the readers of their day."""
    found: list[str] = field(default_factory=list)
    """The first articles that are had of such pages: `site/id`."""
    new_articles: int = 0
    new_versions: int = 0
    """Of articles that the archive has, out of such pages."""
    reopened: int = 0
    """Articles of which only some parts were fetched: the next crawl fetches them."""
    still_none: Tally[str] = field(default_factory=Tally)
    """Visits that are no article today either, by reason."""
    unreadable: int = 0
    """Versions whose pages cannot be read: damaged, lost, or no article to today's readers."""

    def take(self, key: ArticleKey, old: Row, new: Mapping[str, Any]) -> None:
        """Take a version that differs: its row, and the columns of today's reading."""
        for name, effect in differing(old, new).items():
            example = Example(str(key), old["captured_at"], old[name], new[name])
            self.fields.setdefault(name, FieldDiff()).take(effect, example)
        self.differing += 1


def differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Effect]:
    """The fields that differ between two readings. Null, an empty text and an empty list are the same."""
    found = {}
    for name in FIELDS:
        before, after = old.get(name) or None, new.get(name) or None
        if before != after:
            found[name] = _effect(before, after)
    return found


def _effect(before: Any, after: Any) -> Effect:
    if before is None:
        return Effect.GAINED
    return Effect.LOST if after is None else Effect.CHANGED
