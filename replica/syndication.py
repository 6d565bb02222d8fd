"""How a site offers its articles to machines: feeds and sitemaps. Data of a `Profile`, not behaviour."""

from dataclasses import dataclass
from enum import StrEnum

NEWS_SITEMAP_PATH = "/sitemap-news.xml"


class FeedForm(StrEnum):
    """The format of a feed."""

    RSS = "rss"
    ATOM = "atom"


@dataclass(frozen=True, slots=True)
class FeedPlan:
    """A feed of the newest articles at `path`, and where it is `by_section` one more at `<path>/<section slug>`."""

    path: str = "/rss"
    form: FeedForm = FeedForm.RSS
    items: int = 30
    by_section: bool = False
    linked: bool = True
    """Whether pages name it in a link rel=alternate; else it must be guessed."""
    content_type: str = "application/rss+xml; charset=UTF-8"
    cdata: bool = True
    """Whether titles stand in CDATA, else in entities."""
    stale_etag: bool = False
    """One ETag for ever: a conditional request is always answered 304."""
    wrong_dates: bool = False
    """Dates off by days, one of 1970, one in the future."""
    mixed_links: bool = False
    """Links in every form (AMP, http, www, campaign parameters), and items of other hosts in between."""
    hub: str | None = None
    """A WebSub hub that the feed names."""


@dataclass(frozen=True, slots=True)
class SitemapPlan:
    """A sitemap at `path` (None: none), and a news sitemap of the last two days where `news`."""

    path: str | None = "/sitemap.xml"
    named: bool = True
    """Whether robots.txt names them; else they must be guessed."""
    monthly: bool = True
    """An index with a child a month, else one urlset of everything."""
    gzipped: bool = False
    """Children are gzip files."""
    news: bool = True

    def child(self, month: str) -> str:
        """Path of the child of `month` (`2026-03`)."""
        return f"/sitemap-{month}.xml{'.gz' if self.gzipped else ''}"

    @property
    def robots_paths(self) -> tuple[str, ...]:
        """What robots.txt names."""
        paths = (self.path, NEWS_SITEMAP_PATH if self.news else None)
        return tuple(p for p in paths if p) if self.named else ()
