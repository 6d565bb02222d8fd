"""What the home page says of the sections: while it shows all that is new, they need not be asked each time."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from news.plan import CrawlPlan
from news.site import Site
from news.url import ArticleKey
from spiders.findings import Findings
from storage.seen import Seen

ON_HOME = "on_home"
"""Reason of a section's finding: its newest rows stand on the home page."""
WALKED_EVERY = timedelta(days=2)
"""A section that the home page shows is walked as often all the same."""
TAIL = 3
"""The last rows of a listing say how deep it reaches; pinned rows stand on top."""


@dataclass(frozen=True, slots=True)
class FrontPage:
    """The rows of a home page that reaches down to rows which earlier runs saw."""

    rows: frozenset[ArticleKey]
    reaches_to: datetime
    """All that was sighted first after this stands on it."""
    has_news: bool
    """Whether it shows rows that no earlier run saw."""


class FrontPages:
    """Those of the run's sites.

    That rows are known is not enough: a run that was cut may have sighted them, and nothing of what was published
    before them. Ground is what was sighted before the end of a section's last walk, or before the last home page was
    read that reached down to such ground itself.
    """

    def __init__(self, seen: Seen, findings: Findings, plan: CrawlPlan) -> None:
        self._seen = seen
        self._findings = findings
        self._plan = plan
        self._pages: dict[str, FrontPage] = {}

    def take(self, site: Site, rows: Sequence[ArticleKey]) -> None:
        """Note the rows of the site's home page, newest first."""
        first = [self._first_seen_at(row) for row in rows]
        tail = [at for at in first[-TAIL:] if at is not None]
        if len(rows) > TAIL and len(tail) == TAIL:
            self._pages[site.id] = FrontPage(frozenset(rows), max(tail), has_news=None in first)

    def has_news(self, site: Site) -> bool:
        """Whether there is something on the site's home page that no earlier run saw."""
        return site.id in self._pages and self._pages[site.id].has_news

    def shows_all(self, site: Site) -> bool:
        """Whether the home page shows all that is new in the sections which it stands for."""
        sections = self._seen.sections(site.id)
        standing = [section for url, section in sections.items() if self._stands_for(url)] or sections.values()
        walks = [section.walked_at for section in standing]
        walked_at = None if None in walks else min(filter(None, walks), default=None)
        return self._meets_ground(site, walked_at)

    def shows(self, site: Site, url: str) -> bool:
        """Whether it has all that the section may have that is new, as far as its last walks showed."""
        section = self._seen.sections(site.id).get(url)
        walked_at = section.walked_at if section else None
        if not self._stands_for(url) or self._plan.since is not None or self._seen.state.has_hole(site.id):
            return False
        if walked_at is None or self._plan.started_at - walked_at >= WALKED_EVERY:
            return False
        return self._meets_ground(site, walked_at)

    def lead(self, site: Site, url: str, rows: Sequence[ArticleKey]) -> str | None:
        """ON_HOME while the home page shows what is newest in the section, and never failed to."""
        page, known = self._pages.get(site.id), self._findings.of(url)
        before = known.reason if known else None
        if page is None or not self.shows_all(site):
            return before
        if any(row not in page.rows and self._seen.article(row) is None for row in rows):
            return None
        led = is_led_by(page.rows, rows)
        return before if led is None else ON_HOME if led else None

    def _meets_ground(self, site: Site, walked_at: datetime | None) -> bool:
        page, home = self._pages.get(site.id), self._seen.page(f"https://{site.host}/")
        ground = max(filter(None, (walked_at, home and home.read_at)), default=None)
        return page is not None and ground is not None and page.reaches_to <= ground

    def _stands_for(self, url: str) -> bool:
        known = self._findings.of(url)
        return known is not None and known.reason == ON_HOME

    def _first_seen_at(self, row: ArticleKey) -> datetime | None:
        article = self._seen.article(row)
        return article.first_seen_at if article else None


def is_led_by(front: Collection[ArticleKey], section: Sequence[ArticleKey]) -> bool | None:
    """Whether the front page shows the newest rows of a section and no older ones; None when it shows none of them."""
    shown = [row in front for row in section]
    if not any(shown):
        return None
    return all(shown[: sum(shown)])
