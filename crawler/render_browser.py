"""The browser of a run: started when a page needs it, replaced when it is lost, too large or worn, gone at the end.

scrapy-playwright drives it. This module imports neither before the first page, so that a run without such pages pays
nothing.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from scrapy.crawler import Crawler

from crawler.refused import Refusal
from crawler.render_chromium import BrowserMissing
from crawler.render_resources import RenderFailed
from news.counters import Counter

if TYPE_CHECKING:
    from crawler.render_page import Document, PageLoad, Surroundings

logger = logging.getLogger(__name__)

_AT_ONCE = 4
"""Pages open at once. Most of a page's time is waiting for its servers and for quiet."""
_LOOK_UP_S = 0.5
"""How often the memory of the browser is looked at."""
_CLOSING_S = 5.0
"""A page that does not close for so long hangs, and its browser is ended."""


class PageLost(Exception):
    """The browser, or the page's process, ended under a page; the text is a word."""


class _Chromium:
    """One browser from start to end."""

    def __init__(self, crawler: Crawler, around: "Surroundings") -> None:
        from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler  # noqa: PLC0415  see the module's text

        logging.getLogger("scrapy-playwright").setLevel(logging.ERROR)  # it warns of each page that fails, as we do
        self._handler: Any = ScrapyPlaywrightDownloadHandler(crawler)
        self._handler.config.target_closed_max_retries = 0  # the same page once more is for `Browser` to decide
        self._settings = around.settings
        self._watch: asyncio.Task[None] | None = None
        self.lost = asyncio.Event()
        self.why = "browser_crashed"
        self.version = ""
        self.pages_made = 0
        self.pages_open = 0

    async def start(self) -> None:
        """Launch it. Raises BrowserMissing with what Chromium or the system said."""
        try:
            await self._handler._launch()  # noqa: SLF001  scrapy-playwright itself waits for a signal that is long past
            await self._handler._maybe_launch_browser()  # noqa: SLF001  as above
        except Exception as error:
            await self.end()
            said = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
            raise BrowserMissing(f"Chromium does not start: {said}") from error
        browser = self._handler.browser
        self.version = f"Chromium/{browser.version}"
        browser.on("disconnected", lambda _: self.lost.set())
        self._watch = asyncio.ensure_future(self._watch_memory())

    async def load(self, load: "PageLoad") -> None:
        """Let it load a page. Raises RenderFailed, PageLost."""
        self.pages_made += 1
        self.pages_open += 1
        whole = asyncio.ensure_future(self._handler.download_request(load.request))
        overdue = asyncio.ensure_future(load.overdue())
        events = [asyncio.ensure_future(event.wait()) for event in (load.taken, load.crashed, self.lost)]
        tasks = [whole, overdue, *events]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if load.taken.is_set():
                return
            if load.context is None and not self.lost.is_set():  # it opens no page; its driver may have died
                logger.warning("the browser opens no page: %s", _said(whole))
                self._kill("browser_hung")
            if self.lost.is_set() or load.crashed.is_set():
                raise PageLost(self.why)
            if not whole.done():
                raise RenderFailed(overdue.result())
            self._check(whole)
        finally:
            load.end()
            for task in tasks:
                task.cancel()
            await self._close(load)
            await asyncio.wait(tasks, timeout=_CLOSING_S)
            self.pages_open -= 1

    def _check(self, whole: "asyncio.Future[Any]") -> None:
        """Raise what a page came to whose document was not taken."""
        error = whole.exception()
        if isinstance(error, RenderFailed):
            raise error
        if type(error).__name__ == "TargetClosedError":
            raise PageLost(self.why) from error
        logger.warning("the browser failed: %s", _said(whole))
        raise RenderFailed("page_timeout" if type(error).__name__ == "TimeoutError" else "browser_failed") from error

    @property
    def is_worn(self) -> bool:
        """Whether the next page is to have another one."""
        return self.lost.is_set() or self.pages_made >= self._settings.pages_per_browser

    async def end(self) -> None:
        """End it, whatever its state. Never raises."""
        if self._watch is not None:
            self._watch.cancel()
        provider = getattr(self._handler, "browser_provider", None)
        if provider is not None:
            provider.kill()
        with contextlib.suppress(Exception):  # what is gone already says so in many ways
            await asyncio.wait_for(self._handler.close(), _CLOSING_S)
        if provider is not None:
            await provider.close()

    async def _close(self, load: "PageLoad") -> None:
        """Close a page. A browser that cannot is ended: it does not say that it is lost when its driver died."""
        if load.context is None or self.lost.is_set():
            return
        try:
            await asyncio.wait_for(load.context.close(), _CLOSING_S)
        except TimeoutError:
            self._kill("browser_hung")
        except Exception as error:  # noqa: BLE001  a page that crashed may close in an error, and is closed
            logger.debug("closing a page: %s", error)
            if not load.crashed.is_set():
                self._kill(self.why)

    async def _watch_memory(self) -> None:
        processes = self._handler.browser_provider.processes
        while True:
            await asyncio.sleep(_LOOK_UP_S)
            held = await asyncio.to_thread(processes.memory)
            if held > self._settings.max_bytes:
                logger.warning(
                    "the browser holds %d bytes, [render] max_bytes allows %d", held, self._settings.max_bytes
                )
                self._kill("browser_memory")
                return

    def _kill(self, why: str) -> None:
        self.why = why
        self._handler.browser_provider.kill()
        self.lost.set()


