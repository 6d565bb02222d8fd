"""The page of an article of Google News: 590 kB of script, and one tag with what is needed to ask for the URL.

No tree is built: the tag stands in the last hundredth of the page, so it is looked for from the end.
"""

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

from news.google import GoogleAnswerRefused, GoogleRefusal, publisher_url

_ID, _TIMESTAMP, _SIGNATURE, _URL = "data-n-a-id", "data-n-a-ts", "data-n-a-sg", "data-n-au"

_NAME, _VALUE = rb"[^\s\"'<>/=]++", rb"\"[^\"]*+\"|'[^']*+'|[^\s\"'<>]++"
_TAG = re.compile(rb"<[a-zA-Z][\w:-]*+(?:[\s/]++|%b(?:\s*+=\s*+(?:%b))?+)*+>" % (_NAME, _VALUE))
_ATTRIBUTE = re.compile(rb"(%b)\s*+=\s*+(%b)" % (_NAME, _VALUE))
_TAG_LIMIT = 65_536
"""Bytes before an attribute's name in which its tag begins; a tag may carry a page's data in another attribute."""
_TAG_STARTS = 16
"""Places before an attribute's name that are tried as the beginning of its tag; one, unless a value holds a `<`."""
_OCCURRENCES = 50
"""Mentions of an attribute that are looked at; a page has one or two."""

_SECONDS = re.compile(r"[0-9]{1,12}")
_SIGNATURE_FORM = re.compile(r"[!-~]{1,1024}")


class Signature(NamedTuple):
    """What lets the article `token` be decoded, for a while: ask at once, keep nowhere."""

    token: str
    timestamp: int
    """Unix seconds at which Google made the page."""
    signature: str


def read_article_page(body: bytes, token: str) -> Signature | str:
    """The signature of `token`, or the publisher's URL when the page is of the old form that states it.

    All three values come from one tag. Raises GoogleAnswerRefused, MALFORMED, when neither is there.
    """
    for tag in _tags_with(_SIGNATURE, body):
        if tag.get(_ID) == token and (found := _signature(tag)):
            return found
    stated = {publisher_url(tag[_URL]) for tag in _tags_with(_URL, body) if tag.get(_ID, token) == token} - {None}
    if len(stated) == 1 and (url := stated.pop()):
        return url
    raise GoogleAnswerRefused(GoogleRefusal.MALFORMED, "no signature of this article in the page")


def _signature(tag: dict[str, str]) -> Signature | None:
    seconds, signature = tag.get(_TIMESTAMP, ""), tag[_SIGNATURE]
    if not _SECONDS.fullmatch(seconds) or not _SIGNATURE_FORM.fullmatch(signature):
        return None
    return Signature(tag[_ID], int(seconds), signature)


def _tags_with(name: str, body: bytes) -> Iterator[dict[str, str]]:
    """The attributes of each tag that has `name` among them, from the end of the page."""
    at = len(body)
    for _ in range(_OCCURRENCES):
        at = body.rfind(name.encode(), 0, at)
        if at < 0:
            return
        attributes = _tag_around(body, at)
        if name in attributes:
            yield attributes


def _tag_around(body: bytes, at: int) -> dict[str, str]:
    """The attributes, unescaped, of the start tag that reaches over `at`; none when no tag does."""
    earliest, start = max(0, at - _TAG_LIMIT), at
    for _ in range(_TAG_STARTS):
        start = body.rfind(b"<", earliest, start)
        if start < 0:
            break
        tag = _TAG.match(body, start, at + _TAG_LIMIT)
        if tag and tag.end() > at:
            return _attributes(tag[0])
    return {}


def _attributes(tag: bytes) -> dict[str, str]:
    """Of two with one name, the first counts, as in browsers."""
    found = reversed(_ATTRIBUTE.findall(tag))
    return {
        name.decode(errors="replace"): html.unescape(_bare(value).decode(errors="replace")) for name, value in found
    }


def _bare(value: bytes) -> bytes:
    return value[1:-1] if value[:1] in (b'"', b"'") else value
