"""What one run saw of the pages of each site: how many it read, and how many of them had which field."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from news.errors import RefusalReason
from news.watched import ARTICLE_FIELDS, FULL_BODY, FULL_BODY_WORDS, GENERAL_CLASS, LINKS, PAGE_CLASS
from storage.schema import Row

NO_CLASS = ""
"""In place of a page class: pages that none could read, and what is counted of the site as a whole."""
DECIDED = "decided"
"""Articles of which it came out whether they can be had; filled: those that were read."""
REFUSED = "refused."
"""With a reason behind it: articles that were decided; filled: all but those that were not had for it."""
NOT_READ = frozenset({RefusalReason.UNREADABLE, RefusalReason.NO_BODY, RefusalReason.NO_TITLE, RefusalReason.LISTING})
"""Reasons for which a page that is an article, as far as its address tells, counts as one without any field. What no
class knows, with a block of related articles on it, is taken for a listing.
"""

_WATCHED = (*ARTICLE_FIELDS, FULL_BODY, PAGE_CLASS)


class Fill(NamedTuple):
    """One struct of `runs.fills`."""

    site: str
    page_class: str
    field: str
    articles: int
    filled: int
    example_url: str | None


class _Tally:
    """Pages of one class on one site."""

    def __init__(self) -> None:
        self.pages = 0
        self.lacking: Counter[str] = Counter()
        self.examples: dict[str, str] = {}

    def lacks(self, field: str, url: str) -> None:
        self.lacking[field] += 1
        self.examples.setdefault(field, url)

    def fill(self, site: str, page_class: str, field: str, of: int) -> Fill:
        return Fill(site, page_class, field, of, of - self.lacking[field], self.examples.get(field))


class Fills:
    """Counts while a run goes on: articles that were fetched in it and decided, and pages of listings."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, str], _Tally] = {}
        self._not_had: dict[str, _Tally] = {}
        self._listings: dict[str, _Tally] = {}
        self._born: dict[tuple[str, date], int] = {}

    def article(self, row: Row) -> None:
        """A whole article was read; `row` is that of the table `articles`."""
        site, page_class = row["site"], row["page_class"]
        tally = self._read.setdefault((site, page_class), _Tally())
        tally.pages += 1
        for field in ARTICLE_FIELDS:
            if not row[field]:
                tally.lacks(field, row["url"])
        if row["word_count"] < FULL_BODY_WORDS:
            tally.lacks(FULL_BODY, row["url"])
        if page_class == GENERAL_CLASS:
            tally.lacks(PAGE_CLASS, row["url"])

    def not_had(self, site: str, reason: str, url: str) -> None:
        """An article was refused, or failed, for `reason`."""
        tally = self._not_had.setdefault(site, _Tally())
        tally.pages += 1
        tally.lacks(reason, url)
        if reason in NOT_READ:
            unread = self._read.setdefault((site, NO_CLASS), _Tally())
            unread.pages += 1
            for field in _WATCHED:
                unread.lacks(field, url)

    def listing(self, site: str, url: str, *, links: bool) -> None:
        """A page of the home page or of a section was had; whether it links any article."""
        tally = self._listings.setdefault(site, _Tally())
        tally.pages += 1
        if not links:
            tally.lacks(LINKS, url)

    def born(self, site: str, day: date) -> None:
        """An article that the archive did not have was published on `day`, in the zone of its site."""
        self._born[site, day] = self._born.get((site, day), 0) + 1

    def born_on(self, site: str, day: date) -> int:
        """How many such there were."""
        return self._born.get((site, day), 0)

    def has_new(self, site: str, since: date) -> bool:
        """Whether any such article of the site was published on that day or later."""
        return any(of == site and day >= since for of, day in self._born)

    def asked_listings(self, site: str) -> bool:
        """Whether the run had any page of the site's home page or sections."""
        return site in self._listings

    def fills(self) -> Iterator[Fill]:
        """What was counted. A reason is named only where it occurred."""
        for (site, page_class), tally in sorted(self._read.items()):
            for field in _WATCHED:
                yield tally.fill(site, page_class, field, tally.pages)
        for site in sorted({*self._not_had, *(site for site, _ in self._read)}):
            missed = self._not_had.get(site, _Tally())
            read = sum(tally.pages for (of, name), tally in self._read.items() if of == site and name != NO_CLASS)
            decided = read + missed.pages
            yield Fill(site, NO_CLASS, DECIDED, decided, read, next(iter(missed.examples.values()), None))
            for reason in sorted(missed.lacking):
                yield missed.fill(site, NO_CLASS, reason, decided)._replace(field=f"{REFUSED}{reason}")
        for site, tally in sorted(self._listings.items()):
            yield tally.fill(site, NO_CLASS, LINKS, tally.pages)
