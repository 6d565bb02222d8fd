"""Bytes of a feed, in chunks of any encoding, to the UTF-8 that an XML parser takes.

As for pages, UTF-8 is tried before any label. Here it is decided on the first chunk that is not ASCII.
"""

import codecs
import re
import sys
from collections.abc import Iterator
from html import escape
from html.entities import html5
from itertools import chain

from pages.charset import codec_of, is_utf8

_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']\s*([\w:.-]{2,40})", re.IGNORECASE)
_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w:.-]{2,40})", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_BARE = re.compile(rb"(?:\s\x00)*+(<\x00[^\x00]\x00)|(?:\x00\s)*+\x00<\x00[^\x00]")
"""UTF-16 without a mark, by its first `<`; little-endian when the group takes part."""

_NOT_XML = bytes(c for c in range(32) if c not in b"\t\n\r")
"""Control characters that XML 1.0 has no place for, NUL among them."""

_NONCHARACTERS = re.compile("[\ufffe\uffff]")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(
    rb"&(?!(?:amp|lt|gt|quot|apos);)(?:#([0-9]{1,7}|[xX][0-9a-fA-F]{1,6});|([A-Za-z][A-Za-z0-9]{1,30};))?"
)
_LONGEST_REFERENCE = 34
_LONGEST_SEQUENCE = 4
"""Bytes of a character in UTF-8."""


def as_utf8_stream(chunks: Iterator[bytes], content_type: str | None) -> Iterator[bytes]:
    """`chunks` as UTF-8 without byte order mark, control characters and noncharacters; bad bytes become U+FFFD."""
    first = next(chunks, b"")
    chunks = chain((first,), chunks)
    decoder = _marked(first)
    for chunk in chunks:
        text = chunk
        if decoder is None and not chunk.isascii():
            if not chunk[1 - _LONGEST_SEQUENCE :].isascii():  # a character may go on in the next chunk
                text += next(chunks, b"")
            decoder = _decoder("utf-8" if is_utf8(text) else _label(first, content_type) or "windows-1252")
        plain = text if decoder is None else _encoded(decoder.decode(text))
        yield plain.translate(None, _NOT_XML)
    if decoder is not None:
        yield _encoded(decoder.decode(b"", final=True))


def _marked(first: bytes) -> codecs.IncrementalDecoder | None:
    for mark, name in _MARKS:
        if first.startswith(mark):
            return _decoder(name)
    if bare := _BARE.match(first):
        return _decoder("utf-16-le" if bare[1] else "utf-16-be")
    return None


def _decoder(name: str) -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder(name)("replace")


def _label(first: bytes, content_type: str | None) -> str | None:
    """The declared encoding, unless it is one that would have shown in the first bytes."""
    header, declared = _HEADER.search(content_type or ""), _DECLARED.search(first)
    for name in (header and header[1], declared and declared[1].decode("ascii", "replace")):
        if name and (known := codec_of(name)) and not known.startswith("utf-16"):
            return known
    return None


def _encoded(text: str) -> bytes:
    return _NONCHARACTERS.sub("", text.replace("\ufeff", "")).encode()


def with_known_references(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """UTF-8 chunks of XML in which `&` begins nothing but character references and the five entities of XML.

    HTML's named entities become their characters; any other `&` stands for itself.
    """
    held = b""
    for chunk in chunks:
        text = held + chunk if held else chunk
        start = text.rfind(b"&", max(0, len(text) - _LONGEST_REFERENCE))
        held = text[start:] if start >= 0 and b";" not in text[start:] else b""
        yield _REFERENCE.sub(_known, text[: len(text) - len(held)])
    yield _REFERENCE.sub(_known, held)


def _known(found: re.Match[bytes]) -> bytes:
    if number := found[1]:
        character = _numbered(number)
    elif name := found[2]:
        character = html5.get(name.decode(), "")
        if not character:
            return b"&amp;" + name
    else:
        return b"&amp;"
    return escape(character, quote=False).encode()


def _numbered(number: bytes) -> str:
    """The character of a reference; none where XML 1.0 has none."""
    code = int(number[1:], 16) if number[:1] in b"xX" else int(number)
    character = chr(code) if code <= sys.maxunicode else ""
    return "" if _FORBIDDEN.match(character) else character
