"""From readings to rows: sightings first, then articles, then what became of the rest."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from scrapy.crawler import Crawler

from crawler.article_url import MadeUrls
from crawler.assembly import Assembly
from crawler.custody import Custody
from crawler.presence import Presence, absence_of
from crawler.rows import article_row, event_row, instant, sighted_link, state_row
from news.article import Article, LinkKind
from news.counters import Counter
from news.errors import NotAnArticle, RefusalReason
from news.item import (
    ArticleFailed,
    ArticleRefused,
    ArticleUnmodified,
    DocumentRead,
    Item,
    LeadFound,
    LinksSighted,
    ListingWalked,
    PartRead,
    SiteFailed,
    SourceFound,
    StretchFound,
)
from news.url import ArticleKey, NetworkUrl, UrlKind
from news.verdict import Verdict, judge
from pages.join import join_parts
from storage.schema import Row
from storage.seen import SeenArticle, sighting_digest
from storage.settle import reading_of
from storage.sightings import NOTE_KEY, page_note

logger = logging.getLogger(__name__)

_TRIES_AT_ONCE = 3
"""Most faults of a page are over in the next run, and what it adds to an incomplete article should not wait."""
_FIRST_PAUSE = timedelta(minutes=15)
_LONGEST_PAUSE = timedelta(days=1)


class _Custodian:
    """What both pipelines share: the run's custody."""

    def __init__(self, custody: Custody) -> None:
        self.custody = custody

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the run's custody."""
        custody = crawler.get_extension(Custody)
        assert custody is not None
        return cls(custody)


class SightingsPipeline(_Custodian):
    """Writes a sighting on the first (target, via, kind), and an event on the first of an article."""

    def __init__(self, custody: Custody) -> None:
        super().__init__(custody)
        self._written: set[bytes] = set()

    def process_item(self, item: Item) -> Item:
        """Note what `item` sights."""
        if isinstance(item, LinksSighted):
            self._note(item)
        return item

    def _note(self, item: LinksSighted) -> None:
        read = self.custody.rules.read
        targets = [(link, target) for link in item.links if (target := read(link.url)) is not None]
        self.custody.count(Counter.OFFSITE_DROPPED, by=len(item.links) - len(targets))
        named = {
            sighting_digest(target.url, item.via_url, link.kind): (link, target)
            for link, target in reversed(targets)
            if target.kind in (UrlKind.ARTICLE, UrlKind.SECTION)
        }
        fresh = named.keys() - self._written
        fresh -= self.custody.seen.sighted(fresh)
        self._written |= fresh
        if not fresh:
            return
        pairs = [named[digest] for digest in reversed(named) if digest in fresh]
        events = [e for link, target in pairs if (e := self._first_sighting(target, link.kind, item.at))]
        links = (sighted_link(link, target) for link, target in pairs)
        page = page_note(item.via_url, instant(item.at), self.custody.run_id, links)
        self.custody.note({NOTE_KEY: [page], "events": events} if events else {NOTE_KEY: [page]})

    def _first_sighting(self, target: NetworkUrl, kind: LinkKind, at: datetime) -> Row | None:
        key = target.key
        if key is None or not self.custody.sightings.record(key, kind, target.url, at):
            return None
        self.custody.count(Counter.SIGHTED, key.site)
        return event_row(key, target.url, at, "sighted", self.custody.run_id)


