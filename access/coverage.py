"""What a site published on a day as far as is known, what the archive holds of it, and what it does not.

The day of an article that is held is that of its `published_at`, in the site's zone. Ids rise with time and are nearly
dense, so an id between two that are held is placed between their times in proportion, whether anything is known of it
or not; one above all that are held is placed where it was first heard of, and one below them cannot be placed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from access.archive import Archive
from access.coverage_sql import COVERAGE
from access.lookup import Row
from news.errors import UsageError
from news.site import Network, SiteStatus

TALLIES = ("refused", "first_seen_by", "never_seen_by")
"""Columns that count by a word: {word: count}, most frequent first."""
COLUMNS = (
    *("site", "day", "known", "held", "missing", "pending", "refused", "gone", "holes", "leads", "looked", "last_look"),
    *("freshness_median_s", "freshness_p95_s", "first_seen_by", "never_seen_by"),
)

LONGEST = timedelta(days=3_660)
"""Ten years: of the whole network that is a third of a million rows, which are held in memory."""


class CoveredSite(NamedTuple):
    """A site, and the IANA zone of its days. With `always` it has its rows even when nothing is known of it."""

    site: str
    zone: str
    always: bool


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days, those of each site in its own zone; `end` is exclusive, None means to the end of today. `now` is
    aware.
    """

    first: date
    end: date | None
    now: datetime

    def __post_init__(self) -> None:
        """Raises UsageError when there is no such day, none has begun, or there are too many."""
        # No zone is further east than UTC+14: https://www.iana.org/time-zones.
        today = (self.now.astimezone(UTC) + timedelta(hours=14)).date()
        if self.first > today or (self.end is not None and self.end <= self.first):
            raise UsageError(f"from {self.first} until {self.end or today} there is no day that has begun")
        if min(self.end or today, today) - self.first > LONGEST:
            raise UsageError(f"from {self.first} on there are more than {LONGEST.days} days: ask for less at a time")


@dataclass(frozen=True, slots=True)
class Coverage:
    """Rows of COLUMNS by site, newest day first, and what they come to.

    `total` has no site, no day and no `looked`; its `holes` counts no stretch twice, its freshness is that of all
    articles. Beside COLUMNS it has `undated`: known articles that cannot be placed on any day.
    """

    rows: list[Row]
    total: Row

    @property
    def columns(self) -> list[str]:
        """Names in order."""
        return list(COLUMNS)

    def values(self) -> Iterator[tuple[Any, ...]]:
        """Rows as tuples."""
        return (tuple(row.values()) for row in self.rows)


def covered_sites(archive: Archive, network: Network, asked: Sequence[str]) -> list[CoveredSite]:
    """The sites `asked` for; when none is, the active ones, and with what is known of them those that are not.

    Of a site that has no file any more the archive's rows know the zone. Raises UsageError on an id that is no site's.
    """
    for name in asked:
        if name not in network.sites:
            raise UsageError(f"--site {name}: no such site; `disway sites` lists them")
    if asked:
        return [CoveredSite(name, network.sites[name].timezone, always=True) for name in dict.fromkeys(asked)]
    held = archive.query("SELECT site, max(timezone) FROM articles GROUP BY site").values()
    without_file = [CoveredSite(name, zone, always=False) for name, zone in held if name not in network.sites]
    active = SiteStatus.ACTIVE
    return [*(CoveredSite(s.id, s.timezone, s.status is active) for s in network.sites.values()), *without_file]


def coverage(archive: Archive, sites: Sequence[CoveredSite], days: Days) -> Coverage:
    """Count what is known and what is held of `sites` on `days`. Raises as `Archive.query`."""
    asked = [[getattr(site, name) for site in sites] for name in CoveredSite._fields]
    *rows, total = archive.query(COVERAGE, [*asked, days.first, days.end, days.now]).rows()
    return Coverage([_row(row) for row in rows], _row(total) | {"undated": total["undated"]})


def _row(found: Row) -> Row:
    tallies = {name: {entry["word"]: entry["n"] for entry in found[name] or ()} for name in TALLIES}
    return {name: tallies[name] if name in tallies else found[name] for name in COLUMNS}
