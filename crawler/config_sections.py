"""The sections of the operator's configuration: keys, defaults, and what a value may be. docs/configuration.md explains
each key.
"""

import re
from datetime import time, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from news.duration import parse_duration
from news.site import known_zone

_MIB = 1024 * 1024


def _header_text(text: str) -> str:
    if not re.fullmatch(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?", text):
        raise ValueError("goes into a request header: printable ASCII only, no line break")
    return text


def _contact(text: str) -> str:
    if re.search(r"[\s()<>;]", text) or not re.match(r"(https?://.|[^@]+@[^@]+$)", text):
        raise ValueError("is no contact: write a URL or a mail address")
    return text


def _span(value: object) -> object:
    """ISO 8601 durations, which begin with P, are left to pydantic."""
    return parse_duration(value) if isinstance(value, str) and not value.startswith("P") else value


def _clock_time(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"[0-2]\d:[0-5]\d", value):
        raise ValueError("is no time of day: write e.g. 02:30")
    return value


def _an_hour_or_more(span: timedelta) -> timedelta:
    if span < timedelta(hours=1):
        raise ValueError("must be an hour or more: what another process is about to commit is named by no version yet")
    return span


def _positive(span: timedelta) -> timedelta:
    if span <= timedelta(0):
        raise ValueError("is no span of time: write e.g. 15m")
    return span


HeaderText = Annotated[str, AfterValidator(_header_text)]
Span = Annotated[timedelta, BeforeValidator(_span)]
ClockTime = Annotated[time, BeforeValidator(_clock_time)]


class Section(BaseModel):
    """Keys under one heading; one that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class NetworkSettings(Section):
    """How the crawler introduces itself, and what it bears from a server."""

    user_agent: HeaderText | None = None
    """None: `disway-archive/<version> (+<contact>)`."""
    contact: Annotated[HeaderText, AfterValidator(_contact)] | None = None
    """URL or mail address that a site's operator can write to."""
    verify_tls: bool = True
    timeout_s: float = Field(default=60.0, gt=0)
    """For a whole exchange, from connecting to the last byte."""
    connect_timeout_s: float = Field(default=15.0, gt=0)
    retries: int = Field(default=2, ge=0, le=10)
    """After a connection failure, 429 or 5xx."""
    max_body_bytes: int = Field(default=32 * _MIB, gt=0)
    """As transferred, and again when decompressed."""
    max_redirects: int = Field(default=5, ge=0, le=20)

    @property
    def user_agent_header(self) -> str:
        """The User-Agent that is sent."""
        if self.user_agent is not None:
            return self.user_agent
        product = f"disway-archive/{version('disway-archive')}"
        return f"{product} (+{self.contact})" if self.contact else product


class PolitenessSettings(Section):
    """How fast the crawler asks."""

    site_delay_s: float = Field(default=3.0, ge=0)
    """Between the starts of two requests to one host."""
    backend_rate_per_s: float = Field(default=2.0, ge=0)
    """Requests a second to all hosts of the network together; 0 = no limit."""
    backoff_start_s: float = Field(default=5.0, gt=0)
    """First pause after 429 or 503; doubled each time."""
    backoff_cap_s: float = Field(default=900.0, gt=0)
    max_wait_s: float = Field(default=300.0, gt=0)
    """A request that would have to wait longer for a server that asked for a pause is left to a later run."""


class GoogleNewsSettings(Section):
    """Google News as a further source. Its robots.txt forbids the feed to every crawler."""

    enabled: bool = False
    override_robots: bool = False
    rss_delay_s: float = Field(default=10.0, ge=0)
    decode_delay_s: float = Field(default=70.0, ge=0)
    """The only pace that was measured to go on for 1,000 pages without a refusal."""
    every: Span = timedelta(hours=1)
    """A host is asked for no more often."""
    decodes: int = Field(default=50, ge=0)
    """Pages that one run fetches to decode links."""


class RecheckSettings(Section):
    """When a captured article is fetched again."""

    after: tuple[Span, ...] = (timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=7))
    """Ages since publication."""
    window: Annotated[Span, AfterValidator(_positive)] = timedelta(minutes=15)
    """For how long the rechecks of one run may keep the backend busy, at its pace."""


