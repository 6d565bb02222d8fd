"""The last word on a reading, given against the archive as it is when the reading is committed.

A crawl judges by an index that may be hours old, and two crawls may overlap. So each article row of a segment is
judged once more against the newest heads: a reading that changes nothing is dropped, a change names the row that it
supersedes, and a reading older than the head becomes an earlier version.

A row that names what it supersedes when it comes is another reading of an archived version: of the records that the
row it names was read from. It is no new version whatever it says. One that names itself is an earlier version for sure.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from news.errors import ArchiveDamaged
from news.url import ArticleKey
from news.verdict import Reading, Verdict, judge
from storage.schema import Row
from storage.seen import Head, read_head, sighting_digest

Reread = Callable[[ArticleKey, Head], Reading]
"""Reads an archived version again with today's page classes. Raises ArchiveDamaged when its records cannot be read."""


class Settled(NamedTuple):
    """Rows of a segment as they are to be committed."""

    articles: list[Row]
    events: list[Row]


def settle(db: sqlite3.Connection, tables: Mapping[str, list[Row]], reread: Reread) -> Settled:
    """Judge the article rows of `tables` against the heads in the index `db`; what is given stays as it is."""
    heads: dict[ArticleKey, Head | None] = {}
    kept: list[Row] = []
    same: dict[str, str] = {}
    for row in tables.get("articles", []):
        key = ArticleKey(row["site"], row["article_id"])
        head = heads[key] if key in heads else read_head(db, key)
        if head is not None and head.row_id == row["row_id"]:
            kept.append(row)  # committed by a delivery that was cut before its events
        elif row.get("supersedes") and head is not None and _captured_at(row) <= head.captured_at:
            if again := _reading_again(row, head):
                kept.append(again)
                heads[key] = _head(again) if again["supersedes"] == head.row_id else head
        elif head is not None and _judge(key, head, row, reread) is Verdict.UNCHANGED:
            same[row["row_id"]] = head.row_id
            heads[key] = head
        elif head is not None and _captured_at(row) < head.captured_at:
            kept.append(row | {"supersedes": row["row_id"]})  # an earlier version is no head from the start
        else:
            kept.append(row | {"supersedes": head.row_id if head else None})
            heads[key] = _head(row)
    return Settled(kept, [_settled_event(event, same) for event in tables.get("events", [])])


def _reading_again(row: Row, head: Head) -> Row | None:
    """Another reading of an archived version as it is to be committed; None when somebody else was faster."""
    if _captured_at(row) != head.captured_at:
        return row | {"supersedes": row["row_id"]}  # of an earlier version, which is no head
    return row if row["supersedes"] == head.row_id else None


def _settled_event(event: Row, same: Mapping[str, str]) -> Row:
    """The event of a reading that changed nothing names the head that it is the same as."""
    head_row_id = same.get(event.get("row_id") or "")
    return event | {"kind": "unchanged", "row_id": head_row_id} if head_row_id else event


def unknown_sightings(db: sqlite3.Connection, columns: Mapping[str, Sequence[str]]) -> list[bool]:
    """Which rows of `columns` the index `db` does not have: a crawl cannot know what waits in another spool."""
    digests = map(sighting_digest, columns["target_url"], columns["via_url"], columns["kind"])
    return [db.execute("SELECT 1 FROM sighting WHERE digest = ?", (d,)).fetchone() is None for d in digests]


def reading_of(row: Row) -> Reading:
    """The compared part of an article row."""
    digests = tuple(c["payload_digest"] for c in row["captures"])
    return Reading(row["content_digest"], row["page_class"], row["reader_revision"], digests)


def _judge(key: ArticleKey, head: Head, row: Row, reread: Reread) -> Verdict:
    verdict = judge(head.reading, reading_of(row))
    if verdict is Verdict.REREAD:
        try:
            now = reread(key, head)
        except ArchiveDamaged:
            return Verdict.CHANGED  # it cannot be shown that nothing changed, so the new reading is kept
        # Classes are chosen by capture date, so those of two layouts differ for good: then the text alone decides.
        return Verdict.UNCHANGED if now.content_digest == row["content_digest"] else Verdict.CHANGED
    return verdict


def _head(row: Row) -> Head:
    return Head(row["row_id"], reading_of(row), _captured_at(row), ())


def _captured_at(row: Row) -> datetime:
    return datetime.fromisoformat(row["captured_at"])
