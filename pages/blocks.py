"""A part of the tree as the sequence of text blocks that a reader of the page sees."""

from collections.abc import Set as AbstractSet
from typing import NamedTuple

from selectolax.lexbor import LexborNode

_BLOCK_TAGS = frozenset(
    """
    address article aside blockquote center dd details div dl dt fieldset figcaption figure footer form
    h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody tfoot thead tr ul
    """.split()  # noqa: SIM905 - a literal would take 34 lines
)
_SILENT_TAGS = frozenset(
    """
    script style noscript iframe template svg button select textarea object embed video audio ins head title
    amp-ad amp-sidebar amp-analytics amp-iframe amp-embed amp-auto-ads amp-social-share
    """.split()  # noqa: SIM905 - as above
)
_IMAGE_TAGS = frozenset({"img", "amp-img"})
_CELL_TAGS = frozenset({"td", "th"})
_TEXT = "-text"
_NO_ELEMENT = "-!#"
"""First characters of the tags that lexbor gives to text, comments and documents."""


class Anchor(NamedTuple):
    """A link in a block: its node, its target as printed, and the span of the block's text that it covers."""

    node_id: int
    href: str
    start: int
    end: int


class Block(NamedTuple):
    """A run of text without a line break. `text` is not cleaned; `tag` is the innermost block element around it."""

    tag: str
    text: str
    anchors: tuple[Anchor, ...]
    images: tuple[LexborNode, ...]
    """Images met since the block before."""


def blocks(
    root: LexborNode, *, skip: AbstractSet[int] = frozenset(), stop: AbstractSet[int] = frozenset()
) -> list[Block]:
    """The blocks below `root` in document order; `br` ends one as well, a table row is one, its cells apart by a space.

    Nodes whose memory id is in `skip` are passed over whole; the first node in `stop` ends the reading. Blocks without
    text are left out. Iterative: the depth of the tree is not the depth of the stack.
    """
    run = _Run()
    node = root.child
    while node is not None:
        tag = node.tag or ""  # a processing instruction has none
        if tag == _TEXT:
            run.add(node.text_content or "")
        elif tag and tag[0] not in _NO_ELEMENT and (number := node.mem_id) not in skip:
            if number in stop:
                break
            child = None if tag in _SILENT_TAGS else node.child
            run.enter(node, tag, has_content=child is not None)
            if child is not None:
                node = child
                continue
        following = node.next
        while following is None and run.path:
            run.leave()
            node = node.parent
            if node is None:
                break
            following = node.next
        node = following
    run.flush()
    return run.found


class _Run:
    """The block being gathered, and the tags of the elements around it."""

    def __init__(self) -> None:
        self.found: list[Block] = []
        self.path: list[str] = []
        self._around: list[str] = []
        """Of the path, the block elements."""
        self._pieces: list[str] = []
        self._length = 0
        self._anchors: list[Anchor] = []
        self._images: list[LexborNode] = []
        self._open: list[tuple[int, str, int]] = []

    def add(self, text: str) -> None:
        """Take a text in."""
        self._pieces.append(text)
        self._length += len(text)

    def enter(self, node: LexborNode, tag: str, *, has_content: bool) -> None:
        """Take an element in; one with content is left again by `leave`."""
        is_block = tag in _BLOCK_TAGS
        if is_block or tag == "br":
            self.flush()
        elif tag in _IMAGE_TAGS:
            self._images.append(node)
        elif tag in _CELL_TAGS:
            self.add(" ")
        if has_content:
            self.path.append(tag)
            if is_block:
                self._around.append(tag)
            elif tag == "a":
                self._open.append((node.mem_id, node.attributes.get("href") or "", self._length))

    def leave(self) -> None:
        """Leave the innermost element."""
        tag = self.path[-1]
        if tag in _BLOCK_TAGS:
            self.flush()
            self._around.pop()
        elif tag == "a":
            self._close(*self._open.pop())
        self.path.pop()

    def flush(self) -> None:
        """End the block if there is more in it than white space; a link around several blocks goes on in the next."""
        if not self._pieces:
            return
        for anchor in self._open:
            self._close(*anchor)
        text = "".join(self._pieces)
        if text and not text.isspace():
            tag = self._around[-1] if self._around else ""
            self.found.append(Block(tag, text, tuple(self._anchors), tuple(self._images)))
            self._images = []
        if text:
            self._pieces, self._anchors, self._length = [], [], 0
            self._open = [(node_id, href, 0) for node_id, href, _ in self._open]

    def _close(self, node_id: int, href: str, start: int) -> None:
        end = self._length
        if href and end > start:
            self._anchors.append(Anchor(node_id, href, start, end))
