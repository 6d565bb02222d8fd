"""Reading one HTTP/1.1 request from a connection."""

import asyncio
from typing import NamedTuple
from urllib.parse import urlsplit

import h11

_MAX_BODY = 1 << 20


class BadRequest(Exception):
    """The client sent something that is no request; the message says what."""


class Request(NamedTuple):
    """A request as it came: header names in their own case; `target` is path and query."""

    method: str
    scheme: str
    host: str
    target: str
    headers: tuple[tuple[str, str], ...]
    http_version: str = "1.1"
    body: bytes = b""

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """What follows the question mark."""
        return self.target.partition("?")[2]

    @property
    def wants_close(self) -> bool:
        """Whether the client will not use the connection again."""
        said = (self.header("connection") or self.header("proxy-connection") or "").lower()
        return "close" in said or (self.http_version == "1.0" and "keep-alive" not in said)

    @property
    def accepts_gzip(self) -> bool:
        """Whether a gzip-coded entity is welcome."""
        codings = (self.header("accept-encoding") or "").replace(" ", "").lower().split(",")
        return any(c.partition(";")[0] == "gzip" and not c.endswith(";q=0") for c in codings)

    def header(self, name: str) -> str | None:
        """The first header called `name` (lower case)."""
        return next((value for key, value in self.headers if key.lower() == name), None)


async def read_request(reader: asyncio.StreamReader, tunnel: str | None = None) -> Request | None:
    """The next request of the connection, None at its end.

    `tunnel` is the host of the TLS tunnel that the request comes through. Raises BadRequest.
    """
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError as error:
        raise BadRequest("request head too long") from error
    parser = h11.Connection(h11.SERVER)
    try:
        parser.receive_data(head)
        event = parser.next_event()
    except h11.RemoteProtocolError as error:
        raise BadRequest(str(error)) from error
    if not isinstance(event, h11.Request):
        raise BadRequest("no request line")
    headers = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in event.headers.raw_items())
    request = _addressed(event.method.decode(), event.target.decode("latin-1"), headers, tunnel)
    body = await _body(reader, request)
    return request._replace(http_version=event.http_version.decode(), body=body)


def _addressed(method: str, target: str, headers: tuple[tuple[str, str], ...], tunnel: str | None) -> Request:
    if method == "CONNECT":
        host, _, port = target.rpartition(":")
        return Request(method, "https", host.lower(), port, headers)
    if tunnel is not None:
        return Request(method, "https", tunnel, target, headers)
    pieces = urlsplit(target)
    path = (pieces.path or "/") + (f"?{pieces.query}" if pieces.query else "")
    return Request(method, pieces.scheme, (pieces.hostname or "").lower(), path, headers)


async def _body(reader: asyncio.StreamReader, request: Request) -> bytes:
    if request.header("transfer-encoding"):
        raise BadRequest("a chunked request body is not understood here")
    length = request.header("content-length") or "0"
    if not length.isdigit() or int(length) > _MAX_BODY:
        raise BadRequest("request body too long")
    try:
        return await reader.readexactly(int(length))
    except asyncio.IncompleteReadError as error:
        raise BadRequest("request body cut short") from error
