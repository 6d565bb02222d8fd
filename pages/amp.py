"""The AMP twin of an article page, read by its lines, for its markup is not evidenced.

The lines: headline, `Senin 08-04-2024,16:02 WIB`, `Reporter : X`, `Editor : Y`, body with the lead image's caption at
its head or among its paragraphs, `Kategori :` last. Parts hold 16 blocks, so part n is not part n of the web page.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from selectolax.lexbor import LexborNode

from news.article import ArticlePart
from news.dates import parse_date_line
from news.errors import NotAnArticle, RefusalReason
from news.text import clean
from pages.blocks import Block, blocks
from pages.body import read_body
from pages.document import Document
from pages.fields import image_url, name_or_none, part_urls
from pages.links import article_links
from pages.printed import Caption, split_caption
from pages.published import published
from pages.refusal import refuse_disguised

_NOT_TEXT = (
    "nav, footer, ul.pagination, .ads-slot, .news-tags, .sharing-box, ul.breadcrumb,"
    ' div.text-center[style*="background-color"]'
)
_ROLE = r"(?:reporter|penulis|editor)"
_BYLINE = re.compile(rf"(?P<role>{_ROLE})\s*:\s*(?P<name>.*?)(?=\s*\|?\s*{_ROLE}\s*:|$)", re.IGNORECASE)
_CATEGORY = re.compile(r"kategori\s*:\s*(?P<name>.*)", re.IGNORECASE)
_HEAD_LINES = 8
"""Lines below the headline that may belong to its head: date, byline, section, the headline once more."""
_DATE_LIMIT = 60
"""Characters; a date line has 36 at most."""
_CAPTION_CLASSES = "figcaption, p.text-grey small, small.caption, p.caption, .amp-caption"


@dataclass(slots=True)
class _Head:
    date_line: str | None = None
    byline: dict[str, str] = field(default_factory=dict)
    section: str | None = None
    caption: Caption = field(default_factory=lambda: Caption(None, None))
    image: LexborNode | None = None


@dataclass(frozen=True)
class DiswayAmp:
    """The AMP article page."""

    name: str
    revision: int
    valid_from: date | None
    valid_until: date | None

    def read(self, page: Document) -> ArticlePart | None:
        """The article part; None when the page does not call itself AMP or has no headline.

        Raises NotAnArticle when title or body is empty.
        """
        heading = page.tree.css_first("h1")
        if heading is None or not _is_amp(page):
            return None
        title = clean(heading.text())
        if not title:
            raise NotAnArticle(RefusalReason.NO_TITLE, page.url)
        head, rest = _read_head(_lines(page), title, _captions(page))
        body = read_body(rest, page)
        when = published(page, head.date_line)
        refuse_disguised(page, title, body, dated=when.instant is not None)
        return ArticlePart(
            url=page.url,
            article_id=page.address.article_id or 0,
            part=page.address.part,
            title=title,
            reporter=name_or_none(head.byline.get("reporter") or head.byline.get("penulis")),
            editor=name_or_none(head.byline.get("editor")),
            published_at=when.instant.at if when.instant else None,
            published_raw=when.raw,
            timezone=when.instant.zone if when.instant else page.address.site.timezone,
            section=head.section,
            place=body.place,
            paragraphs=tuple(body.paragraphs),
            caption=head.caption.text,
            credit=head.caption.credit,
            image_url=image_url(page, head.image),
            tags=_tags(page),
            source=None,
            related=tuple(body.related),
            part_urls=part_urls(page),
            language=page.language,
            links=article_links(page, body.related_nodes),
            page_class=self.name,
            reader_revision=self.revision,
            canonical_url=page.canonical_url,
        )


AMP = DiswayAmp("disway-amp", 1, None, None)


def _is_amp(page: Document) -> bool:
    root = page.tree.css_first("html")
    return root is not None and ("amp" in root.attributes or "\u26a1" in root.attributes)


def _captions(page: Document) -> frozenset[str]:
    """Texts that the markup calls captions."""
    return frozenset(clean(node.text()) for node in page.tree.css(_CAPTION_CLASSES)) - {""}


def _lines(page: Document) -> list[Block]:
    """The blocks behind the headline."""
    root = page.tree.body
    if root is None:
        return []
    found = blocks(root, skip={node.mem_id for node in root.css(_NOT_TEXT)})
    start = next((n for n, block in enumerate(found) if block.tag == "h1"), -1)
    return found[start + 1 :]


def _read_head(lines: Sequence[Block], title: str, captions: frozenset[str]) -> tuple[_Head, list[Block]]:
    """Take head, caption and category out of `lines`; what is left is the body."""
    head, rest = _Head(), list[Block]()
    for number, block in enumerate(lines):
        text = clean(block.text)
        head.image = head.image or next(iter(block.images), None)
        if category := _CATEGORY.fullmatch(text):
            head.section = name_or_none(category["name"])
            break
        is_caption = text in captions
        if not is_caption and not rest and number < _HEAD_LINES and _take_head_line(head, text, title):
            continue
        if is_caption or (block.images and not head.caption.text and split_caption(text).text != text):
            head.caption = head.caption if head.caption.text else split_caption(text)
            continue
        rest.append(block)
    return head, rest


def _take_head_line(head: _Head, text: str, title: str) -> bool:
    byline = list(_BYLINE.finditer(text))
    for match in byline:
        head.byline.setdefault(match["role"].lower(), match["name"])
    before = text[: byline[0].start()].strip(" |") if byline else text
    if head.date_line is None and len(before) <= _DATE_LIMIT and parse_date_line(before, "UTC"):
        head.date_line = before
        return True
    return bool(byline) or text == title


def _tags(page: Document) -> tuple[str, ...]:
    texts = (clean(a.text()).lstrip("# ") for a in page.tree.css(".news-tags a[href]"))
    return tuple(dict.fromkeys(t for t in texts if t))
