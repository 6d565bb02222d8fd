"""A service that follows Google News, of newspapers that list nothing themselves or of ordinary ones."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fixtures.crawls import Ended, Operator

from replica.catalogue import profile_for
from replica.client import Logged
from replica.life import Life
from replica.network import DEFAULT_START, Network
from replica.newsroom import write_sites
from replica.server import ReplicaServer

GOOGLE = re.compile(r"(?:[\w-]+\.)*google\.com")
ON = {
    "DISWAY_GOOGLE_NEWS__OVERRIDE_ROBOTS": "true",
    "DISWAY_GOOGLE_NEWS__RSS_DELAY_S": "0",
    "DISWAY_GOOGLE_NEWS__DECODE_DELAY_S": "0",
    "DISWAY_POLITENESS__BACKOFF_START_S": "0.01",
    "DISWAY_RECHECK__AFTER": "3650d",  # what is archived is left alone
}
UNLISTED = """id = "{id}"
name = "{id}"
host = "{host}"
[sources]
home = false
off = ["sections", "feeds", "sitemaps"]
"""
"""Site file of a newspaper of which nobody but Google News names an article."""
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def hosts(*names: str) -> tuple[str, ...]:
    return tuple(f"{name}.disway.id" for name in names)


def newspapers(names: Sequence[str], *, articles: int, days: float, after_days: int = 3, per_day: float = 1) -> Network:
    """Newspapers that publish `articles` each in the `days` before the start and some after; next to no edits."""
    life = Life(after_days=after_days, per_day=per_day, edited_share=0, vanished_share=0)
    profiles = [profile_for(host) for host in hosts(*names)]
    return Network(DEFAULT_START, write_sites(profiles, 7, articles, DEFAULT_START, days, life=life))


@dataclass(frozen=True)
class Run:
    """One run: when it began, how it ended, what the replica saw of it."""

    at: datetime
    ended: Ended
    log: list[Logged]

    @property
    def counts(self) -> dict[str, int]:
        return self.ended.facts["counts"]

    @property
    def google(self) -> list[Logged]:
        """What any host of Google was asked, in order."""
        return [line for line in self.log if GOOGLE.fullmatch(line.host) and line.method != "CONNECT"]

    @property
    def kinds(self) -> Counter[str]:
        return Counter(line.kind.removeprefix("google_") for line in self.google)

    @property
    def pages(self) -> list[str]:
        """Ids whose pages were asked for."""
        return [urlsplit(line.path).path.rpartition("/")[2] for line in self.google if line.kind == "google_page"]

    @property
    def queries(self) -> list[str]:
        """The search words of each feed; empty for the front page."""
        feeds = [line.path for line in self.google if line.kind == "google_feed"]
        return [parse_qs(urlsplit(path).query).get("q", [""])[0] for path in feeds]


@dataclass
class Reader:
    """Runs an operator's service whose wall clock is the replica's."""

    folder: Path
    replica: ReplicaServer
    names: Sequence[str]
    unlisted: bool = True
    now: datetime = DEFAULT_START
    runs: list[Run] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.operator = Operator(self.folder, self.replica, clock=lambda: self.now)
        self.operator.further |= ON
        if self.unlisted:
            sites = self.folder / "sites"
            sites.mkdir(parents=True)
            for name, host in zip(self.names, hosts(*self.names), strict=True):
                (sites / f"{name}.toml").write_text(UNLISTED.format(id=name, host=host))
            self.operator.further["DISWAY_SITES__DIR"] = str(sites)

    def wait(self, span: timedelta) -> "Reader":
        self.now += span
        return self

    def crawl(self, *arguments: str, **switches: Any) -> Run:
        """Crawl with Google News disposed by `switches`, all others at rest."""
        return self._run(lambda: self.operator.crawl(self.names, *(arguments or ("--google-news",))), switches)

    def backfill(self, *arguments: str, **switches: Any) -> Run:
        named = [word for name in self.names for word in ("--site", name)]
        return self._run(lambda: self.operator.run("backfill", "--json", *named, *arguments), switches)

    def ask(self, sql: str) -> list[dict[str, Any]]:
        return self.operator.ask(sql)

    def column(self, sql: str) -> list[Any]:
        """The first column of a query."""
        return [next(iter(row.values())) for row in self.ask(sql)]

    @property
    def shown(self) -> list[dict[str, Any]]:
        """What Google News shows of the newspapers at this moment."""
        return self.replica.control.google_articles()

    def _run(self, act: Any, switches: dict[str, Any]) -> Run:
        control = self.replica.control
        control.move_to(self.now)
        if switches:
            control.google(**switches)
        control.clear_log()
        ended = act()
        assert ended.code in (0, 1), ended
        assert "Traceback" not in ended.err, ended.err
        run = Run(self.now, ended, control.log())
        self.runs.append(run)
        return run


REFUSALS = (
    "google_too_many_requests",
    "google_unavailable",
    "google_sorry",
    "google_consent",
    "google_empty",
    "google_malformed",
    "google_unsupported",
    "google_http_error",
)


def refusals(run: Run) -> dict[str, int]:
    """The counters of refusals that are not 0."""
    return {name: run.counts[name] for name in REFUSALS if name in run.counts}
