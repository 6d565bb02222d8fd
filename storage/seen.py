"""What the archive already holds, as a local SQLite index of the Delta tables.

It is a cache: it follows the tables' appended rows by version, is rebuilt from their snapshot when it is missing,
damaged or older than the log, and never runs ahead of committed rows. A crawl only reads it (`Seen`); the delivering
process follows (`storage.follow`).
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from news.capture import Original, WarcPointer
from news.url import ArticleKey
from news.verdict import Reading
from storage.seen_runs import SeenRuns
from storage.seen_state import SeenState

_QUESTION_MARKS = 1_000
"""In one statement; SQLite takes 32,766."""
_VIA = """SELECT group_concat(kind) FROM (SELECT kind FROM via
          WHERE via.site = article.site AND via.article_id = article.article_id ORDER BY via.first_seen_at, kind)"""


_WATCHED = "site, article_id, url, born_at, visited_at, versions, captures, presence, attempts, next_check"


class Head(NamedTuple):
    """The newest version of an article: its row, how it reads, when part 1 was fetched, the records of its parts."""

    row_id: str
    reading: Reading
    captured_at: datetime
    captures: tuple[WarcPointer, ...]


@dataclass(frozen=True, slots=True)
class SeenArticle:
    """One article key as the ledger has it. `state` is archived, refused or pending."""

    key: ArticleKey
    state: str
    url: str
    attempts: int
    next_check: datetime | None
    published_at: datetime | None
    first_seen_at: datetime | None
    via: tuple[str, ...]
    presence: str | None = None
    """Of an archived article: live, missing (one visit found it absent) or gone (two did)."""
    reason: str | None = None
    """Why it is refused or pending."""
    decided_at: datetime | None = None
    """When it was last tried. Aware."""


class Watched(NamedTuple):
    """An archived article that may be due for a recheck."""

    key: ArticleKey
    url: str
    born_at: datetime
    """When its age begins: publication, or the first capture where that is earlier or no date is known."""
    visited_at: datetime
    """Its last visit that came to something."""
    versions: int
    captures: tuple[WarcPointer, ...]
    presence: str | None
    attempts: int
    next_check: datetime | None


class SeenPage(NamedTuple):
    """The last capture of a page that is no article: a listing or robots.txt."""

    fetched_at: datetime
    status: int | None
    payload_digest: str | None
    links_digest: str | None
    etag: str | None
    last_modified: str | None
    read_at: datetime | None
    """When the newest copy was fetched of which all that it names is sighted."""


class SeenSection(NamedTuple):
    """A section listing. What was sighted before `walked_at`, the end of its last whole walk, is known ground.

    `covered_to` is how far back its walks reached together: what was published before is not known. Aware.
    """

    first_seen_at: datetime
    walked_at: datetime | None
    covered_to: datetime | None


def sighting_digest(target_url: str, via_url: str, kind: str) -> bytes:
    """8 bytes naming a sighting; at 5 million sightings the chance of any collision is 7e-7."""
    return blake2b(f"{target_url}\n{via_url}\n{kind}".encode(), digest_size=8).digest()


class Seen:
    """Reads the index. Open it after the delivering process brought it up to date."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.state = SeenState(self._db)
        self.runs = SeenRuns(self._db)

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    def article(self, key: ArticleKey) -> SeenArticle | None:
        """What is known of an article key; None when it was never sighted."""
        return next(iter(self._articles("WHERE site = ? AND article_id = ?", key)), None)

    def pending(self, sites: Sequence[str], now: datetime) -> list[SeenArticle]:
        """Articles of `sites` that wait to be fetched and are due at `now`, oldest sighting first."""
        marks = ",".join("?" * len(sites))
        where = (
            f"WHERE state = 'pending' AND site IN ({marks}) AND (next_check IS NULL OR next_check <= ?) "
            "ORDER BY first_seen_at"
        )
        return list(self._articles(where, (*sites, _text(now))))

    def head(self, key: ArticleKey) -> Head | None:
        """The newest archived version of an article."""
        return read_head(self._db, key)

    def original(self, payload_digest: str) -> Original | None:
        """The first committed response record with this payload whose object is not known to be lost."""
        row = self._db.execute(
            "SELECT url, fetched_at, warc_key, warc_offset, warc_length, etag, last_modified FROM original "
            "WHERE payload_digest = ? AND warc_key NOT IN (SELECT warc_key FROM lost) "
            "ORDER BY fetched_at, warc_key, warc_offset LIMIT 1",
            (payload_digest,),
        ).fetchone()
        if row is None:
            return None
        url, fetched_at, key, offset, length, etag, modified = row
        pointer = WarcPointer(key, offset, length, payload_digest)
        return Original(pointer, url, _instant(fetched_at), etag, modified)

    def watched(self, sites: Sequence[str], oldest: timedelta) -> Iterable[Watched]:
        """Archived articles of `sites` whose last visit came before they were `oldest`, and those found missing once.

        What is `oldest` at its last visit is looked at no more, so this grows with the news of a few days only.
        """
        marks = ",".join("?" * len(sites))
        where = f"row_id IS NOT NULL AND site IN ({marks})"
        yield from self._watched(
            f"SELECT {_WATCHED} FROM article WHERE visited_age_s < ? AND {where} "
            f"UNION SELECT {_WATCHED} FROM article WHERE presence = 'missing' AND {where}",
            oldest.total_seconds(),
            *sites,
            *sites,
        )

    def watch(self, key: ArticleKey) -> Watched | None:
        """An archived article, whatever its age; None when it is not archived."""
        where = "WHERE row_id IS NOT NULL AND site = ? AND article_id = ?"
        return next(iter(self._watched(f"SELECT {_WATCHED} FROM article {where}", *key)), None)

    def titles(self, site: str, begin: datetime, end: datetime) -> list[tuple[str, datetime, ArticleKey]]:
        """Headline, publication and key of the archived articles of `site` published from `begin` to `end`."""
        rows = self._db.execute(
            "SELECT title, published_at, article_id FROM article "
            "WHERE row_id IS NOT NULL AND site = ? AND published_at BETWEEN ? AND ?",
            (site, _text(begin), _text(end)),
        )
        return [(title, _instant(at), ArticleKey(site, number)) for title, at, number in rows]

    def ids(self, site: str, begin: datetime, end: datetime) -> list[int]:
        """Ids of the articles of `site` that were published, or sighted while no date is known, in that time."""
        rows = self._db.execute(
            "SELECT article_id FROM article WHERE site = ? AND ifnull(published_at, first_seen_at) BETWEEN ? AND ? "
            "ORDER BY article_id",
            (site, _text(begin), _text(end)),
        )
        return [number for (number,) in rows]

    def highest_id(self, site: str) -> int:
        """The highest id of an archived article of `site`; 0 when there is none."""
        row = self._db.execute(
            "SELECT article_id FROM article WHERE site = ? AND row_id IS NOT NULL ORDER BY article_id DESC LIMIT 1",
            (site,),
        ).fetchone()
        return row[0] if row else 0

    def known_ids(self, site: str, lowest: int, highest: int) -> set[int]:
        """Ids from `lowest` to `highest` that the ledger of `site` has, in whatever state."""
        rows = self._db.execute(
            "SELECT article_id FROM article WHERE site = ? AND article_id BETWEEN ? AND ?", (site, lowest, highest)
        )
        return {number for (number,) in rows}

    def page(self, url: str) -> SeenPage | None:
        """The last capture of a listing or robots.txt."""
        row = self._db.execute(
            "SELECT fetched_at, status, payload_digest, links_digest, etag, last_modified, read_at FROM page "
            "WHERE url = ?",
            (url,),
        ).fetchone()
        return row and SeenPage(_instant(row[0]), row[1], row[2], row[3], row[4], row[5], _maybe(row[6]))

    def sections(self, site: str) -> dict[str, SeenSection]:
        """The sections that were ever sighted on the site, by canonical URL."""
        rows = self._db.execute(
            "SELECT url, first_seen_at, walked_at, covered_to FROM section WHERE site = ? ORDER BY url", (site,)
        )
        return {
            url: SeenSection(_instant(first), _maybe(walked), _maybe(covered)) for url, first, walked, covered in rows
        }

    def sighted(self, digests: Iterable[bytes]) -> set[bytes]:
        """Those of `digests` (see `sighting_digest`) that are in the archive."""
        found: set[bytes] = set()
        wanted = list(digests)
        for start in range(0, len(wanted), _QUESTION_MARKS):
            some = wanted[start : start + _QUESTION_MARKS]
            marks = ",".join("?" * len(some))
            found.update(d for (d,) in self._db.execute(f"SELECT digest FROM sighting WHERE digest IN ({marks})", some))
        return found

    def _watched(self, sql: str, *values: object) -> Iterable[Watched]:
        for row in self._db.execute(sql, values):
            yield Watched(
                ArticleKey(row[0], row[1]),
                row[2],
                _instant(row[3]),
                _instant(row[4]),
                row[5],
                tuple(WarcPointer(*pointer) for pointer in json.loads(row[6])),
                row[7],
                row[8],
                _maybe(row[9]),
            )

    def _articles(self, where: str, values: Sequence[object]) -> Iterable[SeenArticle]:
        columns = (
            "site, article_id, state, url, attempts, next_check, published_at, first_seen_at, "
            f"({_VIA}), presence, reason, decided_at"
        )
        for row in self._db.execute(f"SELECT {columns} FROM article {where}", values):
            yield SeenArticle(
                key=ArticleKey(row[0], row[1]),
                state=row[2],
                url=row[3],
                attempts=row[4],
                next_check=_instant(row[5]) if row[5] else None,
                published_at=_instant(row[6]) if row[6] else None,
                first_seen_at=_instant(row[7]) if row[7] else None,
                via=tuple(row[8].split(",")) if row[8] else (),
                presence=row[9],
                reason=row[10],
                decided_at=_maybe(row[11]),
            )


def read_head(db: sqlite3.Connection, key: ArticleKey) -> Head | None:
    """The newest version of `key` in an index database."""
    row = db.execute(
        "SELECT row_id, content_digest, page_class, reader_revision, captured_at, captures FROM article "
        "WHERE site = ? AND article_id = ? AND row_id IS NOT NULL",
        key,
    ).fetchone()
    if row is None:
        return None
    captures = tuple(WarcPointer(*pointer) for pointer in json.loads(row[5]))
    reading = Reading(row[1], row[2], row[3], tuple(c.payload_digest for c in captures))
    return Head(row[0], reading, _instant(row[4]), captures)


def _maybe(text: str | None) -> datetime | None:
    return _instant(text) if text else None


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
