"""The rows that `disway verify` holds against the records; every file of every table is read whole for it."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from news.errors import ArchiveDamaged
from storage.commits import rows_of_file
from storage.schema import TABLES, Row
from storage.table_files import FileDamaged
from storage.tables import Tables

SCHEMA = """
CREATE TABLE pointer (warc_key TEXT, warc_offset INTEGER, warc_length INTEGER, digest TEXT, owner TEXT);
CREATE TABLE head (article_key TEXT, row_id TEXT);
CREATE TABLE superseded (row_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE answer (record_id TEXT PRIMARY KEY) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: where, and what."""

    where: str
    what: str


class TableRows:
    """Loads the rows into a database with SCHEMA."""

    def __init__(self, db: sqlite3.Connection, tables: Tables) -> None:
        self._db = db
        self._tables = tables
        self.damaged: set[str] = set()
        """Tables of which some rows are not known."""

    def load(self) -> Iterator[Finding]:
        """Take all rows that can be read; yield what cannot. Raises StoreUnavailable."""
        # Articles first: every commit of articles follows the one of its captures.
        for name in (*_TAKEN, *(name for name in TABLES if name not in _TAKEN)):
            yield from self._read(name)
        self._db.execute("CREATE INDEX pointer_key ON pointer (warc_key, warc_offset)")

    @property
    def pointers(self) -> int:
        """How many were loaded."""
        return int(self._db.execute("SELECT count(*) FROM pointer").fetchone()[0])

    def _read(self, name: str) -> Iterator[Finding]:
        try:
            table = self._tables.open(name)
        except ArchiveDamaged as error:
            self.damaged.add(name)
            yield Finding(f"tables/{name}", str(error))
            return
        columns, take = _TAKEN.get(name, ([], _nothing))
        for path in self._tables.paths(table) if table else ():
            try:
                for rows in rows_of_file(self._tables.store, name, path, columns, proved=True):
                    take(self._db, rows)
            except FileDamaged as error:
                self.damaged.add(name)
                yield Finding(error.key, error.why)


def _take_articles(db: sqlite3.Connection, rows: list[Row]) -> None:
    db.executemany("INSERT INTO head VALUES (?, ?)", ((r["article_key"], r["row_id"]) for r in rows))
    superseded = ((r["supersedes"],) for r in rows if r["supersedes"])
    db.executemany("INSERT OR IGNORE INTO superseded VALUES (?)", superseded)
    db.executemany(
        "INSERT INTO pointer VALUES (:warc_key, :warc_offset, :warc_length, :payload_digest, :owner)",
        ({**c, "owner": f"article {r['article_key']}"} for r in rows for c in r["captures"]),
    )


def _take_events(db: sqlite3.Connection, rows: list[Row]) -> None:
    told = ((r["row_id"],) for r in rows if r["kind"] == "superseded")
    db.executemany("INSERT OR IGNORE INTO superseded VALUES (?)", told)


def _take_captures(db: sqlite3.Connection, rows: list[Row]) -> None:
    db.executemany(
        "INSERT INTO pointer VALUES (:warc_key, :warc_offset, :warc_length, :payload_digest, 'capture')",
        (r for r in rows if r["warc_key"] is not None),
    )


def _nothing(_: sqlite3.Connection, __: list[Row]) -> None:
    pass


_Take = Callable[[sqlite3.Connection, list[Row]], None]
_TAKEN: dict[str, tuple[list[str], _Take]] = {
    "articles": (["article_key", "row_id", "supersedes", "captures"], _take_articles),
    "events": (["kind", "row_id"], _take_events),
    "captures": (["url", "warc_key", "warc_offset", "warc_length", "payload_digest"], _take_captures),
}
"""What is taken of a table, and by whom; of all others the files are read alone."""
