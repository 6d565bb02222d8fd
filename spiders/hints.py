"""Hints: what a listing shows of an archived article may say that it was edited, or that it is back."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from news.article import LinkKind, PageLink
from news.counters import Counter
from news.site import Site
from news.url import ArticleKey, NetworkUrl
from spiders.recheck import Rechecks
from spiders.visits import Visiting
from storage.seen import Watched, sighting_digest

if TYPE_CHECKING:
    from spiders.base import NetworkSpider

_LISTINGS = (LinkKind.HOME, LinkKind.SECTION)
_HINTS = 200
"""Articles of one run that are visited for what a listing says of them."""
_LOOK_AGAIN = timedelta(days=1)
"""A removed article that a listing shows on is visited as often."""


class Hints(Visiting):
    """Visits, whatever their age, the articles that home page and sections give a reason to."""

    def __init__(self, spider: "NetworkSpider") -> None:
        super().__init__(spider)
        self._looked_at: set[ArticleKey] = set()
        self._hinted = 0

    def listing_read(self, site: Site, via_url: str, links: Sequence[PageLink]) -> None:
        """What a listing shows under a slug that it never showed before was edited; what was gone may be back."""
        for link in links:
            target = self.rules.read(link.url) if link.kind in _LISTINGS else None
            key = target.key if target else None
            if target is None or key is None or key in self._looked_at or self._hinted >= _HINTS:
                continue
            self._looked_at.add(key)
            article = None if self._is_planned(key) else self.seen.watch(key)
            if article is not None and self._is_hint(article, target, sighting_digest(target.url, via_url, link.kind)):
                self._hinted += 1
                self.spider.count(Counter.RECHECKS_HINTED, site.id)
                self.due.setdefault(site.id, []).append(article._replace(url=target.url))

    def _is_planned(self, key: ArticleKey) -> bool:
        rechecks = self.spider.source(Rechecks)
        return rechecks is not None and rechecks.is_planned(key)

    def _is_hint(self, article: Watched, target: NetworkUrl, sighting: bytes) -> bool:
        if article.presence == "gone":
            return self.plan.started_at - article.visited_at >= _LOOK_AGAIN
        known = self.rules.read(article.url)
        return known is not None and known.slug != target.slug and not self.seen.sighted([sighting])
