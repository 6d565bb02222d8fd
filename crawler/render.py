"""Pages that need a browser: sites that say `render = true`.

At 585, above decompression and below the reading of listings. A page is fetched, recorded and kept as every other is;
then the browser makes of it what its scripts do, and the spider sees that. So redirects, errors, robots and pace are
those of all pages, and the record of what the server sent is exact.
"""

import logging
from dataclasses import replace
from typing import Any, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import HtmlResponse, Response

from crawler.config import Config
from crawler.custody import Custody
from crawler.politeness import SUBRESOURCE_META
from crawler.refused import Refusal, RequestRefused
from crawler.render_browser import Browser
from crawler.render_chromium import BrowserMissing, find_chromium
from crawler.render_resources import RenderFailed, Resources, answer_of
from crawler.robots import ROBOTS_META
from crawler.tap import NOT_KEPT_META, POINTER_META, RENDERING_META, SOURCE_META
from crawler.wire import EXCHANGE_META
from news.capture import Exchange, Rendering
from news.counters import Counter
from news.site import Network, Site
from storage.warc_writer import RENDERED_TYPE

logger = logging.getLogger(__name__)

_NO_PAGES = (SOURCE_META, ROBOTS_META, NOT_KEPT_META, SUBRESOURCE_META)
"""Keys of `request.meta` of requests for something else than a page."""
_HTML = ("text/html", "application/xhtml+xml")
_HTTP_OK = 200


class Render:
    """Downloader middleware at 585."""

    def __init__(self, crawler: Crawler, custody: Custody, config: Config, network: Network) -> None:
        self._crawler = crawler
        self._custody = custody
        self._config = config
        self._network = network
        self._browser: Browser | None = None
        self._missing = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the run's custody, and look for the browser if the run has such sites."""
        custody = crawler.get_extension(Custody)
        assert custody is not None
        middleware = cls(crawler, custody, crawler.settings["DISWAY_CONFIG"], crawler.settings["DISWAY_NETWORK"])
        crawler.signals.connect(middleware.spider_opened, signals.spider_opened)
        crawler.signals.connect(middleware.spider_closed, signals.spider_closed)
        return middleware

    def spider_opened(self) -> None:
        """Say now what would otherwise be said of each page."""
        if any(site.render for site in self._custody.plan.sites):
            try:
                find_chromium(self._config.render)
            except BrowserMissing as missing:
                self._is_missing(missing)

    async def spider_closed(self) -> None:
        """End the browser."""
        if self._browser is not None:
            await self._browser.close()

    def process_request(self, request: Request) -> None:
        """Refuse a page that could not be rendered; and ask for it whole: that it stands says nothing of its data."""
        if self._site(request) is None:
            return
        if self._missing:
            raise RequestRefused(Refusal.NO_BROWSER, request.url)
        request.headers.pop("If-None-Match", None)
        request.headers.pop("If-Modified-Since", None)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Render a page. Raises RenderFailed, SpoolFull."""
        site = self._site(request)
        if site is None or response.status != _HTTP_OK or not _is_html(response):
            return response
        exchange: Exchange = request.meta[EXCHANGE_META]
        try:
            dom, renderer = await self._render(response, site)
        except Exception:  # whatever it was, what the server sent is kept
            self._custody.count(Counter.RENDER_FAILED, site.id)
            if POINTER_META not in request.meta:  # a listing, which waited to be read
                request.meta[POINTER_META] = await self._custody.keep(exchange)
            raise
        rendering = Rendering(exchange, dom, renderer)
        if POINTER_META in request.meta:
            request.meta[POINTER_META] = await self._custody.keep_rendering(rendering)
        else:
            request.meta[RENDERING_META] = rendering
        request.meta[EXCHANGE_META] = replace(exchange, content_type=RENDERED_TYPE)
        return HtmlResponse(
            response.url, headers={"Content-Type": RENDERED_TYPE}, body=dom, encoding="utf-8", request=request
        )

    def _site(self, request: Request) -> Site | None:
        """The site of a page that is to be rendered."""
        if any(key in request.meta for key in _NO_PAGES):
            return None
        target = self._custody.rules.read(request.url)
        return target.site if target is not None and target.site.render else None

    async def _render(self, response: Response, site: Site) -> tuple[bytes, str]:
        """Raises RenderFailed."""
        try:
            from crawler.render_page import Document  # noqa: PLC0415  imports Playwright, which takes time and memory

            network = self._config.network
            document = Document(
                response.url, answer_of(response), site, network.user_agent_header, limit=network.max_body_bytes
            )
            return await self._made().render(document)
        except (BrowserMissing, ImportError) as missing:
            self._is_missing(missing)
            raise RenderFailed(Refusal.NO_BROWSER.value) from missing

    def _made(self) -> Browser:
        from crawler.render_page import Surroundings  # noqa: PLC0415  as above

        if self._browser is None:
            report = self._crawler.settings["DISWAY_RUN"].report
            around = Surroundings(
                self._config.render,
                self._network,
                Resources(self._crawler),
                self._custody.count,
                stopping=lambda: report.stopped is not None,
            )
            self._browser = Browser(self._crawler, around)
        return self._browser

    def _is_missing(self, missing: BrowserMissing | ImportError) -> None:
        """One line for all sites; what they list waits for a run with a browser."""
        if self._missing:
            return
        self._missing = True
        sites = [site.id for site in self._custody.plan.sites if site.render]
        logger.error("not crawled, for they need a browser: %s: %s", ", ".join(sites), missing)
        for site in sites:
            self._custody.degrade(site, Refusal.NO_BROWSER.value)


def _is_html(response: Response) -> bool:
    told: Any = response.headers.get("Content-Type") or b""
    return not told or told.decode("latin-1").strip().lower().startswith(_HTML)
