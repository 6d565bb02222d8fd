"""Sites with a past: an index filled as the delivering process fills it, and runs to be judged against it."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from crawler.alerting.alert import Judged
from crawler.alerting.book import AlertBook
from crawler.alerting.facts import Facts
from crawler.fills import Fills
from crawler.report import RunReport
from news.plan import CrawlPlan
from news.site import Network, Site
from news.watched import ARTICLE_FIELDS
from storage.follow import index
from storage.seen import Seen
from storage.seen_rows import TAKE

NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)
"""A Monday at noon where the sites are."""
SITE = "radartegal"


def article(number: int, **fields: Any) -> dict[str, Any]:
    """A row of `articles` as the crawl makes it, with every field."""
    whole = dict.fromkeys(ARTICLE_FIELDS, "ada") | {"site": SITE, "page_class": "disway-2023", "word_count": 200}
    return whole | {"url": f"https://{SITE}.disway.id/read/{number}/judul"} | fields


@dataclass
class Past:
    """What was before the run that is judged."""

    folder: Path
    expect: dict[str, Any] = field(default_factory=dict)
    sites: tuple[str, ...] = (SITE,)
    _runs: int = 0
    _articles: int = 0

    @property
    def path(self) -> Path:
        return self.folder / "seen.sqlite"

    @property
    def book(self) -> AlertBook:
        return AlertBook.beside(self.path)

    @property
    def plan(self) -> CrawlPlan:
        sites = [
            Site.model_validate({"id": name, "name": name, "host": f"{name}.disway.id", "expect": self.expect})
            for name in self.sites
        ]
        return CrawlPlan("r-now", NOW, Network.of(sites), tuple(sites))

    def ran(self, at: datetime, fills: Fills | None = None, *, good: bool = True) -> None:
        """A run of the site."""
        self._runs += 1
        row = {
            "run_id": f"r{self._runs}", "command": "crawl", "job": None, "started_at": at,
            "outcome": "ok" if good else "degraded", "sites": list(self.sites), "degraded_sites": [] if good else list(self.sites),
            "fills": [fill._asdict() for fill in fills.fills()] if fills else [],
        }  # fmt: skip
        with index(self.path) as db:
            TAKE["runs"](db, [row])

    def published(self, *instants: datetime) -> None:
        """Archived articles, by when they were published."""
        rows = []
        for at in instants:
            self._articles += 1
            rows.append({
                "row_id": str(self._articles), "site": SITE, "article_id": self._articles, "url": "u", "title": "t",
                "published_at": at, "captured_at": at + timedelta(minutes=5), "content_digest": "d",
                "page_class": "disway-2023", "reader_revision": 1, "reading": None, "captures": [],
            })  # fmt: skip
        with index(self.path) as db:
            TAKE["articles"](db, rows)

    def published_on(self, day: date, count: int) -> None:
        """`count` articles of one day in Jakarta, through its hours from 6 to 22."""
        begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=1)
        self.published(*(begin + timedelta(hours=16) * n / max(count, 1) for n in range(count)))

    def days(self, count: int, fills: Fills) -> None:
        """Runs of the last `count` days before today, each with `fills`."""
        for days in range(count, 0, -1):
            self.ran(NOW - timedelta(days=days), fills)

    def facts(self, fills: Fills, **report: Any) -> Facts:
        """The run that is judged."""
        with index(self.path):
            pass  # made, if there is nothing in it yet
        sites = report.pop("sites", frozenset(self.sites))
        return Facts(
            RunReport(self.plan, sites=sites, **report),
            fills,
            Seen(self.path),
            self.book,
            self.book.open_alerts(),
            NOW,
            3,
        )


def wrong(judged: list[Judged]) -> dict[tuple[str, str], str]:
    """What is wrong, by kind and subject, with what is said of it."""
    return {(j.finding.kind.value, j.finding.subject): j.finding.message for j in judged if j.wrong}


def right(judged: list[Judged]) -> set[tuple[str, str]]:
    """What is as it should be."""
    return {(j.finding.kind.value, j.finding.subject) for j in judged if not j.wrong}


def pages(count: int, lacking: int = 0, *fields: str, **changed: Any) -> Fills:
    """`count` pages, of which the first `lacking` have not `fields`."""
    fills = Fills()
    fills.listing(SITE, f"https://{SITE}.disway.id/", links=True)
    for number in range(count):
        gone: dict[str, Any] = dict.fromkeys(fields) if number < lacking else {}
        fills.article(article(number, **changed) | gone)
    return fills
