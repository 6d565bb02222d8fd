"""Brings the `seen` index up to the tables: by appended rows when it can, from the snapshot when it must."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deltalake import DeltaTable

from storage.commits import LogUnusable, appended_rows
from storage.seen_rows import COLUMNS, TAKE
from storage.seen_schema import SCHEMA, SCHEMA_VERSION
from storage.tables import NOT_MADE, Tables


def follow(path: Path, tables: Tables) -> dict[str, int]:
    """Make the index at `path` equal to the tables' newest versions, and return these, or NOT_MADE.

    Raises StoreUnavailable, index unchanged.
    """
    opened = {name: tables.open(name) for name in COLUMNS}
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
        batches = tables.rows(name, table, COLUMNS[name])
    elif known[0] != table_id or known[1] > table.version():
        raise _Outdated
    elif known[1] == table.version():
        return
    else:
        batches = appended_rows(tables.store, name, known[1], table.version(), COLUMNS[name])
    for rows in batches:
        TAKE[name](db, rows)
    db.execute("INSERT OR REPLACE INTO followed VALUES (?, ?, ?)", (name, table_id, table.version()))
