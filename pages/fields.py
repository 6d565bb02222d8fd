"""Fields that more than one article layout states in the same way."""

from selectolax.lexbor import LexborNode

from news.text import clean
from pages.document import Document


def name_or_none(text: str | None) -> str | None:
    """A name without the dashes and colons that stand for nobody."""
    name = clean(text or "").strip(" :|-")
    return name or None


def section(page: Document) -> str | None:
    """The section as the breadcrumb prints it, else as the page's data name it."""
    trail = page.tree.css_first("ul.breadcrumb")  # the first of several: what is near the top is found at once
    crumbs = trail.css("li") if trail is not None else []
    if len(crumbs) > 1 and (name := clean(crumbs[1].text())):
        return name
    stated = page.data_layer.get("rubrik") or page.metas.get("article:section")
    return stated or (page.json_ld.section if page.json_ld else None)


def image_url(page: Document, node: LexborNode | None) -> str | None:
    """Absolute URL of the lead image, lazily loaded or not; else the one the page shares."""
    attributes = node.attributes if node is not None else {}
    for name in ("data-src", "data-original", "src"):
        if url := page.absolute(attributes.get(name)):
            return url
    return page.absolute(page.metas.get("og:image"))


def part_urls(page: Document) -> tuple[str, ...]:
    """Absolute targets of the pagination in this article, by part; AMP parts keep their AMP form."""
    parts: dict[int, str] = {}
    if not any(target.key == page.address.key for _, target in page.links):
        return ()
    for node in page.tree.css("a[data-ci-pagination-page], ul.pagination a[href]"):
        url = page.absolute(node.attributes.get("href"))
        target = page.rules.read(url) if url else None
        if url is None or target is None or target.key != page.address.key or target.amp != page.address.amp:
            continue
        parts.setdefault(target.part, url.partition("?")[0] if target.amp else target.part_url(target.part))
    return tuple(parts[number] for number in sorted(parts))
