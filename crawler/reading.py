"""Reading pages under watch: one that its reader hangs on, or that the process dies of, does so a few times at most.

The address of what is being read stands in a small mapped file, which outlives the process whatever kills it (the
memory of a mapped file is the kernel's). So the next run knows what the last one died of:

* a reader that spends more than `[limits] reader_s` in Python code is interrupted, and the page is refused;
* one that goes on in C code, where nothing interrupts, is ended together with the process by a timer of the kernel.
  What was fetched is safe in the spool: a crawl is made to be killed at any instant;
* one that neither ends nor computes is ended so too, after far longer, and that proves nothing against the page;
* a page that ended the process by what it cost, or during whose reading it died CRASHES times (out of memory, a fault
  of C code), is kept and refused unread, with the reason `poison`.

What a page costs is CPU time of the thread that reads it. Time on the clock proves nothing: a process may be stopped
during a quick read, or wait for a machine that is busy with something else.

It costs 7 microseconds a page (measured).
"""

import asyncio
import faulthandler
import logging
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from crawler.crashes import Crashes, Place, Slots
from crawler.kernel_timer import KernelTimer
from news.errors import NotAnArticle, RefusalReason

logger = logging.getLogger(__name__)

T = TypeVar("T")

_AGAIN = 0.1
"""Times `reader_s`: an interruption that some `except` swallows is repeated."""
_SHORT = 2
"""Times `reader_s` that C code may take in the main thread, where everything waits for it."""
_LONG = 6
"""Times `reader_s` that reading in another thread may take, beside which the crawl goes on."""
_STILL = 360
"""Times `reader_s`, on the clock, that a reading may be under way: an hour, after which a process that was stopped for
so long in the middle of one has lost its lease as well."""
_KILLERS = {Place.MAIN: signal.SIGVTALRM, Place.ASIDE: signal.SIGPROF}


class _Overdue(BaseException):
    """Raised in the reader. No Exception, so that a reader's own `except Exception` lets it through."""


class _Deadlines:
    """The timers over readings in `place`. Made in the thread of that place, whose CPU time it is."""

    def __init__(self, place: Place, reader_s: float) -> None:
        cpu = time.CLOCK_THREAD_CPUTIME_ID
        most = (_SHORT if place is Place.MAIN else _LONG) * reader_s
        self._timers = [
            KernelTimer(cpu, _KILLERS[place], most),
            KernelTimer(time.CLOCK_MONOTONIC, signal.SIGKILL, _STILL * reader_s),
        ]
        if place is Place.MAIN:  # Python runs its handlers there alone
            self._timers.append(KernelTimer(cpu, signal.SIGALRM, reader_s, _AGAIN * reader_s))

    def start(self) -> None:
        for timer in self._timers:
            timer.start()

    def stop(self) -> None:
        for timer in self._timers:
            timer.stop()

    def close(self) -> None:
        for timer in self._timers:
            timer.close()


class Watch:
    """Watches over the readers of one process. Made and closed in the main thread.

    `folder` holds its files, beside those of other processes; `reader_s`: seconds of CPU time that reading one page may
    take.
    """

    def __init__(self, folder: Path, reader_s: float) -> None:
        self._reader_s = reader_s
        self._crashes = Crashes(folder)
        self._slots = Slots(folder)
        self._deadlines = _Deadlines(Place.MAIN, reader_s)
        # One thread: readers hold Python's lock nearly all the time, so that two would be no faster.
        self._aside = ThreadPoolExecutor(1, thread_name_prefix="reading")
        self._is_armed = False
        self._former: Any = signal.signal(signal.SIGALRM, self._overdue)
        for place, killer in _KILLERS.items():
            # The handler leaves a trace, which tells the next run; then the signal does as ever, which is to kill.
            faulthandler.register(killer, file=self._slots.traces[place], all_threads=False, chain=True)

    @property
    def died_of(self) -> list[str]:
        """Addresses of the pages during whose reading a process died, as far as this run found out."""
        return self._crashes.found

    def read(self, url: str, reader: Callable[[], T]) -> T:
        """What `reader` gives for the page at `url`. Called in the main thread.

        Raises NotAnArticle(POISON) for a page that takes too long or is known to end the process, and what `reader`
        raises.
        """
        return self._noted(Place.MAIN, url, lambda: self._timed(url, reader))

    async def read_aside(self, url: str, reader: Callable[[], T]) -> T:
        """The same in another thread, beside which the crawl goes on; the process ends when that takes far too long."""
        return await asyncio.get_running_loop().run_in_executor(self._aside, self._read_aside, url, reader)

    def close(self) -> None:
        """Give back the signals, and remember what is to be remembered."""
        self._aside.shutdown(wait=False, cancel_futures=True)
        for killer in _KILLERS.values():
            faulthandler.unregister(killer)
        signal.signal(signal.SIGALRM, self._former)
        self._deadlines.close()
        self._slots.close()

    def _noted(self, place: Place, url: str, reader: Callable[[], T]) -> T:
        if self._crashes.is_quarantined(url):
            raise _poison(url, "reading it ended the process before")
        self._slots.enter(place, url)
        try:
            found = reader()
        finally:
            self._slots.leave(place)
        self._crashes.forgive(url)
        return found

    def _read_aside(self, url: str, reader: Callable[[], T]) -> T:
        deadlines = _Deadlines(Place.ASIDE, self._reader_s)
        try:
            deadlines.start()
            return self._noted(Place.ASIDE, url, reader)
        finally:
            deadlines.close()

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
        self._deadlines.start()

    def _disarm(self) -> None:
        self._is_armed = False
        self._deadlines.stop()

    def _overdue(self, _: int, __: FrameType | None) -> None:
        if self._is_armed:
            raise _Overdue


def _poison(url: str, what: str) -> NotAnArticle:
    logger.error("%s: %s; it is kept and refused", url, what)
    return NotAnArticle(RefusalReason.POISON, f"{url}: {what}")
