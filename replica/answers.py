"""A page -> the exact bytes of its HTTP/1.1 answer, with the headers, order and case of the server it comes from."""

import gzip
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus

from replica.page import Page, PageKind
from replica.world import Profile, Wire

_CHUNK = 8192
_GZIP_LEVEL = 6
_POWERED_BY = {Wire.NGINX: "PHP/7.4.33", Wire.LITESPEED: "PHP/8.1.27", Wire.APACHE: "PHP/7.3.33"}
_SERVER = {Wire.NGINX: "nginx", Wire.LITESPEED: "LiteSpeed", Wire.APACHE: "Apache/2.4.52 (Ubuntu)"}
_STATIC = (PageKind.ROBOTS, PageKind.IMAGE, PageKind.SCRIPT)
_PACKED_TYPES = ("image/png", "application/gzip")
_CACHING = (
    ("Expires", "Thu, 19 Nov 1981 08:52:00 GMT"),
    ("Cache-Control", "no-store, no-cache, must-revalidate"),
    ("Pragma", "no-cache"),
)
Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, ready to send.

    `head` ends with the blank line; `entity` is the body in its content coding; `body` is how the entity goes over the
    wire (chunk framing included).
    """

    kind: str
    status: int
    head: bytes
    entity: bytes
    body: bytes
    etag: str | None = None
    modified: datetime | None = None

    @property
    def wire(self) -> bytes:
        """Everything that is sent."""
        return self.head + self.body


def compose(profile: Profile, page: Page, target: str, now: datetime, *, accept_gzip: bool, close: bool) -> Answer:
    """The answer of a site's server for `page` at `target` (path and query)."""
    if page.location is not None:
        return redirect(page.status, page.location, now)
    packed = accept_gzip and page.content_type not in _PACKED_TYPES and len(page.body) > 200  # noqa: PLR2004 - as servers do
    entity = gzip.compress(page.body, _GZIP_LEVEL, mtime=0) if packed else page.body
    chunked = page.kind is PageKind.LISTING or (page.kind is PageKind.ARTICLE and profile.chunked_articles)
    headers = _headers(profile, page, target)
    etag = modified = None
    if page.etag or page.kind in _STATIC or (profile.validators and page.status == HTTPStatus.OK):
        etag = page.etag or f'"{hashlib.md5(page.body, usedforsecurity=False).hexdigest()[:16]}"'
        modified = page.modified
        headers.append(("ETag", etag))
        if modified:
            headers.append(("Last-Modified", http_date(modified)))
    if packed:
        headers.append(("Content-Encoding", "gzip"))
    return frame(
        page.kind.value,
        page.status,
        _ordered(profile.wire, headers, now, close=close),
        entity,
        chunked=chunked,
        etag=etag,
        modified=modified,
    )


def frame(
    kind: str,
    status: int,
    headers: Headers,
    entity: bytes,
    *,
    chunked: bool = False,
    etag: str | None = None,
    modified: datetime | None = None,
) -> Answer:
    """Put a head of `headers` and the framing header before `entity`."""
    framing = ("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(len(entity)))
    head = head_bytes(status, [*headers, framing])
    return Answer(kind, status, head, entity, in_chunks(entity) if chunked else entity, etag, modified)


def head_bytes(status: int, headers: Headers) -> bytes:
    """Status line, headers in the given order and case, blank line."""
    lines = [f"HTTP/1.1 {status} {_phrase(status)}", *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def in_chunks(entity: bytes) -> bytes:
    """`entity` in chunked framing, 8 KB a chunk."""
    chunks = [entity[i : i + _CHUNK] for i in range(0, len(entity), _CHUNK)]
    return b"".join(b"%x\r\n%b\r\n" % (len(c), c) for c in chunks) + b"0\r\n\r\n"


def redirect(status: int, location: str, now: datetime, *, kind: str = "redirect") -> Answer:
    """A redirect as nginx sends it, keeping the connection open."""
    entity = (
        f"<html>\r\n<head><title>{status} {_phrase(status)}</title></head>\r\n<body>\r\n<center><h1>{status} "
        f"{_phrase(status)}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    ).encode()
    headers = [("Server", "nginx"), ("Date", http_date(now)), ("Content-Type", "text/html"), ("Location", location)]
    return frame(kind, status, headers, entity)


def plain(status: int, text: str, *, kind: str, close: bool = False) -> Answer:
    """A short text answer of the proxy or control port itself."""
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Connection", "close" if close else "keep-alive")]
    return frame(kind, status, headers, text.encode())


def unchanged(answer: Answer, if_none_match: str | None, if_modified_since: str | None, now: datetime) -> Answer | None:
    """The 304 for a conditional request that `answer` would satisfy; None when the whole answer is due."""
    if answer.status != HTTPStatus.OK:
        return None
    if if_none_match is not None:
        fresh = answer.etag is not None and answer.etag in if_none_match
    else:
        fresh = answer.modified is not None and _not_after(answer.modified, if_modified_since)
    if not fresh:
        return None
    headers = [("Server", "nginx"), ("Date", http_date(now))]
    if answer.etag:
        headers.append(("ETag", answer.etag))
    return Answer("not_modified", HTTPStatus.NOT_MODIFIED, head_bytes(HTTPStatus.NOT_MODIFIED, headers), b"", b"")


def http_date(instant: datetime) -> str:
    """`instant` as HTTP writes dates."""
    return format_datetime(instant.astimezone(UTC), usegmt=True)


def _not_after(modified: datetime, stated: str | None) -> bool:
    try:
        return stated is not None and modified <= parsedate_to_datetime(stated)
    except ValueError:
        return False


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _headers(profile: Profile, page: Page, target: str) -> Headers:
    charset = "; charset=UTF-8" if profile.charset and page.content_type.startswith("text/html") else ""
    headers = [("Content-Type", page.content_type + charset)]
    if page.kind is not PageKind.IMAGE:
        headers.append(("Vary", "Accept-Encoding"))
    if page.kind in _STATIC:
        return headers
    headers.append(("X-Powered-By", _POWERED_BY[profile.wire]))
    for turn in (1, 2):  # CodeIgniter 3 sets its session cookie twice when the session is regenerated
        session = hashlib.sha1(f"{profile.host}{target}{turn}".encode(), usedforsecurity=False).hexdigest()
        headers.append(("Set-Cookie", f"ci_session={session}; Max-Age=7200; path=/; HttpOnly"))
    return [*headers, *_CACHING]


def _ordered(wire: Wire, headers: Headers, now: datetime, *, close: bool) -> Headers:
    server, date = ("Server", _SERVER[wire]), ("Date", http_date(now))
    connection = ("Connection", "close" if close else "keep-alive")
    if wire is Wire.NGINX:
        return [server, date, *headers, connection]
    if wire is Wire.APACHE:
        return [date, server, *headers, ("Keep-Alive", "timeout=5, max=100"), connection]
    return [connection, *((name.lower(), value) for name, value in (*headers, date, server))]
