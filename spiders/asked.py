"""A feed or sitemap that a run asks for."""

from dataclasses import dataclass
from datetime import datetime

from news.site import Site


@dataclass(frozen=True, slots=True)
class Asked:
    """Which document, and how it came to be asked for."""

    site: Site
    url: str
    """Under which it is remembered."""
    learned_from: str | None
    root: str
    """The document that led to it, however far; itself where none did."""
    depth: int
    """How many documents lie between."""
    modified_at: datetime | None
    """What a sitemap index states of it."""
