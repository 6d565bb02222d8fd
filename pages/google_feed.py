"""A feed of Google News, read as a stream: no entity, no network, and what stood before a break stays."""

from dataclasses import dataclass
from xml.parsers import expat

from news.google import GoogleAnswerRefused, GoogleRefusal
from pages.google_item import FeedItem, FeedLead, read_item
from pages.google_refusal import disguise_of, is_html

FULL = 100
"""Items at which Google cuts a feed off; there is no second page."""

_CHUNK = 65_536
_BODY_LIMIT = 4 * 2**20
"""Bytes of a feed that are read: a hundred items with their clusters have less than one MiB."""
_ITEM_LIMIT = 1_000
_LEAD_LIMIT = 10_000
_ROOT, _ITEM, _CHILD = 1, 3, 4
"""How many elements are open within `rss/channel/item/title`."""


@dataclass(frozen=True, slots=True)
class GoogleFeed:
    """What a feed said."""

    leads: tuple[FeedLead, ...]
    """In the order of the document, a cluster after its item; the first of each id."""
    items: int
    malformed: int
    """Items whose own id cannot be read; the articles of their cluster are leads all the same."""
    truncated: bool
    """The document broke off, or is larger than Google's ever are: there may be more."""

    @property
    def full(self) -> bool:
        """Whether the query met Google's ceiling, so that it must be asked in smaller slices."""
        return self.items >= FULL


def read_google_feed(body: bytes) -> GoogleFeed:
    """The leads of an RSS document of Google News.

    An empty feed is a feed: whether nothing is there or nothing is shown is for the feed of the front page to tell.
    Raises GoogleAnswerRefused: EMPTY without a byte, SORRY or CONSENT for these pages, MALFORMED for what is no RSS or
    declares a document type.
    """
    if not body.strip():
        raise GoogleAnswerRefused(GoogleRefusal.EMPTY)
    if is_html(body):
        raise GoogleAnswerRefused(disguise_of(body) or GoogleRefusal.MALFORMED, "HTML in place of a feed")
    items = _Items()
    broken = _parse(body, items)
    if not items.rooted:
        raise GoogleAnswerRefused(GoogleRefusal.MALFORMED, "no RSS")
    return GoogleFeed(tuple(items.leads.values()), items.count, items.malformed, broken or items.full)


class _Items:
    """Is told of the document's elements; reads each `<item>` of `rss/channel` when it ends, and keeps its leads."""

    def __init__(self) -> None:
        self.leads: dict[str, FeedLead] = {}
        self.count = 0
        self.malformed = 0
        self.rooted = False
        self.full = False
        self._depth = 0
        self._item: FeedItem | None = None
        self._child = ""
        self._text: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == _ROOT:
            self.rooted = name == "rss"
        elif self._depth == _ITEM and name == "item" and self.rooted:
            self._item = FeedItem({}, None)
        elif self._depth == _CHILD and self._item is not None:
            self._child, self._text = name, []
            if name == "source" and name not in self._item.texts:
                self._item = FeedItem(self._item.texts, attributes.get("url"))

    def text(self, piece: str) -> None:
        if self._item is not None and self._depth >= _CHILD:
            self._text.append(piece)

    def end(self, _: str) -> None:
        if self._item is not None and self._depth == _CHILD:
            self._item.texts.setdefault(self._child, "".join(self._text))
        elif self._item is not None and self._depth == _ITEM:
            self._keep(self._item)
            self._item = None
        self._depth -= 1

    def _keep(self, item: FeedItem) -> None:
        if self.count >= _ITEM_LIMIT or len(self.leads) >= _LEAD_LIMIT:
            self.full = True
            return
        own, related = read_item(item)
        self.count += 1
        self.malformed += own is None
        for lead in (own, *related) if own else related:
            self.leads.setdefault(lead.token, lead)


def _parse(body: bytes, items: _Items) -> bool:
    """Tell `items` of the elements of `body`; the answer says whether it broke off."""
    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler, parser.EndElementHandler = items.start, items.end
    parser.CharacterDataHandler = items.text
    try:
        for at in range(0, min(len(body), _BODY_LIMIT), _CHUNK):
            parser.Parse(body[at : min(at + _CHUNK, _BODY_LIMIT)], False)
        parser.Parse(b"", True)
    except expat.ExpatError:
        return True
    return len(body) > _BODY_LIMIT


def _refuse_doctype(*_: object) -> None:
    raise GoogleAnswerRefused(GoogleRefusal.MALFORMED, "a feed with a document type")
