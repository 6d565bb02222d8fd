"""What a page class is, and the registry that picks one by the day of capture."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Protocol

from news.article import ArticlePart
from pages.document import Document


class PageClass(Protocol):
    """One layout of one kind of page.

    Valid for captures from `valid_from` up to, not including, `valid_until`; None is without bound. `revision`
    counts up with every change that may read an old page differently, so that a better reader never looks like an edit.
    """

    @property
    def name(self) -> str: ...
    @property
    def revision(self) -> int: ...
    @property
    def valid_from(self) -> date | None: ...
    @property
    def valid_until(self) -> date | None: ...

    def read(self, page: Document) -> ArticlePart | None:
        """The article part; None when the page lacks the elements that this layout is read by. Raises NotAnArticle."""
        ...


@dataclass(frozen=True)
class Family:
    """Layouts of one kind of page that followed one another. Raises ValueError when two are valid on one day."""

    classes: Sequence[PageClass]

    def __post_init__(self) -> None:
        ordered = sorted(self.classes, key=lambda c: c.valid_from or date.min)
        for layout in ordered:
            if (layout.valid_from or date.min) >= (layout.valid_until or date.max):
                raise ValueError(f"page class {layout.name} is never valid")
        for earlier, later in pairwise(ordered):
            if (earlier.valid_until or date.max) > (later.valid_from or date.min):
                raise ValueError(f"page classes {earlier.name} and {later.name} are valid on the same day")

    def at(self, captured_at: datetime) -> PageClass | None:
        """The class for a page captured at `captured_at` (aware; the day is the UTC day)."""
        day = captured_at.astimezone(UTC).date()
        for layout in self.classes:
            if (layout.valid_from or date.min) <= day < (layout.valid_until or date.max):
                return layout
        return None
