"""Home, section, tag and search pages: what they list, and where they go on."""

import hashlib
from dataclasses import dataclass
from urllib.parse import urlsplit

from news.article import LinkKind, Listing
from news.url import NetworkUrl, UrlKind
from pages.document import Document
from pages.links import listing_links

_KINDS = {UrlKind.HOME: LinkKind.HOME, UrlKind.SECTION: LinkKind.SECTION, UrlKind.TAG: LinkKind.TAG}
_SEARCH = "/search/"


@dataclass(frozen=True)
class ListingReader:
    """Reads any listing: links are known by their shape, so a new layout still yields them."""

    name: str
    revision: int

    def read(self, page: Document) -> Listing:
        """What the page lists."""
        kind = listing_kind(page.address)
        links, sections = listing_links(page, kind)
        return Listing(
            url=page.url,
            kind=kind,
            links=links,
            section_urls=sections,
            next_url=_next_url(page),
            page_class=self.name,
            reader_revision=self.revision,
        )


KNOWN = ListingReader("disway-listing", 1)
UNKNOWN = ListingReader("generic-listing", 1)


def listing_class(page: Document) -> ListingReader:
    """The reader whose name says whether the rows have the markup of the network's listings."""
    return KNOWN if page.tree.css_first("h2.media-heading") is not None else UNKNOWN


def listing_kind(address: NetworkUrl) -> LinkKind:
    """The kind of listing that a URL names; what has no shape of its own counts as a section."""
    if address.kind is UrlKind.OTHER and urlsplit(address.url).path.startswith(_SEARCH):
        return LinkKind.SEARCH
    return _KINDS.get(address.kind, LinkKind.SECTION)


def link_set_digest(listing: Listing) -> str:
    """SHA-256 (hex) over the ordered canonical URLs of the listing's own rows, not of what stands around them."""
    rows = (link.url for link in listing.links if link.kind is listing.kind)
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def _next_url(page: Document) -> str | None:
    """The page that the pagination links as next: by `rel=next`, else the nearest one further on."""
    anchors = page.tree.css('ul.pagination a[href], a[data-ci-pagination-page], a[rel="next"]')
    if page.address.kind is UrlKind.OTHER:
        return _next_search(page)
    own, ahead = page.address, list[NetworkUrl]()
    for node in anchors:
        target = page.link(node.attributes.get("href"))
        if target is not None and target.kind is own.kind and target.url == own.url and target.offset > own.offset:
            if node.attributes.get("rel") == "next":
                return target.page_url(target.offset)
            ahead.append(target)
    nearest = min(ahead, key=lambda t: t.offset, default=None)
    return nearest.page_url(nearest.offset) if nearest else None


def _next_search(page: Document) -> str | None:
    """Search pages keep their query, and their offset stands amid the path: only `rel=next` is trusted."""
    for node in page.tree.css('a[rel="next"]'):
        target = page.link(node.attributes.get("href"))
        if target is not None and target.kind is UrlKind.OTHER and target.url != page.address.url:
            return target.url
    return None
