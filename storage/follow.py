"""Brings the `seen` index up to the tables: by appended rows when it can, from the snapshot when it must."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from deltalake import DeltaTable

from storage.commits import LogUnusable, appended_rows
from storage.schema import Row
from storage.seen_rows import COLUMNS, TAKE
from storage.seen_schema import SCHEMA, SCHEMA_VERSION
from storage.table_files import FileDamaged, key_of
from storage.tables import NOT_MADE, Tables

_Opened = dict[str, DeltaTable | None]


def follow(path: Path, tables: Tables) -> dict[str, int]:
    """Make the index at `path` equal to the tables' newest versions, and return these, or NOT_MADE.

    Called by one at a time (`storage.spool.delivery_lock`): an index that is made anew takes the place of the other.
    Raises StoreUnavailable and ArchiveDamaged, index unchanged.
    """
    opened: _Opened = {name: tables.open(name) for name in COLUMNS}
    if not _brought_up(path, opened, tables):
        _make_anew(path, opened, tables)
    return {name: table.version() if table else NOT_MADE for name, table in opened.items()}


def _brought_up(path: Path, opened: _Opened, tables: Tables) -> bool:
    """Whether the index at `path` is one that could go on from where it was."""
    if not _is_there(path):
        return False
    try:
        with index(path) as db:
            for name, table in opened.items():
                _follow_table(db, name, table, tables)
    except (_Outdated, LogUnusable):
        return False
    except sqlite3.DatabaseError as error:
        if not _is_damage(error):
            raise
        return False
    return True


def _make_anew(path: Path, opened: _Opened, tables: Tables) -> None:
    """Beside the one that is there, which crawls go on with when the tables cannot be read to their end."""
    anew = path.with_name(f"{path.name}.anew")
    _remove(anew)
    with index(anew) as db:
        for name, table in opened.items():
            _follow_table(db, name, table, tables)
    _remove(path)
    anew.replace(path)


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


def _is_there(path: Path) -> bool:
    if not path.exists():
        return False
    with closing(sqlite3.connect(path)) as db:
        return _is_whole(db)


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
        batches = _appended(name, known[1], table, tables)
    for rows in batches:
        TAKE[name](db, rows)
    db.execute("INSERT OR REPLACE INTO followed VALUES (?, ?, ?)", (name, table_id, table.version()))


def _appended(name: str, after: int, table: DeltaTable, tables: Tables) -> Iterator[list[Row]]:
    try:
        yield from appended_rows(tables.store, name, after, table.version(), COLUMNS[name])
    except FileDamaged as error:
        if error.key in {key_of(name, path) for path in tables.paths(table)}:
            raise
        raise LogUnusable(f"{error.key} was compacted and is gone") from error