class SpoolSettings(Section):
    """The folder of what is fetched and not yet delivered."""

    dir: Path = Path(".disway/spool")
    max_bytes: int = Field(default=10 * 1024 * _MIB, gt=0)
    floor_bytes: int = Field(default=128 * _MIB, ge=0)
    """Room that the disk must keep: below it nothing is fetched."""
    wait_s: float = Field(default=300.0, ge=0)
    """How long a run without room waits for delivery to make some, before it ends."""
    segment_bytes: int = Field(default=64 * _MIB, gt=0)
    segment_age_s: float = Field(default=3600.0, gt=0)


class LimitsSettings(Section):
    """What one run may spend; 0 = no limit. What is left over is pending and waits for the next run."""

    requests: int = Field(default=200_000, ge=0)
    bytes: int = Field(default=20 * 1024 * _MIB, ge=0)
    """As transferred."""
    site_requests: int = Field(default=20_000, ge=0)
    """Of one site: a trap in one newspaper does not use up the run."""
    reader_s: float = Field(default=10.0, gt=0)
    """CPU time; a page whose reading takes more is given up, and kept."""


class RenderSettings(Section):
    """The browser for sites that say `render = true`."""

    chromium: Path | None = None
    """The program; None: looked for under its usual names."""
    page_s: float = Field(default=45.0, gt=0)
    """For a page and its scripts; not for its servers, which have limits of their own."""
    deadline_s: float = Field(default=900.0, gt=0)
    """For a page and all that it waits for: it may ask for one thing after the other."""
    settle_s: float = Field(default=1.0, gt=0)
    """Without a request for so long, and idle, a page is taken to be complete."""
    max_bytes: int = Field(default=2048 * _MIB, gt=0)
    """Memory of the browser with all its processes; at more it is started anew."""
    pages_per_browser: int = Field(default=200, gt=0)


class ScheduleSettings(Section):
    """When `disway serve` starts what."""

    poll: Annotated[Span, AfterValidator(_positive)] = timedelta(minutes=15)
    """Home pages, sections, feeds and sitemaps. Google News has `[google_news] every`."""
    recheck: Annotated[Span, AfterValidator(_positive)] = timedelta(minutes=15)
    spread: Span = timedelta(minutes=2)
    """The sites of a poll start one by one over this span, each poll in another order."""
    maintain: ClockTime = time(2, 30)
    verify: ClockTime = time(3, 30)
    coverage: ClockTime = time(4, 30)
    verify_sample: float = Field(default=0.05, gt=0, le=1)
    """Share of the WARC files that one nightly verify reads again; another each night, until all had their turn."""
    timezone: Annotated[str, AfterValidator(known_zone)] = "Asia/Jakarta"
    """IANA zone of the three above."""
    deadline: Annotated[Span, AfterValidator(_positive)] = timedelta(hours=6)
    """A run that goes on for longer is stopped, and killed when it does not stop."""
    drain: Annotated[Span, AfterValidator(_positive)] = timedelta(minutes=1)
    """How long a stopped run may take to finish what is under way and deliver."""
    lease: Annotated[Span, AfterValidator(_positive)] = timedelta(minutes=30)
    """For how long a run that is not heard of any more keeps others from starting."""


class ServiceSettings(Section):
    """What `disway serve` answers to."""

    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=9911, ge=0, le=65535)
    """Of /healthz and /metrics; 0 = any free one, which is logged."""
    red_after: int = Field(default=4, gt=0)
    """Intervals without a good run of a site, after which /healthz is red."""


class AlertsSettings(Section):
    """Who is told when something is wrong, and when it is over."""

    urls: tuple[SecretStr, ...] = ()
    """Apprise URLs: tgram://, slack://, mailto://, json://, ..."""
    proxy: str | None = None
    """For requests to these services; the crawler's proxies are never used for them."""
    degraded_runs: int = Field(default=3, ge=1)
    """Polls in a row in which a site was degraded, after which it is told."""
    reports: bool = True
    """Keep a report of each run in the archive, for people: reports/<run id>.html and .txt."""


class MaintainSettings(Section):
    """What `disway maintain` does to the tables."""

    retention: Annotated[Span, AfterValidator(_an_hour_or_more)] = timedelta(days=7)
    """Files that no version names are kept for this long: for readers under way, and for writers about to commit."""
    target_bytes: int = Field(default=128 * _MIB, gt=0)
    """Size to which small files are compacted."""


class LogSettings(Section):
    """How the program logs to stderr."""

    format: Literal["text", "json"] = "text"
    """json: one object a line, whatever a message holds."""


class SitesSettings(Section):
    """The newspapers."""

    dir: Path | None = None
    """Folder of further site files."""
