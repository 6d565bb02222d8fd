"""When an article says it was published, and where on the page it says so."""

from collections.abc import Iterator
from typing import NamedTuple

from news.dates import Instant, parse_date_line
from pages.document import Document

_PUBLISHED_METAS = ("article:published_time", "og:published_time", "datepublished", "og:article:published_time")


class Published(NamedTuple):
    """The instant, None when no source states a possible one, and the text that it was read from."""

    instant: Instant | None
    raw: str | None


def published(page: Document, visible: str | None) -> Published:
    """The first source that states a possible instant: visible date line, meta pubdate, JSON-LD, other metas, `time`,
    dataLayer. The visible line names its zone, so it wins over the machine-readable ones, which may not.

    When none does, `raw` is the visible line all the same.
    """
    zone = page.address.site.timezone
    first = visible
    for raw in _sources(page, visible):
        first = first or raw
        instant = parse_date_line(raw, zone)
        if instant is not None:
            return Published(instant, raw)
    return Published(None, first)


def _sources(page: Document, visible: str | None) -> Iterator[str]:
    if visible:
        yield visible
    if pubdate := page.metas.get("pubdate"):
        yield pubdate
    if page.json_ld is not None and page.json_ld.published:
        yield page.json_ld.published
    yield from (page.metas[name] for name in _PUBLISHED_METAS if name in page.metas)
    node = page.tree.css_first("time[datetime]")
    if node is not None and (stamp := node.attributes.get("datetime")):
        yield stamp
    if stamp := page.data_layer.get("published_date"):
        yield stamp
