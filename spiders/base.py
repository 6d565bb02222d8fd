"""What every spider of the network does with an article page: read it, follow its parts, sight its links."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from news.article import ArticlePart, LinkKind, PageLink
from news.capture import Exchange
from news.counters import Counter
from news.errors import ABSENCES, NotAnArticle, PageUnreadable, RefusalReason
from news.item import ArticleFailed, ArticleRefused, PartRead
from news.url import ArticleKey, NetworkUrl, UrlKind
from pages.registry import read_article
from spiders import outcome
from spiders.outcome import Outcome
from spiders.run import RunSpider
from spiders.source import Source, Yield
from storage.seen import SeenArticle, sighting_digest

logger = logging.getLogger(__name__)

TOO_LARGE = "too_large"
"""Why an exchange was cut whose body was longer than is kept."""
MOST_PARTS = 100
"""Of one article, at 15 blocks each; the longest that is known has 4."""
PART_PRIORITY = 20
ARTICLE_PRIORITY = 10
_LISTINGS = (LinkKind.HOME, LinkKind.SECTION, LinkKind.TAG, LinkKind.SEARCH)
_NAMED_AGAIN = {
    LinkKind.HOME: timedelta(days=1),
    LinkKind.SECTION: timedelta(days=1),
    LinkKind.FEED: timedelta(days=1),
    LinkKind.SITEMAP: timedelta(days=7),
}
"""How long what was absent is left alone though a listing of this kind names it on."""


class NetworkSpider(RunSpider):
    """Fetches each article once, however many ways it is linked."""

    source_classes: ClassVar[tuple[type[Source], ...]] = ()
    """What the spider follows, in the order in which a site is opened."""

    _asked: set[tuple[ArticleKey, int]]
    """Article and part."""
    _followed: set[tuple[ArticleKey, bool]]
    """Article, and whether a listing linked it: what is once decided needs no second look into the index."""
    _published: dict[ArticleKey, datetime | None]
    _urls: dict[ArticleKey, str]
    """Of the articles that were read."""
    not_tried: set[ArticleKey]
    """Articles that were asked for, and given up before anything was sent: the run ended, or their host is paused."""

    def take_errand(self) -> None:
        """See RunSpider."""
        self._asked = set()
        self._followed = set()
        self._published = {}
        self._urls = {}
        self.not_tried = set()
        super().take_errand()

    def make_sources(self) -> tuple[Source, ...]:
        """Those of `source_classes`."""
        return tuple(make(self) for make in self.source_classes)

    def release(self, held: Sequence[NetworkUrl]) -> Iterator[Yield]:
        """Ask for those that nobody asked for meanwhile."""
        yield from filter(None, map(self.article_request, held))

    def article_request(self, target: NetworkUrl, part: int = 1) -> Request | None:
        """The request for a part of an article, once a run and only for sites of the run; None otherwise."""
        key = target.key
        if key is None or key.site not in self.plan.site_ids or not self.claim(key, part):
            return None
        return Request(
            target.part_url(part),
            callback=self.read_part,
            errback=self.part_failed,
            priority=ARTICLE_PRIORITY if part == 1 else PART_PRIORITY,
            meta={"key": key, "part": part, "download_slot": target.site.host},
        )

    def claim(self, key: ArticleKey, part: int) -> bool:
        """Whether the part is asked for the first time in this run; it is taken as asked for from then on."""
        if (key, part) in self._asked:
            return False
        self._asked.add((key, part))
        return True

    def is_asked(self, key: ArticleKey) -> bool:
        """Whether this run asked for the article."""
        return (key, 1) in self._asked

    def read_part(self, response: Response) -> Iterator[Yield]:
        """Callback of an article part."""
        key: ArticleKey = response.meta["key"]
        reading = outcome.of_status(response.status) or self._answer_elsewhere(key, response) or self._read(response)
        if isinstance(reading, ArticlePart):
            yield from self._part_read(key, response, reading)
        else:
            yield from self._settle(key, response.url, response.meta["part"], reading)

    def part_failed(self, failure: Failure) -> Iterator[Yield]:
        """Errback of an article part."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
        key: ArticleKey = request.meta["key"]
        exchange: Exchange | None = request.meta.get("exchange")
        reason = outcome.failure_word(failure)
        if reason in outcome.NOT_TRIED:
            self.not_tried.add(key)
            yield from self._resolve(key, None)
            return
        over_limit = exchange is not None and exchange.error == TOO_LARGE
        found = outcome.of_failure(reason, over_limit=over_limit)
        yield from self._settle(key, request.url, request.meta["part"], found)

    def is_resolved(self, key: ArticleKey) -> bool:
        """Whether no more can be learnt of the article's date in this run."""
        if key in self._published or key.site not in self.plan.site_ids:
            return True
        return (key, 1) not in self._asked

    def published(self, key: ArticleKey) -> datetime | None:
        """When the article was published, as far as the archive or this run knows. Aware."""
        if key in self._published:
            return self._published[key]
        article = self.seen.article(key)
        return article.published_at if article else None

    def read_at(self, key: ArticleKey) -> NetworkUrl | None:
        """Where this run read the article, if it did."""
        return self.rules.read(self._urls[key]) if key in self._urls else None

    def read_between(self, site: str, begin: datetime, end: datetime) -> list[ArticleKey]:
        """The articles of a site that this run read, published in that time."""
        return [key for key, at in self._published.items() if key.site == site and at and begin <= at <= end]

    def follow(self, links: Iterable[PageLink], via_url: str | None = None) -> Iterator[Request]:
        """Requests for those linked articles that neither the archive nor this run has.

        `via_url`: canonical URL of a listing, whose links say that an article is there.
        """
        for link in links:
            target = self.rules.read(link.url)
            if target is None or target.key is None:
                continue
            listed = link.kind in _LISTINGS
            if (target.key, listed) in self._followed or (target.key, 1) in self._asked:
                continue
            self._followed.add((target.key, listed))
            article = self.seen.article(target.key)
            if article is not None and not self._is_wanted(article, link, target, via_url):
                continue
            if (listed or not self.hold(target)) and (request := self.article_request(target)):
                yield request

    def _is_wanted(self, article: SeenArticle, link: PageLink, target: NetworkUrl, via_url: str | None) -> bool:
        """Whether a link to a known article is to be followed.

        An id is given out before its article is published, and what was taken down may return: what was absent is tried
        again when it is named for the first time, by whom it was not named before, or is named on after a while.
        """
        if article.state == "pending":
            return self._is_due(article.next_check)
        if article.state != "refused" or article.reason not in ABSENCES:
            return False
        if not article.via:
            return True
        if via_url is not None and not self.seen.sighted([sighting_digest(target.url, via_url, link.kind)]):
            return True
        pause, last = _NAMED_AGAIN.get(link.kind), article.decided_at
        return pause is not None and last is not None and self.plan.started_at - last >= pause

    def _is_due(self, next_check: datetime | None) -> bool:
        return next_check is None or next_check <= self.plan.started_at

    def _answer_elsewhere(self, key: ArticleKey, response: Response) -> Outcome | None:
        target = self.rules.read(response.url)
        if target is None or target.key == key:
            return None
        home = target.kind is UrlKind.HOME
        return Outcome(True, RefusalReason.REDIRECT_HOME if home else RefusalReason.REDIRECT_OTHER)

    def _read(self, response: Response) -> ArticlePart | Outcome:
        exchange: Exchange = response.meta["exchange"]
        read = partial(
            read_article,
            response.body,
            url=response.url,
            content_type=exchange.content_type,
            captured_at=exchange.fetched_at,
            rules=self.rules,
        )
        try:
            return self.watch.read(response.url, read)
        except NotAnArticle as error:
            if error.reason is RefusalReason.POISON:
                self.count(Counter.PAGES_POISONED, response.meta["key"].site)
            return outcome.of_refusal(error.reason)
        except PageUnreadable as error:
            logger.warning("%s cannot be read: %s", response.url, error)
        except Exception:
            # One page must not end a run; its bytes are kept and its reader is to be mended.
            logger.exception("a page class broke on %s", response.url)
        self.count(Counter.READER_ERRORS)
        return Outcome(True, RefusalReason.UNREADABLE)

    def _part_read(self, key: ArticleKey, response: Response, reading: ArticlePart) -> Iterator[Yield]:
        exchange: Exchange = response.meta["exchange"]
        part: int = response.meta["part"]
        yield self.sighted(response, reading.links)
        yield PartRead(key, part, reading, response.meta["warc_pointer"], exchange.fetched_at)
        for url in reading.part_urls:
            target = self.rules.read(url)
            if target is None or target.key != key:
                continue
            if target.part > MOST_PARTS:
                yield from self._endless(key, response.url)
                return
            if request := self.article_request(target, target.part):
                yield request
        if part == 1:
            self._urls[key] = response.url
            for source in self.sources:
                source.article_read(key, reading)
            yield from self._resolve(key, reading.published_at)
        yield from self.follow(reading.links)

    def _endless(self, key: ArticleKey, url: str) -> Iterator[Yield]:
        """The pagination of an article goes on for ever."""
        if self.claim(key, MOST_PARTS + 1):
            self.count(Counter.TRAPS, key.site)
            yield ArticleRefused(key, url, RefusalReason.TRAP)
            yield from self._resolve(key, None)

    def _settle(self, key: ArticleKey, url: str, part: int, found: Outcome) -> Iterator[Yield]:
        if found.final and part == 1:
            yield ArticleRefused(key, url, found.reason)
        else:
            # A later part that is missing makes the article incomplete; part 1 has shown that there is one.
            article = self.seen.article(key)
            attempt = (article.attempts if article else 0) + 1
            yield ArticleFailed(key, url, found.reason if part == 1 else f"part_{part}_{found.reason}", attempt)
        if found.reason == RefusalReason.REDIRECT_OTHER:
            target = self.rules.read(url)
            assert target is not None
            if request := self.article_request(target):
                yield request
        yield from self._resolve(key, None)

    def _resolve(self, key: ArticleKey, published_at: datetime | None) -> Iterator[Yield]:
        if key not in self._published:
            self._published[key] = published_at
            for source in self.sources:
                yield from source.resolved(key)
