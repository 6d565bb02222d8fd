"""Appending to a spool: durable before it is acknowledged.

Appends of the same moment, and those that arrive while the disk is busy, share an fdatasync. Without room exchanges are
held back until there is some; rows, which are small and belong to what is kept already, are written all the same.
"""

import errno
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from news.capture import Exchange, Original, Rendering, WarcPointer
from storage.append_queue import AppendQueue, Command
from storage.appends import (
    Append,
    empty_capture_row,
    is_any,
    is_exchange,
    is_note,
    is_run_row,
    size_of,
    together,
    without,
)
from storage.growing import GrowingSegment
from storage.schema import Row
from storage.spool import Spool, SpoolFull
from storage.spool_room import SpoolRoom
from storage.warc_writer import Member, compose_exchange, compose_note, compose_rendering, compose_warcinfo

_LOOK_FOR_ROOM_S = 0.5
_WHAT_TO_DO = {
    errno.ENOSPC: "free some space or set [spool] dir elsewhere",
    errno.EDQUOT: "raise the quota or set [spool] dir elsewhere",
    errno.EROFS: "the disk was made read-only, often after an error: see the kernel's log",
    errno.EIO: "the disk fails: see the kernel's log",
}


@dataclass(frozen=True, slots=True)
class SpoolLimits:
    """When a segment closes, and how much may lie undelivered. Bytes and seconds."""

    segment_bytes: int
    segment_age_s: float
    max_bytes: int
    floor_bytes: int = 0
    """That the disk keeps free; 0 = not looked at."""


