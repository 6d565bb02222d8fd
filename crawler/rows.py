"""Rows of the archive's tables, as the spool keeps them. Columns: `storage.schema`."""

from dataclasses import fields
from datetime import UTC, datetime
from hashlib import blake2b

from crawler.sighted import Sighted
from news.article import Article, PageLink
from news.item import LeadFound, PartRead, SourceFound, StateFound, StretchFound
from news.site import Site
from news.url import ArticleKey, NetworkUrl
from storage.schema import Row
from storage.sightings import SightedLink

_STATE_TABLES: dict[type, str] = {SourceFound: "sources", LeadFound: "leads", StretchFound: "backfill"}


def sighted_link(link: PageLink, target: NetworkUrl) -> SightedLink:
    """One link on a page."""
    return SightedLink(target.url, target.site.id, target.article_id, link.kind, link.text, link.position)


def event_row(key: ArticleKey | None, url: str, at: datetime, kind: str, run_id: str) -> Row:
    """Something that happened to an article key or a page."""
    return {
        "article_key": str(key) if key else None,
        "site": key.site if key else None,
        "url": url,
        "at": instant(at),
        "kind": kind,
        "run_id": run_id,
    }


def state_row(found: StateFound, run_id: str) -> tuple[str, Row]:
    """The table and the row of a finding about a source, a lead or a stretch; columns are the item's fields."""
    row: Row = {}
    for field in fields(found):
        value = getattr(found, field.name)
        if isinstance(value, datetime):
            value = instant(value)
        row[field.name] = str(value) if isinstance(value, ArticleKey) else value
    return _STATE_TABLES[type(found)], row | {"run_id": run_id}


def article_row(article: Article, parts: list[PartRead], site: Site, sighted: Sighted, run_id: str) -> Row:
    """A reading of a whole article, with the records of its parts."""
    key = ArticleKey(article.site, article.article_id)
    captured_at = instant(parts[0].fetched_at)
    made_by = f"{key} {captured_at} {article.page_class} {article.reader_revision}"
    return {
        "row_id": blake2b(made_by.encode(), digest_size=16).hexdigest(),
        "article_key": str(key),
        "site": article.site,
        "host": site.host,
        "article_id": article.article_id,
        **content_columns(article),
        "first_seen_at": instant(sighted.first_at or parts[0].fetched_at),
        "captured_at": captured_at,
        "discovered_via": list(sighted.via),
        "captures": [{"part": part.part, **part.pointer._asdict()} for part in parts],
        "run_id": run_id,
    }


def content_columns(article: Article) -> Row:
    """The columns that a page class makes of a page."""
    return {
        "url": article.url,
        "title": article.title,
        "reporter": article.reporter,
        "editor": article.editor,
        "published_at": instant(article.published_at) if article.published_at else None,
        "published_raw": article.published_raw,
        "timezone": article.timezone,
        "section": article.section,
        "place": article.place,
        "body": article.body,
        "caption": article.caption,
        "credit": article.credit,
        "image_url": article.image_url,
        "tags": list(article.tags),
        "source": article.source,
        "related": [link._asdict() for link in article.related],
        "language": article.language,
        "word_count": article.word_count,
        "parts": article.parts,
        "parts_expected": article.parts_expected,
        "content_digest": article.content_digest,
        "page_class": article.page_class,
        "reader_revision": article.reader_revision,
    }


def instant(at: datetime) -> str:
    """ISO 8601 in UTC, with microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
