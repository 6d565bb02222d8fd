"""Where an HTTP/1 answer's header block and body begin and end. Pure: bytes in, bytes out.

The rules are those of RFC 9112, read as leniently as Twisted reads them: whatever Twisted takes for a whole
message is one here too, so that a page which reaches a spider is never recorded as cut.
"""

import re
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

CHUNK_LINE_LIMIT = 1024
TRAILERS_LIMIT = 1 << 16
"""Twisted's own limits, in bytes."""

NO_BODY = frozenset({204, 304})

_STATUS = re.compile(rb"[^ \r\n]+ (\d{3})(?: |$)")
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]+")
_TRANSFER_ENCODING = re.compile(rb"(?im)^(transfer-encoding)(?=:)")
_RENAMED = rb"X-Archive-Orig-\1"


class Head(NamedTuple):
    """A header block understood: status (None when the status line is none); fields in order, names in lower case."""

    block: bytes
    status: int | None
    fields: tuple[tuple[bytes, bytes], ...]

    def values(self, name: bytes) -> list[bytes]:
        """The values of the field `name` (lower case), in order."""
        return [value for field, value in self.fields if field == name]

    def text(self, name: bytes) -> str | None:
        """The first value of `name` as text: UTF-8 where it is that, else Latin-1."""
        for value in self.values(name):
            try:
                return value.decode("utf-8")
            except UnicodeDecodeError:
                return value.decode("latin-1")
        return None

    @property
    def is_chunked(self) -> bool:
        """Whether the body comes in chunks."""
        codings = self.values(b"transfer-encoding")
        return bool(codings) and codings[0].lower() == b"chunked"

    @property
    def archived_block(self) -> bytes:
        """The block as it is kept: exact, but Transfer-Encoding is renamed where its chunk framing was taken off."""
        if not self.is_chunked:
            return self.block
        return _TRANSFER_ENCODING.sub(_RENAMED, self.block)


def end_of_head(data: bytes | bytearray, start: int = 0) -> int:
    """The index after the empty line that ends the header block, looking from `start` on; -1 when it has not come."""
    ends = [at + len(mark) for mark in (b"\n\r\n", b"\n\n") if (at := data.find(mark, start)) >= 0]
    return min(ends, default=-1)


def read_head(block: bytes) -> Head:
    """Understand `block`, a whole header block or the part of one that came."""
    lines = [line.removesuffix(b"\r") for line in block.split(b"\n")]
    status = _STATUS.match(lines[0])
    unfolded: list[bytes] = []
    for line in lines[1:]:
        if line[:1] in (b" ", b"\t") and unfolded:
            unfolded[-1] += line
        elif line:
            unfolded.append(line)
    fields = (line.partition(b":") for line in unfolded if b":" in line)
    return Head(
        block, int(status[1]) if status else None, tuple((name.lower(), value.strip()) for name, _, value in fields)
    )


class Body(Protocol):
    """Takes the bytes after the header block and gives back the entity's."""

    whole: bool
    """The end of the message has come."""
    surplus: bool
    """Bytes came after the end of the message."""
    malformed: bool
    """The framing broke a rule; nothing after that point is understood."""

    def feed(self, data: bytes) -> bytes:
        """The bytes of the entity in `data`."""
        ...


class IdentityBody:
    """A body of `length` bytes; of None until the connection closes."""

    def __init__(self, length: int | None) -> None:
        self.left = length
        self.whole = length == 0
        self.surplus = self.malformed = False

    def feed(self, data: bytes) -> bytes:
        """See Body."""
        if self.left is None:
            return data
        if len(data) > self.left:
            self.surplus = True
            data = data[: self.left]
        self.left -= len(data)
        self.whole = self.left == 0
        return data


class UnreadableBody:
    """What follows a header block whose framing fields contradict each other: nothing of it is understood."""

    whole = surplus = False
    malformed = True

    def feed(self, data: bytes) -> bytes:
        """See Body. The bytes are kept as they come, since nobody can say where the entity ends."""
        return data


class ChunkedBody:
    """A body in chunks (RFC 9112, 7.1). Extensions and trailer fields are passed over."""

    def __init__(self) -> None:
        self.whole = self.surplus = self.malformed = False
        self._rest = b""
        self._left = 0
        self._read: Callable[[bytes, int, list[bytes]], int | None] = self._size_line
        self._trailers = 0

    def feed(self, data: bytes) -> bytes:
        """See Body."""
        if self.whole:
            self.surplus = self.surplus or bool(data)
            return b""
        data = self._rest + data if self._rest else data
        self._rest = b""
        pieces: list[bytes] = []
        at: int | None = 0
        while at is not None and at < len(data) and not (self.whole or self.malformed):
            start, at = at, self._read(data, at, pieces)
            if at is None:
                self._rest = data[start:]
        self.surplus = self.whole and at is not None and at < len(data)
        return b"".join(pieces)

    def _size_line(self, data: bytes, at: int, _: list[bytes]) -> int | None:
        line, after = _line(data, at)
        if line is None:
            self.malformed = len(data) - at > CHUNK_LINE_LIMIT
            return None
        size = line.partition(b";")[0]
        if len(line) >= CHUNK_LINE_LIMIT or not _CHUNK_SIZE.fullmatch(size):
            self.malformed = True
            return None
        self._left = int(size, 16)
        self._read = self._data if self._left else self._trailer_line
        return after

    def _data(self, data: bytes, at: int, pieces: list[bytes]) -> int | None:
        piece = data[at : at + self._left]
        pieces.append(piece)
        self._left -= len(piece)
        if not self._left:
            self._read = self._end_of_chunk
        return at + len(piece)

    def _end_of_chunk(self, data: bytes, at: int, _: list[bytes]) -> int | None:
        if len(data) - at < len(b"\r\n"):
            return None
        if not data.startswith(b"\r\n", at):
            self.malformed = True
            return None
        self._read = self._size_line
        return at + 2

    def _trailer_line(self, data: bytes, at: int, _: list[bytes]) -> int | None:
        line, after = _line(data, at)
        self._trailers += len(line) + 2 if line else 0
        self.malformed = self._trailers + (len(data) - at if line is None else 0) > TRAILERS_LIMIT
        self.whole = line == b""
        return None if line is None else after


def _line(data: bytes, at: int) -> tuple[bytes | None, int]:
    """The line at `at` without its CRLF and the index after it; None when its end has not come."""
    end = data.find(b"\r\n", at)
    return (None, at) if end < 0 else (data[at:end], end + 2)


def body_of(head: Head, method: str) -> Body:
    """How the body that follows `head`, the answer to a `method` request, is framed."""
    if method == "HEAD" or head.status in NO_BODY:
        return IdentityBody(0)
    if head.is_chunked:
        return ChunkedBody()
    if head.values(b"transfer-encoding"):
        return UnreadableBody()
    lengths = {length.strip() for value in head.values(b"content-length") for length in value.split(b",")}
    if not lengths:
        return IdentityBody(None)
    numbers = {int(length) if length.isdigit() else -1 for length in lengths}
    if len(numbers) > 1 or -1 in numbers:
        return UnreadableBody()
    return IdentityBody(numbers.pop())
