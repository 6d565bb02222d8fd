"""Answers of Google that are no answers: which they are, before anything is parsed."""

import re
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

from news.google import GoogleRefusal, is_google
from pages.google_query import GOOGLE_NEWS

_HTML = re.compile(rb"(?is)(?:\xef\xbb\xbf)?\s*(?:<!--.{0,2000}?-->\s*)?<(?:!doctype\s+html|html)\b")
_SORRY_PAGE = 2048
"""Bytes below which an HTML page that names `/sorry/` is the robot page; the pages that are wanted have 590,000."""
_CONSENT_PAGE = re.compile(
    rb"(?i)<title[^>]{0,100}>\s*Before you continue|<form\b[^>]{0,300}?\baction=[\"']?https://consent\.google\."
)
_REFUSING_STATUS = {
    HTTPStatus.TOO_MANY_REQUESTS: GoogleRefusal.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE: GoogleRefusal.UNAVAILABLE,
}


def refusal_of(
    status: int, location: str | None, body: bytes, content_type: str | None, *, url: str | None = None
) -> GoogleRefusal | None:
    """Why an answer to any of our questions is none, or None when it may be read.

    `location`: the header of a redirect, absolute or not. `url`: where the answer came from, when redirects were
    followed. None too for a redirect within Google News that is no refusal (an edition is added), and for 304. HTML
    where XML or JSON was asked for is MALFORMED to the readers of these.
    """
    if status in _REFUSING_STATUS:
        return _REFUSING_STATUS[HTTPStatus(status)]
    if status != HTTPStatus.NOT_MODIFIED and HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return _refusal_of_redirect(location)
    if refusal := (_refusal_of_place(url) if url else None) or disguise_of(body, content_type):
        return refusal
    if status == HTTPStatus.NOT_MODIFIED:
        return None
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return GoogleRefusal.HTTP_ERROR
    return None if body.strip() else GoogleRefusal.EMPTY


def refusal_of_status(status: int) -> GoogleRefusal:
    """What an error's number means, of HTTP or within an answer."""
    return next((why for known, why in _REFUSING_STATUS.items() if known == status), GoogleRefusal.HTTP_ERROR)


def is_html(body: bytes, content_type: str | None = None) -> bool:
    """Whether `body` begins as an HTML page or is called one."""
    return _HTML.match(body) is not None or (content_type or "").strip().lower().startswith("text/html")


def disguise_of(body: bytes, content_type: str | None = None) -> GoogleRefusal | None:
    """SORRY or CONSENT when `body` is such a page, whatever its status."""
    if not is_html(body, content_type):
        return None
    if len(body) < _SORRY_PAGE and b"/sorry/" in body:
        return GoogleRefusal.SORRY
    return GoogleRefusal.CONSENT if _CONSENT_PAGE.search(body) else None


def _refusal_of_redirect(location: str | None) -> GoogleRefusal | None:
    try:
        target = urljoin(f"{GOOGLE_NEWS}/", location.replace("\\", "/")) if location else ""
        stays = urlsplit(target).hostname == urlsplit(GOOGLE_NEWS).hostname
    except ValueError:
        return GoogleRefusal.HTTP_ERROR
    return _refusal_of_place(target) or (None if stays else GoogleRefusal.HTTP_ERROR)


def _refusal_of_place(url: str) -> GoogleRefusal | None:
    """What the address of a page of Google says about it."""
    if not is_google(url):
        return None
    pieces = urlsplit(url.replace("\\", "/"))
    host = pieces.hostname or ""
    if host.startswith("sorry.") or "sorry" in pieces.path.split("/"):
        return GoogleRefusal.SORRY
    if host.startswith("consent."):
        return GoogleRefusal.CONSENT
    return GoogleRefusal.UNSUPPORTED if pieces.path.startswith("/rss/unsupported") else None