class ArticlesPipeline(_Custodian):
    """Joins parts, judges whole articles against the archive, and notes every outcome."""

    def __init__(self, custody: Custody) -> None:
        super().__init__(custody)
        self._assemblies: dict[ArticleKey, Assembly] = {}
        self._made_urls = MadeUrls(custody.rules, custody.seen)

    def process_item(self, item: Item) -> Item:
        """Note what `item` says of an article."""
        if isinstance(item, PartRead):
            self._add(item)
        elif isinstance(item, ArticleRefused):
            self._refuse(item.key, item.url, item.reason)
        elif isinstance(item, ArticleFailed):
            self.custody.fills.not_had(item.key.site, item.reason, item.url)
            self._fail(item)
        elif isinstance(item, DocumentRead):
            read = event_row(None, item.url, item.at, "read", self.custody.run_id)
            self.custody.note({"events": [read | {"site": item.site}]})
        elif isinstance(item, ArticleUnmodified):
            self._unmodified(item)
        elif isinstance(item, SourceFound | LeadFound | StretchFound):
            table, row = state_row(item, self.custody.run_id)
            self.custody.note({table: [row]})
        elif isinstance(item, SiteFailed):
            self.custody.degrade(item.site, item.reason)
        elif isinstance(item, ListingWalked):
            walked = event_row(None, item.listing.url, item.at, "walked", self.custody.run_id)
            depth = {"site": item.listing.site.id, "covered_to": instant(item.covered_to)}
            self.custody.note({"events": [walked | depth]})
        return item

    def _add(self, item: PartRead) -> None:
        self.custody.count(Counter.PARTS_READ, item.key.site)
        assembly = self._assemblies.setdefault(item.key, Assembly())
        assembly.add(item, self.custody.rules)
        if not assembly.complete:
            return
        del self._assemblies[item.key]
        try:
            self._finish(item.key, assembly.parts)
        except Exception:
            # Its pages are kept. Without a word in the ledger it would be asked for in each run, and fail each time.
            logger.exception("%s cannot be made an article", item.reading.url)
            self.custody.count(Counter.READER_ERRORS, item.key.site)
            self._refuse(item.key, item.reading.url, RefusalReason.UNREADABLE)

    def _finish(self, key: ArticleKey, parts: list[PartRead]) -> None:
        site = self.custody.plan.network.sites[key.site]
        try:
            article = join_parts([part.reading for part in parts], site)
        except NotAnArticle as error:
            self._refuse(key, parts[0].reading.url, error.reason)
            return
        sighted = self.custody.sightings.of(key)
        article = replace(article, url=self._url_of(article, parts, sighted.listed_url))
        row = article_row(article, parts, site, sighted, self.custody.run_id)
        self.custody.fills.article(row)
        head = self.custody.seen.head(key)
        verdict = judge(head.reading if head else None, reading_of(row))
        if verdict is Verdict.UNCHANGED:
            self.custody.count(Counter.ARTICLES_UNCHANGED, key.site)
            kept, row_id = [], head.row_id if head else None
        else:
            # An undecided reading is decided where the stored pages can be read: at delivery.
            counter = Counter.ARTICLES_NEW if verdict is Verdict.NEW else Counter.ARTICLES_CHANGED
            self.custody.count(counter, key.site)
            kept, row_id = [row], row["row_id"]
        if verdict is Verdict.NEW:
            published = article.published_at or parts[0].fetched_at
            self.custody.fills.born(key.site, published.astimezone(ZoneInfo(site.timezone)).date())
        kind = "archived" if kept else "unchanged"
        event = event_row(key, article.url, parts[0].fetched_at, kind, self.custody.run_id) | {"row_id": row_id}
        events = [event, *self._return(key, article.url, parts[0].fetched_at)]
        self.custody.note({"articles": kept, "events": events} if kept else {"events": events})

    def _url_of(self, article: Article, parts: list[PartRead], listed_url: str | None) -> str:
        """The page's own canonical URL; where it states none, as listings link it, or as the site would make it."""
        asked = self.custody.rules.read(parts[0].reading.url)
        is_asked = asked is not None and article.url == asked.url
        url = listed_url if is_asked and listed_url else article.url
        if self._made_urls.is_made_up(url):
            return self._made_urls.of(article, parts)
        self._made_urls.met(article.site, url)
        return url

    def _unmodified(self, item: ArticleUnmodified) -> None:
        self.custody.count(Counter.ARTICLES_UNCHANGED, item.key.site)
        head = self.custody.seen.head(item.key)
        event = event_row(item.key, item.url, item.at, "unchanged", self.custody.run_id)
        event["row_id"] = head.row_id if head else None
        self.custody.note({"events": [event, *self._return(item.key, item.url, item.at)]})

    def _return(self, key: ArticleKey, url: str, at: datetime) -> list[Row]:
        """The event of an article that was gone and is found again."""
        known = self.custody.seen.article(key)
        if known is None or known.presence != Presence.GONE:
            return []
        self.custody.count(Counter.ARTICLES_BACK, key.site)
        return [event_row(key, url, at, "back", self.custody.run_id)]

    def _refuse(self, key: ArticleKey, url: str, reason: str) -> None:
        self._assemblies.pop(key, None)
        self.custody.fills.not_had(key.site, reason, url)
        known = self.custody.seen.article(key)
        if known is not None and known.presence is not None:
            self._absent(known, url, reason)
            return
        self.custody.count_refused(key.site, reason)
        event = event_row(key, url, self.custody.now(), "refused", self.custody.run_id)
        self.custody.note({"events": [event | {"reason": reason}]})

    def _absent(self, known: SeenArticle, url: str, reason: str) -> None:
        """An archived article was visited and is not there, or not to be read."""
        key, now = known.key, self.custody.now()
        absence = absence_of(known, reason, site_fails=self.custody.is_degraded(key.site))
        if absence is None:
            self._fail(ArticleFailed(key, url, reason, known.attempts + 1))
            return
        if known.presence != Presence.GONE:
            counter = Counter.ARTICLES_GONE if absence is Presence.GONE else Counter.ARTICLES_MISSING
            self.custody.count(counter, key.site)
        self.custody.note({"events": [event_row(key, url, now, absence, self.custody.run_id) | {"reason": reason}]})

    def _fail(self, item: ArticleFailed) -> None:
        self._assemblies.pop(item.key, None)
        self.custody.count(Counter.ARTICLES_PENDING, item.key.site)
        now = self.custody.now()
        event = event_row(item.key, item.url, now, "failed", self.custody.run_id)
        next_check = (now + retry_pause(item.attempt)).isoformat()
        event |= {"reason": item.reason, "attempt": item.attempt, "next_check": next_check}
        self.custody.note({"events": [event]})


def retry_pause(attempt: int) -> timedelta:
    """How long a failed article waits after its `attempt`-th try: at first until the next run, then ever longer."""
    if attempt <= _TRIES_AT_ONCE:
        return timedelta(0)
    doublings = min(attempt - _TRIES_AT_ONCE - 1, 10)
    return min(_FIRST_PAUSE * (1 << doublings), _LONGEST_PAUSE)
