"""Blocks of an article page to its body: paragraphs, BACA JUGA links, and what is neither."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from news.article import RelatedLink
from news.text import clean
from news.url import UrlKind
from pages.blocks import Anchor, Block
from pages.document import Document
from pages.printed import is_advert_label, is_box_title, is_footer, split_dateline

_LABEL = re.compile(r"baca\s+juga\s*[:\uff1a]", re.IGNORECASE)
_BARE_LABEL = re.compile(r"\W*baca\s+juga\b\W*", re.IGNORECASE)
_TAIL_WORDS = 3
"""Words behind a BACA JUGA link from which on they are a sentence of the body, not decoration of the link."""


@dataclass(slots=True)
class Body:
    """What the blocks of one page say."""

    paragraphs: list[str] = field(default_factory=list)
    related: list[RelatedLink] = field(default_factory=list)
    related_nodes: set[int] = field(default_factory=set)
    """Memory ids of the BACA JUGA anchors, which give their links the kind."""
    place: str | None = None


def read_body(blocks: Iterable[Block], page: Document) -> Body:
    """Sort blocks into paragraphs and BACA JUGA links; drop footer lines at the end, boxes of links, advert labels.

    The dateline is split off the first paragraph of part 1.
    """
    body = Body()
    targets: list[tuple[str, ...]] = []
    labelled = False
    for block in blocks:
        text = clean(block.text)
        if not text or is_advert_label(text):
            continue
        label = _label(block, text)
        if label is not None:
            kept = _take_labelled(body, page, block, *label)
            labelled = True
        elif block.anchors and _is_link_only(block) and (labelled or _all_articles(block, page)):
            if labelled:
                _relate(body, page, block, block.anchors, 0)
            elif body.paragraphs and is_box_title(body.paragraphs[-1]):
                body.paragraphs.pop()
                targets.pop()
            continue
        else:
            kept, labelled = [text], False
        body.paragraphs += kept
        targets += [tuple(a.href for a in block.anchors)] * len(kept)
    while body.paragraphs and is_footer(body.paragraphs[-1], targets[-1]):
        body.paragraphs.pop()
        targets.pop()
    if body.paragraphs and page.address.part == 1:
        _split_dateline(body)
    return body


def _label(block: Block, text: str) -> tuple[int, int] | None:
    """Span of the BACA JUGA label in the block's text; without its colon it counts only before links or alone."""
    if "baca" not in text.casefold():
        return None
    if match := _LABEL.search(block.text):
        begins = not block.text[: match.start()].strip()
        linked = any(a.end > match.end() for a in block.anchors)
        return match.span() if begins or linked else None
    match = _BARE_LABEL.match(block.text)
    if match is None:
        return None
    rest = block.text[match.end() :]
    first = min((max(a.start, match.end()) for a in block.anchors if a.end > match.end()), default=None)
    linked = first is not None and not clean(block.text[match.end() : first])
    return match.span() if linked or not rest.strip() else None


def _take_labelled(body: Body, page: Document, block: Block, start: int, end: int) -> list[str]:
    """Take the links behind a label; give back the sentences before and behind, if the block holds such."""
    anchors = [a for a in block.anchors if a.end > end]
    _relate(body, page, block, anchors, end)
    before = clean(block.text[:start])
    after = clean(block.text[anchors[-1].end :]) if anchors else ""
    kept = [before] if any(c.isalnum() for c in before) else []
    return kept + ([after] if len(after.split()) >= _TAIL_WORDS else [])


def _relate(body: Body, page: Document, block: Block, anchors: Iterable[Anchor], label_end: int) -> None:
    for anchor in anchors:
        title = clean(block.text[max(anchor.start, label_end) : anchor.end]).lstrip(": ")
        url = page.absolute(anchor.href)
        if not title or url is None:
            continue
        target = page.rules.read(url)
        key = target.key if target is not None else None
        body.related.append(RelatedLink(title, target.url if target else url, str(key) if key else None))
        body.related_nodes.add(anchor.node_id)


def _is_link_only(block: Block) -> bool:
    outside, at = [], 0
    for anchor in sorted(block.anchors, key=lambda a: a.start):
        outside.append(block.text[at : anchor.start])
        at = max(at, anchor.end)
    outside.append(block.text[at:])
    return not any(c.isalnum() for piece in outside for c in piece)


def _all_articles(block: Block, page: Document) -> bool:
    targets = [page.link(a.href) for a in block.anchors]
    return all(t is not None and t.kind is UrlKind.ARTICLE for t in targets)


def _split_dateline(body: Body) -> None:
    dateline = split_dateline(body.paragraphs[0])
    if dateline is not None:
        body.place = dateline.place
        body.paragraphs[:1] = [dateline.rest] if dateline.rest else []
