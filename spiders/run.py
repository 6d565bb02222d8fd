"""A spider and its run: sources, listings under way, and what is asked for when nothing is left to do."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response

from news.article import PageLink
from news.capture import Exchange
from news.counters import Counter
from news.item import LinksSighted
from news.plan import CrawlPlan
from news.site import Site
from news.url import NetworkUrl, UrlRules
from spiders.source import MissedPoll, Source, Yield
from storage.seen import Seen

S = TypeVar("S", bound=Source)
T = TypeVar("T")


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

    @property
    def watch(self) -> "Watch":
        """Under which pages are read."""


class Watch(Protocol):
    """Bears readers that do not come to an end."""

    def read(self, url: str, reader: Callable[[], T]) -> T:
        """What `reader` gives for the page at `url`. Raises NotAnArticle(POISON) when that takes too long."""


class RunSpider(Spider):
    """A spider that carries out a run: its sources, and what they list. Setting: DISWAY_RUN, an Errand."""

    plan: CrawlPlan
    rules: UrlRules
    seen: Seen
    watch: Watch
    sources: tuple[Source, ...] = ()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, site: str = "", **kwargs: Any) -> Self:
        """`site`: ids with commas between them, to which the run's plan is narrowed if there are any."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.narrowed_to = tuple(filter(None, site.split(",")))
        crawler.signals.connect(spider.idle, signals.spider_idle)
        return spider

    async def start(self) -> AsyncIterator[Yield]:
        """Every source of each site of the run."""
        self.take_errand()
        for site in self.plan.sites:
            self.open_listing(site)  # so that they are not called read before the last source has opened
        async for site in self._in_turn():
            for source in self.sources:
                for step in source.open_site(site):
                    yield step
            for step in self.close_listing(site):
                yield step

    async def _in_turn(self) -> AsyncIterator[Site]:
        """The sites, one by one over the spread of the plan, in another order each run."""
        sites = list(self.plan.sites)
        pause_s = self.plan.spread.total_seconds() / max(len(sites), 1)
        if pause_s:
            random.Random(self.plan.run_id).shuffle(sites)  # noqa: S311  an order, no secret
        for number, site in enumerate(sites):
            if number and pause_s:
                await asyncio.sleep(pause_s)
            yield site

    def idle(self) -> None:
        """Handler of the signal: ask the sources for more. Raises DontCloseSpider until all is fetched and noted."""
        engine = self.crawler.engine
        assert engine is not None
        while more := next((steps for source in self.sources if (steps := list(source.idle()))), []):
            requests = [step for step in more if isinstance(step, Request)]
            for item in (step for step in more if not isinstance(step, Request)):
                task = asyncio.ensure_future(engine.scraper.start_itemproc_async(item, response=None))
                self._noting.add(task)
                task.add_done_callback(self._noted)
            for request in requests:
                engine.crawl(request)
            if requests:
                raise DontCloseSpider
        if self._noting:  # a scraper that is told to close while it has items waits for ever
            raise DontCloseSpider

    def _noted(self, task: "asyncio.Future[None]") -> None:
        """Look again after the last one: by itself Scrapy does so only after its heartbeat of 5 s."""
        self._noting.discard(task)
        engine = self.crawler.engine
        if not self._noting and engine is not None and engine._slot is not None:
            engine._slot.nextcall.schedule()

    def take_errand(self) -> None:
        """Take the run's plan and the index of what is known.

        Not when the spider is made: under `scrapy crawl` the add-on that makes the run comes after that.
        """
        errand: Errand = self.crawler.settings["DISWAY_RUN"]
        self.plan = errand.plan.narrowed_to(self.narrowed_to) if self.narrowed_to else errand.plan
        self.rules = errand.rules
        self.watch = errand.watch
        self.seen = Seen(errand.seen_path)
        self._noting = set()
        self._open = dict.fromkeys(self.plan.site_ids, 0)
        self._held = {site: [] for site in self.plan.site_ids}
        self.missed = {site: [] for site in self.plan.site_ids}
        self.sources = self.make_sources()

    narrowed_to: tuple[str, ...]
    """Ids of the sites that the command line named; none: all of the run."""
    _noting: set[asyncio.Future[None]]
    """Items on their way that no response brought."""
    _open: dict[str, int]
    """By site: listings that are asked for and not read to their end."""
    _held: dict[str, list[NetworkUrl]]
    """By site: articles that other pages link. The site's own listings, read to the end, may link a newer slug."""

    missed: dict[str, list[MissedPoll]]
    """By site: polls of this run that met nothing known."""

    def source(self, kind: type[S]) -> S | None:
        """The source of a kind, if the spider has it."""
        return next((source for source in self.sources if isinstance(source, kind)), None)

    def count(self, counter: Counter, site: str | None = None, by: int = 1) -> None:
        """Count for the run and, when a site is named, for it."""
        assert self.crawler.stats is not None
        if by:
            self.crawler.stats.inc_value(counter.value, by)
            if site is not None:
                self.crawler.stats.inc_value(f"{counter.value}/{site}", by)

    def open_listing(self, site: Site) -> None:
        """A listing, feed or sitemap of the site is asked for."""
        self._open[site.id] += 1

    def close_listing(self, site: Site) -> Iterator[Yield]:
        """It is read to its end, or failed. After the last one comes what was held, then who waited for them all."""
        self._open[site.id] -= 1
        if self._open[site.id] == 0:
            more = [step for source in self.sources for step in source.more_listings(site)]
            yield from more
            if self._open[site.id] > 0:
                return
            held, self._held[site.id] = self._held[site.id], []
            yield from self.release(held)
            for source in self.sources:
                yield from source.listings_read(site)

    def make_sources(self) -> tuple[Source, ...]:
        """The sources of this spider, once the plan and the index are known."""
        raise NotImplementedError

    def release(self, held: Sequence[NetworkUrl]) -> Iterator[Yield]:
        """Called with the articles that were held until the site's listings were read."""
        raise NotImplementedError

    def listing_read(self, site: Site, response: Response, links: Sequence[PageLink]) -> None:
        """A page of the home page or of a section is read."""
        for source in self.sources:
            source.listing_read(site, self.canonical(response.url), links)

    def home_read(self, site: Site, response: Response) -> Iterator[Yield]:
        """The home page of a site is read; what other sources find on it."""
        for source in self.sources:
            yield from source.home_read(site, response)

    def hold(self, target: NetworkUrl) -> bool:
        """Keep a link from another page until the site's own listings are read."""
        held = self._open.get(target.site.id, 0) > 0
        if held:
            self._held[target.site.id].append(target)
        return held

    def sighted(self, response: Response, links: tuple[PageLink, ...]) -> LinksSighted:
        """The sightings of a page, under its canonical URL."""
        exchange: Exchange = response.meta["exchange"]
        return LinksSighted(self.canonical(response.url), exchange.fetched_at, links)

    def canonical(self, url: str) -> str:
        """The canonical form of a URL of the network; any other as it is."""
        target = self.rules.read(url)
        return target.url if target else url
