"""Rechecks: archived articles are asked for again at given ages, so that edits and removals are seen.

Requests are conditional. A server may say 304 for ever, so one visit in four, and the last one, asks for the whole
page. Every part is visited: an edit of the second page leaves the first as it was.
"""

import zlib
from collections import Counter as Tally
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.http import Response

from news.article import LinkKind, PageLink
from news.capture import Exchange, Original
from news.counters import Counter
from news.item import ArticleUnmodified
from news.plan import RecheckPlan
from news.site import Site
from news.url import ArticleKey, NetworkUrl
from spiders.source import Source, Yield
from storage.seen import Watched, sighting_digest

if TYPE_CHECKING:
    from spiders.base import NetworkSpider

RECHECK_PRIORITY = 5
_UNCONDITIONAL_EVERY = 4
_LISTINGS = (LinkKind.HOME, LinkKind.SECTION)
_HINTS = 200
"""Articles of one run that are visited for what a listing says of them."""
_LOOK_AGAIN = timedelta(days=1)
"""A removed article that a listing shows on is visited as often."""


@dataclass(slots=True)
class Visit:
    """A recheck under way."""

    article: Watched
    target: NetworkUrl
    conditional: bool
    unmodified: set[int] = field(default_factory=set)
    """Parts that the server says are as they were."""
    read: bool = False
    """Some part came whole: then all are needed, to be joined."""

    @property
    def parts(self) -> int:
        """As many as the archive has."""
        return len(self.article.captures)


class Rechecks(Source):
    """Visits what is due, once the site's own listings are read: they may know a newer slug, or that the site fails."""

    def __init__(self, spider: "NetworkSpider") -> None:
        super().__init__(spider)
        watched = self.seen.watched(sorted(self.plan.site_ids), self.plan.rechecks.oldest)
        due, short = chosen(list(watched), self.plan.rechecks, self.plan.started_at)
        self._due: dict[str, list[Watched]] = {}
        self._looked_at = {article.key for article in due}
        self._hinted: set[ArticleKey] = set()
        for article in due:
            self._due.setdefault(article.key.site, []).append(article)
            spider.count(Counter.RECHECKS_PLANNED, article.key.site)
        for article in short:
            spider.count(Counter.RECHECKS_SHORT, article.key.site)

    def listing_read(self, site: Site, via_url: str, links: Sequence[PageLink]) -> None:
        """What a listing shows under a slug that it never showed before was edited; what was gone may be back."""
        for link in links:
            target = self.rules.read(link.url) if link.kind in _LISTINGS else None
            key = target.key if target else None
            if target is None or key is None or key in self._looked_at or len(self._hinted) >= _HINTS:
                continue
            self._looked_at.add(key)
            article = self.seen.watch(key)
            if article is not None and self._is_hint(article, target, sighting_digest(target.url, via_url, link.kind)):
                self._hinted.add(key)
                self.spider.count(Counter.RECHECKS_HINTED, site.id)
                self._due.setdefault(site.id, []).append(article._replace(url=target.url))

    def _is_hint(self, article: Watched, target: NetworkUrl, sighting: bytes) -> bool:
        if article.presence == "gone":
            return self.plan.started_at - article.visited_at >= _LOOK_AGAIN
        known = self.rules.read(article.url)
        return known is not None and known.slug != target.slug and not self.seen.sighted([sighting])

    def listings_read(self, site: Site) -> Iterator[Yield]:
        """The visits of the site's articles."""
        for article in self._due.pop(site.id, ()):
            target = self.rules.read(article.url)
            if target is None or not self.spider.claim(article.key, 1):
                continue
            whole = zlib.crc32(f"{self.plan.run_id} {article.key}".encode()) % _UNCONDITIONAL_EVERY == 0
            last = self.plan.rechecks.is_last(article.born_at, self.plan.started_at)
            yield self._request(Visit(article, target, conditional=not (whole or last)), 1)

    def _request(self, visit: Visit, part: int) -> Request:
        self._count(visit)
        original = self._original(visit, part) if visit.conditional else None
        return Request(
            visit.target.part_url(part),
            callback=self.read_visit,
            errback=self.spider.part_failed,
            priority=RECHECK_PRIORITY,
            headers=_validators(original) if original else {},
            meta={
                "key": visit.article.key,
                "part": part,
                "visit": visit,
                "not_modified_original": original,
                "download_slot": visit.target.site.host,
            },
        )

    def read_visit(self, response: Response) -> Iterator[Yield]:
        """Callback of a visit."""
        visit: Visit = response.meta["visit"]
        part: int = response.meta["part"]
        if response.status == HTTPStatus.NOT_MODIFIED and response.meta["not_modified_original"] is not None:
            yield from self._unmodified(visit, part, response)
            return
        waiting, visit.unmodified = visit.unmodified, set()
        visit.read = visit.read or response.status == HTTPStatus.OK
        for step in self.spider.read_part(response):
            if isinstance(step, Request) and step.meta.get("key") == visit.article.key:
                self._count(visit)
            yield step
        if visit.read:
            yield from (self._whole(visit, other) for other in sorted(waiting))

    def _unmodified(self, visit: Visit, part: int, response: Response) -> Iterator[Yield]:
        key = visit.article.key
        self.spider.count(Counter.NOT_MODIFIED, key.site)
        if visit.read:
            yield self._whole(visit, part)
            return
        visit.unmodified.add(part)
        if part == 1:
            for other in range(2, visit.parts + 1):
                if self.spider.claim(key, other):
                    yield self._request(visit, other)
        if len(visit.unmodified) == visit.parts:
            exchange: Exchange = response.meta["exchange"]
            yield ArticleUnmodified(key, response.url, exchange.fetched_at)

    def _whole(self, visit: Visit, part: int) -> Request:
        visit.conditional = False
        return self._request(visit, part)

    def _count(self, visit: Visit) -> None:
        self.spider.count(Counter.RECHECK_REQUESTS, visit.article.key.site)

    def _original(self, visit: Visit, part: int) -> Original | None:
        if part > visit.parts:
            return None
        original = self.seen.original(visit.article.captures[part - 1].payload_digest)
        return original if original is not None and (original.etag or original.last_modified) else None


def chosen(watched: list[Watched], plan: RecheckPlan, now: datetime) -> tuple[list[Watched], list[Watched]]:
    """Those of `watched` that are due and within the budget, and those for which it does not suffice.

    Removals that wait to be confirmed come first, then the youngest and most often edited.
    """
    due = [article for article in watched if _is_due(article, plan, now)]
    due.sort(key=lambda a: (a.presence != "missing", (now - a.born_at).total_seconds() / max(a.versions, 1)))
    taken: list[Watched] = []
    short: list[Watched] = []
    spent: Tally[str] = Tally()
    for article in due:
        cost = max(len(article.captures), 1)
        over = plan.budget is not None and spent.total() + cost > plan.budget
        over |= plan.site_budget is not None and spent[article.key.site] + cost > plan.site_budget
        (short if over else taken).append(article)
        if not over:
            spent[article.key.site] += cost
    return taken, short


def _is_due(article: Watched, plan: RecheckPlan, now: datetime) -> bool:
    if article.next_check is not None and article.next_check > now:
        return False
    return article.presence == "missing" or plan.is_due(article.born_at, article.visited_at, now)


def _validators(original: Original) -> dict[str, str]:
    given = {"If-None-Match": original.etag, "If-Modified-Since": original.last_modified}
    return {name: value for name, value in given.items() if value}
