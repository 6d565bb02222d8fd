"""Every link of a page that has the shape of an article, section or tag, whatever the layout."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet

from selectolax.lexbor import LexborNode

from news.article import LinkKind, PageLink
from news.text import clean
from news.url import NetworkUrl, UrlKind
from pages.document import Document

_FRAMES = (".sidebar_area", "aside", "nav", "header", "footer", "ul.todo", "h4.media-heading")
_AROUND = ", ".join(f"{frame} a[href]" for frame in _FRAMES)
"""The links around the main column, in one search: `:is(...) a[href]` misses some in lexbor."""


class Links:
    """Collects links; the first occurrence of a (URL, kind) counts, a later one may lend it its text."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, LinkKind], str] = {}

    def add(self, url: str, kind: LinkKind, node: LexborNode) -> None:
        """Note that `node` links to `url`."""
        if not self._found.get((url, kind)):
            self._found[url, kind] = clean(node.text())

    def of(self, wanted: Callable[[LinkKind], bool]) -> list[PageLink]:
        """The links whose kind is `wanted`, in document order; positions count within a kind."""
        positions: dict[LinkKind, int] = {}
        links = []
        for (url, kind), text in self._found.items():
            if wanted(kind):
                position = positions.get(kind, 0)
                positions[kind] = position + 1
                links.append(PageLink(url, kind, text, position))
        return links


def article_links(page: Document, related_nodes: AbstractSet[int]) -> tuple[PageLink, ...]:
    """The links of an article page: canonical URLs, first occurrence of (URL, kind), document order.

    Kinds: BACA_JUGA for the anchors in `related_nodes`, SIDEBAR for what stands around the main column, RELATED_BLOCK
    for every other article; SECTION and TAG for links of those shapes. The article's own parts are no links.
    """
    around = _around(page)
    own = page.address.key
    links = Links()
    for node, target in page.links:
        if target.kind is UrlKind.ARTICLE:
            if target.key != own:
                links.add(target.url, _place(node.mem_id, related_nodes, around), node)
        elif target.kind is UrlKind.SECTION:
            links.add(target.url, LinkKind.SECTION, node)
        elif target.kind is UrlKind.TAG:
            links.add(target.url, LinkKind.TAG, node)
    return tuple(links.of(lambda _: True))


def _around(page: Document) -> set[int]:
    """Memory ids of the links around the main column."""
    return {node.mem_id for node in page.tree.css(_AROUND)}


def _place(node: int, related: AbstractSet[int], around: AbstractSet[int]) -> LinkKind:
    if node in related:
        return LinkKind.BACA_JUGA
    return LinkKind.SIDEBAR if node in around else LinkKind.RELATED_BLOCK


def listing_links(page: Document, kind: LinkKind) -> tuple[tuple[PageLink, ...], tuple[str, ...]]:
    """The links of a listing, its own rows first, and the sections that it links.

    A row is an article link of the main column outside a titled block of related articles. What stands around it is
    SIDEBAR, sections and tags included; related blocks are RELATED_BLOCK.
    """
    around = _around(page)
    links, sections = Links(), dict[str, None]()
    for node, target in page.links:
        if target.kind in (UrlKind.HOME, UrlKind.OTHER):
            continue
        if target.kind is UrlKind.SECTION:
            sections[target.url] = None
        links.add(target.url, _row_kind(target, node.mem_id in around, kind), node)
    rows = links.of(lambda found: found is kind)
    return (*rows, *links.of(lambda found: found is not kind)), tuple(sections)


def _row_kind(target: NetworkUrl, around: bool, kind: LinkKind) -> LinkKind:
    return kind if target.kind is UrlKind.ARTICLE and not around else LinkKind.SIDEBAR
