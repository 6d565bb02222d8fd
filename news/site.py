"""A newspaper of the network as data: one TOML file each, read and checked here."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from news.errors import ConfigError
from news.watched import EXPECTED, USUAL_SHARES

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_IDENTITY = {"id": "any", "name": "any", "host": "any.invalid"}
"""The keys that each site file states for itself, with values that pass the checks."""


class SiteStatus(StrEnum):
    """Whether a site is crawled. Only `active` sites are, until an operator changes the file."""

    ACTIVE = "active"
    CANDIDATE = "candidate"
    QUARANTINED = "quarantined"
    GONE = "gone"


def known_zone(name: str) -> str:
    """`name`, when it is an IANA zone. Raises ValueError."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"unknown time zone {name!r}") from error
    return name


def _bare_host(host: str) -> str:
    if not _HOST.fullmatch(host):
        raise ValueError(f"{host!r} is no bare lower-case host name")
    return host


def _absolute_path(path: str) -> str:
    if not re.fullmatch(r"/[^/\s?#][^\s?#]*", path):
        raise ValueError(f"{path!r} is no path on the site: write e.g. '/kategori/lokal'")
    return path


def _floor_and_ceiling(pace: tuple[int, int]) -> tuple[int, int]:
    if not 0 <= pace[0] <= pace[1]:
        raise ValueError("the floor stands first and is at least 0, the ceiling is no less than the floor")
    return pace


def _watched_field(name: str) -> str:
    if name not in EXPECTED:
        raise ValueError(f"{name!r} is not watched: write one of {', '.join(EXPECTED)}")
    return name


def _over_usual(shares: Mapping[str, float]) -> Mapping[str, float]:
    return {**USUAL_SHARES, **shares}


