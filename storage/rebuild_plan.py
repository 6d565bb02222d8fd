"""What is to be read again: the versions that the archive has, and the pages that never became one.

Both wait in a SQLite file beside the spool, in the order in which their records lie, so that every WARC object is read
once and memory does not grow with the archive. The file takes about 2 KB an article.

A visit is what one run fetched of one article. It is unread when no event says that the run read it: the page was
refused or failed by the readers of its day, or the run was killed before it said. Of an article that has no row at all
every visit counts as unread, whatever the events say: its rows were lost. Of an article with an unread visit all visits
are read, since what it said then is told by what it said before and after.
"""

import json
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from news.capture import CaptureKind, Original, WarcPointer
from news.url import ArticleKey
from storage.rebuild_items import Page, Read, Scope, Span, Stored, Visit
from storage.rebuild_schema import CLOSED, SCHEMA
from storage.schema import ARTICLES, Row

if TYPE_CHECKING:
    from storage.tables import Tables

FindOriginal = Callable[[str], Original | None]
"""The committed response record that has a payload digest."""


_FILE = "plan.sqlite"
_QUICKLY = "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-8000;"


class Plan:
    """The plan of one reading. Fill it with `load`, go through `objects`, then through `histories`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    @classmethod
    @contextmanager
    def make(cls, folder: Path) -> Iterator[Self]:
        """An empty plan in a file of `folder`, to be loaded."""
        with closing(sqlite3.connect(folder / _FILE)) as db, db:
            db.executescript(f"{_QUICKLY} {SCHEMA}")
            yield cls(db)

    @classmethod
    @contextmanager
    def open(cls, folder: Path) -> Iterator[Self]:
        """A plan that was made before, to be gone through."""
        with closing(sqlite3.connect(folder / _FILE, isolation_level=None)) as db:
            db.executescript(_QUICKLY)
            yield cls(db)

    def load(self, tables: "Tables", scope: Scope, original: FindOriginal) -> None:
        """Take what the tables say. Raises StoreUnavailable.

        Captures are opened first: what a running crawl adds meanwhile has its events without being a visit.
        """
        opened = {name: tables.open(name) for name in ("captures", "events", "articles")}
        if articles := opened["articles"]:
            for rows in tables.rows("articles", articles, [c.name for c in ARTICLES]):
                self._take_versions((r for r in rows if scope.has_site(r["site"])), scope)
        if events := opened["events"]:
            for rows in tables.rows("events", events, ["article_key", "site", "at", "kind", "run_id"]):
                self._take_events(r for r in rows if r["article_key"] and scope.has_site(r["site"]))
        if captures := opened["captures"]:
            for rows in tables.rows("captures", captures, _CAPTURE_COLUMNS):
                self._take_unread((r for r in rows if scope.has_site(r["site"]) and _is_page(r)), scope)
            # Few articles have unread visits, so those of all others are never held.
            if self._db.execute("SELECT 1 FROM unread").fetchone():
                for rows in tables.rows("captures", captures, _CAPTURE_COLUMNS):
                    self._take_captures(r for r in rows if scope.has_site(r["site"]) and _is_page(r))
                self._take_visits(original)
        self._db.executescript(CLOSED)

    @property
    def size(self) -> int:
        """How many versions and visits are to be read."""
        return int(self._db.execute("SELECT count(*) FROM item").fetchone()[0])

    def objects(self) -> Iterator[tuple[str, list[Span]]]:
        """Each WARC object that holds a first part, and what begins in it, in the order of the records."""
        keys = self._db.execute("SELECT DISTINCT warc_key FROM item ORDER BY 1").fetchall()
        sql = "SELECT id, warc_offset, warc_length FROM item WHERE warc_key = ? ORDER BY warc_offset, id"
        for (key,) in keys:
            yield key, [Span(*row) for row in self._db.execute(sql, (key,))]

    def item(self, number: int) -> Stored | Visit:
        """The item that a span of `objects` is of."""
        return _item(self._db.execute(_ITEM, (number,)).fetchone())

    def remember(self, item: Stored | Visit, content_digest: str | None, row: Row | None = None) -> None:
        """How an item of an article with unread visits reads today: `histories` tells it again."""
        blob = _packed(row) if row else None
        self._db.execute("UPDATE item SET digest = ?, reread = ? WHERE id = ?", (content_digest, blob, item.id))

    def has_visits(self, key: ArticleKey) -> bool:
        """Whether the article has unread visits."""
        sql = "SELECT 1 FROM item WHERE site = ? AND article_id = ? AND NOT is_version"
        return self._db.execute(sql, key).fetchone() is not None

    def histories(self) -> Iterator[tuple[ArticleKey, list[Read]]]:
        """The articles with unread visits, and all that was read of each, the oldest capture first."""
        keys = self._db.execute(
            "SELECT DISTINCT site, article_id FROM item WHERE NOT is_version AND reread IS NOT NULL ORDER BY 1, 2"
        ).fetchall()
        for site, number in keys:
            rows = self._db.execute(
                "SELECT captured_at, digest, reread, judged_at, is_version FROM item "
                "WHERE site = ? AND article_id = ? ORDER BY captured_at, is_version DESC",
                (site, number),
            )
            yield (
                ArticleKey(site, number),
                [Read(at, digest, _unpacked(blob), judged, bool(held)) for at, digest, blob, judged, held in rows],
            )

    def _take_versions(self, rows: Iterable[Row], scope: Scope) -> None:
        values = []
        for row in rows:
            if not row["captures"]:
                continue
            place = row["captures"][0]
            moment = row["published_at"] or row["captured_at"]
            values.append(
                {
                    **{name: row[name] for name in ("site", "article_id", "row_id", "run_id")},
                    "captured_at": _text(row["captured_at"]),
                    "reading": row["reading"] or 1,
                    "warc_key": place["warc_key"],
                    "warc_offset": place["warc_offset"],
                    "warc_length": place["warc_length"],
                    "wanted": scope.holds(moment),
                    "blob": _packed(row),
                }
            )
        self._db.executemany(_VERSION, values)

    def _take_events(self, rows: Iterable[Row]) -> None:
        keyed = [(r["site"], int(r["article_key"].partition("/")[2]), r["run_id"], r["kind"], r["at"]) for r in rows]
        self._db.executemany(
            "INSERT OR IGNORE INTO told VALUES (?, ?, ?)", (r[:3] for r in keyed if r[3] in ("archived", "unchanged"))
        )
        self._db.executemany(
            "INSERT OR REPLACE INTO judged VALUES (?, ?, ?, ?)",
            ((*r[:3], _text(r[4])) for r in keyed if r[3] in ("refused", "failed")),
        )

    def _take_unread(self, rows: Iterable[Row], scope: Scope) -> None:
        firsts = (r for r in rows if (r["part"] or 1) == 1 and scope.holds(r["fetched_at"]))
        self._db.executemany(_UNREAD, ({**r, "at": _text(r["fetched_at"])} for r in firsts))

    def _take_captures(self, rows: Iterable[Row]) -> None:
        self._db.executemany(_CAPTURE, ({**r, "at": _text(r["fetched_at"])} for r in rows))

    def _take_visits(self, original: FindOriginal) -> None:
        """Make items of the captures."""
        rows = self._db.execute(_CAPTURES)
        for visit, group in _grouped(rows):
            pages: dict[int, Page] = {}
            for part, at, url, kind, *pointer in group:
                held = WarcPointer(*pointer)
                if kind == CaptureKind.REVISIT:
                    found = original(held.payload_digest)
                    if found is None:
                        continue
                    held = found.pointer
                pages[part] = Page(part, url, datetime.fromisoformat(at), held)
            if 1 in pages:
                self._take_visit(visit, pages)

    def _take_visit(self, visit: tuple[str, int, str], pages: Mapping[int, Page]) -> None:
        first = pages[1]
        values = {
            **dict(zip(("site", "article_id", "run_id"), visit, strict=True)),
            **first.pointer._asdict(),
            "captured_at": _text(first.fetched_at),
            "blob": _packed({"pages": [[*page[:2], _text(page[2]), page[3]] for _, page in sorted(pages.items())]}),
        }
        self._db.execute(_VISIT, values)


_CAPTURE_COLUMNS = [
    *("url", "site", "article_id", "part", "fetched_at", "status", "truncated", "error", "kind"),
    *("warc_key", "warc_offset", "warc_length", "payload_digest", "run_id"),
]
_OK = 200
_NOT_MODIFIED = 304
# Of two rows of one version the later reading counts; a version that is read again later keeps its place.
_VERSION = """INSERT INTO item (site, article_id, captured_at, is_version, reading, run_id, row_id, warc_key,
        warc_offset, warc_length, wanted, blob)
    VALUES (:site, :article_id, :captured_at, 1, :reading, :run_id, :row_id, :warc_key, :warc_offset, :warc_length,
        :wanted, :blob)
    ON CONFLICT DO UPDATE SET reading = :reading, run_id = :run_id, row_id = :row_id, warc_key = :warc_key,
        warc_offset = :warc_offset, warc_length = :warc_length, wanted = :wanted, blob = :blob
    WHERE (reading, run_id, row_id) < (:reading, :run_id, :row_id)"""
# A visit of which another run made a version is read.
_UNREAD = """INSERT OR IGNORE INTO unread SELECT :site, :article_id, :run_id
    WHERE NOT EXISTS (SELECT 1 FROM item WHERE (site, article_id, captured_at) = (:site, :article_id, :at))
      AND (NOT EXISTS (SELECT 1 FROM told WHERE (site, article_id, run_id) = (:site, :article_id, :run_id))
           OR NOT EXISTS (SELECT 1 FROM item WHERE (site, article_id) = (:site, :article_id)))"""
_CAPTURE = """INSERT INTO capture SELECT :site, :article_id, :run_id, ifnull(:part, 1), :at, :url, :kind, :warc_key,
        :warc_offset, :warc_length, :payload_digest
    WHERE EXISTS (SELECT 1 FROM unread WHERE (site, article_id) = (:site, :article_id))"""
# Of a page that was rendered the rendering is read, as it was then.
_CAPTURES = "SELECT * FROM capture ORDER BY site, article_id, run_id, part, kind = 'rendered', fetched_at"
_VISIT = """INSERT OR IGNORE INTO item (site, article_id, captured_at, is_version, warc_key, warc_offset, warc_length,
        wanted, judged_at, blob)
    SELECT :site, :article_id, :captured_at, 0, :warc_key, :warc_offset, :warc_length,
        EXISTS (SELECT 1 FROM unread WHERE (site, article_id, run_id) = (:site, :article_id, :run_id)),
        (SELECT at FROM judged WHERE (site, article_id, run_id) = (:site, :article_id, :run_id)), :blob
    WHERE NOT EXISTS (SELECT 1 FROM item WHERE (site, article_id, captured_at) = (:site, :article_id, :captured_at))"""
_ITEM = "SELECT id, site, article_id, is_version, wanted, blob FROM item WHERE id = ?"


def _is_page(capture: Row) -> bool:
    """Whether a capture is a page of an article that came whole."""
    whole = capture["truncated"] is None and capture["error"] is None and capture["warc_key"] is not None
    kind, status = capture["kind"], capture["status"]
    # An answer that a page is as it was stands for the page that it was.
    answered = (
        status == _OK or kind == CaptureKind.RENDERED or (status == _NOT_MODIFIED and kind == CaptureKind.REVISIT)
    )
    return whole and answered and capture["article_id"] is not None


def _grouped(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[tuple[str, int, str], list[tuple[Any, ...]]]]:
    """Rows by their first three columns, which follow one another."""
    group: list[tuple[Any, ...]] = []
    for row in rows:
        if group and group[-1][:3] != row[:3]:
            yield group[0][:3], [r[3:] for r in group]
            group = []
        group.append(row)
    if group:
        yield group[0][:3], [r[3:] for r in group]


def _item(row: tuple[int, str, int, int, int, bytes]) -> Stored | Visit:
    number, site, article_id, is_version, wanted, blob = row
    key = ArticleKey(site, article_id)
    held = _unpacked(blob) or {}
    if is_version:
        return Stored(number, key, held, bool(wanted))
    pages = tuple(Page(p, url, datetime.fromisoformat(at), WarcPointer(*where)) for p, url, at, where in held["pages"])
    return Visit(number, key, pages, bool(wanted))


def _packed(row: Mapping[str, Any]) -> bytes:
    return zlib.compress(json.dumps(row, ensure_ascii=False, default=_text).encode(), 1)


def _unpacked(blob: bytes | None) -> Row | None:
    return json.loads(zlib.decompress(blob)) if blob else None


def _text(at: Any) -> str:
    return str(at.isoformat(timespec="microseconds"))
