"""What a plan of reading again consists of (`storage.rebuild_plan`)."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from news.capture import WarcPointer
from news.url import ArticleKey
from storage.schema import Row


@dataclass(frozen=True, slots=True)
class Scope:
    """Which articles. Half-open on publication; what has no date, or was never read, counts by its capture. Aware."""

    sites: frozenset[str] | None = None
    """None: all, also those that no site file knows any more."""
    since: datetime | None = None
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether something of that moment is meant."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)

    def has_site(self, site: str | None) -> bool:
        """Whether articles of the site are meant."""
        return site is not None and (self.sites is None or site in self.sites)


class Span(NamedTuple):
    """Where the first part of an item lies in its object: offset and length in compressed bytes."""

    item: int
    offset: int
    length: int


class Page(NamedTuple):
    """One fetched page of a visit; `pointer` is of the record that holds its bytes."""

    part: int
    url: str
    fetched_at: datetime
    pointer: WarcPointer


@dataclass(frozen=True, slots=True)
class Stored:
    """The newest reading of a version: its row, with instants as texts. Without `wanted` it is only compared with."""

    id: int
    key: ArticleKey
    row: Row
    wanted: bool

    @property
    def captured_at(self) -> datetime:
        """When part 1 was fetched."""
        return datetime.fromisoformat(self.row["captured_at"])

    @property
    def pointers(self) -> tuple[WarcPointer, ...]:
        """The records of its parts, in order."""
        return tuple(WarcPointer(*(c[name] for name in WarcPointer._fields)) for c in self.row["captures"])


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit of an article that has unread ones."""

    id: int
    key: ArticleKey
    pages: tuple[Page, ...]
    unread: bool

    @property
    def captured_at(self) -> datetime:
        """When part 1 was fetched."""
        return self.pages[0].fetched_at


class Read(NamedTuple):
    """How one item of an article's history reads today; `row` is that of a visit that is an article."""

    captured_at: str
    content_digest: str | None
    """None when it cannot be read."""
    row: Row | None
    judged_at: str | None
    is_version: bool
