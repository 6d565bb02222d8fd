"""Records of one WARC object, asked for in the order in which they lie: neighbours come in one request.

Where most records of an object are wanted this reads it whole, a few megabytes at a time; where few are, only these.
"""

from collections.abc import Iterator, Sequence

from news.capture import WarcPointer
from news.errors import ArchiveDamaged
from storage.objects import ObjectMissing, ObjectStore
from storage.rebuild_items import Span
from storage.warc import StoredRecord, read_record, verified

GAP_BYTES = 1 << 20
"""Unwanted bytes that are read rather than asked around. On SeaweedFS a range of 30 KiB takes 10 ms, one of 1 MiB 8,
one of 8 MiB 16 (measured); across a network a request takes 20 to 30 ms, in which some megabytes come.
"""
RUN_BYTES = 8 << 20
"""Held at once."""


class Records:
    """The records of `warc_key` that `spans` name, and what else is asked for."""

    def __init__(self, store: ObjectStore, warc_key: str, spans: Sequence[Span]) -> None:
        self._store = store
        self._key = warc_key
        self._runs = list(_runs(spans))
        self._held = (0, b"")
        self._gone: ObjectMissing | None = None

    def read(self, pointer: WarcPointer) -> StoredRecord:
        """The record at `pointer`, its digests checked. Raises ArchiveDamaged, StoreUnavailable."""
        where = f"{pointer.warc_key} at {pointer.warc_offset}"
        try:
            record = read_record(self._bytes(pointer))
        except (ArchiveDamaged, ObjectMissing, ValueError) as error:
            raise ArchiveDamaged(f"{where}: {error}") from error
        if verified(record).payload_digest != pointer.payload_digest:
            raise ArchiveDamaged(f"{where}: the record is not the one that the row points at")
        return record

    def _bytes(self, pointer: WarcPointer) -> bytes:
        offset, length = pointer.warc_offset, pointer.warc_length
        if pointer.warc_key == self._key:
            self._hold(offset, length)
            if self._gone:
                raise self._gone
            start, data = self._held
            if start <= offset and offset + length <= start + len(data):
                return data[offset - start : offset - start + length]
        return self._store.get_range(pointer.warc_key, offset, length)

    def _hold(self, offset: int, length: int) -> None:
        """Fetch the run in which the record lies, when it is the next one."""
        if self._runs and self._runs[0][0] <= offset and offset + length <= self._runs[0][1]:
            start, end = self._runs.pop(0)
            self._held = (0, b"")  # not two at once
            try:
                self._held = (start, self._store.get_range(self._key, start, end - start))
            except ObjectMissing as error:
                self._gone = error
            except ArchiveDamaged:
                return  # the object ends too early: each record is asked for by itself


def _runs(spans: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """Begin and end of stretches that are fetched in one request."""
    start = end = -1
    for span in sorted(spans, key=lambda s: s.offset):
        close = start >= 0 and span.offset - end <= GAP_BYTES and span.offset + span.length - start <= RUN_BYTES
        if start >= 0 and not close:
            yield start, end
        if not close:
            start, end = span.offset, span.offset
        end = max(end, span.offset + span.length)
    if start >= 0:
        yield start, end
