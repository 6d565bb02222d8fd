"""Feeds and sitemaps: documents that a program writes for programs.

A document that lies can neither hide an article nor flood the crawl: identity is the article key, other sources are
asked all the same, and what a document alone names is followed only while it proves true.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from news.counters import Counter
from news.item import DocumentRead, Finding, StretchKind
from news.plan import FIRST_CRAWL_SPAN
from news.site import Site
from news.source import SourceDocument, SourceEntry
from news.url import ArticleKey
from spiders.asked import Asked
from spiders.claims import Copy
from spiders.following import Following
from spiders.outcome import NOT_TRIED, failure_word
from spiders.overlap import meets_poll_before
from spiders.probing import Probing
from spiders.source import MissedPoll, Yield
from spiders.validators import validators_lie

if TYPE_CHECKING:
    from spiders.base import NetworkSpider

logger = logging.getLogger(__name__)

QUOTA = 5_000
"""Articles unknown to the archive that one document may hold ready in a run: a month of the busiest site."""
STALE_VALIDATORS = "stale_validators"
"""Reason of the finding about a document that changed while its ETag stood still: it is never asked conditionally."""
REDIRECTS = "redirects"
"""Reason of the finding about an address that leads to another of the site, which is asked instead."""
_REDIRECTS_AGAIN = timedelta(days=7)
_ABSENT = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
_DAMAGED = "syntax"
"""How a document is cut whose end is missing; the other cuts are by our limits, and the same each time."""


class Documents(Probing):
    """What feeds and sitemaps have in common."""

    quota: ClassVar[int] = QUOTA

    def __init__(self, spider: "NetworkSpider") -> None:
        super().__init__(spider)
        self._following = Following(spider, self.findings, self.quota, self._all_sighted)
        self._begins: dict[str, datetime] = {}

    def entries(self, site: Site, document: SourceDocument) -> Sequence[SourceEntry]:
        """Those entries of `document` that this run follows."""
        raise NotImplementedError

    def children(self, site: Site, document: SourceDocument, depth: int) -> Iterator[Request]:  # noqa: ARG002  for those that have any
        """Requests for the documents that `document` leads to."""
        return iter(())

    def robots_read(self, site: Site, rules: bytes) -> Iterator[Yield]:  # noqa: ARG002  as above
        """Called with the robots.txt of a site, perhaps often."""
        return iter(())

    def next_check(self, asked: Asked) -> datetime | None:  # noqa: ARG002  as above
        """When a document that is alive is asked again: in the next run."""
        return None

    def missed(self, site: Site, url: str, polled_at: datetime) -> Iterator[Yield]:
        """Called when the document at `url` names nothing that its poll at `polled_at` named."""
        self.spider.missed[site.id].append(MissedPoll(url, polled_at))
        yield from ()

    def listings_read(self, site: Site) -> Iterator[Yield]:
        """Follow what the documents name and the site's own listings did not."""
        yield from self._following.release(site)

    def resolved(self, key: ArticleKey) -> Iterator[Yield]:
        """An article was read, refused or failed."""
        yield from self._following.resolved(key, is_true=self._is_recent(key))

    def idle(self) -> Iterator[Yield]:
        """Settle what the documents of the run were worth."""
        yield from self._following.settle()

    def begin(self, site: Site) -> datetime:
        """Since when the archive is to hold the site whole: two days before its first crawl, or as the run says."""
        if self.plan.since is not None:
            return self.plan.since
        if site.id not in self._begins:
            found = [source.first_at for source in self.seen.state.sources(site.id).values()]
            open_ = self.seen.state.open_stretches(site.id)
            holes = [stretch.from_at for stretch in open_ if stretch.kind == StretchKind.HOLE]
            first = min([*found, self.plan.started_at]) - FIRST_CRAWL_SPAN
            self._begins[site.id] = min([first, *holes])
        return self._begins[site.id]

    def answered(self, response: Response) -> Iterator[Yield]:
        """Callback of a document."""
        asked: Asked = response.meta["asked"]
        try:
            yield from self.robots_read(asked.site, response.meta["robots_txt"])
            yield from self._judge(asked, response)
        except Exception:
            # One document must not end a site, whose listings wait for it; its bytes are kept.
            logger.exception("%s cannot be followed", response.url)
            self.spider.count(Counter.READER_ERRORS, asked.site.id)
        yield from self.spider.close_listing(asked.site)

    def failed(self, failure: Failure) -> Iterator[Yield]:
        """Errback of a document."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
        asked: Asked = request.meta["asked"]
        reason = failure_word(failure)
        self.tree(asked.site, asked.url).is_whole = False
        if reason == "robots_forbidden":
            yield from self._not_alive(asked, Finding.REFUSED, reason)
        elif reason not in NOT_TRIED:
            yield from self._not_alive(asked, Finding.FAILING, reason)
        yield from self.spider.close_listing(asked.site)

    def _judge(self, asked: Asked, response: Response) -> Iterator[Yield]:
        document: SourceDocument | None = response.meta.get("listing")
        place = self.place(asked.site, response.url)
        if document is not None and place is not None and place != asked.url:
            yield from self._redirects(asked)
            if self.is_asked(place):
                return
            asked = replace(asked, url=place, root=place if asked.root == asked.url else asked.root)
            self.note_asked(asked)
        if document is not None and place is not None:
            yield from self._read(asked, response, document)
        elif response.status == HTTPStatus.NOT_MODIFIED:
            yield from self._alive(asked, asked.modified_at, self.findings.remark(asked.url))
        elif response.status == HTTPStatus.OK or response.status in _ABSENT:
            reason = f"http_{response.status}" if response.status != HTTPStatus.OK else "no_xml"
            yield from self._not_alive(asked, self.findings.absence_of(asked.url), reason)
        else:
            yield from self._not_alive(asked, Finding.FAILING, f"http_{response.status}")

    def _read(self, asked: Asked, response: Response, document: SourceDocument) -> Iterator[Yield]:
        site, via = asked.site, self.rules.read(response.url)
        assert via is not None
        page, found = self.seen.page(asked.url), self.findings.of(asked.url)
        ids = {entry.article_id for entry in document.entries}
        known = self.seen.known_ids(site.id, min(ids), max(ids)) & ids if ids else set()
        lie = validators_lie(page, response, response.meta.get("warc_pointer"))
        yield from self._alive(asked, found.modified_at if found else None, self._remark(asked.url, lie=lie))
        last = page.read_at if page is not None else None
        if last is not None and not meets_poll_before(self.seen, self.rules, via.url, document.entries, known):
            yield from self.missed(site, asked.url, last)
        tree = self.tree(site, asked.url)
        tree.named |= known
        tree.is_whole &= document.cut is None
        yield from self.children(site, document, asked.depth)
        copy = Copy(asked, via.url, response.meta["exchange"].fetched_at, is_whole=document.cut != _DAMAGED)
        yield from self._following.take(copy, self.entries(site, document), known)

    def _remark(self, url: str, *, lie: bool | None) -> str | None:
        before = self.findings.remark(url)
        if before == REDIRECTS:
            return None
        if lie is None or before not in (None, STALE_VALIDATORS):
            return before
        return STALE_VALIDATORS if lie else None

    def _all_sighted(self, site: Site, copy: Copy) -> Iterator[Yield]:
        """All that a copy names is sighted: it need be had again only when it changes."""
        asked = copy.asked
        yield DocumentRead(site.id, asked.url, copy.fetched_at)
        yield from self._alive(asked, asked.modified_at, self.findings.remark(asked.url))

    def _is_recent(self, key: ArticleKey) -> bool:
        """Whether this run read the article, and it is none of those that a crawl leaves to a backfill."""
        if self.spider.read_at(key) is None:
            return False
        published = self.spider.published(key)
        return published is None or published >= self.begin(self.plan.network.sites[key.site])

    def _redirects(self, asked: Asked) -> Iterator[Yield]:
        again = self.plan.started_at + _REDIRECTS_AGAIN
        yield from self.findings.alive(
            asked.url, self.kind, asked.site, learned_from=asked.learned_from, reason=REDIRECTS, next_check=again
        )

    def _alive(self, asked: Asked, modified_at: datetime | None, remark: str | None) -> Iterator[Yield]:
        yield from self.findings.alive(
            asked.url,
            self.kind,
            asked.site,
            learned_from=asked.learned_from,
            modified_at=modified_at,
            reason=remark,
            next_check=self.next_check(asked),
        )

    def _not_alive(self, asked: Asked, finding: Finding, reason: str) -> Iterator[Yield]:
        if finding is not Finding.ABSENT:
            self.spider.count(Counter.SOURCES_FAILED, asked.site.id)
        self.tree(asked.site, asked.url).is_whole = False
        yield from self.findings.not_alive(
            asked.url, self.kind, asked.site, finding, reason, learned_from=asked.learned_from
        )