Host = Annotated[str, AfterValidator(_bare_host)]
WatchedField = Annotated[str, AfterValidator(_watched_field)]
Share = Annotated[float, Field(ge=0, le=1)]
SitePath = Annotated[str, AfterValidator(_absolute_path)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceGroup(StrEnum):
    """The groups of sources that a site file can turn off."""

    SECTIONS = "sections"
    FEEDS = "feeds"
    SITEMAPS = "sitemaps"
    GOOGLE_NEWS = "google_news"


class Sources(_Strict):
    """Where links of the site are looked for, beside what its pages, robots.txt and the usual names lead to."""

    home: bool = True
    sections: tuple[SitePath, ...] = ()
    """Paths of section listings that the home page does not link, e.g. `/kategori/lokal`."""
    feeds: tuple[SitePath, ...] = ()
    """Paths of feeds that no page names, e.g. `/rss/lokal`."""
    sitemaps: tuple[SitePath, ...] = ()
    """Paths of sitemaps that robots.txt does not name, e.g. `/sitemap-berita.xml`."""
    off: tuple[SourceGroup, ...] = ()
    """Groups of sources that are not asked at all."""


class Expectations(_Strict):
    """A normal day of the site. A floor that is broken degrades the run, a ceiling warns."""

    articles_a_day: Annotated[tuple[int, int], AfterValidator(_floor_and_ceiling)] | None = None
    """On published_at, in the zone of the site. None: learned from the same weekdays of the weeks before."""
    fields: Annotated[Mapping[WatchedField, Share], AfterValidator(_over_usual)] = USUAL_SHARES
    """By name of news.watched.EXPECTED: the least share of pages that have it; 0 = not watched. What is not named here
    is learned."""


class Site(_Strict):
    """One newspaper, as its file in `spiders/sites/` states it."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    name: str = Field(min_length=1)
    host: Host
    aliases: tuple[Host, ...] = ()
    """Other hosts of the same site: pre-2022 domains, `www.`."""
    province: str | None = None
    timezone: Annotated[str, AfterValidator(known_zone)] = "Asia/Jakarta"
    """IANA zone of the newsroom, used when a page prints no zone of its own."""
    status: SiteStatus = SiteStatus.ACTIVE
    note: str = ""
    language: str = "id"
    render: bool = False
    """Its pages need a browser: the links are made by scripts."""
    sources: Sources = Sources()
    expect: Expectations = Expectations()


@dataclass(frozen=True)
class Network:
    """All sites by id and by host."""

    sites: Mapping[str, Site]
    by_host: Mapping[str, Site] = field(repr=False)

    @classmethod
    def of(cls, sites: Iterable[Site]) -> "Network":
        """Index `sites`; raises ConfigError on an id or host that two of them claim."""
        by_id: dict[str, Site] = {}
        by_host: dict[str, Site] = {}
        for site in sites:
            if site.id in by_id:
                raise ConfigError(f"{site.id}.toml: id = {site.id!r}: another site file has it: choose another id")
            by_id[site.id] = site
            for key, host in (("host", site.host), *(("aliases", alias) for alias in site.aliases)):
                if host in by_host:
                    owner = by_host[host].id
                    raise ConfigError(f"{site.id}.toml: {key} = {host!r}: already belongs to {owner}.toml")
                by_host[host] = site
        return cls(by_id, by_host)

    def of_host(self, host: str) -> Site | None:
        """The site that answers at `host`, `www.` and case ignored; None off the network."""
        bare = host.lower().rstrip(".")
        return self.by_host.get(bare) or self.by_host.get(bare.removeprefix("www."))

    @property
    def active(self) -> tuple[Site, ...]:
        """The sites that are crawled when none is named, by id."""
        return tuple(s for _, s in sorted(self.sites.items()) if s.status is SiteStatus.ACTIVE)


def load_site(path: Path, defaults: Mapping[str, Any]) -> Site:
    """Read one site file over the shared `defaults`. Raises ConfigError naming file, key and value."""
    site = _checked(path, _over(defaults, _read_toml(path)))
    if site.id != path.stem:
        raise ConfigError(f"{path}: id = {site.id!r}: must be the name of the file: rename it to {site.id}.toml")
    return site


def load_network(*folders: Path) -> Network:
    """Read every `*.toml` of `folders`; `_defaults.toml` holds the shared defaults of its folder.

    Raises ConfigError naming file, key and value.
    """
    sites: list[Site] = []
    for folder in folders:
        if not folder.is_dir():
            raise ConfigError(f"{folder}: no such folder of site files: correct [sites] dir")
        shared = folder / "_defaults.toml"
        defaults = _load_defaults(shared) if shared.exists() else {}
        sites += [load_site(path, defaults) for path in sorted(folder.glob("*.toml")) if path != shared]
    return Network.of(sites)


def _load_defaults(path: Path) -> dict[str, Any]:
    defaults = _read_toml(path)
    for key in _IDENTITY:
        if key in defaults:
            raise ConfigError(f"{path}: {key} = {defaults[key]!r}: belongs in the site files, no two share it")
    _checked(path, {**_IDENTITY, **defaults})
    return defaults


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _over(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """`given` over `defaults`, tables such as `[expect.fields]` key by key."""
    merged = {**defaults, **given}
    for key, default in defaults.items():
        if isinstance(default, Mapping) and isinstance(given.get(key), Mapping):
            merged[key] = _over(default, given[key])
    return merged


def _checked(path: Path, keys: Mapping[str, Any]) -> Site:
    try:
        return Site.model_validate(keys)
    except ValidationError as error:
        raise ConfigError("; ".join(_explain(path, e) for e in error.errors())) from error


def _explain(path: Path, error: Mapping[str, Any]) -> str:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "missing":
        return f"{path}: {key}: the file must state it"
    if error["type"] == "extra_forbidden":
        return f"{path}: {key} = {error['input']!r}: no such key, docs/sites.md lists them"
    return f"{path}: {key} = {error['input']!r}: {error['msg'].removeprefix('Value error, ')}"
