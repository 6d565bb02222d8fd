"""One section listing, walked from its newest row down to known ground or to a date."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from news.url import ArticleKey, NetworkUrl

# Listings are in published order but for pinned rows, which stand on top: the last rows say how deep a page reaches.
_ROWS_THAT_DATE_A_PAGE = 3


@dataclass(slots=True)
class Walk:
    """A walk under way. `known` says whether a row is known ground; `since` is aware, None = to known ground."""

    listing: NetworkUrl
    known: Callable[[ArticleKey], bool]
    since: datetime | None
    last_read_at: datetime | None = None
    next_url: str | None = None
    rows: tuple[ArticleKey, ...] = ()
    waiting: set[ArticleKey] = field(default_factory=set)
    done: bool = False

    def page_read(
        self, rows: Sequence[ArticleKey], next_url: str | None, at: datetime, resolved: Callable[[ArticleKey], bool]
    ) -> None:
        """Take a page of the listing. `resolved` says whether an article's date is settled, known or not to be had."""
        self.last_read_at = at
        stuck = tuple(rows) == self.rows
        self.rows = tuple(rows)
        self.next_url = next_url
        # A date that was asked for may lie below known ground: an earlier walk went less far down.
        on_known_ground = self.since is None and all(self.known(row) for row in rows)
        if stuck or next_url is None or on_known_ground:
            self.done = True
            return
        self.waiting = {row for row in rows if not resolved(row)} if self.since else set()

    def row_resolved(self, row: ArticleKey) -> None:
        """An article that the walk waits for was read, refused or failed."""
        self.waiting.discard(row)

    def step(self, published: Callable[[ArticleKey], datetime | None]) -> str | None:
        """The next page to fetch, once nothing is waited for; None when the walk is done or waits."""
        if self.done or self.waiting:
            return None
        dates = [at for row in self.rows if (at := published(row)) is not None]
        last = dates[-_ROWS_THAT_DATE_A_PAGE:]
        if self.since is not None and last and max(last) < self.since:
            self.done = True
            return None
        following, self.next_url = self.next_url, None
        return following
