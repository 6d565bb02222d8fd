"""A crawl that has no room for what it fetches pauses: delivery goes on, and makes room.

The gate stands at 850, before budget and pace, so that nothing is sent which could not be kept. What is under way when
room runs out is held back by the spool's writer. When delivery makes no room for a while the run ends, and what it did
not fetch stays pending.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Protocol, Self

from scrapy import Request
from scrapy.crawler import Crawler

from crawler.delivery import DeliveryReport
from crawler.refused import Refusal, RequestRefused
from storage.spool_writer import SpoolWriter

logger = logging.getLogger(__name__)

_LOOK_UP_S = 0.5
"""How often those who wait look whether the run goes on."""
_FIRST_NAP_S = 0.5
_LONGEST_NAP_S = 30.0
"""Between two deliveries that made no room; doubled in between."""


class Deliverer(Protocol):
    """What makes room: crawler.courier.Courier."""

    def deliver(self) -> DeliveryReport:
        """Deliver what waits; returns when it is done or failed."""
        ...


class Room:
    """Whether there is room for answers, and the pause while there is none. Belongs to the reactor's thread.

    `goes_on`: whether the run does; `paused` is called when a pause begins, `end` with the reason why the run must.
    """

    def __init__(
        self,
        writer: SpoolWriter,
        courier: Deliverer,
        wait_s: float,
        *,
        goes_on: Callable[[], bool],
        paused: Callable[[], None],
        end: Callable[[str], None],
    ) -> None:
        self._writer = writer
        self._courier = courier
        self._wait_s = wait_s
        self._goes_on = goes_on
        self._on_pause = paused
        self._end = end
        self._pause: asyncio.Task[bool] | None = None

    @property
    def is_short(self) -> bool:
        """Whether the crawl pauses."""
        return self._pause is not None

    def fell_short(self, reason: str) -> None:
        """Begin a pause, unless there is one."""
        if self._pause is None and self._goes_on():
            self._pause = asyncio.ensure_future(self._make_room(reason))

    async def wait(self) -> None:
        """Return once there is room. Raises RequestRefused when the run ends first."""
        if self._pause is None and (reason := self._writer.shortage()):
            self.fell_short(reason)
        while self._pause is not None:
            pause = self._pause
            await asyncio.wait({pause}, timeout=_LOOK_UP_S)
            if pause.done() and not pause.result():
                raise RequestRefused(Refusal.SPOOL_FULL)
            if not self._goes_on():
                raise RequestRefused(Refusal.STOPPING)

    async def _make_room(self, reason: str) -> bool:
        logger.warning("no room: %s: crawling pauses until delivery makes some", reason)
        self._on_pause()
        until, nap_s, trouble = time.monotonic() + self._wait_s, _FIRST_NAP_S, ""
        while self._goes_on():
            self._writer.roll()
            trouble = await self._delivered()
            short = self._writer.shortage()
            if short is None:
                logger.warning("there is room again: crawling goes on")
                self._pause = None
                return True
            reason = short
            if time.monotonic() >= until:
                why = f" ({trouble})" if trouble else ""
                self._end(f"no room: {reason}; delivery made none in {self._wait_s:.0f} s{why}")
                break
            await self._nap(min(nap_s, until - time.monotonic()))
            nap_s = min(2 * nap_s, _LONGEST_NAP_S)
        self._writer.give_up_waiting()
        return False

    async def _delivered(self) -> str:
        """Deliver once, as long as the run goes on; what went wrong, if anything."""
        delivery = asyncio.ensure_future(asyncio.to_thread(self._courier.deliver))
        while not delivery.done() and self._goes_on():
            await asyncio.wait({delivery}, timeout=_LOOK_UP_S)
        return delivery.result().message if delivery.done() else ""

    async def _nap(self, length_s: float) -> None:
        until = time.monotonic() + length_s
        while self._goes_on() and (left := until - time.monotonic()) > 0:  # noqa: ASYNC110  a signal handler sets it
            await asyncio.sleep(min(left, _LOOK_UP_S))


class RoomGate:
    """Downloader middleware at 850."""

    def __init__(self, room: Room) -> None:
        self._room = room

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the run's room."""
        from crawler.custody import Custody  # noqa: PLC0415  which makes the room

        custody = crawler.get_extension(Custody)
        assert custody is not None
        return cls(custody.room)

    async def process_request(self, request: Request) -> None:  # noqa: ARG002  Scrapy's name
        """Wait for room. Raises RequestRefused."""
        await self._room.wait()
