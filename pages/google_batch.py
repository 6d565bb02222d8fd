"""The call by which Google News tells the URLs of signed articles: its body, and its answer.

The answer is JSON behind a guard line, or several pieces of JSON with their lengths between; the result of each call
is a text that holds JSON again. Rows come in any order: the tag that a call was given tells whose row it is.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from news.google import GoogleAnswerRefused, GoogleRefusal, publisher_url
from pages.google_page import Signature
from pages.google_query import GOOGLE_NEWS
from pages.google_refusal import disguise_of, is_html, refusal_of_status

BATCH_URL = f"{GOOGLE_NEWS}/_/DotsSplashUi/data/batchexecute"
BATCH_CONTENT_TYPE = "application/x-www-form-urlencoded;charset=UTF-8"

_CALL, _REQUEST, _RESULT = "Fbv4je", "garturlreq", "garturlres"
_CONTEXT = json.loads(
    '[["X","X",["X","X"],null,null,1,1,"US:en",null,1,null,null,null,null,null,0,1],"X","X",1,[1,1,1],1,1,null,0,0,null,0]'
)
"""Where a browser describes itself; Google looks at the signature only."""
_GUARD = ")]}'"
_PAYLOAD, _CODE, _TAG = 2, 5, 6
"""Places in the row of a call; a row of an error has its status where others have the code."""
_VALUE = re.compile(r"\S")


class NotDecoded(NamedTuple):
    """Google answered for this article, and not with the URL of a publisher."""

    code: int | None
    """Its reason, 3 for a signature that is wrong or too old; None when it gave none."""


Decoded = str | NotDecoded


def batch_body(signatures: Sequence[Signature]) -> bytes:
    """The form that asks for the URL of each of `signatures`, tagged by its place. Raises ValueError for none."""
    if not signatures:
        raise ValueError("nothing to ask for")
    calls = [[_CALL, _json([_REQUEST, _CONTEXT, *signed]), None, str(tag)] for tag, signed in enumerate(signatures)]
    return f"f.req={quote(_json([calls]), safe='')}".encode()


def read_batch(body: bytes, count: int) -> dict[int, Decoded]:
    """What Google says of each of the `count` calls, by its place; a call without a row is absent.

    Two rows of one call that name different URLs decide nothing. Raises GoogleAnswerRefused when Google refused the
    call as a whole, or when the answer is not of this form.
    """
    rows = list(_rows(body))
    own = [row for row in rows if row[:2] == ["wrb.fr", _CALL]]
    error = next((row for row in rows if row[0] == "er"), None)
    if error and not own:
        status = _item(error, _CODE)
        raise GoogleAnswerRefused(refusal_of_status(status), f"error {status}")
    places = {str(place): place for place in range(count)}
    said: dict[int, list[Decoded]] = {}
    for row in own:
        tag = _item(row, _TAG)
        if isinstance(tag, str) and tag in places:
            said.setdefault(places[tag], []).append(_decoded(row))
    return {place: _agreed(answers) for place, answers in said.items()}


def _decoded(row: list[Any]) -> Decoded:
    payload, code = _item(row, _PAYLOAD), _item(row, _CODE)
    if isinstance(payload, str):
        result = _parsed(payload)
        if _item(result, 0) == _RESULT and isinstance(url := _item(result, 1), str):
            return publisher_url(url) or NotDecoded(None)
    reason = _item(code, 0)
    return NotDecoded(reason if isinstance(reason, int) else None)


def _agreed(answers: list[Decoded]) -> Decoded:
    urls = {answer for answer in answers if isinstance(answer, str)}
    if not urls:
        return answers[0]
    return urls.pop() if len(urls) == 1 else NotDecoded(None)


def _rows(body: bytes) -> Iterator[list[Any]]:
    """The rows of all pieces. Raises GoogleAnswerRefused when there is no piece; a broken later piece ends the rows."""
    if not body.strip():
        raise GoogleAnswerRefused(GoogleRefusal.EMPTY)
    if is_html(body):
        raise GoogleAnswerRefused(disguise_of(body) or GoogleRefusal.MALFORMED, "HTML in place of JSON")
    pieces = [piece for piece in _pieces(body.decode(errors="replace")) if isinstance(piece, list)]
    if not pieces:
        raise GoogleAnswerRefused(GoogleRefusal.MALFORMED, "no JSON")
    for piece in pieces:
        yield from (row for row in piece if isinstance(row, list) and row)


def _pieces(text: str) -> Iterator[Any]:
    """The JSON values of `text` one after another, the lengths between them included."""
    decoder, at = json.JSONDecoder(), 0
    text = text.lstrip().removeprefix(_GUARD)
    while found := _VALUE.search(text, at):
        try:
            value, at = decoder.raw_decode(text, found.start())
        except (ValueError, RecursionError):
            return
        yield value


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _item(row: Any, place: int) -> Any:
    return row[place] if isinstance(row, list) and len(row) > place else None


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
