"""What the spiders hand on: readings, sightings and outcomes, each naming the article or page that it is about."""

from dataclasses import dataclass
from datetime import datetime

from news.article import ArticlePart, PageLink
from news.capture import WarcPointer
from news.url import ArticleKey, NetworkUrl


@dataclass(frozen=True, slots=True)
class PartRead:
    """One part of an article was fetched, kept and read."""

    key: ArticleKey
    part: int
    reading: ArticlePart
    pointer: WarcPointer
    """Of the response record that holds the part's bytes, this capture's own or the original of a revisit."""
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class LinksSighted:
    """A page was read and links these."""

    via_url: str
    at: datetime
    links: tuple[PageLink, ...]


@dataclass(frozen=True, slots=True)
class ArticleRefused:
    """The server, or the page, says that there is no article here. `reason` is a RefusalReason."""

    key: ArticleKey
    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class ArticleFailed:
    """An attempt failed in a way that may pass. The article stays pending."""

    key: ArticleKey
    url: str
    reason: str
    attempt: int
    """From 1."""


@dataclass(frozen=True, slots=True)
class ListingWalked:
    """A section was walked down to known ground, to the run's bound or to its end."""

    listing: NetworkUrl
    at: datetime
    """When its last page was fetched."""
    covered_to: datetime
    """How far back this walk and those before it reached together. Aware."""


@dataclass(frozen=True, slots=True)
class SiteFailed:
    """A site's home page or robots.txt could not be had: the run is degraded."""

    site: str
    reason: str


Item = PartRead | LinksSighted | ArticleRefused | ArticleFailed | ListingWalked | SiteFailed
