"""What the replica answers with, before HTTP."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PageKind(StrEnum):
    """What a page is; decides how its answer is framed."""

    ARTICLE = "article"
    AMP = "amp"
    LISTING = "listing"
    ROBOTS = "robots"
    FEED = "feed"
    SITEMAP = "sitemap"
    IMAGE = "image"
    SCRIPT = "script"
    DATA = "data"
    """What a script asks for."""
    REDIRECT = "redirect"
    NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True)
class Page:
    """A page before HTTP: `modified` is when its own content last changed, None where the site would not know; `etag`
    is one that the page has of its own; `location` is where a redirect leads.
    """

    kind: PageKind
    status: int
    content_type: str
    body: bytes
    modified: datetime | None = None
    etag: str | None = None
    location: str | None = None
