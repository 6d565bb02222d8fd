"""Which feeds and sitemaps a run asks for: those that are known, those that something names, and the usual names."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from news.article import LinkKind
from news.counters import Counter
from news.item import Finding
from news.site import Site, SourceGroup
from news.url import UrlKind
from pages.own_links import after_host
from spiders.asked import Asked
from spiders.findings import Findings
from spiders.sections import LISTING_PRIORITY
from spiders.source import Source, Yield
from spiders.validators import conditional_headers
from storage.seen_state import SeenSource

if TYPE_CHECKING:
    from spiders.base import NetworkSpider

ROOTS = 100
"""Documents of one kind and site, those that other documents lead to aside, that a run asks for."""


@dataclass(slots=True)
class Tree:
    """A document that no other led to, and all that it leads to."""

    site: str
    root: str
    named: set[int] = field(default_factory=set)
    """Ids that the archive knows."""
    is_whole: bool = True
    """Whether everything that was asked for was read to its end."""


class Probing(Source):
    """Asks for each document once a run, when it is due."""

    kind: ClassVar[LinkKind]
    group: ClassVar[SourceGroup]
    usual_names: ClassVar[tuple[str, ...]]

    def __init__(self, spider: "NetworkSpider") -> None:
        super().__init__(spider)
        self.findings = Findings(spider.seen.state, spider.plan)
        self.trees: dict[str, Tree] = {}
        """By root."""
        self._root_of: dict[str, str] = {}
        """By document that was asked for."""
        self._roots: dict[str, int] = {}
        """By site."""

    def stated(self, site: Site) -> tuple[str, ...]:
        """Paths that the site file names."""
        raise NotImplementedError

    def is_led_to(self, source: SeenSource) -> bool:
        """Whether a known source is asked for only when another document leads to it."""
        return source.learned_from == "sitemap_index"

    def answered(self, response: Response) -> Iterator[Yield]:
        """Callback of a document."""
        raise NotImplementedError

    def failed(self, failure: Failure) -> Iterator[Yield]:
        """Errback of a document."""
        raise NotImplementedError

    def open_site(self, site: Site) -> Iterator[Yield]:
        """The documents that are known, and those that may be."""
        home = f"https://{site.host}"
        known = [s for s in self.seen.state.sources(site.id).values() if s.kind == self.kind]
        yield from self.roots(site, (f"{home}{path}" for path in self.stated(site)), "site_file")
        yield from self.roots(site, (s.url for s in known if not self.is_led_to(s)), None)
        yield from self.roots(site, (f"{home}{path}" for path in self.usual_names), "usual_name")

    def roots(self, site: Site, urls: Iterable[str], learned_from: str | None) -> Iterator[Request]:
        """Requests for documents that no other document led to."""
        if self.group in site.sources.off:
            return
        for url in urls:
            if self._roots.get(site.id, 0) >= ROOTS:
                self.spider.count(Counter.ENTRIES_OVER_QUOTA, site.id)
                continue
            for request in self.request(site, url, learned_from):
                self._roots[site.id] = self._roots.get(site.id, 0) + 1
                yield request

    def request(
        self,
        site: Site,
        url: str,
        learned_from: str | None,
        *,
        root: str | None = None,
        depth: int = 0,
        modified_at: datetime | None = None,
        regardless: bool = False,
    ) -> Iterator[Request]:
        """The request for a document, once a run and, if not `regardless`, when it is due."""
        place = self.place(site, url)
        if place is None or self.is_asked(place) or not (regardless or self._is_due(place)):
            return
        if self.findings.of(place) is None:
            self.spider.count(Counter.SOURCES_PROBED, site.id)
        asked = Asked(site, place, learned_from, root or place, depth, modified_at)
        self.note_asked(asked)
        self.spider.open_listing(site)
        yield Request(
            place,
            self.answered,
            errback=self.failed,
            priority=LISTING_PRIORITY,
            headers=self._conditional(place),
            meta={
                "source_kind": self.kind,
                "asked": asked,
                "source_url": place,
                "robots_txt": b"",
                "download_slot": site.host,
            },
        )

    def place(self, site: Site, url: str) -> str | None:
        """Under which URL the document at `url` is asked for and remembered; None when it is none of the site."""
        target = self.rules.read(url)
        if target is None or target.site.id != site.id:
            return None
        path = after_host(url)
        is_page = target.kind is not UrlKind.OTHER and "?" not in path
        return None if is_page else f"https://{site.host}/{path}"

    def is_asked(self, place: str) -> bool:
        """Whether this run asks for the document, or was led to it by a redirect."""
        return place in self._root_of

    def note_asked(self, asked: Asked) -> None:
        """The document is not asked for again in this run."""
        self._root_of[asked.url] = asked.root

    def tree(self, site: Site, url: str) -> Tree:
        """The tree in which the document at `url`, as it was asked for or as it answered, stands."""
        place = self.place(site, url) or url
        root = self._root_of.get(place, place)
        return self.trees.setdefault(root, Tree(site.id, root))

    def _is_due(self, url: str) -> bool:
        return self.findings.is_due(url) or self._was_cut(url)

    def _was_cut(self, url: str) -> bool:
        """Whether the run that read it last was killed before all that it names was sighted."""
        known, page = self.findings.of(url), self.seen.page(url)
        if known is None or known.finding != Finding.ALIVE or page is None or page.status != HTTPStatus.OK:
            return False
        return page.read_at is None or page.read_at < page.fetched_at

    def _conditional(self, url: str) -> dict[str, str]:
        """Headers that let the server say that nothing changed, where it is trusted to know."""
        if self.findings.remark(url) is not None:
            return {}
        return conditional_headers(self.seen.page(url), url, self.plan.run_id, self.plan.started_at)
