"""The world that the replica serves, as a value: made from a seed, or from given articles."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from news.errors import UsageError
from replica.catalogue import PROFILES
from replica.given import given_sites, read_given
from replica.life import SHORT_LIFE, Life
from replica.newsroom import write_sites
from replica.world import Look, Site

DEFAULT_START = datetime(2026, 3, 5, 7, 0, tzinfo=timezone(timedelta(hours=7)))
_LAST_YEAR_OF_OLD_LOOK = 2022


@dataclass(frozen=True, slots=True)
class Network:
    """Sites at the instant `start` and what the days after bring. Equal seeds and arguments make equal networks."""

    start: datetime
    sites: tuple[Site, ...]
    by_host: dict[str, Site] = field(init=False, repr=False, compare=False)
    image_hosts: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_host", {s.profile.host: s for s in self.sites})
        hosts = frozenset(s.profile.image_host for s in self.sites if s.profile.image_host)
        object.__setattr__(self, "image_hosts", hosts)

    @classmethod
    def generate(
        cls,
        seed: int = 1,
        *,
        sites: int = 8,
        articles: int = 60,
        start: datetime = DEFAULT_START,
        days: float = 12,
        zones: Mapping[str, str] | None = None,
        life: Life = SHORT_LIFE,
    ) -> "Network":
        """A network of `sites` sites with `articles` published each in the `days` before `start`; `life` says how many
        follow, and what happens to them: by default a fifth as many in three days, some edited and some vanishing.

        `start` is aware and cut to the minute; a start before 2023 puts every site in the look of 2022. `zones` maps a
        host to the zone label that it prints (`WITA`); all others print WIB. Raises UsageError when `sites` is more
        than the catalogue holds.
        """
        if not 1 <= sites <= len(PROFILES):
            raise UsageError(f"the replica can stand up 1 to {len(PROFILES)} sites, not {sites}")
        start = start.replace(second=0, microsecond=0)
        old = start.year <= _LAST_YEAR_OF_OLD_LOOK
        profiles = [
            replace(
                p,
                zone=(zones or {}).get(p.host, p.zone),
                look=Look.TEMPLATE_2022 if old else p.look,
            )
            for p in PROFILES[:sites]
        ]
        return cls(start, write_sites(profiles, seed, articles, start, days, life=life))

    @classmethod
    def from_articles(cls, path: Path, *, seed: int = 1) -> "Network":
        """The articles of a JSON lines file (`given.GivenArticle`) under their own URLs; the clock starts a minute
        after the newest. Raises UsageError when the file cannot be served.
        """
        sites = given_sites(read_given(path), seed)
        newest = max(a.published for s in sites for a in s.articles)
        return cls(newest + timedelta(minutes=1), sites)
