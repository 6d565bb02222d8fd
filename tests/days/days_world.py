"""A service that crawls a network day after day of simulated time, and what it has to show for it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from fixtures.crawls import Ended, Operator, Stock

from replica.catalogue import PROFILES
from replica.client import Logged
from replica.life import Life
from replica.network import DEFAULT_START, Network
from replica.newsroom import write_sites
from replica.server import ReplicaServer
from replica.truth import Truth
from replica.world import RobotsKind

DAYS = 15
A_DAY = timedelta(days=1)
QUIET = 6
"""The day, counted from 0, on which nothing happens: the run at its end meets nothing new."""
GOOGLE = "news.google.com"
EACH_DAY = ",".join(f"{12 + 24 * day}h" for day in range(DAYS + 4))
"""Ages that make every article due once in each run."""


def newspapers(seed: int, *, sites: int = 4, first: int = 0, per_day: float = 4, articles: int = 12) -> Network:
    """A network of `sites` newspapers that live through fifteen days; no robots.txt asks for a slower pace."""
    profiles = [replace(p, robots=RobotsKind.ALLOW) for p in PROFILES[first : first + sites]]
    life = Life(after_days=DAYS, per_day=per_day, quiet=(QUIET,), edited_share=0.25, vanished_share=0.12)
    return Network(DEFAULT_START, write_sites(profiles, seed, articles, DEFAULT_START, 3, life=life))


@dataclass(frozen=True)
class Day:
    """One run: when, how it ended, and what the network saw of it."""

    at: datetime
    ended: Ended
    log: list[Logged]

    @property
    def counts(self) -> dict[str, int]:
        return self.ended.facts["counts"]

    @property
    def kinds(self) -> Counter[str]:
        return Counter(line.kind for line in self.log if line.host != GOOGLE)


@dataclass
class Service:
    """Runs once a day. Its wall clock is the network's."""

    folder: Path
    replica: ReplicaServer
    network: Network
    further: dict[str, str] = field(default_factory=dict)
    days: list[Day] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.operator = Operator(self.folder, self.replica, clock=lambda: self.now)
        self.operator.further |= {"DISWAY_RECHECK__AFTER": EACH_DAY, **self.further}
        self.now = self.network.start

    @property
    def sites(self) -> tuple[str, ...]:
        return tuple(site.profile.id for site in self.network.sites)

    def run_until(self, end: float, *arguments: str) -> None:
        """One run a day up to day `end`."""
        while self.now <= self.network.start + end * A_DAY:
            self.run(*arguments)
            self.now += A_DAY

    def run(self, *arguments: str) -> Day:
        control = self.replica.control
        control.move_to(self.now)
        control.clear_log()
        ended = self.operator.crawl(self.sites, *arguments)
        assert "Traceback" not in ended.err, ended.err[-2000:]
        day = Day(self.now, ended, control.log())
        self.days.append(day)
        return day

    def stop_for(self, days: int) -> None:
        """Nobody runs anything."""
        self.now += days * A_DAY

    @property
    def truth(self) -> Truth:
        return self.replica.control.truth()


@dataclass(frozen=True)
class Outcome:
    """A service at its end."""

    service: Service
    truth: Truth
    stock: Stock

    @classmethod
    def of(cls, service: Service) -> "Outcome":
        return cls(service, service.truth, service.operator.stock())


def without(replica: ReplicaServer, paths: Sequence[str], hosts: Sequence[str] = ("*",)) -> None:
    """Take a kind of source away: its addresses answer 404."""
    for host in hosts:
        for path in paths:
            replica.control.fault("status", host, path, status=404)


SECTIONS = ("/kategori",)
FEEDS_AND_SITEMAPS = ("/rss", "/feed", "/sitemap")
Check = Callable[[Outcome], None]
