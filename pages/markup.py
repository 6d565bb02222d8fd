"""Bytes to a tree, refusing what is no HTML and what would take a parser unbounded time or memory."""

import re

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from news.errors import NotAnArticle, PageUnreadable, RefusalReason
from pages.charset import as_utf8

_SIZE_LIMIT = 2 * 1024 * 1024
"""Bytes of a page; real ones have 105,000. A tree may take 40 times the bytes of its page."""

_ELEMENT_LIMIT = 100_000
"""`<` in a page; real ones have some 1,500. A link takes 1,200 bytes of memory and 20 microseconds (measured)."""

_TAG_LIMIT = 10_000
"""Pages with fewer `<` are read in a second however they nest."""

_DEPTH_LIMIT = 1_000
"""Levels of open elements; time grows with the square: 9,000 links within each other, 190 KB, took 4 s to be read, and
100,000 divs 22 s to be parsed. Browsers stop at 512."""

_ATTRIBUTE_LIMIT = 2_000
"""Attributes of one element; lexbor compares each with all before it: 80,000 in 400 KB took 48 s."""
_FEW_ATTRIBUTES_SIZE = 160_000
"""Bytes below which all attributes of a page may be those of one element: that takes 3 s."""
_ROOTS_LIMIT = 16
"""`html` and `body` tags: the attributes of all of them become those of one element."""

_REBUILD_LIMIT = 500_000
"""Open formatting elements times tags: lexbor rebuilds all of the former in each block, 400 bytes each.

Without it a page of 70 KB took 7 GB. Real pages close their `strong` and `em` and stay below 50,000.
"""

_HARMLESS_OPEN = 4
"""Open formatting elements that make a tree at most so many times as large as its page, whatever the page's size."""

_SHORTEST_TAG = 3
"""Bytes of `<b>`, to bound the number of tags by the size of the page."""

_SHALLOW_SIZE = 120_000
"""Bytes below which even the shortest tags, nested, parse in little over a second; real pages are mostly smaller."""

_FORMATTING = re.compile(
    rb"<(/?)(?=[bcefinstu])(?:[bisu]|big|code|em|font|nobr|small|strike|strong|tt)[\s/>]", re.IGNORECASE
)
"""The look ahead turns most tags away before the names are tried one by one."""
_PRESENTATION = re.compile(rb"</?(?:b|big|code|em|font|i|nobr|s|strike|tt|u)(?:[\s/][^<>]*)?>", re.IGNORECASE)
"""Formatting that no reader here looks at; `strong` and `small` mark names and captions."""
_ANY_TAG = re.compile(rb"<(/?)([a-zA-Z][a-zA-Z0-9-]*)")
_ATTRIBUTE = rb"[\s/]*+=?+[^\s/>=]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>]*+))?+"
"""As the HTML standard reads one (13.2.5.32 to 39), wherever it begins: a tag may hide in what looks like text."""
_MANY_ATTRIBUTES = re.compile(rb"<[a-zA-Z][^\s/>]*+(?>%b){%d}" % (_ATTRIBUTE, _ATTRIBUTE_LIMIT))
_ROOT = re.compile(rb"<(?:html|body)[\s/>]", re.IGNORECASE)
_NEVER_NESTED = frozenset(
    b"area base br col embed hr img input link meta source track wbr p li dt dd tr td th option tbody thead".split()
)
_SNIFFED = 65_536
_LOOKS_LIKE_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|title|div|article|section|h1|p)\b", re.IGNORECASE)
_BINARY = (b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"RIFF", b"\x1f\x8b")


def parse(body: bytes, content_type: str | None) -> LexborHTMLParser:
    """The tree of a page. Raises NotAnArticle(NOT_HTML) or PageUnreadable."""
    _refuse_other_formats(body, content_type)
    _refuse_vast(body)
    markup = _tamed(as_utf8(body, content_type))
    try:
        return LexborHTMLParser(markup)
    except (SelectolaxError, ValueError) as error:
        raise PageUnreadable(f"the HTML parser gave up: {error}") from error


def _refuse_other_formats(body: bytes, content_type: str | None) -> None:
    """The bytes decide; the header only names the format in the message, for servers get it wrong."""
    if not body or body.isspace():
        raise NotAnArticle(RefusalReason.NO_BODY, "the answer is empty")
    start = body[:_SNIFFED].replace(b"\x00", b"")
    if body.startswith(_BINARY) or not _LOOKS_LIKE_HTML.search(start):
        raise NotAnArticle(RefusalReason.NOT_HTML, content_type or "no content type")


def _refuse_vast(body: bytes) -> None:
    if len(body) > _SIZE_LIMIT:
        raise NotAnArticle(RefusalReason.TOO_LARGE, f"{len(body)} bytes; {_SIZE_LIMIT} are read")
    if len(body) > _ELEMENT_LIMIT and (tags := body.count(b"<")) > _ELEMENT_LIMIT:
        raise NotAnArticle(RefusalReason.TOO_LARGE, f"{tags} tags; {_ELEMENT_LIMIT} are read")


def _tamed(markup: bytes) -> bytes:
    """`markup` such that its tree is in proportion to it. Raises PageUnreadable when nothing short of that helps."""
    if _rebuilds_too_much(markup):
        markup = _PRESENTATION.sub(b"", markup)
        if _rebuilds_too_much(markup):
            raise PageUnreadable(f"formatting elements left open by the hundred in {len(markup)} bytes")
    if len(markup) > _SHALLOW_SIZE:
        _refuse_quadratic(markup)
    return markup


def _refuse_quadratic(markup: bytes) -> None:
    if (depth := _depth(markup)) > _DEPTH_LIMIT:
        raise PageUnreadable(f"elements nested {depth} deep; {_DEPTH_LIMIT} are read")
    if len(markup) > _FEW_ATTRIBUTES_SIZE and (
        _MANY_ATTRIBUTES.search(markup) or len(_ROOT.findall(markup)) > _ROOTS_LIMIT
    ):
        raise PageUnreadable(f"an element of more than {_ATTRIBUTE_LIMIT} attributes")


def _rebuilds_too_much(markup: bytes) -> bool:
    left_open = _deepest_formatting(markup)
    if left_open <= _HARMLESS_OPEN or left_open * len(markup) <= _REBUILD_LIMIT * _SHORTEST_TAG:
        return False
    return left_open * markup.count(b"<") > _REBUILD_LIMIT


def _deepest_formatting(markup: bytes) -> int:
    now = deepest = 0
    for slash in _FORMATTING.findall(markup):
        now = max(0, now - 1) if slash else now + 1
        deepest = max(deepest, now)
    return deepest


def _depth(markup: bytes) -> int:
    """Greatest number of elements open at once, by the tags alone; 0 for a page with too few tags to matter."""
    if markup.count(b"<") <= _TAG_LIMIT:
        return 0
    now = deepest = 0
    for slash, name in _ANY_TAG.findall(markup):
        if name.lower() not in _NEVER_NESTED:
            now = max(0, now - 1) if slash else now + 1
            deepest = max(deepest, now)
    return deepest
