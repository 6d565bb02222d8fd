"""Article ids: URL-safe base64 without padding of a protobuf message with the fields 1, 4 and 26.

Field 1 is the number 19. Field 4 is the publisher's address (old form) or a token (new form). Field 26 is the AMP
address or empty (old form), or absent or a second token (new form).
"""

import base64
import binascii
from collections.abc import Iterator
from typing import NamedTuple

_KIND = 19
_KIND_FIELD, _FIRST_FIELD, _SECOND_FIELD = 1, 4, 26
_VARINT, _BYTES = 0, 2
_MAX_VARINT_BITS = 64


class ArticleId(NamedTuple):
    """What an id says: field 4, and field 26 or None where it is absent."""

    first: bytes
    second: bytes | None


def write_id(article: ArticleId) -> str:
    """The id as it stands in a path."""
    message = _varint(_KIND_FIELD << 3 | _VARINT) + _varint(_KIND) + _field(_FIRST_FIELD, article.first)
    if article.second is not None:
        message += _field(_SECOND_FIELD, article.second)
    return base64.urlsafe_b64encode(message).decode().rstrip("=")


def read_id(text: str) -> ArticleId:
    """What the id `text` says. Raises ValueError when it is no article id."""
    try:
        message = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"not base64: {error}") from error
    fields = dict(_fields(message))
    first, second = fields.get(_FIRST_FIELD), fields.get(_SECOND_FIELD)
    if fields.get(_KIND_FIELD) != _KIND or not isinstance(first, bytes) or isinstance(second, int):
        raise ValueError("not the fields of an article id")
    return ArticleId(first, second)


def _field(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    """Seven bits a byte, lowest first, the high bit set on all but the last: a length from 128 takes two bytes."""
    low = bytearray()
    while value >= 1 << 7:
        low.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*low, value])


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(message):
        tag, at = _read_varint(message, at)
        value, at = _read_varint(message, at)
        if tag & 7 == _VARINT:
            yield tag >> 3, value
        elif tag & 7 == _BYTES and at + value <= len(message):
            yield tag >> 3, message[at : at + value]
            at += value
        else:
            raise ValueError("a field that is cut or of another wire type")


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for bits in range(0, _MAX_VARINT_BITS, 7):
        if at >= len(message):
            break
        byte, at = message[at], at + 1
        value |= (byte & 0x7F) << bits
        if not byte & 0x80:
            return value, at
    raise ValueError("a number that is cut or too long")
