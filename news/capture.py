"""An exchange with a server as it is kept, and the pointers to its record."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class CaptureKind(StrEnum):
    """The WARC record type a capture is stored as."""

    RESPONSE = "response"
    REVISIT = "revisit"
    RENDERED = "rendered"


class Truncation(StrEnum):
    """Values of `WARC-Truncated` (WARC 1.1, 5.13)."""

    LENGTH = "length"
    TIME = "time"
    DISCONNECT = "disconnect"


class WarcPointer(NamedTuple):
    """Where a record lies: object key, offset and length in compressed bytes, payload digest (`sha256:<hex>`)."""

    warc_key: str
    warc_offset: int
    warc_length: int
    payload_digest: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came back, byte for byte as far as it came.

    `header_block` is the status line and the header lines as the server sent them, up to and with the empty line; only
    the framing header Transfer-Encoding is renamed. `entity` is the body as transferred (content-encoding kept) without
    chunk framing. Both are empty when nothing came.
    """

    url: str
    fetched_at: datetime
    """Aware, UTC: when the request was sent."""
    request_block: bytes
    """Request line and headers as sent to the origin, credentials left out; empty when it was never sent."""
    header_block: bytes
    entity: bytes
    status: int | None
    content_type: str | None
    location: str | None
    truncated: Truncation | None = None
    error: str | None = None
    """Why the exchange failed or was cut: a word of the crawler, never text of an exception."""
    ip_address: str | None = None
    """The origin's address; None behind a proxy."""
    site: str | None = None
    article_id: int | None = None
    part: int | None = None
    links_digest: str | None = None
    """Of a listing: digest of its ordered link set, see `pages.link_set_digest`."""
    record_id: str | None = None
    """WARC-Record-ID (`<urn:uuid:...>`) under which it is kept; None: one is made when it is written."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """A page as a browser made it of what the server sent: the serialised document, in UTF-8."""

    exchange: Exchange
    """What the server sent of the page itself; its `record_id` is known."""
    body: bytes
    renderer: str
    """Name and version of the browser."""


@dataclass(frozen=True, slots=True)
class Original:
    """A committed response record that an equal payload may be a revisit of."""

    pointer: WarcPointer
    url: str
    fetched_at: datetime
    etag: str | None = None
    last_modified: str | None = None