def _said(whole: "asyncio.Future[Any]") -> str:
    """The first line of what scrapy-playwright failed with; empty when it did not fail."""
    return str(whole.exception()).partition("\n")[0] if whole.done() else ""


class _Places:
    """Places for pages, and the right to be the only page."""

    def __init__(self, count: int) -> None:
        self._free = asyncio.Semaphore(count)
        self._count = count
        self._alone = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def take(self, *, alone: bool) -> AsyncIterator[None]:
        """One place, or all of them."""
        wanted = self._count if alone else 1
        taken = 0
        async with self._alone if alone else contextlib.nullcontext():
            try:
                for _ in range(wanted):
                    await self._free.acquire()
                    taken += 1
                yield
            finally:
                for _ in range(taken):
                    self._free.release()


class Browser:
    """Renders the pages of one run."""

    def __init__(self, crawler: Crawler, around: "Surroundings") -> None:
        self._crawler = crawler
        self._around = around
        self._places = _Places(_AT_ONCE)
        self._starting = asyncio.Lock()
        self._current: _Chromium | None = None
        self._retired: set[_Chromium] = set()
        self._pages = 0

    async def render(self, document: "Document") -> tuple[bytes, str]:
        """The document as its scripts made it, in UTF-8, and what made it.

        A page under which the browser was lost is tried once more, alone, so that what fells a browser does not fell it
        under other pages twice. Raises RenderFailed, BrowserMissing.
        """
        try:
            return await self._render(document, alone=False)
        except PageLost as lost:
            logger.warning("%s: %s; it is tried once more", document.url, lost)
        try:
            return await self._render(document, alone=True)
        except PageLost as lost:
            raise RenderFailed(str(lost)) from lost

    async def close(self) -> None:
        """End all browsers."""
        for chromium in (*self._retired, *filter(None, [self._current])):
            await chromium.end()
        self._retired, self._current = set(), None

    async def _render(self, document: "Document", *, alone: bool) -> tuple[bytes, str]:
        from crawler.render_page import PageLoad  # noqa: PLC0415  see the module's text

        async with self._places.take(alone=alone):
            if self._around.stopping():
                raise RenderFailed(Refusal.STOPPING.value)
            chromium = await self._ready(document)
            self._pages += 1
            load = PageLoad(document, self._around, f"page-{self._pages}")
            try:
                await chromium.load(load)
            finally:
                await self._end_retired()
            return load.dom, chromium.version

    async def _ready(self, document: "Document") -> _Chromium:
        """A browser that runs. Raises BrowserMissing."""
        async with self._starting:
            if self._current is not None and self._current.is_worn:
                self._around.count(Counter.RENDER_RESTARTS, document.site.id)
                self._retired.add(self._current)
                self._current = None
            if self._current is None:
                chromium = _Chromium(self._crawler, self._around)
                await chromium.start()
                self._current = chromium
            return self._current

    async def _end_retired(self) -> None:
        """End the browsers whose last page is done."""
        done = {chromium for chromium in self._retired if not chromium.pages_open}
        self._retired -= done
        for chromium in done:
            await chromium.end()
