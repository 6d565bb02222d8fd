"""Faults that the control can put on a host, and the book that decides which request meets one."""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class FaultKind(StrEnum):
    """What goes wrong."""

    STATUS = "status"
    """Answer `status` with `body` and `headers`."""
    ROBOTS = "robots"
    """As `status`, for /robots.txt only."""
    HTML = "html"
    """A maintenance page in HTML with status 200."""
    SOFT_404 = "soft_404"
    """The site's not-found page with status 200."""
    REDIRECT = "redirect"
    """302 to `location`."""
    REDIRECT_HOME = "redirect_home"
    """302 to the site's home page."""
    REDIRECT_LOOP = "redirect_loop"
    """302 to and fro between two addresses."""
    SLOW = "slow"
    """Wait `delay_s`, then drip the true answer at `bytes_per_s`."""
    STALL = "stall"
    """Never answer."""
    CUT = "cut"
    """Announce the true length, send `after_bytes` of the entity (default: half), close."""
    RESET = "reset"
    """Reset the connection without a byte."""
    UNREACHABLE = "unreachable"
    """No tunnel to the host: CONNECT gets 502; in an open tunnel as `reset`."""
    CONNECT_STALL = "connect_stall"
    """The tunnel to the host is never opened, nor refused."""
    TLS_STALL = "tls_stall"
    """The tunnel is opened, and nobody answers the handshake in it."""
    ENDLESS_HEADERS = "endless_headers"
    """A status line and header fields without end; up to `megabytes`."""
    ENDLESS_LINE = "endless_line"
    """A header field without end; up to `megabytes`."""
    BOMB = "bomb"
    """A small body that expands to `megabytes` when its `coding` is undone `layers` times."""
    MISLABELLED = "mislabelled"
    """The true bytes, said to be in `coding`, which they are not in; if the client takes gzip, one of the others."""
    CUT_CODING = "cut_coding"
    """The true page in gzip, `after_bytes` of it (default: half), sent whole as far as HTTP can tell."""
    FLIPPED_BIT = "flipped_bit"
    """The true page in gzip, with one bit in the middle of it flipped."""
    STALE_VALIDATOR = "stale_validator"
    """304 to every conditional request, whatever changed; the true page to all others."""
    ENDLESS_LISTING = "endless_listing"
    """A listing whose every page shows the same articles and leads to a next one."""
    INVENTED_LISTING = "invented_listing"
    """A listing whose every page names articles that nobody named before, and that are not there."""
    INVENTED_SECTIONS = "invented_sections"
    """A listing that names fifty further sections, each of which does so."""
    ENDLESS_PARTS = "endless_parts"
    """An article every part of which names further parts."""
    OVERLONG = "overlong"
    """A plain body of `megabytes`."""
    GARBAGE = "garbage"
    """Bytes that are no HTTP."""
    POISONED_SITEMAP = "poisoned_sitemap"
    """A urlset of `entries` slugs of `article_id`, of ids of 10^12, of other newspapers, of javascript: and data:."""
    BILLION_LAUGHS = "billion_laughs"
    """XML whose entities expand to gigabytes."""
    XXE = "xxe"
    """XML with a DTD and entities outside it: a local file, and addresses of the host under `/entitas-luar`."""
    SITEMAP_CYCLE = "sitemap_cycle"
    """Indexes that name themselves and each other."""
    DEEP_INDEX = "deep_index"
    """Each child of the index is an index again, without end."""
    HUGE_FEED = "huge_feed"
    """RSS of `megabytes` in one line."""
    HTML_FEED = "html_feed"
    """HTML under the content type of XML."""
    TRUNCATED_XML = "truncated_xml"
    """Half of the true document, sent whole as far as HTTP can tell."""


