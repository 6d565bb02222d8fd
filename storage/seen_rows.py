"""Takes rows of the tables into the index `seen`.

They come in no order, neither from the log nor from the snapshot, so taking them is commutative: what is kept of two
rows is decided by their own instants, never by which came first.
"""

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from storage.schema import Row
from storage.seen import sighting_digest
from storage.seen_runs import RUN_COLUMNS, TAKE_RUNS

COLUMNS = {
    "sightings": ["target_url", "site", "article_id", "via_url", "kind", "first_seen_at"],
    "captures": [
        "url", "article_id", "fetched_at", "status", "kind", "payload_digest", "links_digest", "etag", "last_modified",
        "warc_key", "warc_offset", "warc_length",
    ],
    "articles": [
        "row_id", "site", "article_id", "url", "title", "published_at", "captured_at", "content_digest", "page_class",
        "reader_revision", "reading", "captures",
    ],
    "sources": [
        "url", "site", "kind", "at", "finding", "reason", "learned_from", "failures", "next_check", "modified_at",
    ],
    "leads": [
        "lead_id", "site", "title", "published_at", "token", "at", "state", "how", "reason", "url", "article_key",
        "attempts", "next_check",
    ],
    "backfill": [
        "stretch_id", "source_url", "site", "kind", "from_at", "to_at", "cursor", "state", "reason", "at",
    ],
    "events": ["article_key", "site", "url", "at", "kind", "reason", "attempt", "next_check", "row_id", "covered_to"],
    **RUN_COLUMNS,
}  # fmt: skip


def _take_sightings(db: sqlite3.Connection, rows: list[Row]) -> None:
    db.executemany(
        "INSERT OR IGNORE INTO sighting VALUES (?)",
        ((sighting_digest(r["target_url"], r["via_url"], r["kind"]),) for r in rows),
    )
    db.executemany(
        """INSERT INTO section (site, url, first_seen_at) VALUES (:site, :target_url, :at)
           ON CONFLICT DO UPDATE SET first_seen_at = min(first_seen_at, :at)""",
        ({**r, "at": _text(r["first_seen_at"])} for r in rows if r["kind"] == "section" and r["article_id"] is None),
    )
    articles = [{**r, "at": _text(r["first_seen_at"])} for r in rows if r["article_id"] is not None]
    db.executemany(_SIGHTED, ({**r, "url": r["target_url"]} for r in articles))
    db.executemany(
        """INSERT INTO via VALUES (:site, :article_id, :kind, :at)
           ON CONFLICT DO UPDATE SET first_seen_at = min(first_seen_at, :at)""",
        articles,
    )


_NO_BYTES = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"""Digest of the entity that most redirects and errors have: nothing is a revisit of it."""


def _take_captures(db: sqlite3.Connection, rows: list[Row]) -> None:
    db.executemany(
        """INSERT OR IGNORE INTO original VALUES
               (:payload_digest, :url, :at, :warc_key, :warc_offset, :warc_length, :etag, :last_modified)""",
        (
            {**r, "at": _text(r["fetched_at"])}
            for r in rows
            if r["kind"] == "response" and r["warc_key"] is not None and r["payload_digest"] != _NO_BYTES
        ),
    )
    pages = [
        {**r, "at": _text(r["fetched_at"])}
        for r in rows
        if r["article_id"] is None and r["warc_key"] is not None and r["kind"] != "rendered"
    ]
    db.executemany(
        """INSERT INTO page (url, fetched_at, status, payload_digest, etag, last_modified)
           VALUES (:url, :at, :status, :payload_digest, :etag, :last_modified)
           ON CONFLICT DO UPDATE SET fetched_at = :at, status = :status, payload_digest = :payload_digest,
               etag = :etag, last_modified = :last_modified
           WHERE fetched_at <= :at""",
        pages,
    )
    # A listing that failed, or came as it was before, says nothing of its links: those of an older capture stand.
    db.executemany(
        """UPDATE page SET links_digest = :links_digest, links_at = :at
           WHERE url = :url AND (links_at IS NULL OR links_at <= :at)""",
        (r for r in pages if r["links_digest"] is not None),
    )


def _take_articles(db: sqlite3.Connection, rows: list[Row]) -> None:
    db.executemany(
        """INSERT INTO article (site, article_id, state, url, title, published_at, captured_at, row_id, content_digest,
               page_class, reader_revision, reading, captures)
           VALUES (:site, :article_id, 'archived', :url, :title, :published, :captured, :row_id, :content_digest,
               :page_class, :reader_revision, :reading, :pointers)
           ON CONFLICT DO UPDATE SET state = 'archived', url = :url, title = :title, published_at = :published,
               captured_at = :captured, row_id = :row_id, content_digest = :content_digest, page_class = :page_class,
               reader_revision = :reader_revision, reading = :reading, captures = :pointers
           WHERE row_id IS NULL OR (captured_at, reading, row_id) <= (:captured, :reading, :row_id)""",
        (
            {
                **r,
                "reading": r["reading"] or 1,
                "published": _text(r["published_at"]),
                "captured": _text(r["captured_at"]),
                "pointers": json.dumps([_pointer(c) for c in r["captures"]]),
            }
            for r in rows
        ),
    )

    db.executemany(
        """UPDATE article SET versions = versions + (:reading IS NULL),
               first_captured_at = min(ifnull(first_captured_at, :captured), :captured),
               visited_at = max(ifnull(visited_at, :captured), :captured)
           WHERE site = :site AND article_id = :article_id""",
        ({**r, "captured": _text(r["captured_at"])} for r in rows),
    )


def _pointer(capture: Row) -> list[object]:
    return [capture[k] for k in ("warc_key", "warc_offset", "warc_length", "payload_digest")]


