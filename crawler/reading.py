"""Reading pages under watch: one that its reader hangs on, or that the process dies of, does so a few times at most.

The address of what is being read stands in a small mapped file, which outlives the process whatever kills it (the
memory of a mapped file is the kernel's). So the next run knows what the last one died of:

* a reader that takes longer than `[limits] reader_s` in Python code is interrupted, and the page is refused;
* one that goes on in C code, where nothing interrupts, is ended together with the process by a timer of the kernel.
  What was fetched is safe in the spool: a crawl is made to be killed at any instant;
* a page that ended the process so, or during whose reading it died CRASHES times (out of memory, a fault of C code), is
  kept and refused unread, with the reason `poison`.

It costs 2 microseconds a page (measured).
"""

import asyncio
import faulthandler
import logging
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from crawler.crashes import Crashes, Slots
from news.errors import NotAnArticle, RefusalReason

logger = logging.getLogger(__name__)

T = TypeVar("T")

_AGAIN_S = 1.0
"""An interruption that some `except` swallows is repeated."""
_LONG = 6
"""Times `reader_s` that reading in a thread may take, beside which the crawl goes on."""


class _Overdue(BaseException):
    """Raised in the reader. No Exception, so that a reader's own `except Exception` lets it through."""


class Watch:
    """Watches over the readers of one process. Made and closed in the main thread.

    `folder` holds its files, beside those of other processes; `reader_s`: seconds that reading one page may take.
    """

    def __init__(self, folder: Path, reader_s: float) -> None:
        self._reader_s = reader_s
        self._crashes = Crashes(folder)
        self._slots = Slots(folder)
        self._main = threading.get_ident()
        self._is_armed = False
        self._former: Any = signal.signal(signal.SIGALRM, self._overdue)
        # Where it hung goes to a file that tells the next run, then the signal does what it does by default: it kills.
        faulthandler.register(signal.SIGVTALRM, file=self._slots.trace, all_threads=False, chain=True)

    @property
    def died_of(self) -> list[str]:
        """Addresses of the pages during whose reading a process died, as far as this run found out."""
        return self._crashes.found

    def read(self, url: str, reader: Callable[[], T]) -> T:
        """What `reader` gives for the page at `url`.

        Raises NotAnArticle(POISON) for a page that takes too long or is known to end the process, and what `reader`
        raises.
        """
        if self._crashes.is_quarantined(url):
            raise _poison(url, "reading it ended the process before")
        slot = self._slots.enter(url)
        try:
            found = self._timed(url, reader) if threading.get_ident() == self._main else reader()
        finally:
            self._slots.leave(slot)
        self._crashes.forgive(url)
        return found

    async def read_aside(self, url: str, reader: Callable[[], T]) -> T:
        """The same in another thread, beside which the crawl goes on; the process ends when that takes far too long."""
        task = asyncio.ensure_future(asyncio.to_thread(self.read, url, reader))
        await asyncio.wait({task}, timeout=_LONG * self._reader_s)
        if not task.done():
            os.kill(os.getpid(), signal.SIGVTALRM)
        return await task

    def close(self) -> None:
        """Give back the signals, and remember what is to be remembered."""
        faulthandler.unregister(signal.SIGVTALRM)
        signal.signal(signal.SIGALRM, self._former)
        self._slots.close()

    def _timed(self, url: str, reader: Callable[[], T]) -> T:
        try:
            try:
                self._arm()
                return reader()
            finally:
                self._disarm()
        except _Overdue:
            self._disarm()  # it may have come before the first one did
            raise _poison(url, f"read for more than {self._reader_s:g} s") from None

    def _arm(self) -> None:
        self._is_armed = True
        signal.setitimer(signal.ITIMER_REAL, self._reader_s, _AGAIN_S)
        # CPU time of the process: a reader that waits for nothing but itself spends it all.
        signal.setitimer(signal.ITIMER_VIRTUAL, 2 * self._reader_s)

    def _disarm(self) -> None:
        self._is_armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    def _overdue(self, _: int, __: FrameType | None) -> None:
        if self._is_armed:
            raise _Overdue


def _poison(url: str, what: str) -> NotAnArticle:
    logger.error("%s: %s; it is kept and refused", url, what)
    return NotAnArticle(RefusalReason.POISON, f"{url}: {what}")
