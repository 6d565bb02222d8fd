"""The sitemaps of a site: every one that may name articles of the stretch."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from scrapy import Request

from news.item import StretchState
from news.site import Site
from news.source import ChildSitemap, SourceDocument, SourceEntry
from spiders.claims import Copy
from spiders.progress import Progress
from spiders.sitemaps import Sitemaps
from spiders.source import Yield

if TYPE_CHECKING:
    from spiders.base import NetworkSpider


class BackfillSitemaps(Sitemaps):
    """Reads sitemaps as if they had never been read: a crawl follows only what is recent in them."""

    quota = 50_000
    """As many as the protocol allows in one document."""
    children_a_run = 1_000

    def __init__(self, spider: "NetworkSpider") -> None:
        super().__init__(spider)
        self._progress = Progress(spider)
        self._unread: dict[str, set[str]] = {}
        """By index: its children that are asked for and not read."""

    def begin(self, site: Site) -> datetime:  # noqa: ARG002  the same for all
        """The begin of the stretch."""
        return self._progress.plan.from_at

    def entries(self, site: Site, document: SourceDocument) -> Sequence[SourceEntry]:  # noqa: ARG002  as above
        """What the document does not place outside the stretch."""
        plan = self._progress.plan
        return [e for e in document.entries if _may_be_within(e, plan.from_at, plan.to_at)]

    def children(self, site: Site, document: SourceDocument, depth: int) -> Iterator[Request]:
        """Requests for those that may name something of the stretch. The index is read once they are."""
        requests = list(super().children(site, document, depth))
        if document.children:
            unread = {request.meta["source_url"] for request in requests}
            self._unread[self.place(site, document.url) or document.url] = unread
        yield from requests

    def _all_sighted(self, site: Site, copy: Copy) -> Iterator[Yield]:
        """Note what was read whole, and the index that this was the last child of.

        Crawls are told nothing of it: what lies outside the stretch was not sighted.
        """
        if not self._unread.get(copy.url):
            yield from self._read_whole(site, copy.url)

    def _read_whole(self, site: Site, url: str) -> Iterator[Yield]:
        yield self._progress.note(site, url, StretchState.DONE)
        if url in self._unread:
            self.reaches[site.id] = self.begin(site)
        for index, unread in self._unread.items():
            if url in unread:
                unread.remove(url)
                if not unread:
                    yield from self._read_whole(site, index)

    def _is_due(self, url: str) -> bool:
        target = self.rules.read(url)
        return super()._is_due(url) and not (target and self._progress.is_done(target.site, url))

    def _has_changed(self, url: str, modified_at: datetime) -> bool:
        target = self.rules.read(url)
        return target is not None and modified_at >= self._progress.begin(target.site, target.url)

    def _undated(self, children: Sequence[ChildSitemap]) -> list[ChildSitemap]:
        return list(children)

    def _conditional(self, url: str) -> dict[str, str]:  # noqa: ARG002  a crawl took little of it
        return {}


def _may_be_within(entry: SourceEntry, begin: datetime, end: datetime) -> bool:
    if entry.published_at is not None:
        return begin <= entry.published_at < end
    return entry.modified_at is None or entry.modified_at >= begin
