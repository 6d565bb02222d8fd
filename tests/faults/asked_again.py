"""Articles that are due once more, whatever their age."""

import sqlite3
from contextlib import closing

from fixtures.crawls import Operator


def ask_again(operator: Operator) -> None:
    """Let the next crawl fetch every archived article: nothing in the archive makes them due, so the cache is told."""
    assert operator.run("recover").code == 0, "the index follows what the crawl delivered last"
    (index,) = operator.spool.glob("seen-*.sqlite")
    with closing(sqlite3.connect(index)) as db, db:
        db.execute("UPDATE article SET state = 'pending', next_check = NULL WHERE row_id IS NOT NULL")
