"""The last good copy of each robots.txt, in a local SQLite file beside the index.

It is a cache of what the archive has in its WARC files: when it is lost, a site whose robots.txt cannot be had just now
is not crawled until it can.
"""

import sqlite3
from datetime import datetime
from pathlib import Path

from crawler.robots import RobotsCopy


class RobotsFile:
    """A RobotsMemory that outlives the process."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("CREATE TABLE IF NOT EXISTS copy (url TEXT PRIMARY KEY, body BLOB, fetched_at TEXT)")

    def last_good(self, url: str) -> RobotsCopy | None:
        """The newest good copy of the robots.txt at `url`."""
        row = self._db.execute("SELECT body, fetched_at FROM copy WHERE url = ?", (url,)).fetchone()
        return RobotsCopy(row[0], datetime.fromisoformat(row[1])) if row else None

    def remember(self, url: str, copy: RobotsCopy) -> None:
        """`copy` was fetched from `url` and is good."""
        row = (url, copy.body, copy.fetched_at.isoformat())
        self._db.execute("INSERT OR REPLACE INTO copy VALUES (?, ?, ?)", row)

    def close(self) -> None:
        """Release the file."""
        self._db.close()
