"""Gives scrapy-playwright the system's Chromium, with its processes and its folder in our hands.

Loaded by scrapy-playwright by name, and by nothing else: it imports Playwright.
"""

import asyncio
import contextlib
import os
from pathlib import Path
from typing import Any

from playwright.async_api import Browser
from scrapy_playwright.handler import Config
from scrapy_playwright.provider import PlaywrightBrowserProvider

from crawler.config_sections import RenderSettings
from crawler.render_chromium import find_chromium
from crawler.render_processes import ProcessGroup, ProfileFolder

_CLOSING_S = 5.0
"""How long the driver may take to go away by itself."""


class SystemChromium(PlaywrightBrowserProvider):  # type: ignore[misc]  # scrapy-playwright has no types
    """One browser, launched once."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self._profile: ProfileFolder | None = None
        self._is_closed = False
        self.processes: ProcessGroup | None = None

    async def launch_browser(self) -> Browser:
        """Start Chromium. Raises BrowserMissing, Playwright's Error, OSError.

        Playwright lets only a persistent context have a folder of the caller's. Pages are opened in contexts of their
        own beside it, which keep everything in memory.
        """
        options: dict[str, Any] = dict(self.config.launch_options)
        options["executable_path"] = find_chromium(RenderSettings(chromium=options["executable_path"]))
        self._profile = ProfileFolder(Path(options.pop("user_data_dir")))
        options["env"] = _environment(self._profile.path)
        context = await self.browser_type.launch_persistent_context(self._profile.path, **options)
        browser: Browser = context.browser
        self.processes = ProcessGroup(await _process_of(browser))
        return browser

    async def close(self) -> None:
        """End the browser and its driver, whatever state they are in. Safe to call twice."""
        if self._is_closed:
            return
        self.kill()
        with contextlib.suppress(Exception):  # what is dead already says so in many ways
            await asyncio.wait_for(super().close(), _CLOSING_S)
        if self._profile is not None:
            self._profile.remove()
        self._is_closed = True

    def kill(self) -> None:
        """End the processes of the browser at once."""
        if self.processes is not None:
            self.processes.kill()


def _environment(home: Path) -> dict[str, str | float | bool]:
    """What Chromium gets to know: neither credentials nor proxies, and no home but its own folder."""
    kept = {name: value for name in ("PATH", "TMPDIR") if (value := os.environ.get(name))}
    return {**kept, "HOME": str(home), "LANG": "C.UTF-8"}


async def _process_of(browser: Browser) -> int:
    session = await browser.new_browser_cdp_session()
    told = await session.send("SystemInfo.getProcessInfo")
    await session.detach()
    return int(next(process["id"] for process in told["processInfo"] if process["type"] == "browser"))
