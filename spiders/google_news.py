"""Google News: one query a host, once the sites' own sources are read and all that they name is fetched.

Its robots.txt forbids it to every crawler, so an operator must turn it on by name; nothing depends on it. Its pages
are read and never kept: what is archived is what they lead to.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from news.article import ArticlePart
from news.counters import Counter
from news.google import GoogleAnswerRefused, GoogleRefusal
from news.plan import GooglePlan
from news.site import Site, SourceGroup
from news.url import ArticleKey
from pages.google_feed import GoogleFeed, read_google_feed
from pages.google_query import canary_url
from spiders.google_decoding import Decoding
from spiders.google_gate import Door, Gate
from spiders.google_leads import Leads
from spiders.google_polls import HostPoll, Polls
from spiders.google_requests import body_of, count_request, google_request, retry_after_of
from spiders.outcome import failure_word
from spiders.source import Source, Yield

if TYPE_CHECKING:
    from spiders.base import NetworkSpider

_RETRY_PAUSES = (2, 6)
"""Times the delay of feeds after which a feed that was answered 503 is asked again: 20 s and 60 s at the usual delay,
since such a refusal mostly passes within a minute.
"""
_LONGEST_WAIT_S = 60.0
"""A longer Retry-After is for a later run."""


class GoogleNews(Source):
    """Asks when nothing else is left to do, a request at a time, so that a refusal stops all that would follow it."""

    def __init__(self, spider: "NetworkSpider") -> None:
        super().__init__(spider)
        self._leads = Leads(spider)
        self._stages: Iterator[Callable[[], Iterator[Yield]]] = iter(())
        if self.plan.google is not None:
            self._google: GooglePlan = self.plan.google
            self._gate = Gate(spider, spider.seen.state)
            self._planned = Polls(self.plan, self._google, spider.seen.state)
            self._polls: deque[HostPoll] = deque()
            self._shown = False
            """Whether a feed of this run had items: Google lets us see something."""
            self._stages = iter((self._ask_feeds, self._decode, self._end))

    def open_site(self, site: Site) -> Iterator[Yield]:
        """Items of earlier runs that wait: what was archived since may be what they are about."""
        if self.plan.google is not None and SourceGroup.GOOGLE_NEWS not in site.sources.off:
            yield from self._leads.take_pending(site)

    def article_read(self, key: ArticleKey, reading: ArticlePart) -> None:
        """Remember its headline, for a lead may be about it."""
        if self.plan.google is not None:
            self._leads.article_read(key, reading.title, reading.published_at)

    def resolved(self, key: ArticleKey) -> Iterator[Yield]:
        """An item that waits may be about the article that was just read."""
        yield from self._leads.article_resolved(key)

    def idle(self) -> Iterator[Yield]:
        """The next stage that has something to do."""
        for stage in self._stages:
            if steps := list(stage()):
                yield from steps
                return

    def _ask_feeds(self) -> Iterator[Yield]:
        if self._gate.is_open:
            self._polls.extend(self._planned.due())
            yield from self._next()
        else:
            self.spider.count(Counter.GOOGLE_BREAKER_OPEN)

    def _decode(self) -> Iterator[Yield]:
        yield from Decoding(self._google, self.spider, self._gate, self._leads).begin()

    def _end(self) -> Iterator[Yield]:
        self._leads.count_waiting()
        yield from ()

    def _next(self) -> Iterator[Yield]:
        if self._polls and self._gate.is_open:
            yield self._feed_request(self._polls[0].url, self._read_feed)

    def _feed_request(self, url: str, callback: Any, attempt: int = 0) -> Request:
        pause_s = _RETRY_PAUSES[attempt - 1] * self._google.rss_delay_s if attempt else 0.0
        return google_request(
            url,
            Counter.GOOGLE_FEEDS,
            callback=callback,
            errback=self._failed,
            delay_s=self._google.rss_delay_s,
            meta={"read": callback, "attempt": attempt, "pause_before_s": pause_s},
        )

    def _read_feed(self, response: Response) -> Iterator[Yield]:
        feed = yield from self._feed_of(response)
        if feed is None:
            return
        poll = self._polls[0]
        yield from self._leads.take(feed.leads, poll.site, poll.days.after)
        self.spider.count(Counter.ENTRIES_MALFORMED, poll.site.id, feed.malformed)
        if is_useless(feed):
            yield from self._given_up(response, GoogleRefusal.MALFORMED)
            return
        poll.items += feed.items
        self._shown = self._shown or feed.items > 0
        if poll.items == 0 and (poll.had_items or not self._shown):
            yield self._feed_request(canary_url(), self._read_canary)
            return
        yield from self._gate.answered(Door.FEEDS)
        if not (feed.full and poll.split()):
            self.spider.count(Counter.GOOGLE_TRUNCATED_SLICES, poll.site.id, int(feed.full))
            yield from self._answered(poll)
        yield from self._next()

    def _read_canary(self, response: Response) -> Iterator[Yield]:
        """The front page's feed is empty too: Google shows us nothing. Else the host has no news."""
        feed = yield from self._feed_of(response)
        if feed is None:
            return
        if is_useless(feed):
            yield from self._given_up(response, GoogleRefusal.MALFORMED)
        elif feed.items == 0:
            yield from self._given_up(response, GoogleRefusal.EMPTY)
        else:
            self._shown = True
            yield from self._gate.answered(Door.FEEDS)
            yield from self._answered(self._polls[0])
            yield from self._next()

    def _answered(self, poll: HostPoll) -> Iterator[Yield]:
        """The newest days of `poll` are read; what they named is noted before."""
        yield from self._planned.answered(poll)
        if poll.is_done:
            self._polls.popleft()

    def _feed_of(self, response: Response) -> Generator[Yield, None, GoogleFeed | None]:
        """Returns the feed in an answer, None when it is none and all is done about it."""
        count_request(self.spider, response)
        try:
            return read_google_feed(body_of(response))
        except GoogleAnswerRefused as error:
            yield from self._refused(response, error.reason)
            return None

    def _refused(self, response: Response, refusal: GoogleRefusal) -> Iterator[Yield]:
        attempt: int = response.meta["attempt"]
        waits = (retry_after_of(response) or 0.0) <= _LONGEST_WAIT_S
        if refusal is GoogleRefusal.UNAVAILABLE and attempt < len(_RETRY_PAUSES) and waits:
            self.spider.count(Counter.GOOGLE_UNAVAILABLE)
            yield self._feed_request(response.url, response.meta["read"], attempt + 1)
        else:
            yield from self._given_up(response, refusal)

    def _given_up(self, response: Response, refusal: GoogleRefusal) -> Iterator[Yield]:
        """The host waits for the next run, which asks for the same days."""
        yield from self._gate.refused(Door.FEEDS, refusal, retry_after_of(response))
        self._polls.popleft()
        yield from self._next()

    def _failed(self, failure: Failure) -> Iterator[Yield]:
        """No answer came: the host waits as well."""
        count_request(self.spider, failure.request)  # type: ignore[attr-defined]  # Scrapy puts it there
        yield from self._gate.failed(Door.FEEDS, failure_word(failure))
        self._polls.popleft()
        yield from self._next()


def is_useless(feed: GoogleFeed) -> bool:
    """Whether a feed cannot be trusted to name all it should: it broke off, or none of its items can be read."""
    return (feed.truncated and not feed.full) or (feed.items > 0 and not feed.leads)
