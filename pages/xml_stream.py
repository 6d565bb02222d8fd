"""XML as a stream of elements, without a tree: expat on chunks, with nothing that a document could make it do.

Expat opens no file and no connection, and a document type that declares anything ends the reading before its first
declaration. It also forgets a document when done: libxml2 keeps every name it ever read in a table of the process,
80 MB after one hostile document, and goes astray after one tag that is not closed.
"""

import re
from collections.abc import Iterator
from typing import Protocol
from xml.parsers import expat

from news.errors import NotASource
from pages.xml_limits import Cut, XmlLimits
from pages.xml_mending import INTERNAL_SUBSET, in_start_tag, mended

_DECLARATION = re.compile(rb"\s*<\?xml\b[^>]{0,200}\?>")
_TOKEN_LIMIT = 2**20
"""Bytes of one tag, comment or processing instruction: expat begins a long one anew with every chunk."""

_NAMES_LIMIT = 4_096
"""Names of elements and attributes, each of which expat keeps. Rich feeds use under 100."""

_MENDS_LIMIT = 100_000
"""Faults that are passed over, at under 10 microseconds each."""


class Elements(Protocol):
    """Who is told of the elements of a document. `depth` counts from 1, the root."""

    def start(self, name: str, attributes: dict[str, str], depth: int) -> bool:
        """An element begins. The answer says whether its text is wanted; then nothing is told of elements in it."""
        ...

    def end(self, depth: int, text: str) -> None:
        """An element ends. `text` is all the text in it when it was wanted."""
        ...


class XmlStream:
    """Reads one document. Broken markup costs what it stands in, not what follows."""

    def __init__(self, elements: Elements, limits: XmlLimits) -> None:
        self._elements = elements
        self._limits = limits
        self._open: list[str] = []
        self._root = ""
        self._ended = False
        self._names: set[str] = set()
        self._text: list[str] = []
        self._text_depth = 0
        self._room = 0
        self._mends = 0
        self._held = b""
        self._begin()

    def read(self, chunks: Iterator[bytes]) -> None:
        """Read UTF-8 `chunks`, the first of which holds the prolog.

        Raises NotASource when there is no element, else Cut: "depth", "entity", "syntax" (the end is missing, or too
        many faults), "bytes" (an endless tag), and what `chunks` raises.
        """
        first = next(chunks, b"")
        prolog = _DECLARATION.match(first)
        at = prolog.end() if prolog else 0
        for subset in INTERNAL_SUBSET.finditer(first, at):  # so that no declaration is in the same call
            self._parse(first[at : subset.end()])
            at = subset.end()
        self._parse(first[at:])
        if not self._root:
            raise NotASource("there is no element at its beginning")
        for chunk in chunks:
            self._parse(chunk)
        self._finish()

    def _begin(self) -> None:
        """A parser that stands within the elements which are open."""
        prefix = "".join(f"<{name}>" for name in self._open).encode()
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.Parse(prefix)
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = _refuse_declarations
        self._parser.CharacterDataHandler = self._characters if self._text_depth else None
        self._tail, self._tail_at = b"", len(prefix)

    def _parse(self, data: bytes) -> None:
        data, self._held = self._held + data, b""
        while data:
            try:
                self._parser.Parse(data)
            except expat.ExpatError as error:
                data = self._after_fault(data, error)
            else:
                self._keep_tail(data)
                return

    def _keep_tail(self, data: bytes) -> None:
        """The bytes that no event was made of yet: a fault may begin in them."""
        reached = max(self._parser.CurrentByteIndex, self._tail_at)
        self._tail = (self._tail + data)[reached - self._tail_at :]
        self._tail_at = reached
        if len(self._tail) > _TOKEN_LIMIT:
            raise Cut("bytes")

    def _after_fault(self, data: bytes, error: expat.ExpatError) -> bytes:
        window = self._tail + data
        at = max(self._parser.ErrorByteIndex - self._tail_at, 0)
        if not self._root and not in_start_tag(window, at):
            raise NotASource(f"it is no XML: {error}")
        self._mends += 1
        if self._mends > _MENDS_LIMIT:
            raise Cut("syntax")
        self._parser.CharacterDataHandler = None  # which gives out the text that was read before the fault
        mend = mended(window, at, error.code, self._open)
        for _ in range(mend.closed):
            self._end(self._open[-1])
        if self._root and not self._open:
            self._open.append(self._root)
        self._begin()
        self._held = mend.held
        if len(self._held) > _TOKEN_LIMIT:
            raise Cut("bytes")
        return mend.rest

    def _finish(self) -> None:
        try:
            self._parser.Parse(b"", True)
        except expat.ExpatError:
            if not self._ended:
                raise Cut("syntax") from None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        opened = self._open
        opened.append(name)
        depth = len(opened)
        if depth > self._limits.depth:
            raise Cut("depth")
        if attributes or name not in self._names:
            self._note_names(name, attributes)
        if not self._text_depth and self._elements.start(name, attributes, depth):
            self._text_depth, self._room = depth, self._limits.text
            self._parser.CharacterDataHandler = self._characters

    def _note_names(self, name: str, attributes: dict[str, str]) -> None:
        self._root = self._root or name
        self._names.add(name)
        self._names.update(attributes)
        if len(self._names) > _NAMES_LIMIT:
            raise Cut("syntax")

    def _characters(self, text: str) -> None:
        if self._room > 0:
            self._text.append(text[: self._room])
            self._room -= len(text)

    def _end(self, _name: str) -> None:
        opened = self._open
        depth = len(opened)
        opened.pop()
        if not self._text_depth:
            self._elements.end(depth, "")
        elif depth == self._text_depth:
            self._text_depth = 0
            self._parser.CharacterDataHandler = None
            text = "".join(self._text)
            self._text.clear()
            self._elements.end(depth, text)
        if depth == 1:
            self._ended = True


def _refuse_declarations(_name: str, _system: str | None, _public: str | None, has_internal_subset: int) -> None:
    if has_internal_subset:
        raise Cut("entity")
