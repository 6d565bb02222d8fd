"""The body of a feed or sitemap in chunks, free of gzip: `sitemap.xml.gz` is mostly sent as a file as it lies there."""

import zlib
from collections.abc import Iterator
from itertools import chain

from pages.xml_limits import Cut

CHUNK = 64 * 2**10
"""Bytes that are in hand at a time."""

_GZIP = b"\x1f\x8b"
_MEMBERS = 1_000
"""Members of one layer. Tools that write many put 64 KiB into each; a million empty ones only cost time."""

_LAYERS = 2
"""A gzip file that a server compressed once more; a third layer is no format but an attack."""


def unpacked(body: bytes, limit: int) -> Iterator[bytes]:
    """`body` without up to two layers of gzip, in chunks, none of them empty.

    Raises Cut: "bytes" when there is more than `limit`, "syntax" when a layer is damaged or ends early.
    """
    chunks: Iterator[bytes] = (body[at : at + CHUNK] for at in range(0, len(body), CHUNK))
    for _ in range(_LAYERS):
        first = next(chunks, b"")
        chunks = _again(first, chunks)
        if not first.startswith(_GZIP):
            break
        chunks = whole_chunks(_members(chunks))
    room = limit
    for chunk in chunks:
        if len(chunk) > room:
            if room:
                yield chunk[:room]
            raise Cut("bytes")
        room -= len(chunk)
        yield chunk


def _again(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    return chain((first,), rest) if first else rest


def whole_chunks(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Pieces of any size joined to chunks of 64 KiB and more, but for the last. What came before a cut comes first."""
    waiting, size = list[bytes](), 0
    try:
        for piece in pieces:
            waiting.append(piece)
            size += len(piece)
            if size >= CHUNK:
                yield b"".join(waiting)
                waiting, size = [], 0
    except Cut:
        if waiting:
            yield b"".join(waiting)
        raise
    if waiting:
        yield b"".join(waiting)


def _members(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The content of every gzip member as it comes; padding or noise after the last is passed over."""
    member, packed, members = _gunzip(), b"", 1
    while packed := packed or next(chunks, b""):
        try:
            piece = member.decompress(packed, CHUNK)
        except zlib.error:
            raise Cut("syntax") from None
        if piece:
            yield piece
        packed = member.unconsumed_tail
        if member.eof:
            packed = member.unused_data
            if len(packed) < len(_GZIP):
                packed += next(chunks, b"")
            if not packed.startswith(_GZIP):
                return
            member, members = _gunzip(), members + 1
            if members > _MEMBERS:
                raise Cut("syntax")
    if rest := member.flush():
        yield rest
    if not member.eof:
        raise Cut("syntax")


def _gunzip() -> "zlib._Decompress":
    return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
