"""The body of a page of unknown layout: trafilatura finds the text, our own rules take BACA JUGA and footers out."""

from collections.abc import Iterator
from typing import Any

from news.text import clean
from pages.blocks import Block, blocks
from pages.body import Body, read_body
from pages.document import Document

_SIZE_LIMIT = 5_000_000
"""Characters of markup that trafilatura is given; it takes about 9 ms a 100 KB, and real pages have 200 KB at most."""

_PARAGRAPH_TAGS = frozenset({"p", "head", "item", "row", "quote", "code", "ab"})


def main_body(page: Document, title: str) -> Body:
    """Paragraphs by trafilatura, without headline, BACA JUGA and footer lines; BACA JUGA links from the whole page."""
    everything = read_body(blocks(page.tree.body), page) if page.tree.body is not None else Body()
    body = read_body((Block("p", text, (), ()) for text in _paragraphs(page) if text != title), page)
    headlines = {link.title for link in everything.related}
    body.paragraphs = [p for p in body.paragraphs if p not in headlines]
    body.related, body.related_nodes = everything.related, everything.related_nodes
    return body


def _paragraphs(page: Document) -> Iterator[str]:
    import trafilatura  # noqa: PLC0415 - 60 MB and 0.3 s that a page of known layout does not need

    markup = page.tree.html or ""
    if len(markup) > _SIZE_LIMIT:
        return
    found = trafilatura.bare_extraction(
        markup, url=page.url, include_comments=False, include_tables=True, with_metadata=False
    )
    body = getattr(found, "body", None)
    if body is not None:
        yield from _texts(body)


def _texts(root: Any) -> Iterator[str]:
    """The texts of the paragraph-like elements below an lxml element, outermost first, `lb` as a line break."""
    for node in root:
        if node.tag in _PARAGRAPH_TAGS:
            for line in _lines(node):
                if text := clean(line):
                    yield text
        else:
            yield from _texts(node)


def _lines(node: Any) -> list[str]:
    pieces: list[str] = []
    for element in node.iter():
        if element.tag == "lb":
            pieces.append("\n")
        elif element.tag == "cell":
            pieces.append(" ")
        pieces.append(element.text or "")
        if element is not node:
            pieces.append(element.tail or "")
    return "".join(pieces).split("\n")
