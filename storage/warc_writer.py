"""WARC 1.1 records composed as bytes, one gzip member each; `storage.warc` says what is in them and reads them."""

import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import uuid4

from news.capture import CaptureKind, Exchange, Original, Rendering
from storage.schema import Row
from storage.warc import CONVERSION, STATUS_LINE, payload_digest

# A higher level buys 5 % of size for four times the CPU (measured on 500 pages); what arrives compressed is stored.
_GZIP_LEVEL = 1
_STORED = 0
_GZIP = 16
"""Added to zlib's window bits: a gzip member."""
_SMALL = 4096
_LONG = 1 << 20
"""Bytes from which a block is not put together in memory: a page at the limit of bodies has 32 MiB."""
_COMPRESSED_BODY = re.compile(rb"\r\ncontent-encoding: *(?:gzip|x-gzip|br|zstd|deflate)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
NOTE_TYPE = "application/json"
RENDERED_TYPE = "text/html; charset=utf-8"


class Member(NamedTuple):
    """Compressed records of one exchange. The first, `head_length` bytes long, is the one that a pointer names."""

    data: bytes
    head_length: int
    payload_digest: str


def compose_warcinfo(warc_key: str, software: str, description: str) -> bytes:
    """The first member of a file: what wrote it and what its records do not hold."""
    fields = {"WARC-Filename": warc_key.rsplit("/", 1)[-1], "Content-Type": "application/warc-fields"}
    body = f"software: {software}\r\nformat: WARC File Format 1.1\r\ndescription: {description}\r\n".encode()
    return _record("warcinfo", new_record_id(), datetime.now(UTC), fields, body)


def compose_exchange(exchange: Exchange, original: Original | None, digest: str | None = None) -> Member:
    """The records of one exchange: a response, or a revisit of `original`, then the request.

    `original` must be committed and have the exchange's payload digest, or the exchange be a 304. `digest` is that
    payload digest, when the caller has it already.
    """
    digest = digest or payload_digest(exchange.entity)
    fields = _exchange_fields(exchange)
    if original is None:
        if STATUS_LINE.match(exchange.header_block):
            # Readers disagree where the payload of an answer without a status line begins; its block digest holds.
            fields["WARC-Payload-Digest"] = digest
        kind, entity = CaptureKind.RESPONSE, exchange.entity
    else:
        digest = original.pointer.payload_digest
        fields |= {
            "WARC-Profile": _NOT_MODIFIED if exchange.status == 304 else _SAME_PAYLOAD,  # noqa: PLR2004  Not Modified
            "WARC-Refers-To-Target-URI": original.url,
            "WARC-Refers-To-Date": _warc_date(original.fetched_at),
            "WARC-Payload-Digest": digest,
            "X-Archive-Entity-Length": str(len(exchange.entity)),
        }
        kind, entity = CaptureKind.REVISIT, b""
    fields["Content-Type"] = "application/http;msgtype=response"
    level = _STORED if _COMPRESSED_BODY.search(exchange.header_block) else _GZIP_LEVEL
    record_id = exchange.record_id or new_record_id()
    head = _record(kind, record_id, exchange.fetched_at, fields, exchange.header_block, entity, level=level)
    return Member(head + _compose_request(exchange, record_id), len(head), digest)


def compose_rendering(rendering: Rendering) -> Member:
    """The conversion record of a page that a browser made of an exchange, which must have its `record_id`.

    It refers to the exchange's record and has its date: that is when the page was captured.
    """
    exchange = rendering.exchange
    assert exchange.record_id is not None
    digest = payload_digest(rendering.body)
    fields = _exchange_fields(exchange) | {
        "WARC-Refers-To": exchange.record_id,
        "WARC-Payload-Digest": digest,
        "X-Archive-Renderer": rendering.renderer,
        "Content-Type": RENDERED_TYPE,
    }
    fields.pop("WARC-IP-Address", None)  # no server sent it
    data = _record(CONVERSION, new_record_id(), exchange.fetched_at, fields, rendering.body)
    return Member(data, len(data), digest)


def compose_note(rows: Mapping[str, list[Row]], at: datetime) -> bytes:
    """A metadata record of `rows` by table."""
    block = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
    return _record("metadata", new_record_id(), at, {"Content-Type": NOTE_TYPE}, block)


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
    return _record("request", new_record_id(), exchange.fetched_at, fields, exchange.request_block)


def _record(
    kind: str, record_id: str, at: datetime, fields: Mapping[str, str], *block: bytes, level: int = _GZIP_LEVEL
) -> bytes:
    """One record as a gzip member of its own: warcio refuses a file with several in one. `block` comes in pieces."""
    length = sum(map(len, block))
    if length < _LONG:
        block = (b"".join(block),)
    digest = hashlib.sha256()
    for piece in block:
        digest.update(piece)
    head = {
        "WARC-Type": kind,
        "WARC-Date": _warc_date(at),
        "WARC-Record-ID": record_id,
        "Content-Length": str(length),
        **fields,
        "WARC-Block-Digest": f"sha256:{digest.hexdigest()}",
    }
    lines = "\r\n".join(["WARC/1.1", *(f"{name}: {_on_one_line(value)}" for name, value in head.items()), "", ""])
    if length < _LONG:
        return _compress((b"%b%b\r\n\r\n" % (lines.encode(), *block),), level)
    return _compress((lines.encode(), *block, b"\r\n\r\n"), level)


def _on_one_line(value: str) -> str:
    """`value` with control characters as URLs write them: none may end a field."""
    return value if value.isprintable() else _CONTROL.sub(lambda found: f"%{ord(found[0]):02X}", value)


def _compress(plain: tuple[bytes, ...], level: int) -> bytes:
    """A gzip member. zlib clears its whole window first: one of fitting size takes a seventh of the time (measured)."""
    if level == _STORED:
        deflate = zlib.compressobj(level, zlib.DEFLATED, _GZIP + 9, 1)
    elif sum(map(len, plain)) <= _SMALL:
        deflate = zlib.compressobj(level, zlib.DEFLATED, _GZIP + 12, 5)
    else:
        deflate = zlib.compressobj(level, zlib.DEFLATED, _GZIP + zlib.MAX_WBITS)
    return b"".join([*map(deflate.compress, plain), deflate.flush()])


def new_record_id() -> str:
    """A WARC-Record-ID that no other record has."""
    return f"<urn:uuid:{uuid4()}>"


def _warc_date(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
