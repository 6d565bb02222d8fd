"""Google's hosts, and what a request to one of them is for."""

import re
from enum import StrEnum

NEWS_HOST = "news.google.com"
CONSENT_HOST = "consent.google.com"
SORRY_HOSTS = ("www.google.com", "sorry.google.com")
HOSTS = frozenset({NEWS_HOST, CONSENT_HOST, *SORRY_HOSTS})
PAGE_PREFIX = "/rss/articles/"


class RequestKind(StrEnum):
    """Kinds that the desk tells apart and counts; in the replica's log they stand as `google_<kind>`."""

    ROBOTS = "robots"
    FEED = "feed"
    PAGE = "page"
    """`/rss/articles/<id>`."""
    OLD_PAGE = "old_page"
    """`/articles/<id>` and `/read/<id>`, which are never shown to a program."""
    BATCH = "batch"
    SORRY = "sorry"
    """A page of www.google.com or sorry.google.com: a redirect was followed that should not be."""
    CONSENT = "consent"
    """A page of consent.google.com, likewise."""
    OTHER = "other"


_PATHS = {
    RequestKind.ROBOTS: re.compile(r"/robots\.txt"),
    RequestKind.BATCH: re.compile(r"/_/DotsSplashUi/data/batchexecute"),
    RequestKind.PAGE: re.compile(rf"{PAGE_PREFIX}.*"),
    RequestKind.OLD_PAGE: re.compile(r"/(?:articles|read)/.*"),
    RequestKind.FEED: re.compile(r"/rss(?:/.*)?"),
}
"""The first that matches counts."""


def kind_of(host: str, path: str) -> RequestKind:
    """What a request to `host`, one of `HOSTS`, is for."""
    if host == CONSENT_HOST:
        return RequestKind.CONSENT
    if host in SORRY_HOSTS:
        return RequestKind.SORRY
    return next((kind for kind, form in _PATHS.items() if form.fullmatch(path)), RequestKind.OTHER)
