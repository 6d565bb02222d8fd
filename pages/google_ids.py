"""Ids of articles in Google News: URL-safe base64 of a protobuf message.

Field 1 is the number 19, field 4 the publisher's URL (ids made before July 2024) or a sealed token that begins with
`AU_yqL`, field 26 the same for the AMP page. Both kinds of id begin with `CBMi`.
"""

import base64
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from news.google import publisher_url

_TOKEN = re.compile(r"(?![0-9]+$)[A-Za-z0-9_-]{8,8192}")
"""An id; those of digits only are numbers of another age."""
_PATH = re.compile(rf"/(?:(?:__i/)?rss/(?:rd/)?)?(?:articles|read)/({_TOKEN.pattern})/?")

_URL_FIELD = 4
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
"""Wire types of protobuf; 3 and 4 are groups, which these messages do not have."""
_VARINT_LIMIT = 10
"""Bytes of a 64-bit varint."""


def token_of(text: str) -> str | None:
    """The id in an article link of Google News, or in a `guid`, which is the id itself; None when there is none."""
    if _TOKEN.fullmatch(text):
        return text
    try:
        pieces = urlsplit(text)
        host = pieces.hostname
    except ValueError:
        return None
    found = _PATH.fullmatch(pieces.path)
    return found[1] if host == "news.google.com" and found else None


def offline_url(token: str) -> str | None:
    """The publisher's URL that an id of the old form holds; None for the sealed form and for what is no id."""
    if not _TOKEN.fullmatch(token):
        return None
    try:
        message = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        field = next((value for number, value in _fields(message) if number == _URL_FIELD), b"")
        text = field.decode()
    except ValueError:
        return None
    return publisher_url(text)


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and content of each field, empty for numbers. Raises ValueError when `message` is no protobuf message."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, wire = key >> 3, key & 7
        length = 0
        if wire == _VARINT:
            _, at = _varint(message, at)
        elif wire == _BYTES:
            length, at = _varint(message, at)
        elif wire in (_FIXED64, _FIXED32):
            at += 8 if wire == _FIXED64 else 4
        else:
            raise ValueError(f"no wire type {wire}")
        if at + length > len(message):
            raise ValueError("a field is longer than its message")
        yield number, message[at : at + length]
        at += length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """The number at `at`, seven bits a byte, lowest first, and the place after it. Raises ValueError when cut."""
    value = 0
    for shift, byte in enumerate(message[at : at + _VARINT_LIMIT]):
        value |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:  # noqa: PLR2004 - the bit that says: more follows
            return value, at + shift + 1
    raise ValueError("a number without an end")
