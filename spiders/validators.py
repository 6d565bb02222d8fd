"""Conditional requests for feeds and sitemaps, and how far a server's word is trusted that nothing changed. Pure."""

import zlib
from datetime import datetime, timedelta
from http import HTTPStatus

from scrapy.http import Response

from news.capture import WarcPointer
from storage.seen import SeenPage

UNCONDITIONAL_EVERY = 4
"""Of so many polls one asks for the whole document: some servers never change their ETag."""
TRUSTED_FOR = timedelta(hours=2)
"""How long a server's word is taken without a look: four polls, half an hour apart."""


def conditional_headers(page: SeenPage | None, url: str, run_id: str, now: datetime) -> dict[str, str]:
    """The validators of the last copy, when it was read to its end not long ago, and this is not the poll in four."""
    if page is None or page.status != HTTPStatus.OK or page.links_digest is None:
        return {}
    if page.read_at is None or page.read_at < page.fetched_at:
        return {}  # the run that kept it did not come to note all that it names
    if now - page.read_at >= TRUSTED_FOR:
        return {}
    if zlib.crc32(f"{run_id} {url}".encode()) % UNCONDITIONAL_EVERY == 0:
        return {}
    given = {"If-None-Match": page.etag, "If-Modified-Since": page.last_modified}
    return {name: value for name, value in given.items() if value}


def validators_lie(page: SeenPage | None, response: Response, pointer: WarcPointer | None) -> bool | None:
    """Whether a document changed under validators that did not; None when it did not change, or states none."""
    if page is None or page.status != HTTPStatus.OK or page.links_digest is None:
        return None
    if pointer is None or pointer.payload_digest == page.payload_digest:
        return None
    etag, modified = (_header(response, name) for name in ("ETag", "Last-Modified"))
    if etag is not None or page.etag is not None:
        return etag == page.etag
    return None if modified is None else modified == page.last_modified


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value is not None else None
