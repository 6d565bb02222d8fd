"""RSS and Atom feeds of the sites."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response

from news.article import LinkKind
from news.errors import PageError
from news.site import Site, SourceGroup
from news.source import SourceDocument, SourceEntry
from pages.sources import alternate_feeds
from spiders.asked import Asked
from spiders.documents import Documents
from spiders.sections import Sections
from spiders.source import Yield
from storage.seen_state import SeenSource

if TYPE_CHECKING:
    from spiders.base import NetworkSpider


_SECTION_FEED_EVERY = timedelta(days=2)
"""What it names stands in the section and in the site's own feed as well."""


class Feeds(Documents):
    """Polls every feed of a site once a run. A feed shows the newest items only, so polls must overlap.

    The feeds of single sections, `/rss/<section>`, reach further down: they are asked for where a poll did not overlap.
    """

    kind = LinkKind.FEED
    group = SourceGroup.FEEDS
    usual_names = ("/rss", "/feed")

    def __init__(self, spider: "NetworkSpider") -> None:
        super().__init__(spider)
        self._whole_site: dict[str, list[str]] = {}
        """By site: feeds of the whole site that this run read."""
        self._short: set[str] = set()
        """Feeds that did not reach down to what their poll before had."""

    def stated(self, site: Site) -> tuple[str, ...]:
        """Paths that the site file names."""
        return site.sources.feeds

    def home_read(self, site: Site, response: Response) -> Iterator[Yield]:
        """The feeds that the home page names."""
        try:
            named = alternate_feeds(response.body, url=response.url, rules=self.rules)
        except PageError:
            return  # a home page that is none is told of elsewhere
        yield from self.roots(site, named, "page")

    def entries(self, site: Site, document: SourceDocument) -> Sequence[SourceEntry]:  # noqa: ARG002  all that there are
        """All: a feed holds a few dozen, and its dates may be wrong."""
        return document.entries

    def missed(self, site: Site, url: str, polled_at: datetime) -> Iterator[Yield]:
        """A site's own feed did not reach down; that of a section is asked too seldom to tell."""
        if not self._is_of_section(url):
            self._short.add(url)
            yield from super().missed(site, url, polled_at)

    def children(self, site: Site, document: SourceDocument, depth: int) -> Iterator[Request]:  # noqa: ARG002  of any depth
        """The feeds of single sections are asked for later, when all sections are known."""
        url = self.place(site, document.url)
        if url is not None and urlsplit(url).path in self.usual_names:
            self._whole_site.setdefault(site.id, []).append(url)
        return iter(())

    def more_listings(self, site: Site) -> Iterator[Yield]:
        """The feeds of single sections, under one of the usual names: to learn of them, and where the feed is short."""
        for url in self._whole_site.get(site.id, ()):
            for slug in self._sections(site):
                yield from self.request(
                    site, f"{url}/{slug}", "usual_name", root=url, depth=1, regardless=url in self._short
                )

    def is_led_to(self, source: SeenSource) -> bool:
        """Whether it is the feed of a section."""
        return self._is_of_section(source.url) and source.learned_from == "usual_name"

    def next_check(self, asked: Asked) -> datetime | None:
        """When a feed that is alive is asked again."""
        return self.plan.started_at + _SECTION_FEED_EVERY if asked.depth else None

    def _was_cut(self, url: str) -> bool:
        """A feed that lied is not believed to have more to say, nor are those of its sections."""
        root = url.rpartition("/")[0] if self._is_of_section(url) else url
        return self.findings.remark(root) is None and super()._was_cut(url)

    def _is_of_section(self, url: str) -> bool:
        return urlsplit(url).path.rpartition("/")[0] in self.usual_names

    def _sections(self, site: Site) -> list[str]:
        """The last words of the paths of the site's sections."""
        walked = self.spider.source(Sections)
        urls = [*self.seen.sections(site.id), *(walk.listing.url for walk in walked.walks(site))] if walked else []
        return sorted({url.rpartition("/")[2] for url in urls})
