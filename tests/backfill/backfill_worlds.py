"""Newspapers whose archive began two days ago, and what a backfill of twenty days is to find."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from fixtures.crawls import Ended, Operator, pages_of
from truth_check import differences

from replica.catalogue import profile_for
from replica.client import Logged
from replica.life import SHORT_LIFE, Life
from replica.network import DEFAULT_START, Network
from replica.newsroom import write_sites
from replica.server import ReplicaServer
from replica.truth import TruthArticle
from replica.world import Article, Related

NOW = DEFAULT_START
FROM, TO = "2026-02-13", "2026-03-04"
BEGIN, END = datetime.fromisoformat(f"{FROM}T00:00+07:00"), datetime.fromisoformat("2026-03-05T00:00+07:00")
A_WHILE = timedelta(minutes=10)
"""Between two runs."""
STRETCH = ("--from", FROM, "--to", TO)
TEGAL = "radartegal.disway.id"
BENGKULU = "rakyatbengkulu.disway.id"
"""Its robots.txt forbids the search."""
SECTIONS = ("/kategori",)
SITEMAPS = ("/sitemap",)
FEEDS = ("/rss", "/feed")
TAGS = ("/listtag",)
SEARCH = ("/search",)


def newspapers(*hosts: str, articles: int = 170, seed: int = 3, days: float = 24, life: Life = SHORT_LIFE) -> Network:
    """Newspapers of two sections, whose pages have validators and no BACA JUGA lines.

    What is older than what a first crawl walks is named by listings only, and by a few sidebars.
    """
    profiles = [replace(p, sections=p.sections[:2], validators=True) for p in map(profile_for, hosts)]
    sites = write_sites(profiles, seed, articles, NOW, days, life=life)
    return Network(NOW, tuple(replace(site, articles=tuple(map(_unlinked, site.articles))) for site in sites))


def _unlinked(article: Article) -> Article:
    versions = (replace(v, blocks=tuple(b for b in v.blocks if not isinstance(b, Related))) for v in article.versions)
    return replace(article, versions=tuple(versions))


@dataclass
class Desk:
    """An operator whose wall clock is the network's, and the one site that is backfilled."""

    folder: Path
    replica: ReplicaServer
    host: str = TEGAL
    now: datetime = NOW
    further: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.operator = Operator(self.folder, self.replica, clock=lambda: self.now, further=self.further)

    @property
    def site(self) -> str:
        return self.host.split(".", maxsplit=1)[0]

    def crawl(self) -> list[Logged]:
        """The archive begins: two days back, and what is linked there."""
        done = self.operator.crawl([self.site])
        assert done.code == 0, done.err
        return self.replica.control.log()

    def without(self, *paths: str) -> None:
        """Listings whose address begins so are gone."""
        for path in paths:
            self.replica.control.fault("status", self.host, path, status=404)

    def backfill(self, *arguments: str, stretch: Sequence[str] = STRETCH) -> tuple[Ended, list[Logged]]:
        """Run it to its end; what the replica saw of it."""
        self.replica.control.clear_log()
        self.now += A_WHILE
        done = self.operator.run("backfill", "--site", self.site, "--json", *stretch, *arguments)
        assert "Traceback" not in done.err, done.err
        return done, self.replica.control.log()

    def public(self) -> list[TruthArticle]:
        """The articles of the stretch that can be read."""
        articles = [a for a in self.replica.control.truth().articles if a.site == self.site]
        return [a for a in articles if a.is_live and BEGIN <= a.published_at < END]

    def held(self) -> list[dict]:
        """The articles of the stretch that the archive holds."""
        rows = self.operator.ask("SELECT * FROM articles WHERE site = ?", self.site)
        return [row for row in rows if BEGIN <= row["published_at"] < END]

    def stretches(self, prefix: str) -> dict[str, str]:
        """State by path of the sources of what was asked for."""
        rows = self.operator.ask("SELECT source_url, state FROM backfill WHERE kind = 'asked'")
        by_path = {row["source_url"].removeprefix(f"https://{self.host}"): row["state"] for row in rows}
        return {path: state for path, state in by_path.items() if path.startswith(prefix)}


def asked(log: Sequence[Logged], kind: str | None = None) -> Counter[str]:
    """How often each path was asked for."""
    return Counter(line.path for line in pages_of(log) if kind in (None, line.kind))


def wrong(desk: Desk) -> list[str]:
    """Every way in which the archive does not hold exactly what is public of the stretch."""
    return differences(desk.public(), desk.held())
