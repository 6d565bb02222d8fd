"""What can happen to an article after it came out: kinds of edit, ways of vanishing, and an absence in between."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Change(StrEnum):
    """What an edit changed; everything else stays."""

    HEADLINE = "headline"
    """Headline and slug."""
    PARAGRAPH = "paragraph"
    """One paragraph reads otherwise."""
    LONGER = "longer"
    """One more paragraph."""
    CAPTION = "caption"
    TAGS = "tags"
    BYLINE = "byline"
    """Another reporter or editor."""
    LATER_PART = "later_part"
    """One paragraph behind the first part reads otherwise."""
    MORE_PARTS = "more_parts"
    """As many paragraphs more as it takes to fill another part."""
    REVERT = "revert"
    """What it said before the edit before."""
    REPLACED = "replaced"
    """Another text altogether under the same id."""


class Departure(StrEnum):
    """What the address of an article answers that is not there."""

    NOT_FOUND = "404"
    GONE = "410"
    HOME = "home"
    """302 to the home page."""
    SOFT_404 = "soft_404"
    """The not-found page with status 200."""


class Absence(NamedTuple):
    """From `at` on the article is not there; it comes back at `until`, or never when that is None."""

    at: datetime
    how: Departure
    until: datetime | None = None

    def covers(self, now: datetime) -> bool:
        """Whether the article is away at `now`."""
        return self.at <= now and (self.until is None or now < self.until)
