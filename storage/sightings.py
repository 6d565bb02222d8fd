"""Sightings as the spool notes them, a page at a time, and as columns of their table.

A page links some 50 others, and the same sidebar stands on every page: written as rows the sightings of a segment would
weigh more than its pages, in the spool and in memory.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import compress
from typing import Any, NamedTuple

from storage.schema import SIGHTINGS, Row

NOTE_KEY = "pages"
"""Under which a note holds its pages, beside the rows of other tables."""


class SightedLink(NamedTuple):
    """One link of a page; the columns of `sightings` that differ from link to link."""

    target_url: str
    site: str
    article_id: int | None
    kind: str
    anchor_text: str
    position: int


def page_note(via_url: str, first_seen_at: str, run_id: str, links: Iterable[SightedLink]) -> Row:
    """The sightings of one page. `first_seen_at` is ISO 8601 with offset."""
    return {"via_url": via_url, "first_seen_at": first_seen_at, "run_id": run_id, "links": list(links)}


class SightingColumns:
    """The `sightings` rows of a segment, each text held once."""

    def __init__(self) -> None:
        self.columns: dict[str, list[Any]] = {column.name: [] for column in SIGHTINGS}
        self._texts: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self.columns["target_url"])

    def add(self, page: Row) -> None:
        """Take a page's note."""
        count = len(page["links"])
        self.columns["via_url"] += [page["via_url"]] * count
        self.columns["first_seen_at"] += [datetime.fromisoformat(page["first_seen_at"])] * count
        self.columns["run_id"] += [page["run_id"]] * count
        for link in page["links"]:
            for name, value in zip(SightedLink._fields, link, strict=True):
                once = self._texts.setdefault(value, value) if isinstance(value, str) else value
                self.columns[name].append(once)

    def keep(self, wanted: Sequence[bool]) -> None:
        """Drop the rows for which `wanted` says no."""
        for name, values in self.columns.items():
            self.columns[name] = [*compress(values, wanted)]
