"""The body behind a Content-Encoding, as far as it can be had and no further than a limit."""

import gzip
import io
import sys
import zlib
from collections.abc import Callable
from typing import Protocol

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from news.errors import ArchiveDamaged

_STEP = 1 << 16


def decoded_body(entity: bytes, content_encoding: str | None, limit: int) -> bytes:
    """`entity` with its content-encodings undone, last applied first.

    Raises ArchiveDamaged when it is over `limit` bytes, or when an encoding is unknown or broken.
    """
    for name in reversed([part.strip().lower() for part in (content_encoding or "").split(",")]):
        if name in ("", "identity"):
            continue
        decode = _DECODERS.get(name)
        if decode is None:
            raise ArchiveDamaged(f"unknown Content-Encoding {name!r}")
        try:
            entity = decode(entity, limit)
        except (OSError, EOFError, zlib.error, brotli.error, zstd.ZstdError) as error:
            raise ArchiveDamaged(f"broken {name} body: {error}") from error
        if len(entity) > limit:
            raise ArchiveDamaged(f"{name} body of more than {limit} bytes")
    return entity


def _ungzip(entity: bytes, limit: int) -> bytes:
    return _read(gzip.GzipFile(fileobj=io.BytesIO(entity)), limit)


def _unzstd(entity: bytes, limit: int) -> bytes:
    return _read(zstd.ZstdFile(io.BytesIO(entity)), limit)


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _read(stream: _Readable, limit: int) -> bytes:
    return stream.read(limit + 1)


def _inflate(entity: bytes, limit: int) -> bytes:
    """RFC 9110 means zlib by deflate; some servers send the bare stream."""
    try:
        return _inflate_as(zlib.MAX_WBITS, entity, limit)
    except zlib.error:
        return _inflate_as(-zlib.MAX_WBITS, entity, limit)


def _inflate_as(wbits: int, entity: bytes, limit: int) -> bytes:
    decoder = zlib.decompressobj(wbits)
    found = decoder.decompress(entity, limit + 1)
    if not decoder.eof and len(found) <= limit:
        raise EOFError("it ends too soon")
    return found


def _unbrotli(entity: bytes, limit: int) -> bytes:
    decoder = brotli.Decompressor()
    found = bytearray()
    for start in range(0, len(entity), _STEP):
        found += decoder.process(entity[start : start + _STEP], output_buffer_limit=limit + 1)
        while not decoder.can_accept_more_data() and len(found) <= limit:
            found += decoder.process(b"", output_buffer_limit=limit + 1)
        if len(found) > limit:
            return bytes(found)
    if not decoder.is_finished():
        raise EOFError("it ends too soon")
    return bytes(found)


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _ungzip,
    "x-gzip": _ungzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
