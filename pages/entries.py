"""What a source lists, put together as it is read: each article once, by its key, and everything else counted."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from news.article import LinkKind, PageLink
from news.source import ChildSitemap, SourceDocument, SourceEntry
from news.url import NetworkUrl, UrlKind
from pages.own_links import OwnLinks, after_host
from pages.stated import stated_headline, stated_instant
from pages.xml_limits import Cut

REVISION = 1
"""Of all readers of feeds and sitemaps: counts up with every change that may read an old document differently."""


class Entries:
    """Collects entries of one site. Time and memory grow with what is distinct, not with what is repeated."""

    def __init__(self, links: OwnLinks, kind: LinkKind, limit: int) -> None:
        self._links = links
        self._kind = kind
        self._limit = limit
        self._ids: set[int] = set()
        self._entries: list[SourceEntry] = []
        self._children: dict[str, ChildSitemap] = {}
        self._sections: dict[str, None] = {}
        self._offsite = self._repeated = self._malformed = 0

    def page(self, candidates: Sequence[str], fields: Mapping[str, str]) -> None:
        """Take an item that names a page by one of `candidates`, the likeliest first.

        `fields` may have `title`, `published` and `modified`. Raises Cut("entries") when one too many is distinct.
        """
        target = self._best(candidates)
        if target is None:
            self._count_lost(candidates)
        elif target.key is not None:
            self._article(target.url, target.key.article_id, fields)
        elif target.kind is UrlKind.SECTION and target.url not in self._sections:
            self._make_room(len(self._sections))
            self._sections[target.url] = None

    def child(self, stated: str, modified: str | None) -> None:
        """Take an item that names a sitemap. Raises Cut("entries") when one too many is distinct."""
        url = self._links.own(stated) if stated else None
        if url is None:
            self._count_lost([stated] if stated else [])
        elif (place := after_host(url)) not in self._children:
            self._make_room(len(self._children))
            self._children[place] = ChildSitemap(url, self._instant(modified))

    def document(self, reader: str, cut: str | None) -> SourceDocument:
        """All that was taken."""
        return SourceDocument(
            url=self._links.url,
            kind=self._kind,
            entries=tuple(self._entries),
            children=tuple(self._children.values()),
            sections=tuple(self._sections),
            offsite=self._offsite,
            repeated=self._repeated,
            malformed=self._malformed,
            cut=cut,
            reader=reader,
            reader_revision=REVISION,
        )

    def _best(self, candidates: Sequence[str]) -> NetworkUrl | None:
        """The first candidate that names an article, else the first that names anything of the site."""
        found = None
        for candidate in candidates:
            target = self._links.target(candidate)
            if target is not None and target.key is not None:
                return target
            found = found or target
        return found

    def _article(self, url: str, number: int, fields: Mapping[str, str]) -> None:
        if number in self._ids:
            self._repeated += 1
            return
        self._make_room(len(self._ids))
        self._ids.add(number)
        title = fields.get("title")
        link = PageLink(url, self._kind, stated_headline(title) if title else "", len(self._entries))
        self._entries.append(
            SourceEntry(link, self._instant(fields.get("published")), self._instant(fields.get("modified")), number)
        )

    def _instant(self, stated: str | None) -> datetime | None:
        return stated_instant(stated, self._links.site.timezone) if stated else None

    def _count_lost(self, candidates: Sequence[str]) -> None:
        if any(self._links.leaves(candidate) for candidate in candidates):
            self._offsite += 1
        else:
            self._malformed += 1

    def _make_room(self, held: int) -> None:
        if held >= self._limit:
            raise Cut("entries")