_TUNNEL_ONLY = (FaultKind.CONNECT_STALL, FaultKind.TLS_STALL)
TUNNEL_FAULTS = (FaultKind.UNREACHABLE, *_TUNNEL_ONLY)
"""What a CONNECT meets."""
TRAPS = (
    FaultKind.ENDLESS_LISTING,
    FaultKind.INVENTED_LISTING,
    FaultKind.INVENTED_SECTIONS,
    FaultKind.ENDLESS_PARTS,
)
"""Pages that lead on for ever."""
_SITEMAPS = ("/sitemap",)
_FEEDS = ("/rss", "/feed")
SOURCE_FAULTS: dict[FaultKind, tuple[str, ...]] = {
    FaultKind.POISONED_SITEMAP: _SITEMAPS,
    FaultKind.SITEMAP_CYCLE: _SITEMAPS,
    FaultKind.DEEP_INDEX: _SITEMAPS,
    FaultKind.HUGE_FEED: _FEEDS,
    FaultKind.BILLION_LAUGHS: (*_SITEMAPS, *_FEEDS),
    FaultKind.XXE: (*_SITEMAPS, *_FEEDS),
    FaultKind.HTML_FEED: (*_SITEMAPS, *_FEEDS),
    FaultKind.TRUNCATED_XML: (*_SITEMAPS, *_FEEDS),
}
"""The kinds that stand in for a feed or sitemap, and the beginnings of the paths that they meet by themselves."""
_MEGABYTE = 1 << 20
_MEGABYTES = 1024
_HUGE_FEED_MEGABYTES = 50


class Fault(BaseModel):
    """One fault. It meets requests to `host` (`*` = every host) whose path begins with `path_prefix`; without one, the
    kinds of `SOURCE_FAULTS` meet the usual paths of feeds and sitemaps, whether or not the site has any there.

    `count`: how many requests meet it, None = until taken away; `every`: only each n-th matching request.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: FaultKind
    host: str = "*"
    path_prefix: str | None = None
    count: int | None = Field(default=None, ge=1)
    every: int = Field(default=1, ge=1)
    status: int = Field(default=503, ge=100, le=999)
    headers: dict[str, str] = Field(default_factory=dict)
    body: str = "<html><body><h1>Layanan tidak tersedia</h1></body></html>"
    location: str = "https://news.google.com/"
    delay_s: float = Field(default=0.0, ge=0)
    bytes_per_s: int = Field(default=20_000, ge=1)
    after_bytes: int | None = Field(default=None, ge=0)
    megabytes: int | None = Field(default=None, ge=1)
    """How much is sent at most: 1024, of a huge feed 50, where it is not said."""
    entries: int = Field(default=1_000_000, ge=1)
    article_id: int = Field(default=1, ge=1)
    coding: Literal["gzip", "deflate", "br", "zstd"] = "gzip"
    layers: int = Field(default=1, ge=1, le=1000)
    chunked: bool = False
    """For cut and overlong: frame the body in chunks, so that no length is announced."""

    def meets(self, host: str, path: str | None) -> bool:
        """Whether a request to `host` for `path` is in its reach; `path` is None for a CONNECT."""
        if path is None:
            return self.kind in TUNNEL_FAULTS and self.host in ("*", host)
        if self.kind in _TUNNEL_ONLY:
            return False
        return self.host in ("*", host) and path.startswith(self._prefixes)

    @property
    def size(self) -> int:
        """How much is sent at most, in bytes."""
        usual = _HUGE_FEED_MEGABYTES if self.kind is FaultKind.HUGE_FEED else _MEGABYTES
        return (self.megabytes or usual) * _MEGABYTE

    @property
    def _prefixes(self) -> tuple[str, ...]:
        if self.kind is FaultKind.ROBOTS:
            return ("/robots.txt",)
        return SOURCE_FAULTS.get(self.kind, ("",)) if self.path_prefix is None else (self.path_prefix,)


class FaultBook:
    """The faults in force, oldest first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._met: list[int] = []

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults that still can meet a request."""
        return tuple(f for f, met in zip(self._faults, self._met, strict=True) if not _spent(f, met))

    def add(self, fault: Fault) -> None:
        """Put `fault` in force."""
        self._faults.append(fault)
        self._met.append(0)

    def clear(self) -> None:
        """Take all faults away."""
        self._faults.clear()
        self._met.clear()

    def take(self, host: str, path: str | None) -> Fault | None:
        """The fault that this request meets, counted as met; None when it goes through.

        `path` is None for a CONNECT, which only `TUNNEL_FAULTS` meet.
        """
        for index, fault in enumerate(self._faults):
            if not _spent(fault, self._met[index]) and fault.meets(host, path):
                self._met[index] += 1
                if self._met[index] % fault.every == 0:
                    return fault
        return None


def _spent(fault: Fault, met: int) -> bool:
    return fault.count is not None and met >= fault.count * fault.every
