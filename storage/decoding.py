"""The body behind a Content-Encoding, as far as it can be had and no further than a limit.

What crawls, rereads or shows a page undoes its codings here, so that all of them see the same body.
"""

import sys
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol, TypeVar

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from news.errors import BodyUndecodable

_STEP = 1 << 16
"""Bytes, coded and decoded, that are in hand at a time."""
_CODINGS = 3
"""Applied to one body; a server applies one, and a proxy now and then another. A header has room for thousands."""
_MEMBERS = 1_000
"""Of one body. Tools that write many put 64 KiB into each; a million empty ones only cost time."""
_GZIP = b"\x1f\x8b"
_DEFLATE = 8
_ZSTD = b"\x28\xb5\x2f\xfd"
_ZSTD_WINDOW_LOG = 23
"""8 MB: a sender must not ask for more (RFC 9659, 3)."""


class Decoded(NamedTuple):
    """A decoded body, and whether its coded bytes were all there."""

    data: bytes
    is_whole: bool


def decoded_body(entity: bytes, content_encoding: str | None, limit: int) -> bytes:
    """`entity` with its content-encodings undone, last applied first. Raises BodyUndecodable.

    Names that are no known coding (`utf-8`, `none`, `aws-chunked`) say nothing of the bytes and are passed over.
    """
    body = decoded_part(entity, content_encoding, limit)
    if not body.is_whole:
        raise BodyUndecodable("undecodable", f"the {content_encoding} body ends too soon")
    return body.data


def decoded_part(entity: bytes, content_encoding: str | None, limit: int) -> Decoded:
    """As `decoded_body`, but a body whose coded bytes end too soon is given as far as it goes."""
    names = [part.strip().lower() for part in (content_encoding or "").split(",")]
    known = [name for name in names if name in _DECODERS]
    if len(known) > _CODINGS:
        raise BodyUndecodable("bomb", f"{len(known)} content-encodings; {_CODINGS} are undone")
    body = Decoded(entity, is_whole=True)
    for name in reversed(known):
        try:
            layer = _gathered(_DECODERS[name](body.data), limit) if body.data else body
        except (zlib.error, brotli.error, zstd.ZstdError) as error:
            raise BodyUndecodable("undecodable", f"broken {name} body: {error}") from error
        body = Decoded(layer.data, layer.is_whole and body.is_whole)
    return body


def _gathered(pieces: Iterator[bytes], limit: int) -> Decoded:
    found, size, is_whole = list[bytes](), 0, True
    try:
        for piece in pieces:
            size += len(piece)
            if size > limit:
                raise BodyUndecodable("bomb", f"a body of more than {limit} bytes")
            found.append(piece)
    except EOFError:
        is_whole = False
    return Decoded(b"".join(found), is_whole)


class _Decoder(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...


D = TypeVar("D", bound=_Decoder)


def _members(
    entity: bytes, beginning: bytes | None, decoder: Callable[[], D], outputs: Callable[[D, bytes], Iterator[bytes]]
) -> Iterator[bytes]:
    """The members one after the other, each with this `beginning`, or the only one when there is none.

    Padding or noise behind the last is passed over, as browsers do.
    """
    at = 0
    for _ in range(_MEMBERS):
        member = decoder()
        while not member.eof:
            if at == len(entity):
                raise EOFError
            data = entity[at : at + _STEP]
            yield from outputs(member, data)
            at += len(data) - len(member.unused_data)
        if beginning is None or not entity.startswith(beginning, at):
            return
    raise BodyUndecodable("bomb", f"more than {_MEMBERS} members")


def _ungzip(entity: bytes) -> Iterator[bytes]:
    return _members(entity, _GZIP, lambda: zlib.decompressobj(zlib.MAX_WBITS | 16), _zlib_outputs)


def _inflate(entity: bytes) -> Iterator[bytes]:
    """RFC 9110 means zlib by deflate; some servers send the bare stream, which never begins like the former."""
    header = int.from_bytes(entity[:2])
    is_zlib = header >> 8 & 0x0F == _DEFLATE and header % 31 == 0  # RFC 1950, 2.2
    wbits = zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS
    return _members(entity, None, lambda: zlib.decompressobj(wbits), _zlib_outputs)


def _zlib_outputs(decoder: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
    while True:
        piece = decoder.decompress(data, _STEP)
        yield piece
        data = decoder.unconsumed_tail
        if decoder.eof or (not data and len(piece) < _STEP):
            return


def _unzstd(entity: bytes) -> Iterator[bytes]:
    options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG}
    return _members(entity, _ZSTD, lambda: zstd.ZstdDecompressor(options=options), _zstd_outputs)


def _zstd_outputs(decoder: zstd.ZstdDecompressor, data: bytes) -> Iterator[bytes]:
    yield decoder.decompress(data, _STEP)
    while not decoder.eof and not decoder.needs_input:
        yield decoder.decompress(b"", _STEP)


def _unbrotli(entity: bytes) -> Iterator[bytes]:
    decoder = brotli.Decompressor()
    for start in range(0, len(entity), _STEP):
        yield decoder.process(entity[start : start + _STEP], output_buffer_limit=_STEP)
        while not decoder.can_accept_more_data():
            yield decoder.process(b"", output_buffer_limit=_STEP)
    if not decoder.is_finished():
        raise EOFError


_DECODERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _ungzip,
    "x-gzip": _ungzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
