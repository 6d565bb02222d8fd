"""One page in the browser, from the bytes that the server sent to the document that its scripts made of them.

Loaded when the first page is rendered: it imports Playwright.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, Page, Route
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Request as PageRequest
from scrapy import Request
from scrapy_playwright.page import PageMethod

from crawler.config_sections import RenderSettings
from crawler.render_resources import Answer, RenderFailed, Resources
from news.counters import Counter
from news.site import Network, Site

_WANTED = frozenset({"script", "stylesheet", "xhr", "fetch"})
"""Resource types that decide what a page says; the others are pictures, frames, sound, reports."""
_BEARABLE = frozenset({"stylesheet"})
_MOST_REQUESTS = 100
"""Of one page. Those of the network ask for far fewer; one that asks without end must come to an end."""
_ASKED_AT_ONCE = 6
"""Of one page; what is asked for beyond that waits, and is not asked for when the page has ended meanwhile."""
_PASSED_ON = frozenset({"accept", "origin"})
_LOOK_UP_S = 0.05
_LONGEST_LOOK_UP_S = 1.0
"""A crawl that took longer to look up again was stopped meanwhile, which is nothing of the page's."""
_DOCUMENT = """async limit => {
  await new Promise(done => requestIdleCallback(done, {timeout: 5000}));
  const type = document.doctype ? new XMLSerializer().serializeToString(document.doctype) : "";
  const text = type + (document.documentElement ? document.documentElement.outerHTML : "");
  return text.length > limit ? null : text.toWellFormed();
}"""
"""Run in a world of its own, where nothing is what the page's scripts made of it. Lone surrogates become U+FFFD."""


