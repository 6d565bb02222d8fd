"""Sitemaps: indexes, their children, and news sitemaps."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from scrapy import Request
from scrapy.http import Response

from news.article import LinkKind
from news.counters import Counter
from news.item import Finding
from news.plan import FIRST_CRAWL_SPAN
from news.site import Site, SourceGroup
from news.source import ChildSitemap, SourceDocument, SourceEntry
from pages.sources import robots_sitemaps
from spiders.asked import Asked
from spiders.documents import Documents
from spiders.front_page import WALKED_EVERY
from spiders.source import Yield

if TYPE_CHECKING:
    from spiders.base import NetworkSpider

_DEEPEST = 3
"""An index of an index of an index: the protocol knows one level, some servers have two."""
_UNDATED_CHILDREN = 2
"""Of an index without dates only the last ones are asked each time; months are named in order."""
_EDGE = timedelta(days=3)
"""Before a hole: sitemaps that name what the archive holds from these days are not thinned out there."""
_NAMED_OF_EDGE = 0.8
"""The rest may be taken down, or never have stood in a sitemap."""


class Sitemaps(Documents):
    """Reads of a site's sitemaps what may be new: a crawl is no backfill."""

    kind = LinkKind.SITEMAP
    group = SourceGroup.SITEMAPS
    children_a_run: ClassVar[int] = 60
    """Of one site: five years by month."""
    usual_names = ("/sitemap.xml", "/sitemap_index.xml", "/sitemap-news.xml")

    def __init__(self, spider: "NetworkSpider") -> None:
        super().__init__(spider)
        self._children: dict[str, int] = {}
        self._robots_read: set[str] = set()
        self._news: set[str] = set()
        """News sitemaps: they state when what they name was published."""
        self._floors: dict[str, int | None] = {}
        self.reaches: dict[str, datetime] = {}
        """By site: how far back this run took all that its sitemaps name, if it did. Aware."""

    def stated(self, site: Site) -> tuple[str, ...]:
        """Paths that the site file names."""
        return site.sources.sitemaps

    def home_read(self, site: Site, response: Response) -> Iterator[Yield]:
        """The sitemaps that the site's robots.txt names."""
        yield from self.robots_read(site, response.meta.get("robots_txt", b""))

    def robots_read(self, site: Site, rules: bytes) -> Iterator[Yield]:
        """The same where the home page is not asked for: robots.txt comes before any page."""
        if rules and site.id not in self._robots_read:
            self._robots_read.add(site.id)
            urls = robots_sitemaps(rules, url=f"https://{site.host}/robots.txt", rules=self.rules)
            yield from self.roots(site, urls, "robots")

    def next_check(self, asked: Asked) -> datetime | None:
        """When a sitemap is asked again: at once, but one of everything more rarely where sections are walked."""
        sources = self.seen.state.sources(asked.site.id).values()
        walked = any(s.kind == LinkKind.SECTION and s.finding == Finding.ALIVE for s in sources)
        seldom = walked and not asked.depth and asked.url not in self._news
        return self.plan.started_at + WALKED_EVERY if seldom else None

    def more_listings(self, site: Site) -> Iterator[Yield]:
        """Where a poll did not overlap, those that are not due as well: they may name what it missed."""
        if self.spider.missed[site.id]:
            for source in self.seen.state.sources(site.id).values():
                if source.kind == self.kind and source.finding == Finding.ALIVE and not self.is_led_to(source):
                    yield from self.request(site, source.url, None, regardless=True)

    def _is_due(self, url: str) -> bool:
        return super()._is_due(url) or self._is_wanted(url)

    def _is_wanted(self, url: str) -> bool:
        """Whether the run asks how it was some time ago, so that what is alive is due whenever it was asked last."""
        known, target = self.findings.of(url), self.rules.read(url)
        if known is None or known.finding != Finding.ALIVE or target is None:
            return False
        asks_back = self.plan.since is not None or self.plan.backfill is not None
        return asks_back or self.seen.state.has_hole(target.site.id)

    def entries(self, site: Site, document: SourceDocument) -> Sequence[SourceEntry]:
        """What was published or changed since the service knows the site, and undated entries of such an age."""
        if any(entry.published_at for entry in document.entries):
            self._news.add(self.place(site, document.url) or document.url)
        begin, floor = self.begin(site), self._floor(site)
        return [entry for entry in document.entries if self._may_be_new(entry, begin, floor)]

    def children(self, site: Site, document: SourceDocument, depth: int) -> Iterator[Request]:
        """Requests for those sitemaps of an index that may name something new."""
        tree = self.tree(site, document.url)
        if document.children and depth >= _DEEPEST:
            self.spider.count(Counter.SOURCES_CUT, site.id)
            tree.is_whole = False
            return
        named = [ChildSitemap(place, c.modified_at) for c in document.children if (place := self.place(site, c.url))]
        dated = [c for c in named if c.modified_at is not None and self._is_new(c, self.begin(site))]
        undated = [c for c in named if c.modified_at is None]
        for child in (*sorted(dated, key=_modified, reverse=True), *self._undated(undated)):
            if self._children.get(site.id, 0) >= self.children_a_run:
                self.spider.count(Counter.ENTRIES_OVER_QUOTA, site.id)
                tree.is_whole = False
                continue
            asked = list(
                self.request(
                    site,
                    child.url,
                    "sitemap_index",
                    root=tree.root,
                    depth=depth + 1,
                    modified_at=child.modified_at,
                )
            )
            tree.is_whole &= bool(asked) or self.is_asked(child.url)
            self._children[site.id] = self._children.get(site.id, 0) + len(asked)
            yield from asked

    def reach(self, site: Site, at: datetime) -> bool:
        """Whether the site's sitemaps, as read in this run, name everything published since `at`.

        They do when one of them, with all that it led to, was read whole and names nearly all that the archive holds
        from the days before. What it states as dates is not relied on.
        """
        taken = self.reaches.get(site.id)
        if taken is not None and taken <= at:
            return True
        edge = {key.article_id for _, _, key in self.seen.titles(site.id, at - _EDGE, at)}
        return bool(edge) and any(
            tree.is_whole and len(edge & tree.named) >= _NAMED_OF_EDGE * len(edge)
            for tree in self.trees.values()
            if tree.site == site.id
        )

    def _is_new(self, child: ChildSitemap, begin: datetime) -> bool:
        assert child.modified_at is not None
        return child.modified_at >= begin and self._has_changed(child.url, child.modified_at)

    def _has_changed(self, url: str, modified_at: datetime) -> bool:
        known = self.findings.of(url)
        return known is None or known.modified_at is None or modified_at > known.modified_at

    def _undated(self, children: Sequence[ChildSitemap]) -> list[ChildSitemap]:
        in_order = sorted(children, key=_natural, reverse=True)
        never_read = [c for c in in_order if self.findings.of(c.url) is None]
        return list(dict.fromkeys((*in_order[:_UNDATED_CHILDREN], *never_read)))

    def _floor(self, site: Site) -> int | None:
        """The id from which on articles may be new: about that of the oldest which a crawl takes; None if unknown."""
        if site.id not in self._floors:
            begin = self.begin(site)
            ids = sorted(key.article_id for _, _, key in self.seen.titles(site.id, begin, begin + FIRST_CRAWL_SPAN))
            self._floors[site.id] = ids[len(ids) // 10] if ids else None  # a few were written long before they came out
        return self._floors[site.id]

    def _may_be_new(self, entry: SourceEntry, begin: datetime, floor: int | None) -> bool:
        """Of an entry that only says when it changed, the id says whether it may be new."""
        if entry.published_at is not None:
            return entry.published_at >= begin
        if entry.modified_at is not None and entry.modified_at < begin:
            return False
        return floor is None or entry.article_id >= floor


def _modified(child: ChildSitemap) -> datetime:
    assert child.modified_at is not None
    return child.modified_at


def _natural(child: ChildSitemap) -> list[tuple[str, int]]:
    """Sorts sitemap-9 before sitemap-10."""
    return [(text, int(digits or 0)) for text, digits in re.findall(r"(\D*)(\d{0,18})", child.url)]