def _take_events(db: sqlite3.Connection, rows: list[Row]) -> None:
    db.executemany(
        """INSERT INTO section (site, url, first_seen_at, walked_at, covered_to)
           VALUES (:site, :url, :seen, :seen, :covered)
           ON CONFLICT DO UPDATE SET walked_at = max(ifnull(walked_at, :seen), :seen),
               covered_to = CASE WHEN walked_at > :seen THEN covered_to ELSE :covered END,
               first_seen_at = min(first_seen_at, :seen)""",
        ({**r, "seen": _text(r["at"]), "covered": _text(r["covered_to"])} for r in rows if r["kind"] == "walked"),
    )
    db.executemany(
        "UPDATE page SET read_at = max(ifnull(read_at, :seen), :seen) WHERE url = :url",
        ({"url": r["url"], "seen": _text(r["at"])} for r in rows if r["kind"] == "read"),
    )
    db.executemany("INSERT OR IGNORE INTO lost VALUES (:url)", (r for r in rows if r["kind"] == "lost"))
    for row in sorted((r for r in rows if r["article_key"]), key=lambda r: r["at"]):
        values = {**row, "article_id": int(row["article_key"].partition("/")[2]), "check": _text(row["next_check"])}
        values["state"] = {"refused": "refused", "archived": "archived"}.get(row["kind"], "pending")
        values["at"] = _text(row["at"])
        values["presence"] = _PRESENCE.get(row["kind"])
        statements = [_SIGHTED]
        statements += (_DECIDED,) if row["kind"] in _STATEFUL or values["presence"] else ()
        statements += (_VISITED,) if values["presence"] else ()
        for statement in statements:
            db.execute(statement, values)


_PRESENCE = {"archived": "live", "unchanged": "live", "back": "live", "missing": "missing", "gone": "gone"}
"""What a visit says of an article's presence."""
_VISITED = """UPDATE article SET visited_at = max(ifnull(visited_at, :at), :at),
    presence = CASE WHEN presence_at > :at THEN presence ELSE :presence END,
    presence_at = max(ifnull(presence_at, :at), :at)
    WHERE site = :site AND article_id = :article_id"""
_STATEFUL = ("pending", "failed", "refused", "archived")
# An article is asked for by the URL of its first sighting, until it was read and named its own.
_SIGHTED = """INSERT INTO article (site, article_id, state, url, first_seen_at)
    VALUES (:site, :article_id, 'pending', :url, :at)
    ON CONFLICT DO UPDATE SET first_seen_at = min(ifnull(first_seen_at, :at), :at),
        url = CASE WHEN row_id IS NULL AND (:at, :url) < (first_seen_at, url) THEN :url ELSE url END"""
_DECIDED = """UPDATE article SET
    reason = :reason, attempts = ifnull(:attempt, 0), next_check = :check, decided_at = :at,
    state = CASE WHEN row_id IS NOT NULL THEN 'archived' ELSE :state END
    WHERE site = :site AND article_id = :article_id AND (decided_at IS NULL OR decided_at <= :at)"""


_SOURCE = """INSERT INTO source VALUES (:url, :site, :kind, :at, :at, :finding, :reason, :learned_from, :failures,
        :next_check, :modified_at)
    ON CONFLICT DO UPDATE SET at = :at, finding = :finding, reason = :reason, learned_from = :learned_from,
        failures = :failures, next_check = :next_check, modified_at = :modified_at
    WHERE at <= :at"""
_FIRST_FOUND = "UPDATE source SET first_at = min(first_at, :at) WHERE url = :url"
_LEAD = """INSERT INTO lead VALUES (:lead_id, :site, :title, :published_at, :token, :at, :state, :how, :reason, :url,
        :article_key, :attempts, :next_check)
    ON CONFLICT DO UPDATE SET at = :at, token = :token, state = :state, how = :how, reason = :reason, url = :url,
        article_key = :article_key, attempts = :attempts, next_check = :next_check
    WHERE at <= :at"""
_STRETCH = """INSERT INTO stretch VALUES (:stretch_id, ifnull(:source_url, ''), :site, :kind, :from_at, :to_at, :cursor,
        :state, :reason, :at)
    ON CONFLICT DO UPDATE SET cursor = :cursor, state = :state, reason = :reason, at = :at WHERE at <= :at"""


def _take_sources(db: sqlite3.Connection, rows: list[Row]) -> None:
    values = [_texts(row) for row in rows]
    db.executemany(_SOURCE, values)
    db.executemany(_FIRST_FOUND, values)


def _take_leads(db: sqlite3.Connection, rows: list[Row]) -> None:
    values = [_texts(row) for row in rows]
    db.executemany(_LEAD, values)
    # What a token was decoded to holds for ever (the token names the publisher's URL), whichever lead brought it.
    db.executemany(
        "INSERT OR IGNORE INTO decoded VALUES (:token, :url)",
        (v for v in values if v["state"] == "decoded" and v["url"] is not None),
    )


def _take_backfill(db: sqlite3.Connection, rows: list[Row]) -> None:
    db.executemany(_STRETCH, map(_texts, rows))


TAKE: dict[str, Callable[[sqlite3.Connection, list[Row]], None]] = {
    "sightings": _take_sightings,
    "captures": _take_captures,
    "articles": _take_articles,
    "sources": _take_sources,
    "leads": _take_leads,
    "backfill": _take_backfill,
    "events": _take_events,
    **TAKE_RUNS,
}
"""By table: what takes its rows, given with the columns of COLUMNS."""


def _texts(row: Row) -> Row:
    """`row` with its instants as the index keeps them."""
    return {name: _text(value) if hasattr(value, "isoformat") else value for name, value in row.items()}


def _text(at: Any) -> str | None:
    return None if at is None else at.isoformat(timespec="microseconds")
