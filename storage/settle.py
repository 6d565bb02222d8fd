"""The last word on a reading, given against the archive as it is when the reading is committed.

A crawl judges by an index that may be hours old, and two crawls may overlap. So each article row of a segment is
judged once more against the newest heads: a reading that changes nothing is dropped, a change names the row that it
supersedes, and a reading older than the head becomes an earlier version.
"""

import sqlite3
from collections.abc import Callable
from datetime import datetime

from news.errors import ArchiveDamaged
from news.url import ArticleKey
from news.verdict import Reading, Verdict, judge
from storage.schema import Row
from storage.seen import Head, read_head

Reread = Callable[[ArticleKey, Head], Reading]
"""Reads an archived version again with today's page classes. Raises ArchiveDamaged when its records cannot be read."""


def settle(db: sqlite3.Connection, tables: dict[str, list[Row]], reread: Reread) -> None:
    """Judge the article rows of `tables`, in place, against the heads in the index `db`."""
    heads: dict[ArticleKey, Head | None] = {}
    kept: list[Row] = []
    for row in tables.get("articles", []):
        key = ArticleKey(row["site"], row["article_id"])
        head = heads[key] if key in heads else read_head(db, key)
        if head is not None and head.row_id == row["row_id"]:
            kept.append(row)  # committed by a delivery that was cut before its events
            continue
        verdict = _judge(key, head, row, reread)
        if verdict is Verdict.UNCHANGED:
            assert head is not None
            _say_unchanged(tables["events"], row["row_id"], head.row_id)
            heads[key] = head
            continue
        if head is not None and _captured_at(row) < head.captured_at:
            tables["events"].append(_superseded(row))
        else:
            row["supersedes"] = head.row_id if head else None
            heads[key] = _head(row)
        kept.append(row)
    if "articles" in tables:
        tables["articles"] = kept


def reading_of(row: Row) -> Reading:
    """The compared part of an article row."""
    digests = tuple(c["payload_digest"] for c in row["captures"])
    return Reading(row["content_digest"], row["page_class"], row["reader_revision"], digests)


def _judge(key: ArticleKey, head: Head | None, row: Row, reread: Reread) -> Verdict:
    verdict = judge(head.reading if head else None, reading_of(row))
    if verdict is Verdict.REREAD and head is not None:
        try:
            verdict = judge(reread(key, head), reading_of(row))
        except ArchiveDamaged:
            verdict = Verdict.CHANGED  # it cannot be shown that nothing changed, so the new reading is kept
        # The stored pages have another layout than today's: their classes differ for good, so the text alone decides.
        if verdict is Verdict.REREAD:
            verdict = Verdict.CHANGED
    return verdict


def _head(row: Row) -> Head:
    return Head(row["row_id"], reading_of(row), _captured_at(row), ())


def _captured_at(row: Row) -> datetime:
    return datetime.fromisoformat(row["captured_at"])


def _say_unchanged(events: list[Row], row_id: str, head_row_id: str) -> None:
    for event in events:
        if event.get("row_id") == row_id:
            event["kind"], event["row_id"] = "unchanged", head_row_id


def _superseded(row: Row) -> Row:
    return {
        "article_key": row["article_key"],
        "site": row["site"],
        "url": row["url"],
        "at": row["captured_at"],
        "kind": "superseded",
        "reason": "older_than_head",
        "row_id": row["row_id"],
        "run_id": row["run_id"],
    }
