"""The memory of the dispatch on disk, so that a service that is killed knows what it had fired.

A cache: the table `runs` says the same, except of what went on at the very end.
"""

import json
import logging
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from crawler.fire import FIRE_VARIABLE, Fire
from crawler.service.fires import Track, Waiting
from news.errors import ConfigError, UsageError
from storage.schema import Row

logger = logging.getLogger(__name__)

_LOAD_S, _SAVE_S = 30.0, 5.0
"""For another process that holds the file: at the start, and in the loop."""
_SCHEMA = "CREATE TABLE IF NOT EXISTS memory (kind TEXT, name TEXT, value TEXT, PRIMARY KEY (kind, name)) WITHOUT ROWID"


@dataclass(slots=True)
class Memory:
    """What must not be forgotten: how far each job has come, which runs were started, which rows are still to be kept.

    `started` and `rows` are by run id.
    """

    tracks: dict[str, Track] = field(default_factory=dict)
    started: dict[str, Fire] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)


class Journal:
    """A file that holds one `Memory`."""

    def __init__(self, path: Path, wait_s: float = _LOAD_S) -> None:
        """`wait_s`: for another process that holds the file, when it is loaded."""
        self._path = path
        self._wait_s = wait_s

    def load(self) -> Memory:
        """What was saved last. A file that is damaged is put aside: the table `runs` has most of it.

        Raises UsageError while it cannot be read, with nothing lost.
        """
        if not self._path.exists():
            return Memory()
        try:
            with closing(self._open(self._wait_s)) as db:
                rows = db.execute("SELECT kind, name, value FROM memory").fetchall()
            return _memory(rows)
        except (sqlite3.DatabaseError, ConfigError, ValueError, KeyError, TypeError) as error:
            if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_ERROR:
                raise UsageError(f"{self._path} cannot be read: {error}") from error  # locked, a disk that fails, ...
            aside = self._path.with_name(f"{self._path.name}.damaged")
            logger.warning("%s cannot be read (%s): put aside as %s", self._path, error, aside.name)
            with suppress(OSError):
                self._path.replace(aside)
            return Memory()

    def save(self, memory: Memory) -> bool:
        """Write `memory`; whether the disk took it. It is small: a few rows, and what a disk refused meanwhile."""
        try:
            with closing(self._open(_SAVE_S)) as db, db:
                db.execute("DELETE FROM memory")
                db.executemany("INSERT INTO memory VALUES (?, ?, ?)", _rows(memory))
        except sqlite3.Error as error:
            logger.error("%s cannot be written: %s", self._path, error)  # noqa: TRY400  the error says it all
            return False
        return True

    def _open(self, wait_s: float) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, timeout=wait_s)
        db.execute(_SCHEMA)
        return db


def _rows(memory: Memory) -> Iterable[tuple[str, str, str]]:
    for name, track in memory.tracks.items():
        yield "track", name, json.dumps(_of_track(track))
    for run_id, fire in memory.started.items():
        (value,) = fire.to_environ().values()
        yield "started", run_id, value
    for run_id, row in memory.rows.items():
        yield "row", run_id, json.dumps(row)


def _memory(rows: Iterable[tuple[str, str, str]]) -> Memory:
    memory = Memory()
    for kind, name, value in rows:
        if kind == "track":
            memory.tracks[name] = _to_track(json.loads(value))
        elif kind == "started":
            if (fire := Fire.from_environ({FIRE_VARIABLE: value})) is not None:
                memory.started[name] = fire
        else:
            memory.rows[name] = json.loads(value)
    return memory


def _of_track(track: Track) -> dict[str, Any]:
    owed = track.waiting
    return {
        "high": _text(track.high),
        "cursor": _text(track.cursor),
        "waiting": owed and {**asdict(owed), "first": _text(owed.first), "last": _text(owed.last)},
    }


def _to_track(value: dict[str, Any]) -> Track:
    waiting = None
    if owed := value["waiting"]:
        first, last = datetime.fromisoformat(owed["first"]), datetime.fromisoformat(owed["last"])
        waiting = Waiting(first, last, owed["why"], owed["again"])
    return Track(_instant(value["high"]), _instant(value["cursor"]), waiting)


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
