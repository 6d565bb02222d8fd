"""The edition that a request asks for: the parameters hl, gl and ceid."""

from urllib.parse import parse_qsl

from replica.incoming import Request

_INDONESIAN = {"hl": "id", "gl": "ID", "ceid": "ID:id"}


def parameters(request: Request) -> dict[str, str]:
    """The first value of each parameter of the query."""
    return dict(reversed(parse_qsl(request.query, keep_blank_values=True)))


def with_locale(request: Request) -> str | None:
    """The target with the missing parameters of the Indonesian edition added; None when none is missing."""
    given = parameters(request)
    missing = [f"{name}={value}" for name, value in _INDONESIAN.items() if name not in given]
    if not missing:
        return None
    return f"{request.path}?{'&'.join([*filter(None, [request.query]), *missing])}"


def is_indonesian(given: dict[str, str]) -> bool:
    """Whether the edition's language is that of the network; feeds of other editions hold nothing of it."""
    return given.get("hl", "").lower().startswith(_INDONESIAN["hl"])
