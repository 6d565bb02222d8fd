"""Google as a pointer to publishers, never as one: how it refuses, and which URLs are its own."""

import re
import unicodedata
from enum import StrEnum
from urllib.parse import SplitResult, unquote, urlsplit

from news.errors import DiswayError

_URL_LIMIT = 2048
_REFUSED_CHARACTERS = re.compile(r"[\x00-\x20\x7f-\x9f\\\ud800-\udfff\ufffd]")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?)+")
_GOOGLE_HOST = re.compile(r"(?:.+\.)?(?:google\.(?:com|(?:com?\.)?[a-z]{2})|googleusercontent\.com)")
"""google.com, googleusercontent.com and the country domains, such as google.de, google.co.id and google.com.au."""


class GoogleRefusal(StrEnum):
    """Why an answer of Google is no answer. The value is the last word of the counter."""

    TOO_MANY_REQUESTS = "too_many_requests"
    UNAVAILABLE = "unavailable"
    SORRY = "sorry"
    """The page for what Google takes for a robot."""
    CONSENT = "consent"
    """The wall of cookies, shown to addresses of Europe."""
    EMPTY = "empty"
    """No bytes at all, or a feed without items where the front page's feed has none either."""
    MALFORMED = "malformed"
    UNSUPPORTED = "unsupported"
    """A feed that Google gave up: it redirects to `/rss/unsupported`."""
    HTTP_ERROR = "http_error"


class GoogleAnswerRefused(DiswayError):
    """Google answered, and its answer holds nothing that can be used; `reason` says why."""

    def __init__(self, reason: GoogleRefusal, detail: str = "") -> None:
        super().__init__(f"{reason.value}: {detail}" if detail else reason.value)
        self.reason = reason


def is_google(url: str) -> bool:
    """Whether `url` lies on a host of Google, read as a browser would; False for what has no host."""
    pieces = _split(url.replace("\\", "/"))
    if pieces is None:
        return False
    host = unicodedata.normalize("NFKC", unquote(pieces.hostname or "")).lower().replace("\u3002", ".")
    return _GOOGLE_HOST.fullmatch(host.rstrip(".")) is not None


def publisher_url(url: str) -> str | None:
    """`url` as it is when it can be a publisher's page: absolute http(s), not Google's; else None.

    At most 2,048 characters, without white space, backslash, control characters, user name, or the remains of
    characters that could not be decoded. Whether it belongs to the network is for `news.url` to say.
    """
    if len(url) > _URL_LIMIT or _REFUSED_CHARACTERS.search(url) or is_google(url):
        return None
    pieces = _split(url)
    if pieces is None or pieces.scheme not in ("http", "https") or "@" in pieces.netloc:
        return None
    return url if _HOST.fullmatch(pieces.hostname or "") else None


def _split(url: str) -> SplitResult | None:
    try:
        pieces = urlsplit(url)
        _ = pieces.port
    except ValueError:
        return None
    return pieces
