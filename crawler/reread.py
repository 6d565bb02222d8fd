"""Reads archived pages again with today's page classes, from their records in the store."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from news.article import Article, ArticlePart
from news.capture import WarcPointer
from news.errors import ArchiveDamaged, BodyUndecodable, PageError
from news.slug import PLACEHOLDER
from news.url import ArticleKey, UrlRules
from news.verdict import Reading
from pages.join import join_parts
from pages.registry import read_article
from storage.decoding import decoded_body
from storage.objects import ObjectMissing, ObjectStore
from storage.seen import Head
from storage.warc import StoredRecord, read_record


class ArchivedPage(NamedTuple):
    """A page of an article as it was visited; `record` may be that of an earlier visit which brought equal bytes."""

    record: StoredRecord
    url: str
    captured_at: datetime


class Rereader:
    """Today's page classes. `body_limit` bounds a decoded body, in bytes."""

    def __init__(self, rules: UrlRules, body_limit: int) -> None:
        self.rules = rules
        self._body_limit = body_limit

    def part(self, page: ArchivedPage) -> ArticlePart:
        """The part of an article that `page` is. Raises PageError, ArchiveDamaged."""
        record = page.record
        try:
            body = decoded_body(record.entity, record.content_encoding, self._body_limit)
        except BodyUndecodable as error:
            raise ArchiveDamaged(str(error)) from error
        return read_article(
            body,
            url=page.url,
            content_type=record.http_header("content-type"),
            captured_at=page.captured_at,
            rules=self.rules,
        )

    def article(self, key: ArticleKey, parts: Iterable[ArticlePart]) -> Article:
        """The article that `parts` make. Raises ArchiveDamaged."""
        site = self.rules.network.sites.get(key.site)
        if site is None:
            raise ArchiveDamaged(f"no site file describes {key.site}")
        return join_parts(list(parts), site)

    def pages(
        self,
        key: ArticleKey,
        pointers: Iterable[WarcPointer],
        captured_at: datetime,
        fetch: Callable[[WarcPointer], StoredRecord],
        url: str | None = None,
    ) -> Iterator[ArchivedPage]:
        """The pages of a version of `key`, whose records lie at `pointers`; `url` is its canonical one, if known.

        A visit that brought the bytes of an earlier record is later than it, and may have been of another address.
        """
        for part, record in enumerate(map(fetch, pointers), start=1):
            address = record.fields["warc-target-uri"]
            target = self.rules.read(address)
            if target is None or target.key != key:
                address = self._own_url(key, part, url) or address
            yield ArchivedPage(record, address, max(record.fetched_at, captured_at))

    def _own_url(self, key: ArticleKey, part: int, url: str | None) -> str | None:
        site = self.rules.network.sites.get(key.site)
        own = self.rules.read(url or f"https://{site.host}/read/{key.article_id}/{PLACEHOLDER}") if site else None
        return own.part_url(part) if own else None


def reread(store: ObjectStore, rules: UrlRules, body_limit: int, key: ArticleKey, head: Head) -> Reading:
    """How `head`, a version of `key`, reads today. Raises ArchiveDamaged when it cannot be read, StoreUnavailable."""

    def fetch(pointer: WarcPointer) -> StoredRecord:
        return read_record(store.get_range(pointer.warc_key, pointer.warc_offset, pointer.warc_length))

    try:
        rereader = Rereader(rules, body_limit)
        pages = rereader.pages(key, head.captures, head.captured_at, fetch)
        article = rereader.article(key, map(rereader.part, pages))
    except (PageError, ObjectMissing, ValueError, LookupError) as error:
        raise ArchiveDamaged(f"{key}: the archived version cannot be read any more: {error}") from error
    digests = tuple(pointer.payload_digest for pointer in head.captures)
    return Reading(article.content_digest, article.page_class, article.reader_revision, digests)
