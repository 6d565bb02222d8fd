"""Follows what feeds and sitemaps name: what is known is sighted at once, the rest as its document's credit allows."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from news.article import PageLink
from news.counters import Counter
from news.item import LinksSighted
from news.site import Site
from news.source import SourceEntry
from news.url import ArticleKey
from spiders.claims import Account, Claim, Copy
from spiders.findings import Findings
from spiders.source import Yield

if TYPE_CHECKING:
    from spiders.base import NetworkSpider

FALSE_NAMES = "false_names"
"""Reason of the finding about a document most of whose names proved false."""
_ODD_FROM = 100_000
"""An id this far above every archived one of the site is odd: at 180 a day it would be more than a year ahead."""


class Following:
    """What the documents of one kind name, over all sites of a run. `done` is told of copies that are all sighted."""

    def __init__(
        self, spider: "NetworkSpider", findings: Findings, quota: int, done: Callable[[Site, Copy], Iterator[Yield]]
    ) -> None:
        self._spider = spider
        self._findings = findings
        self._quota = quota
        self._done = done
        self._accounts: dict[str, dict[str, Account]] = defaultdict(dict)
        self._owing: dict[ArticleKey, tuple[Site, Account]] = {}

    def take(self, copy: Copy, entries: Sequence[SourceEntry], known: set[int]) -> Iterator[Yield]:
        """Take what a copy names: `entries`, and of their ids `known`, those that the archive knows."""
        site = copy.asked.site
        links = tuple(entry.link for entry in entries if entry.article_id in known)
        if links:
            yield LinksSighted(copy.via_url, copy.fetched_at, links)
        account = self._account(site, copy.asked.root)
        ceiling = self._spider.seen.highest_id(site.id)
        account.add(self._claim(site, entry, copy, ceiling) for entry in entries if entry.article_id not in known)
        if not copy.left and copy.is_whole:
            yield from self._done(copy.asked.site, copy)

    def release(self, site: Site) -> Iterator[Yield]:
        """Follow what may be followed: called when the site's own listings are read, so that these come first."""
        for account in self._accounts[site.id].values():
            yield from self._sighted(account.take_asked(self._spider.is_asked))
            yield from self._next(site, account)

    def resolved(self, key: ArticleKey, *, is_true: bool) -> Iterator[Yield]:
        """It is settled what an article is; whoever named it gains or loses by it."""
        if key in self._owing:
            site, account = self._owing.pop(key)
            account.judge(is_true=is_true)
            yield from self._next(site, account)

    def settle(self) -> Iterator[Yield]:
        """Nothing is left to fetch: count what was not followed, and note which documents lied."""
        for site_id, accounts in self._accounts.items():
            site = self._spider.plan.network.sites[site_id]
            for account in accounts.values():
                yield from self._sighted(account.take_asked(self._spider.is_asked))
                self._spider.count(Counter.ENTRIES_OVER_QUOTA, site.id, account.close())
                yield from self._findings.remarked(account.root, self._remark(account))

    def _remark(self, account: Account) -> str | None:
        before = self._findings.remark(account.root)
        if account.lies is None:
            return before
        return FALSE_NAMES if account.lies else None if before == FALSE_NAMES else before

    def _account(self, site: Site, root: str) -> Account:
        accounts = self._accounts[site.id]
        if root not in accounts:
            accounts[root] = Account.opened(root, self._quota, lied=self._findings.remark(root) == FALSE_NAMES)
        return accounts[root]

    def _claim(self, site: Site, entry: SourceEntry, copy: Copy, ceiling: int) -> Claim:
        """Newest first, by date where there is one and by id where not; odd ids last."""
        number = entry.article_id
        is_odd = bool(ceiling) and number > ceiling + _ODD_FROM
        now = self._spider.plan.started_at
        stated = min(entry.published_at or entry.modified_at or now, now)
        return Claim((is_odd, -stated.timestamp(), -number), ArticleKey(site.id, number), entry.link, copy)

    def _next(self, site: Site, account: Account) -> Iterator[Yield]:
        while taken := account.take(self._spider.is_asked):
            for claim in taken:
                if not self._spider.is_asked(claim.key):
                    self._owing.setdefault(claim.key, (site, account))
            yield from self._sighted(taken)
            yield from self._spider.follow(claim.link for claim in taken)

    def _sighted(self, claims: Sequence[Claim]) -> Iterator[Yield]:
        for copy, links in _by_copy(claims):
            yield LinksSighted(copy.via_url, copy.fetched_at, links)
            if not copy.left and copy.is_whole:
                yield from self._done(copy.asked.site, copy)


def _by_copy(claims: Iterable[Claim]) -> list[tuple[Copy, tuple[PageLink, ...]]]:
    found: dict[tuple[str, datetime], tuple[Copy, list[PageLink]]] = {}
    for claim in claims:
        found.setdefault((claim.copy.url, claim.copy.fetched_at), (claim.copy, []))[1].append(claim.link)
    return [(copy, tuple(links)) for copy, links in found.values()]
