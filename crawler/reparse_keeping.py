"""Where `disway reparse` puts what differs: rows that are counted once they are durable, as long as there is room."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol

from crawler.courier import Courier
from storage.schema import Row
from storage.spool import SpoolFull
from storage.spool_writer import SpoolWriter

logger = logging.getLogger(__name__)

_AT_ONCE = 64
"""Appends that wait for the disk together: one sync serves them all."""
_FIRST_NAP_S = 0.5
_LONGEST_NAP_S = 30.0
"""Between two deliveries that made no room; doubled in between."""
_LOOK_UP_S = 0.25
"""How often who naps looks whether the run goes on."""


class NoRoom(SpoolFull):
    """Delivery made no room in the spool."""


class Keeping(Protocol):
    """Takes rows; nothing is kept for sure before `settle` returns."""

    def keep(self, rows: dict[str, list[Row]], kept: Callable[[], None]) -> None:
        """Take rows, and call `kept` once they are durable. Raises SpoolFull, of these or of earlier ones."""

    def settle(self) -> None:
        """Wait for the disk to have all that was taken. Raises SpoolFull."""

    def make_room(self) -> None:
        """Return when there is room for more, or when nothing more is wanted. Raises NoRoom."""


class DryKeeping:
    """Counts, and keeps nothing."""

    def keep(self, _: dict[str, list[Row]], kept: Callable[[], None]) -> None:
        kept()

    def settle(self) -> None:
        pass

    def make_room(self) -> None:
        pass


class SpoolKeeping:
    """Keeps rows in a spool. Where there is no room it pauses, as a crawl does, for delivery to make some."""

    def __init__(self, writer: SpoolWriter, courier: Courier, wait_s: float, goes_on: Callable[[], bool]) -> None:
        self._writer = writer
        self._courier = courier
        self._wait_s = wait_s
        self._goes_on = goes_on
        self._taken: list[tuple[Future[Any], Callable[[], None]]] = []

    def keep(self, rows: dict[str, list[Row]], kept: Callable[[], None]) -> None:
        self._taken.append((self._writer.note(rows), kept))
        if len(self._taken) >= _AT_ONCE:
            self.settle()

    def settle(self) -> None:
        taken, self._taken = self._taken, []
        full: SpoolFull | None = None
        for done, kept in taken:
            try:
                done.result()
            except SpoolFull as error:
                full = full or error
            else:
                kept()
        if full is not None:
            raise full

    def make_room(self) -> None:
        short = self._writer.shortage()
        if short is None:
            return
        logger.warning("no room: %s: reading pauses until delivery makes some", short)
        until, nap_s = time.monotonic() + self._wait_s, _FIRST_NAP_S
        while self._goes_on():
            self._writer.roll()
            trouble = self._courier.deliver().message
            short = self._writer.shortage()
            if short is None:
                logger.warning("there is room again: reading goes on")
                return
            if time.monotonic() >= until:
                why = f" ({trouble})" if trouble else ""
                raise NoRoom(f"no room: {short}; delivery made none in {self._wait_s:.0f} s{why}")
            self._nap(min(nap_s, until - time.monotonic()))
            nap_s = min(2 * nap_s, _LONGEST_NAP_S)

    def _nap(self, length_s: float) -> None:
        until = time.monotonic() + length_s
        while self._goes_on() and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _LOOK_UP_S))
