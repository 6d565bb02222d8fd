"""Where to go on in XML that is not well-formed: from the place of the fault, with as little lost as can be."""

import re
from collections.abc import Sequence
from typing import NamedTuple
from xml.parsers.expat import errors

from pages.xml_limits import Cut

INTERNAL_SUBSET = re.compile(rb"<!DOCTYPE(?:[^\[>\"']|\"[^\"]*\"|'[^']*')*+\[")
"""A document type up to where its declarations begin."""

_MISMATCH = errors.codes[errors.XML_ERROR_TAG_MISMATCH]
_JUNK = errors.codes[errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]
_NAME = rb"[A-Za-z_:][A-Za-z0-9_:.-]*"
_START_TAG = re.compile(rb"<(" + _NAME + rb")")
_ATTRIBUTE = re.compile(
    rb"(?<![A-Za-z0-9_:.-])(" + _NAME + rb")\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)'|([^\s\"'<>]+))",
)
_END_NAME = re.compile(rb"[^\s<>/]*")
_ANY_CDATA = re.compile(rb"<!\[CDATA\[", re.IGNORECASE)


class Mend(NamedTuple):
    """How a parser that begins anew inside the elements still open goes on."""

    rest: bytes
    """What to parse next, in place of the text from the fault on."""
    closed: int = 0
    """How many of the open elements end here, from the innermost."""
    held: bytes = b""
    """A tag whose end has not come yet: to be put before the next chunk."""


def mended(window: bytes, at: int, code: int, open_names: Sequence[str]) -> Mend:
    """The mend for expat's error `code` at `window[at]`. `window` holds the whole of the token so far.

    Raises Cut("entity") at a document type with declarations: it has no meaning there, and no harmless reason.
    """
    if code == _MISMATCH:
        return _end_tag(window, at - len(b"</"), open_names)
    if code == _JUNK:
        return Mend(window[at:])
    opened = window.rfind(b"<", 0, at)
    if opened < 0 or b">" in window[opened:at]:
        return Mend(window[at + 1 :])
    return _in_tag(window, opened, at, open_names)


def in_start_tag(window: bytes, at: int) -> bool:
    """Whether a fault at `at` lies in a tag that begins an element."""
    opened = window.rfind(b"<", 0, at)
    return opened >= 0 and b">" not in window[opened:at] and _START_TAG.match(window, opened) is not None


def _in_tag(window: bytes, opened: int, at: int, open_names: Sequence[str]) -> Mend:
    """For a fault at `at` within the tag, or what looks like one, that begins at `opened`."""
    if window.startswith(b"<!", opened):
        return _declaration(window, opened, at)
    if window.startswith(b"</", opened):
        return _end_tag(window, opened, open_names)
    if start := _START_TAG.match(window, opened):
        return _start_tag(window, start, at)
    return _as_text(window, opened)


def _as_text(window: bytes, opened: int) -> Mend:
    return Mend(b"&lt;" + window[opened + 1 :])


def _end_tag(window: bytes, opened: int, open_names: Sequence[str]) -> Mend:
    """Closes everything up to the element that the tag names; a tag that names none is passed over."""
    end = window.find(b">", opened)
    if end < 0:
        return Mend(b"", held=window[opened:])
    name = _END_NAME.match(window, opened + len(b"</"))
    wanted = name[0].decode(errors="replace").casefold() if name else ""
    for closed, candidate in enumerate(reversed(open_names), start=1):
        if candidate.casefold() == wanted:
            return Mend(window[end + 1 :], closed)
    return Mend(window[end + 1 :])


def _start_tag(window: bytes, start: re.Match[bytes], at: int) -> Mend:
    """The tag put together anew from the attributes that can be made out, the last of a name counts."""
    if window.startswith(b"<", at) and b"=" not in window[start.end() : at]:
        return _as_text(window, start.start())  # `a<b` in a text
    end = window.find(b">", at)
    if end < 0:
        return Mend(b"", held=window[start.start() :])
    slash = b"/" if window[end - 1 : end] == b"/" else b""
    found = _ATTRIBUTE.finditer(window, start.end(), end - len(slash))
    attributes = {name: a or b or c or b"" for name, a, b, c in (m.groups() for m in found)}
    stated = b"".join(b" %s='%s'" % (name, value.replace(b"'", b"&apos;")) for name, value in attributes.items())
    return Mend(b"<" + start[1] + stated + slash + b">" + window[end + 1 :])


def _declaration(window: bytes, opened: int, at: int) -> Mend:
    if window.startswith(b"<!--", opened):
        rest = window[at:].lstrip(b"-")  # two dashes end a comment or are a fault
        return Mend(rest[1:] if rest.startswith(b">") else b"<!--" + rest)
    if cdata := _ANY_CDATA.match(window, opened):
        return Mend(b"<![CDATA[" + window[cdata.end() :])
    if window.startswith(b"<!ENTITY", opened) or INTERNAL_SUBSET.match(window, opened):
        raise Cut("entity")
    return _as_text(window, opened)
