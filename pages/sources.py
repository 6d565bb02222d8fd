"""The door to feeds and sitemaps: what a site says there is, read as a stream and within bounds.

Whatever the address promises, the document decides what it is: a feed may answer where a sitemap was looked for.
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain

from news.article import LinkKind
from news.errors import NotASource, PageUnreadable
from news.source import SourceDocument
from news.url import UrlRules
from pages.entries import Entries
from pages.feed import ATOM, RDF, RSS
from pages.own_links import OwnLinks
from pages.packed import unpacked, whole_chunks
from pages.pointers import alternate_feeds, robots_sitemaps
from pages.records import Fields, Records
from pages.sitemap import CHILD, SITEMAP, SITEMAP_INDEX, text_lines
from pages.xml_limits import Cut, XmlLimits
from pages.xml_stream import XmlStream
from pages.xml_text import as_utf8_stream, with_known_references

__all__ = ["XmlLimits", "alternate_feeds", "read_source", "robots_sitemaps", "source_digest"]

_GRAMMARS = {"rss": RSS, "rdf": RDF, "feed": ATOM, "urlset": SITEMAP, "sitemapindex": SITEMAP_INDEX}
"""By the local name of the root, lower case."""

_ROOT = re.compile(rb"<(?:[\w.-]+:)?(rss|rdf|feed|urlset|sitemapindex)[\s/>]", re.IGNORECASE)
_LINK_SLOTS = ("link", "guid", "other_link")
_BLANK = b" \t\r\n"


def read_source(
    body: bytes,
    *,
    url: str,
    kind: LinkKind,
    content_type: str | None,
    rules: UrlRules,
    limits: XmlLimits = XmlLimits(),  # noqa: B008 - frozen
) -> SourceDocument:
    """Read a feed, a sitemap or a sitemap index; `body` may be gzip, up to twice, and in any encoding.

    `url` is the one that answered, absolute; `kind` is FEED or SITEMAP, and becomes that of the links. Articles are
    those of the document's own site. Raises NotASource when the body is something else (a page, a notice, nothing),
    PageUnreadable when `url` is outside the network or no text can be had from the bytes.
    """
    address = rules.read(url)
    if address is None:
        raise PageUnreadable(f"{url} is outside the network")
    entries = Entries(OwnLinks(url, address.site, rules), kind, limits.entries)
    text = whole_chunks(_from_first_mark(as_utf8_stream(unpacked(body, limits.bytes), content_type)))
    try:
        first = next(text, b"")
    except Cut as cut:
        raise PageUnreadable(f"{url} is damaged from the start") from cut
    chunks = chain((first,), text)
    if first.startswith(b"<"):
        reader, stopped = _read_xml(first, chunks, entries, limits)
    elif first[:8].lower().startswith((b"https://", b"http://")):
        reader, stopped = SITEMAP.reader, _read_lines(chunks, entries)
    else:
        raise NotASource(
            f"it begins with {first[:40]!r} ({content_type or 'no content type'})" if first else "it is empty"
        )
    return entries.document(reader, stopped)


def source_digest(document: SourceDocument) -> str:
    """SHA-256 (hex) over what the document lists, in order: addresses, titles, dates. Equal is nothing to be learnt."""
    lines = [(e.link.url, e.link.text, _utc(e.published_at), _utc(e.modified_at)) for e in document.entries]
    lines += [(child.url, "", "", _utc(child.modified_at)) for child in document.children]
    lines += [(section, "", "", "") for section in document.sections]
    digest = hashlib.sha256()
    for line in lines:
        digest.update(("\t".join(line) + "\n").encode())  # neither stands in an address or a clean title
    return digest.hexdigest()


def _utc(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(UTC).isoformat()


def _from_first_mark(text: Iterator[bytes]) -> Iterator[bytes]:
    """Without the blanks before it, which XML does not allow and templates often leave."""
    begun = False
    for chunk in text:
        marks = chunk if begun else chunk.lstrip(_BLANK)
        if marks:
            begun = True
            yield marks


def _read_xml(first: bytes, chunks: Iterator[bytes], entries: Entries, limits: XmlLimits) -> tuple[str, str | None]:
    """The reader's name and why it stopped early. A document type may stop it before the root, which is then sought."""

    def take(item: str, fields: Fields) -> None:
        if item == CHILD:
            entries.child(fields.get("link", ""), fields.get("modified"))
        else:
            entries.page(_candidates(fields), fields)

    records = Records(_GRAMMARS, take)
    try:
        XmlStream(records, limits).read(with_known_references(chunks))
    except Cut as cut:
        if records.reader is None and (root := _ROOT.search(first)) is not None:
            return _GRAMMARS[root[1].decode().lower()].reader, cut.reason
        if records.reader is None:
            raise NotASource("its document type declares something, and no root follows") from cut
        return records.reader, cut.reason
    return records.reader or "", None


def _candidates(fields: Fields) -> list[str]:
    """Addresses that an item states, the likeliest first. A guid is one only when it looks like one."""
    stated = [fields[slot] for slot in _LINK_SLOTS if slot in fields]
    if not fields.get("guid", "http").startswith("http"):
        stated.remove(fields["guid"])
    return [link.replace("&amp;", "&") for link in stated]


def _read_lines(chunks: Iterator[bytes], entries: Entries) -> str | None:
    try:
        for line in text_lines(chunks):
            entries.page([line] if line.startswith(("https://", "http://")) else [], {})
    except Cut as cut:
        return cut.reason
    return None