@dataclass(frozen=True, slots=True)
class Document:
    """A page as the server sent it. `limit` is the most bytes that the rendered document may have."""

    url: str
    answer: Answer
    site: Site
    user_agent: str
    limit: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all pages of a run share."""

    settings: RenderSettings
    network: Network
    resources: Resources
    count: Callable[[Counter, str], None]
    """Called with a counter and a site id."""
    stopping: Callable[[], bool]
    """Whether the run is told to end."""


class PageLoad:
    """Loads one document in one page of one context. `dom` is the result, serialised, in UTF-8, once `taken` is set."""

    def __init__(self, document: Document, around: Surroundings, name: str) -> None:
        self._document = document
        self._around = around
        self._name = name
        self.dom = b""
        self.context: BrowserContext | None = None
        self.crashed = asyncio.Event()
        self.taken = asyncio.Event()
        self._failure: RenderFailed | None = None
        self._served = False
        self._loaded = False
        self._asked: dict[str, asyncio.Future[Answer | None]] = {}
        self._turns = asyncio.Semaphore(_ASKED_AT_ONCE)
        self._has_ended = False
        self._under_way = 0
        self._quiet_since = 0.0

    @property
    def request(self) -> Request:
        """What scrapy-playwright is asked for: a page in a new context, which has no cookies and keeps nothing."""
        context = {
            "user_agent": self._document.user_agent,
            "locale": self._document.site.language,
            "timezone_id": self._document.site.timezone,
            "service_workers": "block",
            "accept_downloads": False,
        }
        meta = {
            "playwright": True,
            "playwright_context": self._name,
            "playwright_context_kwargs": context,
            "playwright_page_init_callback": self._opened,
            "playwright_page_goto_kwargs": {"wait_until": "commit"},
            "playwright_page_methods": [PageMethod(self._take)],
        }
        return Request(self._document.url, meta=meta)

    async def overdue(self) -> str:
        """Returns when the page has had its time, with the word for it.

        What it does itself has `page_s`, waiting for servers left out; all of it together has `deadline_s`, for it may
        ask for one thing after the other, each within its own limits.
        """
        own, whole = self._around.settings.page_s, self._around.settings.deadline_s
        now = asyncio.get_running_loop().time
        at = now()
        while own > 0 and whole > 0:
            await asyncio.sleep(_LOOK_UP_S)
            whole -= min(now() - at, _LONGEST_LOOK_UP_S)
            at = now()
            if not self._under_way:
                own -= _LOOK_UP_S
        return "page_timeout" if own <= 0 else "page_deadline"

    def end(self) -> None:
        """The page is closed: nothing further is asked for it. What servers were asked for already comes to its end."""
        self._has_ended = True

    async def _opened(self, page: Page, _: Request) -> None:
        """The page is there and empty. Routes that are added last are asked first."""
        self.context = page.context
        page.on("crash", lambda _: self.crashed.set())
        page.on("domcontentloaded", lambda _: self._was_loaded())
        page.context.on("page", _close)
        await page.context.route("**/*", lambda route: route.abort("aborted"))
        await page.route("**/*", self._answer)

    def _was_loaded(self) -> None:
        self._loaded = True
        self._quiet_since = asyncio.get_running_loop().time()

    async def _answer(self, route: Route) -> None:
        answer = None
        try:
            answer = await self._answer_to(route.request)
        except RenderFailed as failure:
            self._failure = self._failure or failure
        with contextlib.suppress(PlaywrightError):  # the page is gone meanwhile
            if answer is None:
                await route.abort("aborted")  # any other word puts an error page in the place of a page that goes on
            else:
                await route.fulfill(status=answer.status, headers=answer.headers, body=answer.body)

    async def _answer_to(self, asked: PageRequest) -> Answer | None:
        """None for what the page is not to have. Raises RenderFailed."""
        if asked.is_navigation_request() and not self._served:
            self._served = True
            return self._document.answer
        if asked.is_navigation_request() and not self._loaded and asked.frame.parent_frame is None:
            raise RenderFailed("script_redirect")  # with that the browser stops reading the document
        if asked.is_navigation_request() or asked.method != "GET" or asked.resource_type not in _WANTED:
            self._count(Counter.RENDER_BLOCKED)
            return None
        if self._around.network.of_host(urlsplit(asked.url).hostname or "") is None:
            self._count(Counter.RENDER_OFFSITE)
            return None
        # What is asked for twice is answered twice, but fetched once: a page may look for news every second.
        if asked.url not in self._asked:
            if len(self._asked) == _MOST_REQUESTS:
                raise RenderFailed("too_many_requests")
            self._asked[asked.url] = asyncio.ensure_future(self._fetch(asked))
        return await asyncio.shield(self._asked[asked.url])

    async def _fetch(self, asked: PageRequest) -> Answer | None:
        resources = self._around.resources
        if (known := resources.known(asked.url)) is not None:
            return known
        headers = {k: v for k, v in asked.headers.items() if k in _PASSED_ON or k.startswith("x-")}
        self._under_way += 1
        try:
            async with self._turns:
                if self._has_ended:
                    return None
                self._count(Counter.RENDER_REQUESTS)
                return await resources.fetch(asked.url, asked.resource_type, headers)
        except RenderFailed:
            if asked.resource_type in _BEARABLE:
                return None
            raise
        finally:
            self._under_way -= 1
            self._quiet_since = asyncio.get_running_loop().time()

    async def _take(self, page: Page) -> None:
        """Wait until the page is complete, take its document, and wait to be cancelled.

        All that scrapy-playwright would do further is to read it once more, from a page that may hang. Raises
        RenderFailed.
        """
        session = await page.context.new_cdp_session(page)
        taken_after = -1
        while taken_after != len(self._asked):
            await self._quiet()
            taken_after = len(self._asked)
            self.dom = await _document(session, self._document.limit)
        self.taken.set()
        await asyncio.get_running_loop().create_future()

    async def _quiet(self) -> None:
        """Wait until the document is parsed, and no request was under way for a while."""
        now = asyncio.get_running_loop().time
        quiet_s = self._around.settings.settle_s
        while not self._loaded or self._under_way or now() - self._quiet_since < quiet_s:
            if self._failure is not None:
                raise self._failure
            await asyncio.sleep(_LOOK_UP_S)
        if self._failure is not None:
            raise self._failure

    def _count(self, counter: Counter) -> None:
        self._around.count(counter, self._document.site.id)


async def _document(session: Any, limit: int) -> bytes:
    """The serialised document. Raises RenderFailed when it is over `limit` bytes."""
    tree = await session.send("Page.getFrameTree")
    world = await session.send("Page.createIsolatedWorld", {"frameId": tree["frameTree"]["frame"]["id"]})
    ran = await session.send(
        "Runtime.evaluate",
        {
            "expression": f"({_DOCUMENT})({limit})",
            "contextId": world["executionContextId"],
            "awaitPromise": True,
            "returnByValue": True,
        },
    )
    if "exceptionDetails" in ran:
        raise RenderFailed("browser_failed")
    text: str | None = ran["result"].get("value")
    dom = text.encode() if text is not None else b""
    if text is None or len(dom) > limit:
        raise RenderFailed("too_large")
    return dom


async def _close(popup: Page) -> None:
    with contextlib.suppress(PlaywrightError):
        await popup.close()
