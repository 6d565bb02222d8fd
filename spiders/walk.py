"""One section listing, walked from its newest row down to known ground or to a date."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from news.plan import CrawlPlan
from news.url import ArticleKey, NetworkUrl
from storage.seen import SeenSection

# Listings are in published order but for pinned rows, which stand on top: the last rows say how deep a page reaches.
_ROWS_THAT_DATE_A_PAGE = 3
_PAGES_WITHOUT_PROGRESS = 60
"""A walk that comes no further back in time over so many pages, 1,800 rows, is led on for ever."""
_PAGES_AHEAD = 20
"""A walk that need not know the dates of its rows waits for them from here on: they say whether it comes forward."""
EVERYTHING = datetime.fromtimestamp(0, UTC)
"""How far back a walk to the end of a listing reaches."""


@dataclass(slots=True)
class Walk:
    """A walk under way. `known` says whether a row is known ground; `since` is aware, None = to known ground only.

    `covered_to` is how far back earlier walks reached, then how far all have; None while none has ended.
    """

    listing: NetworkUrl
    known: Callable[[ArticleKey], bool]
    since: datetime | None
    covered_to: datetime | None = None
    last_read_at: datetime | None = None
    next_url: str | None = None
    page_url: str | None = None
    """The page that was read last."""
    rows: tuple[ArticleKey, ...] = ()
    waiting: set[ArticleKey] = field(default_factory=set)
    done: bool = False
    barren: bool = False
    """Not a single row was found: a listing that shows nothing just now, which tells nothing of what lies below."""
    endless: bool = False
    """The listing was given up: page after page came no further back in time."""
    _met: set[ArticleKey] = field(default_factory=set)
    _pages: int = 0
    _oldest: datetime | None = None
    _in_vain: int = 0

    def page_read(
        self, rows: Sequence[ArticleKey], next_url: str | None, at: datetime, resolved: Callable[[ArticleKey], bool]
    ) -> None:
        """Take a page of the listing. `resolved` says whether an article's date is settled, known or not to be had."""
        self.barren = self.last_read_at is None and not rows
        self.last_read_at = at
        stuck = self._met.issuperset(rows)  # also where a listing past its end shows its first rows again
        self._met.update(rows)
        self._pages += 1
        self.rows = tuple(rows)
        self.next_url = next_url
        if stuck or next_url is None:
            self.covered_to = EVERYTHING
            self.done = True
        elif self._reaches_known_ground and all(self.known(row) for row in rows[-_ROWS_THAT_DATE_A_PAGE:]):
            self.done = True
        if self.done:
            return
        dated = self.since is not None or self._pages > _PAGES_AHEAD
        self.waiting = {row for row in rows if not resolved(row)} if dated else set()

    @property
    def _reaches_known_ground(self) -> bool:
        """Whether what lies below known ground was walked as far back as this walk is asked to go."""
        return self.covered_to is not None and (self.since is None or self.covered_to <= self.since)

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
            self.covered_to = min(self.covered_to or self.since, self.since)
            self.done = True
            return None
        if not self._comes_forward(max(last, default=None)):
            self.endless = self.done = True
            return None
        following, self.next_url = self.next_url, None
        return following

    def _comes_forward(self, oldest: datetime | None) -> bool:
        """Whether the walk still reaches further back; `oldest` dates its newest page, as far as that can be dated."""
        if oldest is not None and (self._oldest is None or oldest < self._oldest):
            self._oldest, self._in_vain = oldest, 0
        else:
            self._in_vain += 1
        return self._in_vain < _PAGES_WITHOUT_PROGRESS


def bound(plan: CrawlPlan, section: SeenSection | None, span: timedelta) -> datetime | None:
    """How far back a listing is walked; aware, None = to known ground or its end.

    What the plan says; else as far as earlier walks reached, known ground lying above; else `span` before the section
    was first sighted, so that a first walk which was cut is made up for however late.
    """
    if plan.since is not None:
        return plan.since
    if section is None or section.walked_at is None:
        return min(section.first_seen_at if section else plan.started_at, plan.started_at) - span
    return None if section.covered_to in (None, EVERYTHING) else section.covered_to
