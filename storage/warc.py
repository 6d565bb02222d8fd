"""WARC 1.1 records of exchanges and notes: composed as bytes, one gzip member a record, and read back.

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
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from fastwarc.warc import ArchiveIterator, WarcRecord

from news.capture import CaptureKind, Exchange, Original
from news.errors import ArchiveDamaged
from storage.schema import Row

# A higher level buys 5 % of size for four times the CPU (measured on 500 pages); what arrives compressed is stored.
_GZIP_LEVEL = 1
_STORED = 0
_GZIP = 16
"""Added to zlib's window bits: a gzip member."""
_SMALL = 4096
_COMPRESSED_BODY = re.compile(rb"\r\ncontent-encoding: *(?:gzip|x-gzip|br|zstd|deflate)", re.IGNORECASE)
_SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_STATUS_LINE = re.compile(rb"HTTP/\d(?:\.\d)?\s+(\d{3})")
NOTE_TYPE = "application/json"


class Member(NamedTuple):
    """Compressed records of one exchange. The first, `head_length` bytes long, is the one that a pointer names."""

    data: bytes
    head_length: int
    payload_digest: str


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
        """The first header called `name`, in any case."""
        return next((v for n, v in self.http_headers() if n.lower() == name.lower()), None)

    @property
    def payload_digest(self) -> str:
        """Of the entity that the record holds or, in a revisit, stands for."""
        return self.fields.get("warc-payload-digest") or payload_digest(self.entity)

    @property
    def http_status(self) -> int | None:
        """Of the status line; None when no such line came."""
        match = _STATUS_LINE.match(self.header_block)
        return int(match[1]) if match else None


def payload_digest(entity: bytes) -> str:
    """`sha256:<hex>` of an entity as transferred."""
    return f"sha256:{hashlib.sha256(entity).hexdigest()}"


def compose_warcinfo(warc_key: str, software: str, description: str) -> bytes:
    """The first member of a file: what wrote it and what its records do not hold."""
    fields = {"WARC-Filename": warc_key.rsplit("/", 1)[-1], "Content-Type": "application/warc-fields"}
    body = f"software: {software}\r\nformat: WARC File Format 1.1\r\ndescription: {description}\r\n".encode()
    return _record("warcinfo", _new_id(), datetime.now(UTC), fields, body)


def compose_exchange(exchange: Exchange, original: Original | None, digest: str | None = None) -> Member:
    """The records of one exchange: a response, or a revisit of `original`, then the request.

    `original` must be committed and have the exchange's payload digest, or the exchange be a 304. `digest` is that
    payload digest, when the caller has it already.
    """
    digest = digest or payload_digest(exchange.entity)
    fields = _exchange_fields(exchange)
    if original is None:
        if _STATUS_LINE.match(exchange.header_block):
            # Readers disagree where the payload of an answer without a status line begins; its block digest holds.
            fields["WARC-Payload-Digest"] = digest
        kind, block = CaptureKind.RESPONSE, exchange.header_block + exchange.entity
    else:
        digest = original.pointer.payload_digest
        fields |= {
            "WARC-Profile": _NOT_MODIFIED if exchange.status == 304 else _SAME_PAYLOAD,  # noqa: PLR2004  Not Modified
            "WARC-Refers-To-Target-URI": original.url,
            "WARC-Refers-To-Date": _warc_date(original.fetched_at),
            "WARC-Payload-Digest": digest,
            "X-Archive-Entity-Length": str(len(exchange.entity)),
        }
        kind, block = CaptureKind.REVISIT, exchange.header_block
    fields["Content-Type"] = "application/http;msgtype=response"
    level = _STORED if _COMPRESSED_BODY.search(exchange.header_block) else _GZIP_LEVEL
    record_id = _new_id()
    head = _record(kind, record_id, exchange.fetched_at, fields, block, level=level)
    return Member(head + _compose_request(exchange, record_id), len(head), digest)


def compose_note(rows: Mapping[str, list[Row]], at: datetime) -> bytes:
    """A metadata record of `rows` by table."""
    block = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
    return _record("metadata", _new_id(), at, {"Content-Type": NOTE_TYPE}, block)


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
    if record.type == CaptureKind.RESPONSE and record.payload_digest != payload_digest(record.entity):
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


def _exchange_fields(exchange: Exchange) -> dict[str, str]:
    given = {
        "WARC-Target-URI": exchange.url,
        "WARC-IP-Address": exchange.ip_address,
        "WARC-Truncated": exchange.truncated,
        "X-Archive-Site": exchange.site,
        "X-Archive-Article-Id": exchange.article_id,
        "X-Archive-Part": exchange.part,
        "X-Archive-Error": exchange.error,
        "X-Archive-Links-Digest": exchange.links_digest,
    }
    return {name: str(value) for name, value in given.items() if value is not None}


def _compose_request(exchange: Exchange, response_id: str) -> bytes:
    if not exchange.request_block:
        return b""
    fields = {
        "WARC-Target-URI": exchange.url,
        "WARC-Concurrent-To": response_id,
        "Content-Type": "application/http;msgtype=request",
    }
    return _record("request", _new_id(), exchange.fetched_at, fields, exchange.request_block)


def _record(
    kind: str, record_id: str, at: datetime, fields: Mapping[str, str], block: bytes, *, level: int = _GZIP_LEVEL
) -> bytes:
    """One record as a gzip member of its own: warcio refuses a file with several in one."""
    head = {
        "WARC-Type": kind,
        "WARC-Date": _warc_date(at),
        "WARC-Record-ID": record_id,
        "Content-Length": str(len(block)),
        **fields,
        "WARC-Block-Digest": payload_digest(block),
    }
    lines = "\r\n".join(["WARC/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""])
    return _compress(b"%b%b\r\n\r\n" % (lines.encode(), block), level)


def _compress(plain: bytes, level: int) -> bytes:
    """A gzip member. zlib clears its whole window first: one of fitting size takes a tenth of the time (measured)."""
    if level == _STORED:
        deflate = zlib.compressobj(level, zlib.DEFLATED, _GZIP + 9, 1)
    elif len(plain) <= _SMALL:
        deflate = zlib.compressobj(level, zlib.DEFLATED, _GZIP + 12, 5)
    else:
        deflate = zlib.compressobj(level, zlib.DEFLATED, _GZIP + zlib.MAX_WBITS)
    return deflate.compress(plain) + deflate.flush()


def _new_id() -> str:
    return f"<urn:uuid:{uuid4()}>"


def _warc_date(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _stored(record: WarcRecord) -> StoredRecord:
    fields = {str(name).lower(): str(value) for name, value in record.headers.items()}
    block = record.reader.read()
    if "application/http" not in fields.get("content-type", ""):
        return StoredRecord(fields["warc-type"], fields, b"", block)
    end = _HEADER_END.search(block)
    split = end.end() if end else len(block)
    return StoredRecord(fields["warc-type"], fields, block[:split], block[split:])
