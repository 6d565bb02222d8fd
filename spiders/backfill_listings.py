"""The listings of a site that reach back: sections, the tags of the articles of the stretch, and site search."""

from collections import Counter
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

from scrapy.http import Response
from twisted.python.failure import Failure

from news.article import ArticlePart, LinkKind
from news.item import Finding, StretchState
from news.site import Site, SourceGroup
from news.url import ArticleKey, NetworkUrl, UrlKind
from spiders.outcome import NOT_TRIED, failure_word
from spiders.progress import Progress
from spiders.search import following_page, search_page
from spiders.sections import TRAP, Sections
from spiders.source import Yield
from spiders.walk import Walk

if TYPE_CHECKING:
    from spiders.base import NetworkSpider

TAGS_A_RUN = 200
"""Tag pages of one site that a run walks, those that most articles name first; the next run goes on."""
_KINDS = {UrlKind.TAG: LinkKind.TAG, UrlKind.OTHER: LinkKind.SEARCH}


class BackfillListings(Sections):
    """Walks each listing from its newest page, or from where an earlier run stopped, to the begin of the stretch.

    It leaves no trace in what crawls know of the sections, whose promise is about what is above known ground.
    """

    kinds = (UrlKind.SECTION, UrlKind.TAG)

    def __init__(self, spider: "NetworkSpider") -> None:
        super().__init__(spider)
        self.progress = Progress(spider)
        self._named: dict[str, Counter[str]] = {site.id: Counter() for site in self.plan.sites}
        """By site: how many articles of the stretch name a tag page."""
        self._fresh: list[tuple[Site, str]] = []
        self._tags_walked: Counter[str] = Counter()
        self._searched = False

    def open_site(self, site: Site) -> Iterator[Yield]:
        """Home page and sections; the tags that earlier runs found are kept for later."""
        for url in self.progress.open_urls(site):
            target = self.rules.read(url)
            if target is not None and target.kind is UrlKind.TAG:
                self._named[site.id][url] += 1
        return super().open_site(site)

    def article_read(self, key: ArticleKey, reading: ArticlePart) -> None:
        """Remember the tags of an article of the stretch."""
        at = reading.published_at
        if at is None or not self.progress.plan.from_at <= at < self.progress.plan.to_at:
            return
        targets = (self.rules.read(link.url) for link in reading.links if link.kind is LinkKind.TAG)
        for target in targets:
            if target is not None and target.kind is UrlKind.TAG and target.site.id == key.site:
                if target.url not in self._named[key.site] and target.url not in self.progress.known(target.site):
                    self._fresh.append((target.site, target.url))
                self._named[key.site][target.url] += 1

    def resolved(self, key: ArticleKey) -> Iterator[Yield]:
        """Let walks go on; note the tags that the article was the first to name, for a run that is stopped."""
        yield from super().resolved(key)
        fresh, self._fresh = self._fresh, []
        for site, url in fresh:
            yield self.progress.note(site, url, StretchState.OPEN)

    def idle(self) -> Iterator[Yield]:
        """The tags, once all else is walked and most of what they list is known; then, once, the search."""
        steps = [step for site in self.plan.sites for step in self._open_tags(site)]
        if not steps and not self._searched:
            self._searched = True
            steps = [step for site in self.plan.sites for step in self._open_search(site)]
        yield from steps

    def is_whole(self, site: Site) -> bool:
        """Whether every section that the site has was walked for this stretch, in this run or before."""
        sections = [walk for walk in self.walks(site) if walk.listing.kind is UrlKind.SECTION]
        if any(not walk.done for walk in sections):
            return False
        before = (self.rules.read(url) for url in self.progress.known(site) if url and self.progress.is_done(site, url))
        return any(not walk.barren for walk in sections) or any(t and t.kind is UrlKind.SECTION for t in before)

    def section_failed(self, failure: Failure) -> Iterator[Yield]:
        """Errback of a page of a listing. A tag or a search that fails says nothing of the site."""
        walk: Walk = failure.request.meta["walk"]  # type: ignore[attr-defined]  # Scrapy puts it there
        if walk.listing.kind is UrlKind.SECTION:
            yield from super().section_failed(failure)
            return
        reason = failure_word(failure)
        if reason not in NOT_TRIED:
            finding = Finding.REFUSED if reason == "robots_forbidden" else Finding.FAILING
            yield from self._not_alive(walk, finding, reason)
        yield from self.spider.close_listing(walk.listing.site)

    def _open_tags(self, site: Site) -> Iterator[Yield]:
        for url, _ in self._named[site.id].most_common():
            if self._tags_walked[site.id] >= TAGS_A_RUN:
                return
            for request in self._open_sections(site, (url,)):
                self._tags_walked[site.id] += 1
                yield request

    def _open_search(self, site: Site) -> Iterator[Yield]:
        target = search_page(site, self.rules)
        if SourceGroup.SECTIONS not in site.sources.off and self._may_walk(site, target.url):
            yield self._open_walk(target, site)

    def _may_walk(self, site: Site, url: str) -> bool:
        return self.findings.is_due(url) and not self.progress.is_done(site, url)

    def _walk(self, target: NetworkUrl, site: Site) -> Walk:
        walk = Walk(target, lambda _: False, self.progress.begin(site, target.url))
        walk.next_url = self.progress.cursor(site, target.url)
        return walk

    def _page_read(self, walk: Walk) -> Iterator[Yield]:
        """The cursor is the page that was read last: what came out since has pushed its rows down, to be met again.

        What vanished since has pulled rows up; up to a page of them are met again as well.
        """
        site, url = walk.listing.site, walk.listing.url
        if walk.barren:
            yield self.progress.note(site, url, StretchState.OPEN)
        elif walk.endless:
            yield self.progress.note(site, url, StretchState.FAILED, reason=TRAP)
        elif walk.done:
            yield self.progress.note(site, url, StretchState.DONE)
        else:
            yield self.progress.note(site, url, StretchState.OPEN, cursor=walk.page_url)

    def _ended(self, walk: Walk) -> Iterator[Yield]:
        """It may have begun at a cursor, so it says nothing of how far down the listing is covered."""
        return super()._ended(walk) if walk.endless else iter(())

    def _lead(self, site: Site, url: str, rows: Sequence[ArticleKey]) -> str | None:  # noqa: ARG002  rows of any age
        known = self.findings.of(url)
        return known.reason if known else None

    def _next_page(self, walk: Walk, url: str, next_url: str | None) -> str | None:
        if walk.listing.kind is UrlKind.OTHER:
            return following_page(url, next_url)
        return super()._next_page(walk, url, next_url)

    def _not_read(self, walk: Walk, response: Response) -> Iterator[Yield]:
        if walk.listing.kind is UrlKind.SECTION:
            yield from super()._not_read(walk, response)
        else:
            absent = response.status in (HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
            finding = Finding.ABSENT if absent else Finding.FAILING
            yield from self._not_alive(walk, finding, f"http_{response.status}")

    def _not_alive(self, walk: Walk, finding: Finding, reason: str) -> Iterator[Yield]:
        site, url = walk.listing.site, walk.listing.url
        yield from self.findings.not_alive(url, _KINDS[walk.listing.kind], site, finding, reason)
        if finding is not Finding.FAILING:
            yield self.progress.note(site, url, StretchState.FAILED, reason=reason)
