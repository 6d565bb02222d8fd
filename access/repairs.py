"""What `disway maintain` looks for in the rows."""

from typing import NamedTuple

from access.archive import Archive
from storage.config import StoreOptions

# As the index of the crawl has it: the newest capture stays, and of one capture the newest run.
_DOUBLED = """
SELECT article_key, list(row_id ORDER BY captured_at DESC, run_id DESC, row_id DESC) AS heads
FROM articles GROUP BY article_key HAVING count(*) > 1 ORDER BY article_key
"""
_POINTED_AT = """
SELECT DISTINCT warc_key FROM captures WHERE warc_key IS NOT NULL
EXCEPT SELECT url FROM events WHERE kind = 'lost' ORDER BY 1
"""


class Suspects(NamedTuple):
    """Articles with several head rows (key, and the rows, the one that is to stay first); WARC objects to look for."""

    doubled: list[tuple[str, list[str]]]
    objects: list[str]


def suspects(options: StoreOptions) -> Suspects:
    """What may be in need of repair. Raises UsageError when there is no archive, StoreUnavailable."""
    with Archive.open(options) as archive:
        doubled = [(key, list(rows)) for key, rows in archive.query(_DOUBLED).values()]
        return Suspects(doubled, [key for (key,) in archive.query(_POINTED_AT).values()])
