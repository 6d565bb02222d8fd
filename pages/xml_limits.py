"""How much of a feed or sitemap is read, and how its readers say that they stop."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class XmlLimits:
    """Bounds for one document. The first two are those that sitemaps.org sets for a sitemap."""

    bytes: int = 50 * 2**20
    """Of the document after decompression."""
    entries: int = 50_000
    """Distinct articles, and as many child sitemaps and sections."""
    depth: int = 64
    """Elements open at once. Feeds need 5, but XHTML inside an Atom entry nests as any page does."""
    text: int = 64 * 2**10
    """Characters of one element that are kept; the rest of its text is passed over."""


class Cut(Exception):
    """Reading stops here; `reason` is what `SourceDocument.cut` holds. What was read before stands."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
