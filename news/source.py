"""What a feed or a sitemap of a site says: which articles there are, and when they were published or changed.

Everything here is what the document states. Dates may be wrong and titles invented; identity is the article key.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from news.article import LinkKind, PageLink


class SourceEntry(NamedTuple):
    """One article that a feed or sitemap names. Both instants are aware, or None when not stated or no date."""

    link: PageLink
    """Absolute URL, kind FEED or SITEMAP, the stated headline or an empty text, position among the entries from 0."""
    published_at: datetime | None
    """RSS pubDate, Atom published, news:publication_date."""
    modified_at: datetime | None
    """Atom updated, sitemap lastmod."""
    article_id: int
    """Of the document's own site."""


class ChildSitemap(NamedTuple):
    """A sitemap that a sitemap index names: absolute URL inside the network, lastmod (aware) or None."""

    url: str
    modified_at: datetime | None


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A feed, sitemap or sitemap index as far as it was read."""

    url: str
    kind: LinkKind
    """FEED or SITEMAP."""
    entries: tuple[SourceEntry, ...]
    """The first of each article key, in document order; articles of the document's own site only."""
    children: tuple[ChildSitemap, ...]
    """Of a sitemap index, in document order, without repeats; of the document's own site only."""
    sections: tuple[str, ...]
    """Absolute section listings that it names, without repeats."""
    offsite: int
    """Links that leave the site."""
    repeated: int
    """Links to an article that an entry before names already: other slugs of one id, parts, AMP twins."""
    malformed: int
    """Entries without a link that can be read."""
    cut: str | None
    """Why reading stopped early: bytes, entries, depth, entity or syntax. What was read before stands."""
    reader: str
    """rss, atom, rdf, sitemap or sitemap_index."""
    reader_revision: int
