"""Visits of archived articles: each part is asked for again, so that edits and removals are seen.

Requests are conditional. A server may say 304 for ever, so one visit in four, and the last one, asks for the whole
page. Every part is visited: an edit of the second page leaves the first as it was.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.http import Response

from news.capture import Exchange, Original
from news.counters import Counter
from news.item import ArticleUnmodified
from news.site import Site
from news.url import NetworkUrl
from spiders.source import Source, Yield
from storage.seen import Watched

if TYPE_CHECKING:
    from spiders.base import NetworkSpider

RECHECK_PRIORITY = 5
_UNCONDITIONAL_EVERY = 4


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


class Visiting(Source):
    """Visits what is due, once the site's own listings are read: they may know a newer slug, or that the site fails."""

    def __init__(self, spider: "NetworkSpider") -> None:
        super().__init__(spider)
        self.due: dict[str, list[Watched]] = {}
        """By site."""

    def listings_read(self, site: Site) -> Iterator[Yield]:
        """The visits of the site's articles."""
        for article in self.due.pop(site.id, ()):
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


def _validators(original: Original) -> dict[str, str]:
    given = {"If-None-Match": original.etag, "If-Modified-Since": original.last_modified}
    return {name: value for name, value in given.items() if value}
