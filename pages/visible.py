"""Title and date of a page of unknown layout, as a reader would find them."""

import re
from datetime import UTC
from zoneinfo import ZoneInfo

from news.dates import Instant, parse_date_line
from news.text import clean
from pages.blocks import blocks
from pages.document import Document

_SITE_SUFFIX = re.compile(r"\s+[|\u2013\u2014-]\s+[^|]{2,40}$")
_DATE_PLACES = "time, [class*=date], [class*=Date], [class*=time], [class*=published], [itemprop=datePublished]"
_DATE_LIMIT = 80
"""Characters of a line that holds a date and little else."""
_HEAD_BLOCKS = 12
"""Blocks behind the headline among which a date line is looked for."""
_PLACES_LOOKED_AT = 50


def visible_title(page: Document) -> str | None:
    """The `h1` that the page's own data bear out, else its only `h1`, else what the data say."""
    headings = [text for node in page.tree.css("h1")[:_PLACES_LOOKED_AT] if (text := clean(node.text()))]
    node = page.tree.css_first("head > title")
    tab = clean(node.text()) if node is not None else ""
    stated = [page.json_ld.headline if page.json_ld else None, page.metas.get("og:title"), tab]
    named = [text for text in stated if text]
    for heading in headings:
        if any(_same(heading, text) for text in named):
            return heading
    if len(headings) == 1 and not page.metas.get("og:title") and page.json_ld is None:
        return headings[0]
    return _SITE_SUFFIX.sub("", named[0]) if named else None


def _same(heading: str, stated: str) -> bool:
    """Whether `stated` is the heading, perhaps cut or with the site's name behind."""
    short, long = sorted((heading.casefold().rstrip(". \u2026"), stated.casefold().rstrip(". \u2026")), key=len)
    return bool(short) and long.startswith(short) and 2 * len(short) >= len(long)


def visible_date(page: Document) -> str | None:
    """A printed line that holds a date and little else: in an element marked as one, else just below the headline."""
    zone = page.address.site.timezone
    marked = [clean(node.text()) for node in page.tree.css(_DATE_PLACES)[:_PLACES_LOOKED_AT]]
    lines = [line for line in marked if 0 < len(line) <= _DATE_LIMIT]
    for line in (*lines, *_below_headline(page)):
        if len(line) <= _DATE_LIMIT and parse_date_line(line, zone) is not None:
            return line
    return next((line for line in lines if any(c.isdigit() for c in line) and "lalu" not in line), None)


def _below_headline(page: Document) -> list[str]:
    if page.tree.body is None:
        return []
    found = blocks(page.tree.body)
    start = next((n for n, block in enumerate(found, 1) if block.tag == "h1"), len(found))
    return [clean(block.text) for block in found[start : start + _HEAD_BLOCKS]]


def loose_instant(page: Document, line: str) -> Instant | None:
    """A date line in a form of its own, by dateparser (loaded on first use); never a relative or partial date."""
    import dateparser  # noqa: PLC0415 - takes 100 ms and 20 MB, and hardly a page needs it

    zone = page.address.site.timezone
    found = dateparser.parse(
        line,
        languages=["id", "en"],
        settings={
            "DATE_ORDER": "DMY",
            "PARSERS": ["absolute-time"],
            "REQUIRE_PARTS": ["day", "month", "year"],
            "RELATIVE_BASE": page.captured_at.astimezone(UTC).replace(tzinfo=None),
        },
    )
    if found is None:
        return None
    return Instant(found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone)), zone)
