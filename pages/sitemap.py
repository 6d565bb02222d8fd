"""Sitemaps and sitemap indexes (sitemaps.org 0.9), news sitemaps, and sitemaps of plain text."""

from collections.abc import Iterator

from pages.records import Grammar

CHILD = "sitemap"
"""The item that names a sitemap; every other item names a page."""

_ITEMS = frozenset({"url", CHILD})
_SLOTS = {"loc": "link", "lastmod": "modified"}
_NEWS = {"news:title": "title", "news:publication_date": "published"}

SITEMAP = Grammar("sitemap", _ITEMS, _SLOTS, inner=_NEWS)
SITEMAP_INDEX = Grammar("sitemap_index", _ITEMS, _SLOTS, inner=_NEWS)

_LINE_LIMIT = 2**16
"""Bytes of a line; of a longer one, which is no URL, only the end is kept."""


def text_lines(chunks: Iterator[bytes]) -> Iterator[str]:
    """The lines of a text sitemap, stripped, without empty ones. `chunks` are UTF-8."""
    held = b""
    for chunk in chunks:
        *lines, held = (held + chunk).replace(b"\r", b"\n").split(b"\n")
        held = held[-_LINE_LIMIT:]
        yield from _stripped(lines)
    yield from _stripped([held])


def _stripped(lines: list[bytes]) -> Iterator[str]:
    for line in lines:
        if text := line.decode(errors="replace").strip():
            yield text
