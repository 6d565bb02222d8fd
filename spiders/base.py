"""What every spider of the network does with an article page: read it, follow its parts, sight its links."""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, Self

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from news.article import ArticlePart, LinkKind, PageLink
from news.capture import Exchange, Truncation
from news.counters import Counter
from news.errors import NotAnArticle, PageUnreadable, RefusalReason
from news.item import ArticleFailed, ArticleRefused, Item, LinksSighted, PartRead
from news.plan import CrawlPlan
from news.url import ArticleKey, NetworkUrl, UrlKind, UrlRules
from pages.registry import read_article
from spiders import outcome
from spiders.outcome import Outcome
from storage.seen import Seen

logger = logging.getLogger(__name__)

Yield = Request | Item

PART_PRIORITY = 20
ARTICLE_PRIORITY = 10
_LISTINGS = (LinkKind.HOME, LinkKind.SECTION)


class Errand(Protocol):
    """What a spider needs of the run, in the setting DISWAY_RUN."""

    @property
    def plan(self) -> CrawlPlan:
        """Sites, and how far back."""

    @property
    def rules(self) -> UrlRules:
        """Of the plan's network."""

    @property
    def seen_path(self) -> Path:
        """The index of what the archive holds."""


class NetworkSpider(Spider):
    """Fetches each article once, however many ways it is linked. Setting: DISWAY_RUN, an Errand."""

    plan: CrawlPlan
    rules: UrlRules
    seen: Seen

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, site: str = "", **kwargs: Any) -> Self:
        """`site`: ids with commas between them, to which the run's plan is narrowed if there are any."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider._narrowed_to = tuple(filter(None, site.split(",")))
        return spider

    def take_errand(self) -> None:
        """Take the run's plan and the index of what is known; to be called first of all in `start`.

        Not when the spider is made: under `scrapy crawl` the add-on that makes the run comes after that.
        """
        errand: Errand = self.crawler.settings["DISWAY_RUN"]
        self.plan = errand.plan.narrowed_to(self._narrowed_to) if self._narrowed_to else errand.plan
        self.rules = errand.rules
        self.seen = Seen(errand.seen_path)
        self._asked = set()
        self._followed = set()
        self._published = {}

    _narrowed_to: tuple[str, ...]
    _asked: set[tuple[ArticleKey, int]]
    """Article and part."""
    _followed: set[tuple[ArticleKey, bool]]
    """Article, and whether a listing linked it: what is once decided needs no second look into the index."""
    _published: dict[ArticleKey, datetime | None]

    def article_request(self, target: NetworkUrl, part: int = 1) -> Request | None:
        """The request for a part of an article, once a run and only for sites of the run; None otherwise."""
        key = target.key
        if key is None or key.site not in self.plan.site_ids or (key, part) in self._asked:
            return None
        self._asked.add((key, part))
        return Request(
            target.part_url(part),
            callback=self.read_part,
            errback=self.part_failed,
            priority=ARTICLE_PRIORITY if part == 1 else PART_PRIORITY,
            meta={"key": key, "part": part, "download_slot": target.site.host},
        )

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
        reason = str(getattr(failure.value, "reason", "") or (exchange and exchange.error) or "")
        if reason in outcome.NOT_TRIED:
            yield from self._resolve(key, None)
            return
        over_limit = exchange is not None and exchange.truncated is Truncation.LENGTH
        found = outcome.of_failure(reason, over_limit=over_limit)
        yield from self._settle(key, request.url, request.meta["part"], found)

    def resolved(self, key: ArticleKey) -> Iterable[Yield]:  # noqa: ARG002  for spiders that wait for dates
        """Called when it is settled what `key` is in this run."""
        return ()

    def hold(self, target: NetworkUrl) -> bool:  # noqa: ARG002  for spiders that may meet a better link
        """Whether to leave a link to an article for later, though it is due."""
        return False

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

    def follow(self, links: Iterable[PageLink]) -> Iterator[Request]:
        """Requests for those linked articles that neither the archive nor this run has."""
        for link in links:
            target = self.rules.read(link.url)
            if target is None or target.key is None:
                continue
            listed = link.kind in _LISTINGS
            if (target.key, listed) in self._followed or (target.key, 1) in self._asked:
                continue
            self._followed.add((target.key, listed))
            article = self.seen.article(target.key)
            if article is not None and (article.state != "pending" or not self._is_due(article.next_check)):
                continue
            if (listed or not self.hold(target)) and (request := self.article_request(target)):
                yield request

    def sighted(self, response: Response, links: tuple[PageLink, ...]) -> LinksSighted:
        """The sightings of a page, under its canonical URL."""
        target = self.rules.read(response.url)
        exchange: Exchange = response.meta["exchange"]
        return LinksSighted(target.url if target else response.url, exchange.fetched_at, links)

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
        try:
            return read_article(
                response.body,
                url=response.url,
                content_type=exchange.content_type,
                captured_at=exchange.fetched_at,
                rules=self.rules,
            )
        except NotAnArticle as error:
            return outcome.of_refusal(error.reason)
        except PageUnreadable as error:
            logger.warning("%s cannot be read: %s", response.url, error)
        except Exception:
            # One page must not end a run; its bytes are kept and its reader is to be mended.
            logger.exception("a page class broke on %s", response.url)
        assert self.crawler.stats is not None
        self.crawler.stats.inc_value(Counter.READER_ERRORS.value)
        return Outcome(True, RefusalReason.UNREADABLE)

    def _part_read(self, key: ArticleKey, response: Response, reading: ArticlePart) -> Iterator[Yield]:
        exchange: Exchange = response.meta["exchange"]
        part: int = response.meta["part"]
        yield self.sighted(response, reading.links)
        yield PartRead(key, part, reading, response.meta["warc_pointer"], exchange.fetched_at)
        for url in reading.part_urls:
            target = self.rules.read(url)
            if target is not None and target.key == key and (request := self.article_request(target, target.part)):
                yield request
        if part == 1:
            yield from self._resolve(key, reading.published_at)
        yield from self.follow(reading.links)

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
            yield from self.resolved(key)
