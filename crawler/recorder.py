"""Keeps one exchange with a server, byte for byte, while it happens."""

import ipaddress
from datetime import UTC, datetime
from enum import StrEnum

from crawler.framing import Body, Head, IdentityBody, body_of, end_of_head, read_head
from news.capture import Exchange, Truncation

HEAD_LIMIT = 256 * 1024
"""Bytes of header blocks, informational answers included. Servers and proxies themselves stop at 8 to 64 KiB."""
LINE_LIMIT = 16_384
"""Bytes of one line of a header block: Twisted takes no longer one, and breaks off without a word."""


class ExchangeError(StrEnum):
    """Why an exchange failed or was cut. The value is `captures.error`."""

    REFUSED_CONNECTION = "connection_refused"
    DNS = "dns"
    CONNECT = "connect"
    """No connection for another reason: no route, or no answer in time."""
    TLS = "tls"
    """The certificate did not verify, or the handshake failed."""
    PROXY = "proxy"
    """The proxy did not answer, or opened no tunnel."""
    ADDRESS = "address"
    """The name resolved to an address that is not public."""
    TIMEOUT = "timeout"
    DISCONNECTED = "disconnected"
    MALFORMED = "malformed"
    """The answer broke the rules of HTTP."""
    TOO_LARGE = "too_large"
    HEADERS_TOO_LONG = "headers_too_long"
    """The header block, or a line of it, does not end within its limits."""
    FAILED = "failed"


class Recorder:
    """The bytes of one request and its answer, as far as they came.

    `limit` is the most entity bytes that are kept (0 = no limit). Behind a proxy (`proxied`) the origin's address is
    unknown. A request that Twisted sends anew, because a kept-alive connection turned out to be closed, starts the
    record anew.
    """

    def __init__(self, method: str, limit: int, *, proxied: bool) -> None:
        self.method = method
        self.limit = limit
        self.proxied = proxied
        self.asked_at = datetime.now(UTC)
        self.request_block = b""
        self.peer: str | None = None
        self.closed = False
        """The exchange was taken: whatever still comes belongs to nobody."""
        self.torn = False
        """The connection was lost without being closed in order."""
        self._start()

    def _start(self) -> None:
        self.over_limit = False
        self._head: Head | None = None
        self._body: Body | None = None
        self._buffer = bytearray()
        self._line = b""
        self._head_bytes = 0
        self._pieces: list[bytes] = []
        self._size = 0

    def sent(self, request_block: bytes, peer: str | None) -> None:
        """The request goes out now, to `peer`."""
        self._start()
        self.asked_at, self.request_block = datetime.now(UTC), request_block
        self.peer = None if self.proxied else peer

    def feed(self, data: bytes) -> None:
        """`data` came from the server."""
        if self.closed:
            return
        while self._body is None and data and not self.over_limit:
            data = self._feed_head(data)
        if self._body is None or not (data or self._body.whole) or self.over_limit:
            return
        piece = self._body.feed(data)
        self._size += len(piece)
        if self.limit and self._size > self.limit:
            self.over_limit = True
            piece = piece[: len(piece) - (self._size - self.limit)]
            self._size = self.limit
        if piece:
            self._pieces.append(piece)

    def _feed_head(self, data: bytes) -> bytes:
        """Take the header block out of `data`; gives back what follows it. Informational answers are passed over."""
        searched, before = max(0, len(self._buffer) - 3), len(self._buffer)
        self._buffer += data
        end = end_of_head(self._buffer, searched)
        of_head = data if end < 0 else data[: end - before]
        lines = (self._line + of_head).split(b"\n")
        self._line = lines[-1]
        self.over_limit = self._head_bytes + before + len(of_head) > HEAD_LIMIT or max(map(len, lines)) > LINE_LIMIT
        if end < 0 or self.over_limit:
            return b""
        head, rest = read_head(bytes(self._buffer[:end])), bytes(self._buffer[end:])
        self._buffer.clear()
        self._line = b""
        self._head_bytes += end
        if head.status is None or head.status >= 200:  # noqa: PLR2004  1xx are informational (RFC 9110, 15.2)
            self._head, self._body = head, body_of(head, self.method)
        return rest

    @property
    def is_doomed(self) -> bool:
        """The answer says itself that it is longer than is kept: nobody will get to read it."""
        left = self._body.left if isinstance(self._body, IdentityBody) else None
        return bool(self.limit) and left is not None and self._size + left > self.limit

    @property
    def has_surplus(self) -> bool:
        """Bytes came after the end of the answer: the connection cannot be trusted with another request."""
        return self._body is not None and self._body.surplus

    @property
    def is_torn_open_end(self) -> bool:
        """A body that ends where the connection closes, on a connection that was not closed in order."""
        return self.torn and isinstance(self._body, IdentityBody) and self._body.left is None

    def close(self, url: str, error: ExchangeError | None, received: bytes | None = None) -> Exchange:
        """What was kept; the recorder lets go of it. `received` is the entity as Scrapy holds it, if it does, so that
        the bytes exist once.
        """
        if error in (ExchangeError.DISCONNECTED, ExchangeError.FAILED) and self._is_malformed:
            error = ExchangeError.MALFORMED
        if self.over_limit:
            error = ExchangeError.HEADERS_TOO_LONG if self._head is None else ExchangeError.TOO_LARGE
        head = self._head or read_head(bytes(self._buffer))
        same = received is not None and len(received) == self._size
        truncated = self._truncation(error)
        entity = received if same and received is not None else b"".join(self._pieces)
        self.closed, self._pieces, self._buffer = True, [], bytearray()
        return Exchange(
            url=url,
            fetched_at=self.asked_at,
            request_block=self.request_block,
            header_block=head.archived_block,
            entity=entity,
            status=head.status,
            content_type=head.text(b"content-type"),
            location=head.text(b"location"),
            truncated=truncated,
            error=error,
            ip_address=self.peer,
        )

    @property
    def _is_malformed(self) -> bool:
        if self._head is not None and self._body is not None:
            return self._body.malformed or self._head.status is None
        return bool(self._buffer) and b"\n" in self._buffer and read_head(bytes(self._buffer)).status is None

    def _truncation(self, error: ExchangeError | None) -> Truncation | None:
        if self.over_limit:
            return Truncation.LENGTH
        if self._head is None and not self._buffer:
            return None
        if error is None or (self._body is not None and self._body.whole):
            return None
        return Truncation.TIME if error is ExchangeError.TIMEOUT else Truncation.DISCONNECT


def address_of(host: object) -> str | None:
    """`host` as an address in its usual form; None when it is no address."""
    try:
        return str(ipaddress.ip_address(str(host)))
    except ValueError:
        return None
