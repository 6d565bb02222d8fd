"""Bytes of a page to text. The network writes UTF-8 whatever its headers say, so UTF-8 is tried before any label."""

import codecs
import re

_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.-]{2,40})", re.IGNORECASE)
_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w:.-]{2,40})", re.IGNORECASE)
_SNIFFED = 4096
"""Bytes in which a meta charset is looked for; browsers stop at 1,024, pages with long comments do not."""

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_PAGE_ENCODING = re.compile(
    r"iso-?8859|latin|windows-|cp125|(us-)?ascii|utf-?16|gb|big5|shift|euc|koi8|macintosh", re.IGNORECASE
)


def as_utf8(body: bytes, content_type: str | None) -> bytes:
    """`body` as UTF-8 for the parser: by byte order mark, else as UTF-8 if it is, else by header, meta, windows-1252.

    A page that is UTF-8 but for a few stray or cut bytes stays UTF-8; those bytes become U+FFFD in the tree.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            rest = body[len(mark) :]
            return rest if name == "utf-8" else rest.decode(name, "replace").encode()
    if is_utf8(body):
        return body
    return body.decode(_label(body, content_type) or "windows-1252", "replace").encode()


def is_utf8(body: bytes) -> bool:
    """Whether `body` is UTF-8, allowing fewer bad sequences than it has good ones beyond ASCII."""
    if body.isascii():
        return True
    try:
        body.decode()
    except UnicodeDecodeError:
        text = body.decode(errors="replace")
        bad = text.count("\ufffd")
        return sum(1 for c in text if c > "\x7f") > 2 * bad
    return True


def _label(body: bytes, content_type: str | None) -> str | None:
    """The declared encoding if it is one that pages are written in."""
    header = _HEADER.search(content_type or "")
    meta = _META.search(body, 0, _SNIFFED)
    for name in (header and header[1], meta and meta[1].decode("ascii", "replace")):
        if name and (known := codec_of(name)):
            return known
    return None


def codec_of(label: str) -> str | None:
    """Python's name of an encoding that pages are written in, else None; Latin-1 means windows-1252, as in browsers."""
    if not _PAGE_ENCODING.match(label):
        return None
    try:
        known = codecs.lookup(label).name
    except LookupError:
        return None
    return "windows-1252" if known in ("iso8859-1", "ascii") else known
