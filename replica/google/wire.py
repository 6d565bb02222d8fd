"""Answers as Google's servers frame them."""

import gzip
from datetime import datetime

from replica.answers import Answer, Headers, frame, http_date
from replica.google.kinds import RequestKind
from replica.incoming import Request

HTML = "text/html; charset=utf-8"
XML = "application/xml; charset=utf-8"
JSON = "application/json; charset=utf-8"
_SMALLEST_PACKED = 200


class Framer:
    """Frames answers to `request`, which is of `kind`, at the instant `now`."""

    def __init__(self, kind: RequestKind, request: Request, now: datetime) -> None:
        self._kind = f"google_{kind.value}"
        self._request = request
        self._now = now

    def body(self, content_type: str, body: bytes, status: int = 200, extra: Headers | None = None) -> Answer:
        """`body` in chunks, packed when the client accepts it."""
        if self._request.accepts_gzip and len(body) >= _SMALLEST_PACKED:
            return self.packed(content_type, gzip.compress(body, 6, mtime=0), status, extra)
        return self._frame(status, [*self._headers(content_type), *(extra or [])], body, chunked=True)

    def packed(self, content_type: str, entity: bytes, status: int = 200, extra: Headers | None = None) -> Answer:
        """`entity`, which is gzip, in chunks."""
        headers = [*self._headers(content_type), *(extra or []), ("Content-Encoding", "gzip")]
        return self._frame(status, headers, entity, chunked=True)

    def file(self, content_type: str, body: bytes) -> Answer:
        """`body` with its length, never packed."""
        return self._frame(200, [("Content-Type", content_type), ("Date", http_date(self._now))], body)

    def redirect(self, location: str, status: int = 302) -> Answer:
        """A redirect to `location`."""
        return self._frame(status, [*self._headers(HTML), ("Location", location)], b"<HTML><BODY>Moved</BODY></HTML>\n")

    def _headers(self, content_type: str) -> Headers:
        return [
            ("Content-Type", content_type),
            ("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate"),
            ("Pragma", "no-cache"),
            ("Expires", "Mon, 01 Jan 1990 00:00:00 GMT"),
            ("Date", http_date(self._now)),
            ("Vary", "Accept-Encoding"),
            ("Server", "ESF"),
        ]

    def _frame(self, status: int, headers: Headers, entity: bytes, *, chunked: bool = False) -> Answer:
        if self._request.wants_close:
            headers = [*headers, ("Connection", "close")]
        return frame(self._kind, status, headers, entity, chunked=chunked)
