"""The system's Chromium: where it is, and how it is started.

It has no way to the network. All that a page asks for is answered by the crawler, so that guard, robots, pace, proxies
and the record of every byte are those of all other requests. The flags are what stands behind that: with routes alone a
page still opened connections to loopback (preconnect) and sent datagrams (WebRTC); with these flags it did not
(tests/render checks it).
"""

import importlib.util
import os
import shutil
from pathlib import Path
from typing import Any

from crawler.config import Config
from crawler.config_sections import RenderSettings

# The first is Chromium without the windows: a page costs it a quarter of the time (measured 0.18 against 0.69 s).
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_NO_NETWORK = (
    # no name is resolved and no address connected to, literal ones included
    "--host-resolver-rules=MAP * ~NOTFOUND",
    # everything goes to a proxy that is not there, loopback too
    "--proxy-server=http://nowhere.invalid:1",
    "--proxy-bypass-list=<-loopback>",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",  # as Chromium calls it
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",  # as the headless shell calls it
)
_SMALL = (
    "--disable-dev-shm-usage",  # containers have 64 MiB there, and Chromium crashes when they are used up
    "--disable-gpu",
)
_HEAP_SHARE = 4
"""The scripts of one page may fill this part of what the whole browser may."""
_MIB = 1 << 20


class BrowserMissing(Exception):
    """There is no browser; the text says what to do."""


def find_chromium(settings: RenderSettings) -> Path:
    """The program. Raises BrowserMissing."""
    if importlib.util.find_spec("scrapy_playwright") is None:
        raise BrowserMissing("scrapy-playwright is not installed: install disway-archive with its dependencies")
    if settings.chromium is not None:
        if not os.access(settings.chromium, os.X_OK):
            raise BrowserMissing(f"[render] chromium = {str(settings.chromium)!r} is no program: correct it")
        return settings.chromium
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    raise BrowserMissing(
        "no Chromium: install it (Debian: apt-get install chromium-headless-shell), or name it in [render] chromium"
    )


def playwright_settings(config: Config) -> dict[str, Any]:
    """Settings of scrapy-playwright. Its launch options are those of Playwright's `launch_persistent_context`.

    `user_data_dir` is where each browser gets a folder of its own. The sandbox is off for root only, whom Chromium does
    not let have one.
    """
    heap = config.render.max_bytes // _HEAP_SHARE // _MIB
    return {
        "PLAYWRIGHT_BROWSER_PROVIDER": "crawler.render_provider.SystemChromium",
        "PLAYWRIGHT_RESTART_DISCONNECTED_BROWSER": False,  # crawler.render_browser does
        "PLAYWRIGHT_PROCESS_REQUEST_HEADERS": None,
        "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": config.render.page_s * 1000,
        "PLAYWRIGHT_LAUNCH_OPTIONS": {
            "user_data_dir": str(config.spool.dir.absolute()),
            "executable_path": config.render.chromium,
            "args": [*_NO_NETWORK, *_SMALL, f"--js-flags=--max-old-space-size={heap}"],
            "headless": True,
            "chromium_sandbox": os.geteuid() != 0,
            # the crawl decides what a signal means
            "handle_sigint": False,
            "handle_sigterm": False,
            "handle_sighup": False,
        },
    }
