"""Newspapers whose feeds and sitemaps are met run after run, with a clock that moves as the operator likes."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fixtures.crawls import ALL_TIME, Ended, Operator, ended

from replica.catalogue import profile_for
from replica.client import Logged
from replica.faults import FaultKind
from replica.life import Life
from replica.network import DEFAULT_START, Network
from replica.newsroom import write_sites
from replica.server import ReplicaServer
from replica.truth import TruthArticle
from replica.world import Profile, RobotsKind

EVERYTHING = ALL_TIME
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_LOOK_AGAIN_S = 0.02


def newspapers(
    *hosts: str | Profile, seed: int = 1, articles: int = 10, days: float = 2, life: Life | None = None
) -> Network:
    """A network of these sites, no robots.txt of which asks for a slower pace."""
    profiles = [profile_for(host) if isinstance(host, str) else host for host in hosts]
    profiles = [replace(p, robots=RobotsKind.ALLOW) for p in profiles]
    calm = Life(after_days=6, per_day=6, edited_share=0, vanished_share=0)
    return Network(DEFAULT_START, write_sites(profiles, seed, articles, DEFAULT_START, days, life=life or calm))


@dataclass(frozen=True)
class Run:
    """How a run ended, and what the network saw of it."""

    ended: Ended
    log: list[Logged]

    @property
    def counts(self) -> dict[str, int]:
        return self.ended.facts["counts"]

    def asked(self, *prefixes: str, host: str = "") -> list[Logged]:
        """Requests whose path begins so."""
        return [line for line in self.log if line.path.startswith(prefixes) and host in ("", line.host)]

    def articles(self, host: str = "") -> list[Logged]:
        """Requests for pages of articles, true or not."""
        return [line for line in self.log if "/read/" in line.path and host in ("", line.host)]


@dataclass
class Desk:
    """An operator whose wall clock is the network's."""

    folder: Path
    replica: ReplicaServer
    network: Network
    sites: tuple[str, ...] = ()
    further: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.now = self.network.start
        self.operator = Operator(self.folder, self.replica, clock=lambda: self.now, further=self.further)
        self.operator.further["DISWAY_RECHECK__AFTER"] = ""
        self.sites = self.sites or tuple(site.profile.id for site in self.network.sites)

    def crawl(self, *arguments: str, after: timedelta = timedelta(0)) -> Run:
        """One run, so long after the one before."""
        return self.ran(self.begin(*arguments, after=after))

    def begin(self, *arguments: str, after: timedelta = timedelta(0)) -> "subprocess.Popen[str]":
        self.now += after
        self.replica.control.move_to(self.now)
        self.replica.control.clear_log()
        return self.operator.start_crawl(self.sites, *arguments)

    def ran(self, process: "subprocess.Popen[str]") -> Run:
        done = ended(process)
        assert "Traceback" not in done.err, done.err
        return Run(done, self.replica.control.log())

    def measured(self, *arguments: str, after: timedelta = timedelta(0)) -> tuple[Run, int]:
        """A run, and the most memory that its process held, in bytes; its delivering child not counted."""
        process = self.begin(*arguments, after=after)
        status, peak = Path(f"/proc/{process.pid}/status"), 0
        while process.poll() is None:
            peak = max(peak, _high_water_mark(status))
            try:
                process.wait(_LOOK_AGAIN_S)
            except subprocess.TimeoutExpired:
                continue
        return self.ran(process), peak

    def ask(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        return self.operator.ask(sql, *parameters)

    def held(self) -> set[str]:
        """Keys of what is archived."""
        return {row["article_key"] for row in self.ask("SELECT article_key FROM articles")}

    def public(self, *, since: datetime | None = None) -> set[str]:
        """Keys of what is public, published since then."""
        return {a.key for a in self.truth() if a.is_live and (since is None or a.published_at >= since)}

    def truth(self) -> Sequence[TruthArticle]:
        return self.replica.control.truth().articles

    def sources(self) -> dict[str, dict[str, Any]]:
        """The view `sources` by URL, feeds and sitemaps only."""
        return {row["url"]: row for row in self.ask("SELECT * FROM sources WHERE kind IN ('feed', 'sitemap')")}

    def counted(self) -> dict[tuple[str, str], int]:
        """What the newest run counted, by site and counter."""
        rows = self.ask(
            "SELECT c.site, c.counter, c.count "
            "FROM (SELECT unnest(counts) AS c FROM runs WHERE run_id = (SELECT max(run_id) FROM runs))"
        )
        return {(row["site"], row["counter"]): row["count"] for row in rows}

    def holes(self) -> list[dict[str, Any]]:
        return self.ask("SELECT * FROM backfill WHERE kind = 'hole' ORDER BY from_at")


def _high_water_mark(status: Path) -> int:
    try:
        lines = status.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


@contextmanager
def desk_of(folder: Path, network: Network, **further: str) -> Iterator[Desk]:
    """An operator's desk, and the network that it looks at."""
    with ReplicaServer.start(network) as replica:
        yield Desk(folder, replica, network, further=further)


def without(desk: Desk, *prefixes: str, host: str = "*") -> None:
    """Take a kind of source away: its addresses answer 404."""
    for prefix in prefixes:
        desk.replica.control.fault("status", host, prefix, status=404)


SECTIONS, FEEDS, SITEMAPS = ("/kategori",), ("/rss", "/feed"), ("/sitemap",)

POISON = {
    "radartegal.disway.id": (FaultKind.POISONED_SITEMAP, {"path_prefix": "/sitemap_index.xml"}),
    "pagaralampos.disway.id": (FaultKind.POISONED_SITEMAP, {"path_prefix": "/sitemap.xml", "entries": 100_000}),
    "rakyatbengkulu.disway.id": (FaultKind.BILLION_LAUGHS, {}),
    "palpos.disway.id": (FaultKind.XXE, {}),
    "sumeks.disway.id": (FaultKind.SITEMAP_CYCLE, {}),
    "malang.disway.id": (FaultKind.DEEP_INDEX, {}),
    "disway.id": (FaultKind.HUGE_FEED, {"path_prefix": "/rss"}),
    "nomorsatukaltim.disway.id": (FaultKind.HTML_FEED, {}),
    "magelangekspres.disway.id": (FaultKind.TRUNCATED_XML, {}),
}
"""By host: what its feeds or sitemaps answer. A site's own million of entries and one that is short enough to be read."""


@dataclass(frozen=True)
class Poisoned:
    """A network of which every newspaper has a poisoned source, crawled; and once more when all is well again."""

    desk: Desk
    hosts: tuple[str, ...]
    first: Run
    peak_bytes: int
    counted: dict[tuple[str, str], int]
    """By site and counter, of the first run."""
    held: frozenset[str]
    public: frozenset[str]
    healed: Run


def document(name: str, entries: Sequence[str]) -> str:
    """A urlset or an RSS feed (`name` = rss) of entries as they are."""
    if name == "rss":
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Uji</title>{"".join(entries)}</channel></rss>'
    schema = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    return f'<?xml version="1.0"?><urlset {schema}>{"".join(entries)}</urlset>'


def answers(desk: Desk, host: str, path: str, body: str, content_type: str = "text/xml") -> None:
    """Let every address of the host that begins so answer with this."""
    desk.replica.control.fault("status", host, path, status=200, body=body, headers={"X-Type": content_type})


def site_files(folder: Path, sources: dict[Profile, str]) -> Path:
    """Site files of newspapers that the program does not ship, with the lines of their table `[sources]`."""
    folder.mkdir()
    for profile, lines in sources.items():
        text = f'id = "{profile.id}"\nname = "{profile.name}"\nhost = "{profile.host}"\n[sources]\n{lines}\n'
        (folder / f"{profile.id}.toml").write_text(text)
    return folder
