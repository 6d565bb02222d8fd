"""From elements to records: which elements of a document are items, and which of their children say something."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from news.errors import NotASource
from pages.vocabulary import Vocabulary

Fields = dict[str, str]
"""What an item states, by slot: link, other_link, guid, title, published, modified. Stripped; no slot is empty."""


def _whatever_attributes_say(slot: str, _attributes: Mapping[str, str], _fields: Fields) -> str | None:
    return slot


@dataclass(frozen=True)
class Grammar:
    """One kind of document, in tokens of its vocabulary."""

    reader: str
    """As `SourceDocument.reader`."""
    items: frozenset[str]
    slots: Mapping[str, str]
    """Children of an item, and the slot that the text of each fills."""
    inner: Mapping[str, str] = field(default_factory=dict)
    """The same for elements at any depth within an item."""
    attributed: Callable[[str, Mapping[str, str], Fields], str | None] = _whatever_attributes_say
    """Asked about a child with attributes: may fill fields itself; gives the slot for the text, or None for none."""


class Records:
    """The elements of a document as items, each handed on with its token when it ends. The first of a slot counts."""

    def __init__(self, grammars: Mapping[str, Grammar], take: Callable[[str, Fields], None]) -> None:
        self._grammars = grammars
        self._take = take
        self._grammar: Grammar
        self._vocabulary: Vocabulary
        self._item = ""
        self._item_depth = 0
        self._fields: Fields = {}
        self._slot: str | None = None
        self.reader: str | None = None
        """Of the grammar, once the root was seen."""

    def start(self, name: str, attributes: dict[str, str], depth: int) -> bool:
        """As `Elements.start`. Raises NotASource when the root is none of the grammars'."""
        if depth == 1:
            self._choose_grammar(name, attributes)
            return False
        token = self._vocabulary.token(name)
        if token in self._grammar.items:
            self._begin(token, attributes, depth)
            return False
        if not self._item_depth:
            return False
        slots = self._grammar.slots if depth == self._item_depth + 1 else self._grammar.inner
        self._slot = slots.get(token)
        if self._slot and attributes:
            self._slot = self._grammar.attributed(self._slot, attributes, self._fields)
        return self._slot is not None

    def end(self, depth: int, text: str) -> None:
        """As `Elements.end`."""
        if depth == self._item_depth:
            self._item_depth = 0
            self._take(self._item, self._fields)
        elif self._slot is not None and (value := text.strip()):
            self._fields.setdefault(self._slot, value)
        self._slot = None

    def _begin(self, token: str, attributes: Mapping[str, str], depth: int) -> None:
        if self._item_depth:  # it was never closed
            self._take(self._item, self._fields)
        self._item, self._item_depth, self._fields = token, depth, {}
        if about := attributes.get("rdf:about", "").strip():
            self._fields["guid"] = about

    def _choose_grammar(self, name: str, attributes: dict[str, str]) -> None:
        self._vocabulary = Vocabulary(name, attributes)
        grammar = self._grammars.get(self._vocabulary.root)
        if grammar is None:
            raise NotASource(f"its root is {name[:100]!r}")
        self._grammar, self.reader = grammar, grammar.reader
