"""Reads an archived version again with today's page classes, from its records in the store."""

from news.errors import ArchiveDamaged, PageError
from news.url import ArticleKey, UrlRules
from news.verdict import Reading
from pages.join import join_parts
from pages.registry import read_article
from storage.decoding import decoded_body
from storage.objects import ObjectMissing, ObjectStore
from storage.seen import Head
from storage.warc import read_record


def reread(store: ObjectStore, rules: UrlRules, body_limit: int, key: ArticleKey, head: Head) -> Reading:
    """How `head`, a version of `key`, reads today.

    `body_limit` bounds a decoded body, in bytes. Raises ArchiveDamaged when its records cannot be read,
    StoreUnavailable.
    """
    parts = []
    try:
        for pointer in head.captures:
            record = read_record(store.get_range(pointer.warc_key, pointer.warc_offset, pointer.warc_length))
            body = decoded_body(record.entity, record.http_header("content-encoding"), body_limit)
            parts.append(
                read_article(
                    body,
                    url=record.fields["warc-target-uri"],
                    content_type=record.http_header("content-type"),
                    captured_at=record.fetched_at,
                    rules=rules,
                )
            )
        article = join_parts(parts, rules.network.sites[key.site])
    except (PageError, ObjectMissing, ValueError, LookupError) as error:
        raise ArchiveDamaged(f"{key}: the archived version cannot be read any more: {error}") from error
    digests = tuple(pointer.payload_digest for pointer in head.captures)
    return Reading(article.content_digest, article.page_class, article.reader_revision, digests)
