"""WARC 1.1 records as this project keeps them, read back. `storage.warc_writer` composes them.

A page that a browser made of an answer is a `conversion` record, which refers to the record of the answer.

A response record's block is the header block and the entity as `news.capture.Exchange` holds them. `X-Archive-*`
fields of the record say what the block does not: site, article id, part, why an exchange was cut, the digest of a
listing's links. Rows that are not captures (sightings, articles, events) go in as `metadata` records of JSON, so that
the file alone rebuilds them.
"""

import hashlib
import io
import json
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fastwarc.warc import ArchiveIterator, WarcRecord

from news.capture import CaptureKind
from news.errors import ArchiveDamaged
from storage.schema import Row

CONVERSION = "conversion"
"""WARC's own name for what is CaptureKind.RENDERED in the rows."""
_HEADER_END = re.compile(rb"\r?\n\r?\n")
STATUS_LINE = re.compile(rb"HTTP/\d(?:\.\d)?\s+(\d{3})")


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as read: its type, fields (names in lower case), and its block split at the end of the HTTP headers."""

    type: str
    fields: Mapping[str, str]
    header_block: bytes
    entity: bytes

    @property
    def fetched_at(self) -> datetime:
        """WARC-Date, aware, UTC."""
        return datetime.fromisoformat(self.fields["warc-date"])

    def http_headers(self) -> list[tuple[str, str]]:
        """The HTTP header lines in order, as text; a line without a colon is left out."""
        # Not splitlines: it breaks at other characters too, 0x85 among them, which UTF-8 has within letters.
        lines = self.header_block.decode("latin-1").split("\n")[1:]
        return [(name.strip(), value.strip()) for name, colon, value in (x.partition(":") for x in lines) if colon]

    def http_header(self, name: str) -> str | None:
        """The first header called `name`, in any case; of a rendered page, which has none, its Content-Type."""
        if self.type == CONVERSION and name.lower() == "content-type":
            return self.fields.get("content-type")
        return next((v for n, v in self.http_headers() if n.lower() == name.lower()), None)

    @property
    def content_encoding(self) -> str | None:
        """All Content-Encoding headers as one (RFC 9110, 5.3)."""
        return ", ".join(v for n, v in self.http_headers() if n.lower() == "content-encoding") or None

    @property
    def capture_kind(self) -> CaptureKind | None:
        """The kind of its row in `captures`; None of a record that has none there."""
        if self.type == CONVERSION:
            return CaptureKind.RENDERED
        return CaptureKind(self.type) if self.type in (CaptureKind.RESPONSE, CaptureKind.REVISIT) else None

    @property
    def payload_digest(self) -> str:
        """Of the entity that the record holds or, in a revisit, stands for."""
        return self.fields.get("warc-payload-digest") or payload_digest(self.entity)

    @property
    def http_status(self) -> int | None:
        """Of the status line; None when no such line came."""
        match = STATUS_LINE.match(self.header_block)
        return int(match[1]) if match else None


def payload_digest(entity: bytes) -> str:
    """`sha256:<hex>` of an entity as transferred."""
    return f"sha256:{hashlib.sha256(entity).hexdigest()}"


def read_note(record: StoredRecord) -> dict[str, list[Row]]:
    """The rows of a metadata record."""
    rows: dict[str, list[Row]] = json.loads(record.entity)
    return rows


def read_record(data: bytes) -> StoredRecord:
    """Read the record in `data`, one gzip member. Raises ArchiveDamaged when it is none or its digests fail."""
    plain = io.BytesIO(_inflated(data))
    with _damage():
        for record in ArchiveIterator(plain, parse_http=False):
            return verified(_stored(record))
    raise ArchiveDamaged("no WARC record at this pointer")


def iterate(path: Path) -> Iterator[tuple[int, int, StoredRecord]]:
    """Every record of a whole file with its offset and length in compressed bytes. Raises ArchiveDamaged."""
    size = path.stat().st_size
    with path.open("rb") as stream, _damage():
        last: tuple[int, StoredRecord] | None = None
        for record in ArchiveIterator(stream, parse_http=False):
            start = record.stream_pos
            if last is not None:
                yield last[0], start - last[0], last[1]
            last = start, _stored(record)
        if last is not None:
            # FastWARC does not miss the end of the last member.
            _inflated(os.pread(stream.fileno(), size - last[0], last[0]))
            yield last[0], size - last[0], last[1]


def verified(record: StoredRecord) -> StoredRecord:
    """`record` itself, once its block and payload digests are found to hold. Raises ArchiveDamaged."""
    block = record.fields.get("warc-block-digest")
    if block != payload_digest(record.header_block + record.entity):
        raise ArchiveDamaged(f"record {record.fields.get('warc-record-id')}: the block digest does not hold")
    if record.type in (CaptureKind.RESPONSE, CONVERSION) and record.payload_digest != payload_digest(record.entity):
        raise ArchiveDamaged(f"record {record.fields.get('warc-record-id')}: the payload digest does not hold")
    return record


def _inflated(member: bytes) -> bytes:
    """What is in one gzip member, whole and nothing after it. Raises ArchiveDamaged."""
    inflate = zlib.decompressobj(wbits=31)
    try:
        plain = inflate.decompress(member)
    except zlib.error as error:
        raise ArchiveDamaged(f"no gzip member: {error}") from error
    if not inflate.eof or inflate.unused_data:
        raise ArchiveDamaged("a gzip member that ends elsewhere")
    return plain


@contextmanager
def _damage() -> Iterator[None]:
    """FastWARC says OSError of what it cannot read; one of the disk has a number."""
    try:
        yield
    except OSError as error:
        if error.errno is not None:
            raise
        raise ArchiveDamaged(str(error)) from error


def _stored(record: WarcRecord) -> StoredRecord:
    fields = {str(name).lower(): str(value) for name, value in record.headers.items()}
    if "warc-type" not in fields:
        raise ArchiveDamaged("a WARC record of no type")
    block = record.reader.read()
    if "application/http" not in fields.get("content-type", ""):
        return StoredRecord(fields["warc-type"], fields, b"", block)
    end = _HEADER_END.search(block)
    split = end.end() if end else len(block)
    return StoredRecord(fields["warc-type"], fields, block[:split], block[split:])
