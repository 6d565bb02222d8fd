"""What a source of articles is to a spider: something that opens with a site, and goes on as its pages are read."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from scrapy import Request
from scrapy.http import Response

from news.article import ArticlePart, PageLink
from news.item import Item
from news.site import Site
from news.url import ArticleKey

if TYPE_CHECKING:
    from spiders.base import NetworkSpider

Yield = Request | Item


class MissedPoll(NamedTuple):
    """A poll of the listing at `url` that met nothing known from the one before, at `polled_at` (aware)."""

    url: str
    polled_at: datetime


class Source:
    """One kind of source over all sites of a run. Made once the plan and the index are known."""

    def __init__(self, spider: "NetworkSpider") -> None:
        self.spider = spider
        self.plan = spider.plan
        self.rules = spider.rules
        self.seen = spider.seen

    def open_site(self, site: Site) -> Iterator[Yield]:  # noqa: ARG002  for those that do
        """Called for every site of the run, at its start."""
        return iter(())

    def home_read(self, site: Site, response: Response) -> Iterator[Yield]:  # noqa: ARG002  as above
        """Called with the home page of a site, which may name further sources."""
        return iter(())

    def listing_read(self, site: Site, via_url: str, links: Sequence[PageLink]) -> None:
        """Called with what a page of the home page or of a section at canonical `via_url` lists."""

    def more_listings(self, site: Site) -> Iterator[Yield]:  # noqa: ARG002  as above
        """Called once all listings are read that were asked for: those that are worth asking only then."""
        return iter(())

    def listings_read(self, site: Site) -> Iterator[Yield]:  # noqa: ARG002  as above
        """Called once the site's own listings, feeds and sitemaps are read, and what they link is asked for."""
        return iter(())

    def article_read(self, key: ArticleKey, reading: ArticlePart) -> None:
        """Called with the first part of every article that is read."""

    def resolved(self, key: ArticleKey) -> Iterator[Yield]:  # noqa: ARG002  as above
        """Called when it is settled what `key` is in this run."""
        return iter(())

    def idle(self) -> Iterator[Yield]:
        """Called whenever nothing is left to fetch."""
        return iter(())
