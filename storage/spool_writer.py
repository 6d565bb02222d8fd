"""Appending to a spool: durable before it is acknowledged.

Appends that arrive while the disk is busy share the next fdatasync.
"""

import os
import queue
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

from news.capture import Exchange, Original, WarcPointer
from storage import segment
from storage.schema import Row
from storage.spool import Spool, SpoolFull
from storage.warc_writer import Member, compose_exchange, compose_note, compose_warcinfo


@dataclass(frozen=True, slots=True)
class SpoolLimits:
    """When a segment closes, and how much may lie undelivered. Bytes and seconds."""

    segment_bytes: int
    segment_age_s: float
    max_bytes: int


@dataclass(slots=True)
class _Append:
    """What waits to be written: the records of an exchange, or rows."""

    what: Member | Mapping[str, list[Row]]
    done: "Future[WarcPointer | None]"


class SpoolWriter:
    """Appends records to a spool's growing segment from any thread; one thread writes and syncs.

    `on_closed` is called in that thread with each segment that closed.
    """

    def __init__(
        self, spool: Spool, limits: SpoolLimits, software: str, description: str, on_closed: Callable[[Path], None]
    ) -> None:
        self.spool = spool
        self._limits = limits
        self._warcinfo = (software, description)
        self._on_closed = on_closed
        self._queue: queue.SimpleQueue[_Append | None] = queue.SimpleQueue()
        self._number = 0
        self._file: FileIO | None = None
        self._size = 0
        self._opened_at = 0.0
        self._lost_a_note: SpoolFull | None = None
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
        self._thread.start()

    def append(
        self, exchange: Exchange, original: Original | None = None, digest: str | None = None
    ) -> "Future[WarcPointer | None]":
        """Keep an exchange. Resolves to its pointer once durable, None when nothing had come; fails with SpoolFull."""
        if not exchange.header_block:
            return self.note({"captures": [empty_capture_row(exchange, self.spool.meta.run_id)]})
        return self._put(compose_exchange(exchange, original, digest))

    def note(self, rows: Mapping[str, list[Row]]) -> "Future[WarcPointer | None]":
        """Keep rows that are not records themselves. Resolves to None once durable; fails with SpoolFull."""
        return self._put(rows)

    def close(self) -> None:
        """Write what is queued, close the segment, stop. Safe to call twice."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def _put(self, what: Member | Mapping[str, list[Row]]) -> "Future[WarcPointer | None]":
        append = _Append(what, Future())
        self._queue.put(append)
        return append.done

    def _run(self) -> None:
        stopping = False
        while not stopping:
            batch = self._next_batch()
            stopping = batch[-1] is None
            self._commit([a for a in batch if a is not None])
            if stopping or self._segment_is_due():
                self._close_segment()

    def _next_batch(self) -> "list[_Append | None]":
        batch: list[_Append | None] = [self._queue.get()]
        while batch[-1] is not None:
            try:
                batch.append(self._queue.get_nowait())
            except queue.Empty:
                break
        return batch

    def _commit(self, batch: list[_Append]) -> None:
        if self._lost_a_note is not None:
            batch = _without(batch, _is_note, self._lost_a_note)
        if not batch:
            return
        try:
            pointers = self._write(batch)
        except (OSError, SpoolFull) as error:
            self._roll_back()
            full = error if isinstance(error, SpoolFull) else SpoolFull(f"{self.spool.folder}: {error.strerror}")
            if any(_is_note(append) for append in batch):
                self._lost_a_note = full
            self._commit_run_rows(_without(batch, lambda append: not _is_run_row(append), full), full)
            return
        for append, pointer in zip(batch, pointers, strict=True):
            append.done.set_result(pointer)

    def _commit_run_rows(self, batch: list[_Append], full: SpoolFull) -> None:
        """The row of a run that ends for want of room has room, unless the disk has none."""
        try:
            if batch:
                self._write(batch)
        except OSError:
            self._roll_back()
            _without(batch, _is_run_row, full)
        else:
            for append in batch:
                append.done.set_result(None)

    def _check_budget(self, more: int) -> None:
        if self.spool.bytes_held + more > self._limits.max_bytes:
            raise SpoolFull(f"{self.spool.folder}: [spool] max_bytes = {self._limits.max_bytes} is reached")

    def _open_segment(self) -> FileIO:
        self._number += 1
        path = self.spool.folder / f"{self._number:06d}{segment.OPEN_SUFFIX}"
        self._file = path.open("xb", buffering=0)
        self._size = 0
        self._opened_at = time.monotonic()
        self._write_all(self._file, compose_warcinfo(self.spool.meta.warc_key(self._number), *self._warcinfo))
        segment.sync_folder(self.spool.folder)
        return self._file

    def _write(self, batch: list[_Append]) -> list[WarcPointer | None]:
        """Write and sync a batch: the exchanges in order, then all its rows as one record."""
        members = [a.what for a in batch if isinstance(a.what, Member)]
        notes = [a.what for a in batch if not isinstance(a.what, Member)]
        data = b"".join(member.data for member in members)
        if notes:
            data += compose_note(_together(notes), datetime.now(UTC))
        if not all(_is_run_row(append) for append in batch):
            self._check_budget(len(data))
        file = self._file or self._open_segment()
        key, start = self.spool.meta.warc_key(self._number), self._size
        self._write_all(file, data)
        pointers: list[WarcPointer | None] = []
        for append in batch:
            if isinstance(append.what, Member):
                pointers.append(WarcPointer(key, start, append.what.head_length, append.what.payload_digest))
                start += len(append.what.data)
            else:
                pointers.append(None)
        return pointers

    def _write_all(self, file: FileIO, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[file.write(view) :]
        os.fdatasync(file.fileno())
        self._size += len(data)

    def _roll_back(self) -> None:
        """Cut a half-written batch off again, so that the offsets of later appends stay true."""
        if self._file is not None:
            os.ftruncate(self._file.fileno(), self._size)
            self._file.seek(self._size)

    def _segment_is_due(self) -> bool:
        old = time.monotonic() - self._opened_at >= self._limits.segment_age_s
        return self._file is not None and (old or self._size >= self._limits.segment_bytes)

    def _close_segment(self) -> None:
        if self._file is None:
            return
        path = Path(os.fsdecode(self._file.name))
        os.fsync(self._file.fileno())
        self._file.close()
        self._file = None
        self._on_closed(segment.close(path))


def _is_run_row(append: _Append) -> bool:
    return not isinstance(append.what, Member) and "runs" in append.what


def _is_note(append: _Append) -> bool:
    """Whether it is of the notes that stand in order: none of them may be kept without those before it."""
    return not isinstance(append.what, Member) and not _is_run_row(append)


def _without(batch: list[_Append], refused: Callable[[_Append], bool], error: SpoolFull) -> list[_Append]:
    """Those of `batch` that are not `refused`, which fail with `error`."""
    for append in batch:
        if refused(append):
            append.done.set_exception(error)
    return [append for append in batch if not refused(append)]


def _together(notes: list[Mapping[str, list[Row]]]) -> Mapping[str, list[Row]]:
    if len(notes) == 1:
        return notes[0]
    rows: dict[str, list[Row]] = {}
    for note in notes:
        for table, some in note.items():
            rows.setdefault(table, []).extend(some)
    return rows


def empty_capture_row(exchange: Exchange, run_id: str) -> Row:
    """The captures row of an exchange in which nothing came: it has no record, so the row itself is noted."""
    return {
        "url": exchange.url,
        "site": exchange.site,
        "article_id": exchange.article_id,
        "part": exchange.part,
        "fetched_at": exchange.fetched_at.isoformat(),
        "bytes": 0,
        "kind": "response",
        "error": exchange.error,
        "run_id": run_id,
    }
