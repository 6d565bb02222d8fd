"""The last good copy of each robots.txt, in a local SQLite file beside the index.

It is a cache of what the archive has in its WARC files: when it is lost, a site whose robots.txt cannot be had just now
is not crawled until it can. So one that is damaged is made anew, and one that cannot be had at all is done without.
"""

import logging
import sqlite3
from datetime import datetime
from pathlib import Path

from crawler.robots import RobotsCopy

logger = logging.getLogger(__name__)

_MAKE = "CREATE TABLE IF NOT EXISTS copy (url TEXT PRIMARY KEY, body BLOB, fetched_at TEXT)"


class RobotsFile:
    """A RobotsMemory that outlives the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: sqlite3.Connection | None = None
        self._open()

    def last_good(self, url: str) -> RobotsCopy | None:
        """The newest good copy of the robots.txt at `url`."""
        rows = self._ask("SELECT body, fetched_at FROM copy WHERE url = ?", url)
        return RobotsCopy(rows[0][0], datetime.fromisoformat(rows[0][1])) if rows else None

    def remember(self, url: str, copy: RobotsCopy) -> None:
        """`copy` was fetched from `url` and is good."""
        self._ask("INSERT OR REPLACE INTO copy VALUES (?, ?, ?)", url, copy.body, copy.fetched_at.isoformat())

    def close(self) -> None:
        """Release the file."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def _open(self) -> None:
        try:
            self._db = sqlite3.connect(self._path, isolation_level=None)
            self._db.execute(_MAKE)
        except sqlite3.DatabaseError as error:
            self._give_up(error)

    def _ask(self, sql: str, *values: object) -> list[tuple[bytes, str]]:
        if self._db is None:
            return []
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            self._give_up(error)
            return []

    def _give_up(self, error: sqlite3.DatabaseError) -> None:
        """Do without the copies of before; a file that is damaged, not locked or on a full disk, is made anew."""
        logger.warning("%s cannot be used, so no old robots.txt is known in this run: %s", self._path, error)
        self.close()
        if type(error) is sqlite3.DatabaseError and self._path.exists():
            self._path.unlink()
            self._open()
