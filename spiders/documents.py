"""Feeds and sitemaps: documents that a program writes for programs.

Which of them exist is probed: those of the site file, those that pages and robots.txt name, and the usual names. A
document that lies can neither hide an article nor flood the crawl: identity is the article key, other sources are asked
all the same, and what a document alone names is followed only while it proves true.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from news.article import LinkKind
from news.counters import Counter
from news.item import DocumentRead, Finding, StretchKind
from news.plan import FIRST_CRAWL_SPAN
from news.site import Site, SourceGroup
from news.source import SourceDocument, SourceEntry
from news.url import ArticleKey, UrlKind
from pages.own_links import after_host
from spiders.claims import Copy
from spiders.findings import Findings
from spiders.following import Following
from spiders.outcome import NOT_TRIED, failure_word
from spiders.overlap import meets_poll_before
from spiders.sections import LISTING_PRIORITY
from spiders.source import MissedPoll, Source, Yield
from spiders.validators import conditional_headers, validators_lie
from storage.seen_state import SeenSource

if TYPE_CHECKING:
    from spiders.base import NetworkSpider

logger = logging.getLogger(__name__)

QUOTA = 5_000
"""Articles unknown to the archive that one document may hold ready in a run: a month of the busiest site."""
ROOTS = 100
"""Documents of one kind and site, children of sitemap indexes aside, that a run asks for."""
STALE_VALIDATORS = "stale_validators"
"""Reason of the finding about a document that changed while its ETag stood still: it is never asked conditionally."""
REDIRECTS = "redirects"
"""Reason of the finding about an address that leads to another of the site, which is asked instead."""
_REDIRECTS_AGAIN = timedelta(days=7)
_ABSENT = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
_DAMAGED = "syntax"
"""How a document is cut whose end is missing; the other cuts are by our limits, and the same each time."""


@dataclass(slots=True)
class Tree:
    """A document that no other named, and all that it led to."""

    site: str
    root: str
    named: set[int] = field(default_factory=set)
    """Ids that the archive knows."""
    is_whole: bool = True
    """Whether everything that was asked for was read to its end."""


class Documents(Source):
    """What feeds and sitemaps have in common."""

    kind: ClassVar[LinkKind]
    group: ClassVar[SourceGroup]
    usual_names: ClassVar[tuple[str, ...]]
    quota: ClassVar[int] = QUOTA

    def __init__(self, spider: "NetworkSpider") -> None:
        super().__init__(spider)
        self.findings = Findings(spider.seen.state, spider.plan)
        self._following = Following(spider, self.findings, self.quota, self._all_sighted)
        self._requested: set[str] = set()
        self._roots_asked: dict[str, int] = {}
        self.trees: dict[str, Tree] = {}
        """By root: what a document and those that it led to came to in this run."""
        self._root_of: dict[str, str] = {}
        self._begins: dict[str, datetime] = {}

    def stated(self, site: Site) -> tuple[str, ...]:
        """Paths that the site file names."""
        raise NotImplementedError

    def entries(self, site: Site, document: SourceDocument) -> Sequence[SourceEntry]:
        """Those entries of `document` that this run follows."""
        raise NotImplementedError

    def children(self, site: Site, document: SourceDocument, depth: int) -> Iterator[Request]:  # noqa: ARG002  for sitemaps
        """Requests for the documents that `document` names."""
        return iter(())

    def read(self, site: Site, document: SourceDocument, *, overlaps: bool) -> Iterator[Yield]:  # noqa: ARG002  for those that note it
        """Called once all that a document names is sighted, with the document less its entries."""
        return iter(())

    def answered(self, site: Site, response: Response) -> Iterator[Yield]:  # noqa: ARG002  as above
        """Called with each answer, whatever it is."""
        return iter(())

    def is_led_to(self, source: SeenSource) -> bool:
        """Whether a source is asked for when another document leads to it, and only then."""
        return source.learned_from == "sitemap_index"

    def next_check(self, depth: int) -> datetime | None:  # noqa: ARG002  as above
        """When a document that is alive is asked again: in the next run."""
        return None

    def missed(self, site: Site, url: str, polled_at: datetime) -> Iterator[Yield]:
        """Called when the document at `url` names nothing that its poll at `polled_at` named."""
        self.spider.missed[site.id].append(MissedPoll(url, polled_at))
        yield from ()

    def open_site(self, site: Site) -> Iterator[Yield]:
        """The documents that are known, and those that may be."""
        root = f"https://{site.host}"
        known = [s for s in self.seen.state.sources(site.id).values() if s.kind == self.kind]
        yield from self.roots(site, (f"{root}{path}" for path in self.stated(site)), "site_file")
        yield from self.roots(site, (s.url for s in known if not self.is_led_to(s)), None)
        yield from self.roots(site, (f"{root}{path}" for path in self.usual_names), "usual_name")

    def roots(self, site: Site, urls: Iterable[str], learned_from: str | None) -> Iterator[Request]:
        """Requests for documents that something else than a sitemap index names."""
        if self.group in site.sources.off:
            return
        for url in urls:
            if self._roots_asked.get(site.id, 0) >= ROOTS:
                self.spider.count(Counter.ENTRIES_OVER_QUOTA, site.id)
                continue
            for request in self.request(site, url, learned_from):
                self._roots_asked[site.id] = self._roots_asked.get(site.id, 0) + 1
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
        if place is None or place in self._requested or not (regardless or self._is_due(place)):
            return
        self._requested.add(place)
        self._root_of[place] = root or place
        if self.findings.of(place) is None:
            self.spider.count(Counter.SOURCES_PROBED, site.id)
        self.spider.open_listing(site)
        yield Request(
            place,
            self._answered,
            errback=self._failed,
            priority=LISTING_PRIORITY,
            headers=self._conditional(place),
            meta={
                "source_kind": self.kind,
                "site": site,
                "source_url": place,
                "learned_from": learned_from,
                "depth": depth,
                "modified_at": modified_at,
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

    def tree(self, site: Site, url: str) -> Tree:
        """The tree in which the document at `url`, asked for or answering, stands."""
        place = self.place(site, url) or url
        root = self._root_of.get(place, place)
        return self.trees.setdefault(root, Tree(site.id, root))

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

    def _is_due(self, url: str) -> bool:
        return self.findings.is_due(url)

    def _conditional(self, url: str) -> dict[str, str]:
        """Headers that let the server say that nothing changed, where it is trusted to know."""
        if self.findings.remark(url) is not None:
            return {}
        return conditional_headers(self.seen.page(url), url, self.plan.run_id, self.plan.started_at)

    def _is_recent(self, key: ArticleKey) -> bool:
        """Whether this run read the article, and it is none of those that a crawl leaves to a backfill."""
        if self.spider.read_at(key) is None:
            return False
        published = self.spider.published(key)
        return published is None or published >= self.begin(self.plan.network.sites[key.site])

    def _answered(self, response: Response) -> Iterator[Yield]:
        site: Site = response.meta["site"]
        try:
            yield from self._judge(site, response)
        except Exception:
            # One document must not end a site, whose listings wait for it; its bytes are kept.
            logger.exception("%s cannot be followed", response.url)
            self.spider.count(Counter.READER_ERRORS, site.id)
        yield from self.spider.close_listing(site)

    def _judge(self, site: Site, response: Response) -> Iterator[Yield]:
        meta = response.meta
        yield from self.answered(site, response)
        place = self.place(site, response.url)
        if place != meta["source_url"] and place is not None and "listing" in meta:
            yield from self._redirects(site, meta)
            if place in self._requested:
                return
            self._requested.add(place)
            self._root_of[place] = self._root_of[str(meta["source_url"])]
            meta["source_url"] = place
        document: SourceDocument | None = meta.get("listing") if place is not None else None
        if document is not None:
            yield from self._read(site, response, document)
        elif response.status == HTTPStatus.NOT_MODIFIED:
            yield from self._alive(site, meta, meta["modified_at"], self.findings.remark(meta["source_url"]))
        elif response.status == HTTPStatus.OK or response.status in _ABSENT:
            reason = f"http_{response.status}" if response.status != HTTPStatus.OK else "no_xml"
            yield from self._not_alive(meta, self.findings.absence_of(meta["source_url"]), reason)
        else:
            yield from self._not_alive(meta, Finding.FAILING, f"http_{response.status}")

    def _failed(self, failure: Failure) -> Iterator[Yield]:
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
        reason = failure_word(failure)
        if reason == "robots_forbidden":
            yield from self._not_alive(request.meta, Finding.REFUSED, reason)
        elif reason not in NOT_TRIED:
            yield from self._not_alive(request.meta, Finding.FAILING, reason)
        else:
            self.tree(request.meta["site"], request.meta["source_url"]).is_whole = False
        yield from self.spider.close_listing(request.meta["site"])

    def _read(self, site: Site, response: Response, document: SourceDocument) -> Iterator[Yield]:
        meta, exchange = response.meta, response.meta["exchange"]
        url: str = meta["source_url"]
        via = self.rules.read(response.url)
        assert via is not None
        page, found = self.seen.page(url), self.findings.of(url)
        ids = {entry.article_id for entry in document.entries}
        known = self.seen.known_ids(site.id, min(ids), max(ids)) & ids if ids else set()
        before = self.findings.remark(url)
        lie = validators_lie(page, response, meta.get("warc_pointer"))
        if before in (None, STALE_VALIDATORS) and lie is not None:
            before = STALE_VALIDATORS if lie else None
        yield from self._alive(site, meta, found.modified_at if found else None, before)
        last = page.read_at if page is not None else None
        overlaps = last is None or meets_poll_before(self.seen, self.rules, via.url, document.entries, known)
        if last is not None and not overlaps:
            yield from self.missed(site, url, last)
        tree = self.tree(site, url)
        tree.named |= known
        tree.is_whole &= document.cut is None
        yield from self.children(site, document, meta["depth"])
        copy = Copy(
            replace(document, entries=()),
            url,
            via.url,
            exchange.fetched_at,
            meta["modified_at"],
            meta["learned_from"],
            overlaps,
            is_whole=document.cut != _DAMAGED,
        )
        yield from self._following.take(site, tree.root, copy, self.entries(site, document), known)

    def _all_sighted(self, site: Site, copy: Copy) -> Iterator[Yield]:
        """All that a copy names is sighted: it need be had again only when it changes."""
        yield DocumentRead(site.id, copy.url, copy.fetched_at)
        known = self.findings.of(copy.url)
        yield from self.findings.alive(
            copy.url,
            self.kind,
            site,
            learned_from=copy.learned_from,
            modified_at=copy.modified_at,
            reason=known.reason if known else None,
            next_check=known.next_check if known else None,
        )
        yield from self.read(site, copy.document, overlaps=copy.overlaps)

    def _redirects(self, site: Site, meta: dict[str, object]) -> Iterator[Yield]:
        again = self.plan.started_at + _REDIRECTS_AGAIN
        yield from self.findings.alive(
            str(meta["source_url"]), self.kind, site, learned_from=_word(meta), reason=REDIRECTS, next_check=again
        )

    def _alive(
        self, site: Site, meta: dict[str, object], modified_at: datetime | None, reason: str | None
    ) -> Iterator[Yield]:
        yield from self.findings.alive(
            str(meta["source_url"]),
            self.kind,
            site,
            learned_from=_word(meta),
            modified_at=modified_at,
            reason=None if reason == REDIRECTS else reason,
            next_check=self.next_check(int(str(meta["depth"]))),
        )

    def _not_alive(self, meta: dict[str, object], finding: Finding, reason: str) -> Iterator[Yield]:
        site = meta["site"]
        assert isinstance(site, Site)
        if finding is not Finding.ABSENT:
            self.spider.count(Counter.SOURCES_FAILED, site.id)
        url = str(meta["source_url"])
        self.tree(site, url).is_whole = False
        yield from self.findings.not_alive(url, self.kind, site, finding, reason, learned_from=_word(meta))


def _word(meta: dict[str, object]) -> str | None:
    learned_from = meta["learned_from"]
    return str(learned_from) if learned_from else None
