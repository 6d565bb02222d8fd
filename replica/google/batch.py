"""The remote call that turns signed ids into addresses: reading `f.req`, writing rows."""

import json
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from replica.google.targets import Target

RPC = "Fbv4je"
_GUARD = ")]}'\n\n"
_INVALID_ARGUMENT = [3]
_CALL_FIELDS = 2
_TAG_AT = 3
_ESCAPES = {"=": "\\u003d", "&": "\\u0026"}
_FRAMING = [["di", 22], ["af.httprm", 22, "-3096564523984356080", 33]]
_MALFORMED = ["er", None, None, None, None, 400, None, None, None, 3]

Row = list[Any]


class Asked(NamedTuple):
    """One signed id, and the tag that its row must carry. The id is None where the call asks for something else."""

    tag: str
    article_id: str | None
    rendered: int
    signature: str


Decode = Callable[[Asked], Target | None]


def read_batch(body: bytes) -> list[Asked] | None:
    """The calls of a form body; None when `f.req` is missing or not of the shape `[[CALL, ...]]`."""
    form = parse_qs(body.decode("utf-8", "replace"))
    whole = _json(form.get("f.req", [""])[0])
    match whole:
        case [[_, *_] as calls] if all(isinstance(c, list) and len(c) >= _CALL_FIELDS for c in calls):
            return [_asked(call) for call in calls]
    return None


def row_of(asked: Asked, target: Target | None, *, escapes: bool) -> Row:
    """The row that answers one call; without a target it is a refusal."""
    if target is None:
        return ["wrb.fr", RPC, None, None, None, _INVALID_ARGUMENT, asked.tag]
    payload = ["garturlres", target.url, 1, *([target.amp] if target.amp else [])]
    text = _compact(payload)
    for sign, escape in _ESCAPES.items() if escapes else ():
        text = text.replace(sign, escape)
    return ["wrb.fr", RPC, text, None, None, None, asked.tag]


def malformed() -> Row:
    """The row that refuses a whole call."""
    return list(_MALFORMED)


def write_rows(rows: Iterable[Row], *, chunked: bool) -> bytes:
    """The answer's body. `chunked` (rt=c): each row in a chunk of its own, behind the chunk's length.

    A chunk's length counts its UTF-16 units with the line breaks before and after it.
    """
    if not chunked:
        return f"{_GUARD}{_compact([*rows, *_FRAMING])}".encode()
    chunks = [_compact([row]) for row in rows] + [_compact(_FRAMING)]
    chunks.append(_compact([["e", 4, None, None, sum(map(len, chunks))]]))
    return (_GUARD + "".join(f"{len(c.encode('utf-16-le')) // 2 + 2}\n{c}\n" for c in chunks)).encode()


def _asked(call: list[Any]) -> Asked:
    tag = _text(call[_TAG_AT]) if len(call) > _TAG_AT else ""
    match call[0], _json(call[1]):
        case str(name), ["garturlreq", _, str(article_id), rendered, str(signature)] if name == RPC:
            return Asked(tag, _text(article_id), _whole(rendered), _text(signature))
    return Asked(tag, None, 0, "")


def _text(value: Any) -> str:
    """`value` as text that UTF-8 can write; JSON may name half a surrogate pair."""
    return str(value).encode(errors="replace").decode()


def _whole(stated: Any) -> int:
    """Unix seconds, given as a number or as digits; 0 for anything else, which no signature fits."""
    text = str(stated)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len("1790722000") else 0


def _json(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return None


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
