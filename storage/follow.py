"""Brings the `seen` index up to the tables: by appended rows when it can, from the snapshot when it must.

Neither comes in the order of the commits, so taking rows is commutative: what is kept of two rows is decided by their
own instants, never by which came first.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deltalake import DeltaTable

from storage.commits import LogUnusable, appended_rows
from storage.schema import Row
from storage.seen import SCHEMA, SCHEMA_VERSION, sighting_digest
from storage.tables import NOT_MADE, Tables

_COLUMNS = {
    "sightings": ["target_url", "site", "article_id", "via_url", "kind", "first_seen_at"],
    "captures": [
        "url", "article_id", "fetched_at", "status", "kind", "payload_digest", "links_digest", "etag", "last_modified",
        "warc_key", "warc_offset", "warc_length",
    ],
    "articles": [
        "row_id", "site", "article_id", "url", "published_at", "captured_at", "content_digest", "page_class",
        "reader_revision", "captures",
    ],
    "events": ["article_key", "site", "url", "at", "kind", "reason", "attempt", "next_check", "row_id", "covered_to"],
}  # fmt: skip


def follow(path: Path, tables: Tables) -> dict[str, int]:
    """Make the index at `path` equal to the tables' newest versions, and return these, or NOT_MADE.

    Raises StoreUnavailable, index unchanged.
    """
    opened = {name: tables.open(name) for name in _COLUMNS}
    try:
        with index(path) as db:
            for name, table in opened.items():
                _follow_table(db, name, table, tables)
    except (_Outdated, LogUnusable, sqlite3.DatabaseError) as error:
        if isinstance(error, sqlite3.DatabaseError) and not _is_damage(error):
            raise
        _remove(path)
        with index(path) as db:
            for name, table in opened.items():
                _follow_table(db, name, table, tables)
    return {name: table.version() if table else NOT_MADE for name, table in opened.items()}


@contextmanager
def index(path: Path) -> Iterator[sqlite3.Connection]:
    """The index open for writing, made anew when it is missing, of another format, or no database; one transaction.

    One that turns out to be damaged meanwhile is removed, for the next to make anew.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path)
    try:
        if not _is_whole(db):
            db.close()
            _remove(path)
            db = sqlite3.connect(path)
            # Readers go on while a delivery follows; a lost last transaction is followed again.
            db.executescript(f"PRAGMA journal_mode=WAL; {SCHEMA} PRAGMA user_version={SCHEMA_VERSION};")
        db.execute("PRAGMA synchronous=NORMAL")
        with db:
            yield db
    except sqlite3.DatabaseError as error:
        if _is_damage(error):
            _remove(path)
        raise
    finally:
        db.close()


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Malformed, or no database at all. A full disk, a lock or a fault of ours has a class of its own."""
    return type(error) is sqlite3.DatabaseError


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _is_whole(db: sqlite3.Connection) -> bool:
    try:
        return bool(db.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION)
    except sqlite3.DatabaseError:
        return False


class _Outdated(Exception):
    """The index follows another archive."""


def _follow_table(db: sqlite3.Connection, name: str, table: DeltaTable | None, tables: Tables) -> None:
    known = db.execute("SELECT table_id, version FROM followed WHERE name = ?", (name,)).fetchone()
    if table is None:
        if known:
            raise _Outdated
        return
    table_id = str(table.metadata().id)
    if known is None:
        batches = tables.rows(name, table, _COLUMNS[name])
    elif known[0] != table_id or known[1] > table.version():
        raise _Outdated
    elif known[1] == table.version():
        return
    else:
        batches = appended_rows(tables.store, name, known[1], table.version(), _COLUMNS[name])
    for rows in batches:
        _TAKE[name](db, rows)
    db.execute("INSERT OR REPLACE INTO followed VALUES (?, ?, ?)", (name, table_id, table.version()))


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


def _take_captures(db: sqlite3.Connection, rows: list[Row]) -> None:
    db.executemany(
        """INSERT INTO original VALUES (:payload_digest, :url, :at, :warc_key, :warc_offset, :warc_length)
           ON CONFLICT DO UPDATE SET url = :url, fetched_at = :at, warc_key = :warc_key, warc_offset = :warc_offset,
               warc_length = :warc_length
           WHERE (fetched_at, warc_key, warc_offset) > (:at, :warc_key, :warc_offset)""",
        ({**r, "at": _text(r["fetched_at"])} for r in rows if r["kind"] == "response" and r["warc_key"] is not None),
    )
    pages = [{**r, "at": _text(r["fetched_at"])} for r in rows if r["article_id"] is None and r["warc_key"] is not None]
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
        """INSERT INTO article (site, article_id, state, url, published_at, captured_at, row_id, content_digest,
               page_class, reader_revision, captures)
           VALUES (:site, :article_id, 'archived', :url, :published, :captured, :row_id, :content_digest, :page_class,
               :reader_revision, :pointers)
           ON CONFLICT DO UPDATE SET state = 'archived', url = :url, published_at = :published,
               captured_at = :captured, row_id = :row_id, content_digest = :content_digest, page_class = :page_class,
               reader_revision = :reader_revision, captures = :pointers
           WHERE row_id IS NULL
              OR (captured_at, reader_revision, row_id) <= (:captured, :reader_revision, :row_id)""",
        (
            {
                **r,
                "published": _text(r["published_at"]),
                "captured": _text(r["captured_at"]),
                "pointers": json.dumps([_pointer(c) for c in r["captures"]]),
            }
            for r in rows
        ),
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
    for row in sorted((r for r in rows if r["article_key"]), key=lambda r: r["at"]):
        values = {**row, "article_id": int(row["article_key"].partition("/")[2]), "check": _text(row["next_check"])}
        values["state"] = {"refused": "refused", "archived": "archived"}.get(row["kind"], "pending")
        values["at"] = _text(row["at"])
        for statement in (_SIGHTED, _TRIED, _DECIDED) if row["kind"] in _STATEFUL else (_SIGHTED,):
            db.execute(statement, values)


_STATEFUL = ("pending", "failed", "refused", "archived")
# An article is asked for by the URL of its first sighting, until it was read and named its own.
_SIGHTED = """INSERT INTO article (site, article_id, state, url, first_seen_at)
    VALUES (:site, :article_id, 'pending', :url, :at)
    ON CONFLICT DO UPDATE SET first_seen_at = min(ifnull(first_seen_at, :at), :at),
        url = CASE WHEN row_id IS NULL AND (:at, :url) < (first_seen_at, url) THEN :url ELSE url END"""
_TRIED = """UPDATE article SET attempts = max(attempts, ifnull(:attempt, 0))
    WHERE site = :site AND article_id = :article_id"""
_DECIDED = """UPDATE article SET reason = :reason, next_check = :check, decided_at = :at,
    state = CASE WHEN row_id IS NOT NULL THEN 'archived' ELSE :state END
    WHERE site = :site AND article_id = :article_id AND (decided_at IS NULL OR decided_at <= :at)"""

_TAKE: dict[str, Callable[[sqlite3.Connection, list[Row]], None]] = {
    "sightings": _take_sightings,
    "captures": _take_captures,
    "articles": _take_articles,
    "events": _take_events,
}


def _text(at: Any) -> str | None:
    return None if at is None else at.isoformat(timespec="microseconds")