class SpoolWriter:
    """Appends records to a spool's growing segment from any thread; one thread writes and syncs.

    Called in that thread: `on_closed` with each segment that closed; `on_short` with the reason while exchanges wait
    for room. Without `on_short` nothing waits: they fail.
    """

    def __init__(
        self,
        spool: Spool,
        limits: SpoolLimits,
        software: str,
        description: str,
        on_closed: Callable[[Path], None],
        *,
        on_short: Callable[[str], None] | None = None,
    ) -> None:
        self.spool = spool
        self._limits = limits
        self._warcinfo = (software, description)
        self._on_closed = on_closed
        self._on_short = on_short
        self._room = SpoolRoom(spool.folder.parent, limits.max_bytes, limits.floor_bytes)
        self._held: list[Append] = []
        self._needed = 0
        """Bytes of the first that is held."""
        self._queue = AppendQueue()
        self._number = 0
        self._segment: GrowingSegment | None = None
        self._lost_a_note: SpoolFull | None = None
        self._broken: SpoolFull | None = None
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
        self._thread.start()

    def append(
        self, exchange: Exchange, original: Original | None = None, digest: str | None = None
    ) -> "Future[WarcPointer | None]":
        """Keep an exchange. Resolves to its pointer once durable, None when nothing had come; fails with SpoolFull."""
        if not exchange.header_block:
            return self.note({"captures": [empty_capture_row(exchange, self.spool.meta.run_id)]})
        return self._put(compose_exchange(exchange, original, digest))

    def append_rendering(self, rendering: Rendering) -> "Future[WarcPointer | None]":
        """Keep what a browser made of an exchange kept before. Resolves to its pointer; fails with SpoolFull."""
        return self._put(compose_rendering(rendering))

    def note(self, rows: Mapping[str, list[Row]]) -> "Future[WarcPointer | None]":
        """Keep rows that are not records themselves. Resolves to None once durable; fails with SpoolFull."""
        return self._put(rows)

    def shortage(self) -> str | None:
        """Why nothing more should be fetched now; None while there is room."""
        return self._room.shortage(self._needed, margin=True)

    def roll(self) -> None:
        """Close the growing segment soon, whatever its size and age."""
        self._queue.put(Command.ROLL)

    def give_up_waiting(self) -> None:
        """What waits for room fails, and so does what would have to wait from then on."""
        self._on_short = None
        self.roll()

    def close(self) -> None:
        """Write what is queued, close the segment, stop. Safe to call twice."""
        if self._thread.is_alive():
            self._queue.put(Command.STOP)
            self._thread.join()

    def _put(self, what: Member | Mapping[str, list[Row]]) -> "Future[WarcPointer | None]":
        append = Append(what, Future())
        self._queue.put(append)
        return append.done

    def _run(self) -> None:
        stopping = False
        while not stopping:
            fresh, commands = self._queue.next_batch(_LOOK_FOR_ROOM_S if self._held else None)
            stopping = Command.STOP in commands
            if stopping:
                self._on_short = None
            batch, self._held = [*self._held, *fresh], []
            try:
                self._commit(self._that_fit(batch))
                if commands or self._segment_is_due():
                    self._close_segment()
            except OSError as error:  # neither forward nor back: nothing more is written here
                self._broken, self._held, self._needed = self._full(error), [], 0
                without([append for append in batch if not append.done.done()], is_any, self._broken)

    def _that_fit(self, batch: list[Append]) -> list[Append]:
        """Those of `batch` that there is room for; the other exchanges are held, or fail when nobody waits."""
        size, short = 0, None
        fit: list[Append] = []
        left: list[Append] = []
        for append in batch:
            if isinstance(append.what, Member) and self._broken is None:
                size += len(append.what.data)
                short = short or self._room.shortage(size)
            (left if short and is_exchange(append) else fit).append(append)
        on_short = self._on_short
        if short and on_short is None:
            without(left, is_any, SpoolFull(f"{self.spool.folder}: {short}"))
            left = []
        self._held, self._needed = left, size_of(left[0]) if left else 0
        if short and on_short is not None:
            on_short(short)
        return fit

    def _commit(self, batch: list[Append]) -> None:
        if self._broken is not None:
            batch = without(batch, is_any, self._broken)
        if self._lost_a_note is not None:
            batch = without(batch, is_note, self._lost_a_note)
        if not batch:
            return
        try:
            pointers = self._write(batch)
        except OSError as error:
            if self._segment is not None and not self._segment.is_sound:
                raise
            full = self._full(error)
            if any(is_note(append) for append in batch):
                self._lost_a_note = full
            self._commit_run_rows(without(batch, lambda append: not is_run_row(append), full), full)
            return
        for append, pointer in zip(batch, pointers, strict=True):
            append.done.set_result(pointer)

    def _commit_run_rows(self, batch: list[Append], full: SpoolFull) -> None:
        """The row of a run that ends for want of room may have room where a page had none."""
        try:
            if batch:
                self._write(batch)
        except OSError:
            without(batch, is_run_row, full)
        else:
            for append in batch:
                append.done.set_result(None)

    def _full(self, error: OSError) -> SpoolFull:
        advice = _WHAT_TO_DO.get(error.errno or 0)
        return SpoolFull(f"{self.spool.folder}: {error.strerror}" + (f": {advice}" if advice else ""))

    def _write(self, batch: list[Append]) -> list[WarcPointer | None]:
        """Write and sync a batch: the exchanges in order, then all its rows as one record."""
        members = [a.what for a in batch if isinstance(a.what, Member)]
        notes = [a.what for a in batch if not isinstance(a.what, Member)]
        data = b"".join(member.data for member in members)
        if notes:
            data += compose_note(together(notes), datetime.now(UTC))
        growing = self._segment or self._open_segment()
        start = growing.append(data)
        self._room.took(len(data))
        key = self.spool.meta.warc_key(growing.number)
        pointers: list[WarcPointer | None] = []
        for append in batch:
            if isinstance(append.what, Member):
                pointers.append(WarcPointer(key, start, append.what.head_length, append.what.payload_digest))
                start += len(append.what.data)
            else:
                pointers.append(None)
        return pointers

    def _open_segment(self) -> GrowingSegment:
        number = self._number + 1
        warcinfo = compose_warcinfo(self.spool.meta.warc_key(number), *self._warcinfo)
        self._segment = GrowingSegment(self.spool.folder, number, warcinfo)
        self._number = number
        return self._segment

    def _segment_is_due(self) -> bool:
        growing, limits = self._segment, self._limits
        return growing is not None and (growing.age_s >= limits.segment_age_s or growing.size >= limits.segment_bytes)

    def _close_segment(self) -> None:
        growing, self._segment = self._segment, None
        if growing is not None:
            self._on_closed(growing.close())
