"""Items of Google News become known articles: by headline first, offline next, and only the rest is decoded."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from news.article import LinkKind, PageLink
from news.counters import Counter
from news.google import publisher_url
from news.headline import SAME_SPAN, matches, normalised
from news.item import LeadFound, LeadState, LinksSighted
from news.site import Site
from news.url import ArticleKey, NetworkUrl
from pages.google_ids import offline_url
from pages.google_item import FeedLead
from pages.google_query import search_url
from spiders.base import NetworkSpider
from spiders.source import Yield

_FIRST_PAUSE = timedelta(hours=1)
_LONGEST_PAUSE = timedelta(days=7)
_NO_DATE = datetime.min.replace(tzinfo=UTC)


class Candidate(NamedTuple):
    """A known article."""

    title: str
    published_at: datetime | None
    key: ArticleKey


class Lead(NamedTuple):
    """An item of Google News about an article of the network."""

    lead_id: str
    site: Site
    title: str
    published_at: datetime | None
    token: str
    attempts: int = 0


class Leads:
    """Resolves leads, and remembers which wait.

    Of each, the sighting of the article is noted before the lead is called resolved: a run that is killed in between
    does the work again and loses nothing.
    """

    def __init__(self, spider: NetworkSpider) -> None:
        self._spider = spider
        self._read: dict[str, dict[ArticleKey, Candidate]] = {}
        """By site."""
        self._met: set[str] = set()
        """Lead ids of this run. Slices overlap, and the query for a host finds its subdomains too."""
        self._unresolved: dict[str, Lead] = {}

    def article_read(self, key: ArticleKey, title: str, published_at: datetime | None) -> None:
        """An article was read in this run."""
        self._read.setdefault(key.site, {})[key] = Candidate(title, published_at, key)

    def article_resolved(self, key: ArticleKey) -> Iterator[Yield]:
        """If it is an article that was read, it may be the one that a lead waits for."""
        if article := self._read.get(key.site, {}).get(key):
            for lead in tuple(self._unresolved.values()):
                if lead.site.id == key.site and matches(lead.title, lead.published_at, (article,)):
                    yield from self._match(lead)

    def take_pending(self, site: Site) -> Iterator[Yield]:
        """Those of earlier runs that are due; articles that are known by now resolve some of them."""
        for known in self._spider.seen.state.pending_leads([site.id], self._spider.plan.started_at):
            self._met.add(known.lead_id)
            lead = Lead(known.lead_id, site, known.title, known.published_at, known.token, known.attempts)
            yield from self._resolve(lead)

    def take(self, found: Iterable[FeedLead], asked: Site, after: date) -> Iterator[Yield]:
        """Resolve what a feed named. `asked`: the site whose host the query was for; `after`: the day it began with.

        Google guarantees no filter: what was published before that day is left out.
        """
        for item in found:
            if item.published_at is not None and item.published_at.date() < after:
                continue
            site = self._spider.rules.network.of_host(item.host) if item.host else asked
            if site is None or site.id not in self._spider.plan.site_ids:
                self._spider.count(Counter.ENTRIES_OFFSITE)
                continue
            yield from self._take(Lead(lead_id(site, item), site, item.title, item.published_at, item.token))

    def waits(self, lead: Lead) -> bool:
        """Whether the lead is not resolved yet."""
        return lead.lead_id in self._unresolved

    def waiting(self) -> list[Lead]:
        """What only a decode resolves, the newest first; of several with one id the newest."""
        by_token: dict[str, Lead] = {}
        for lead in sorted(self._unresolved.values(), key=lambda lead: lead.published_at or _NO_DATE, reverse=True):
            by_token.setdefault(lead.token, lead)
        return list(by_token.values())

    def count_waiting(self) -> None:
        """Count what this run leaves to later ones."""
        for lead in self._unresolved.values():
            self._spider.count(Counter.GOOGLE_UNRESOLVED, lead.site.id)

    def decoded(self, lead: Lead, url: str, how: str) -> Iterator[Yield]:
        """The publisher's URL of a lead is known; `how` it came to be: `offline` or `rpc`."""
        del self._unresolved[lead.lead_id]
        counter = Counter.GOOGLE_DECODED_OFFLINE if how == "offline" else Counter.GOOGLE_DECODED_RPC
        self._spider.count(counter, lead.site.id)
        target = self._spider.rules.read(url) if publisher_url(url) else None
        if target is None or target.key is None:
            reason = "offsite" if target is None else "no_article"
            yield _found(lead, LeadState.REFUSED, how=how, reason=reason, url=url)
            return
        yield from self._settle(lead, LeadState.DECODED, how, target.key, target)

    def not_decoded(self, lead: Lead, reason: str) -> Iterator[Yield]:
        """A decode was tried in vain: the lead stays, and is tried again ever more rarely."""
        attempts = lead.attempts + 1
        pause = min(_FIRST_PAUSE * (1 << min(attempts - 1, 10)), _LONGEST_PAUSE)
        next_check = datetime.now(UTC) + pause
        yield _found(lead._replace(attempts=attempts), LeadState.PENDING, reason=reason, next_check=next_check)

    def _take(self, lead: Lead) -> Iterator[Yield]:
        if lead.lead_id in self._met:
            if waits := self._unresolved.get(lead.lead_id):
                self._unresolved[lead.lead_id] = waits._replace(token=lead.token)  # the newest id lives longest
            return
        self._met.add(lead.lead_id)
        if self._spider.seen.state.lead(lead.lead_id) is not None:
            return  # resolved, or not due for another try
        self._spider.count(Counter.GOOGLE_ITEMS, lead.site.id)
        yield from self._resolve(lead)
        if self.waits(lead):
            yield _found(lead, LeadState.PENDING)

    def _resolve(self, lead: Lead) -> Iterator[Yield]:
        """From what is known; what cannot be resolved so waits for a decode."""
        self._unresolved[lead.lead_id] = lead
        yield from self._match(lead)
        if not self.waits(lead):
            return
        if url := offline_url(lead.token):
            yield from self.decoded(lead, url, "offline")
        elif url := self._spider.seen.state.decoded(lead.token):
            yield from self.decoded(lead, url, "rpc")

    def _match(self, lead: Lead) -> Iterator[Yield]:
        if match := matches(lead.title, lead.published_at, self._candidates(lead)):
            del self._unresolved[lead.lead_id]
            self._spider.count(Counter.GOOGLE_MATCHED, lead.site.id)
            yield from self._settle(lead, LeadState.MATCHED, "title", match.key, self._target(match.key))

    def _candidates(self, lead: Lead) -> list[Candidate]:
        if lead.published_at is None:
            return []
        begin, end = lead.published_at - SAME_SPAN, lead.published_at + SAME_SPAN
        held = (Candidate(*row) for row in self._spider.seen.titles(lead.site.id, begin, end))
        return list({**{c.key: c for c in held}, **self._read.get(lead.site.id, {})}.values())

    def _target(self, key: ArticleKey) -> NetworkUrl | None:
        """The page of an article that the archive holds or this run read; None when its host is none any more."""
        article = self._spider.seen.article(key)
        return self._spider.rules.read(article.url) if article else self._spider.read_at(key)

    def _settle(
        self, lead: Lead, state: LeadState, how: str, key: ArticleKey, target: NetworkUrl | None
    ) -> Iterator[Yield]:
        links = (PageLink(target.url, LinkKind.GOOGLE_NEWS, lead.title, 0),) if target else ()
        if links:
            yield LinksSighted(search_url(lead.site.host), datetime.now(UTC), links)
        yield _found(lead, state, how=how, url=target.url if target else None, key=key)
        yield from self._spider.follow(links)


def lead_id(site: Site, item: FeedLead) -> str:
    """Names an item whatever id Google gives it this time: host, headline and day; see the table `leads`."""
    day = item.published_at.date().isoformat() if item.published_at else ""
    name = normalised(item.title) or item.token
    return sha256(f"{site.host}\n{name}\n{day}".encode()).hexdigest()[:32]


def _found(
    lead: Lead,
    state: LeadState,
    *,
    how: str | None = None,
    reason: str | None = None,
    url: str | None = None,
    key: ArticleKey | None = None,
    next_check: datetime | None = None,
) -> LeadFound:
    return LeadFound(
        lead_id=lead.lead_id,
        site=lead.site.id,
        title=lead.title,
        published_at=lead.published_at,
        token=lead.token,
        at=datetime.now(UTC),
        state=state,
        how=how,
        reason=reason,
        url=url,
        article_key=key,
        attempts=lead.attempts,
        next_check=next_check,
    )
