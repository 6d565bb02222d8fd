"""What the tests of custody keep: exchanges, article rows, spools, and the whole content of tables and indexes."""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from crawler.delivery import DeliveryOrder
from crawler.preparing import archive_name
from news.capture import Exchange, Original, WarcPointer
from storage.config import StoreOptions
from storage.deliver import Delivery
from storage.opening import open_store
from storage.schema import TABLES, Row
from storage.sightings import NOTE_KEY, SightedLink, page_note
from storage.spool import Spool
from storage.spool_writer import SpoolLimits, SpoolWriter
from storage.tables import Tables

RUN_ID = "20260305T010000Z-abcdef"
START = datetime(2026, 3, 5, 1, tzinfo=UTC)
ROOMY = SpoolLimits(segment_bytes=1 << 30, segment_age_s=1e9, max_bytes=1 << 30)
SITES = str(Path(__file__).parents[2] / "spiders" / "sites")
HEADERS = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def exchange(number: int, entity: bytes, minute: float = 0, **fields: Any) -> Exchange:
    """An answer to a request for article `number` of radartegal."""
    url = f"https://radartegal.disway.id/read/{number}/slug"
    given = {
        "url": url,
        "fetched_at": at(minute),
        "request_block": f"GET /read/{number}/slug HTTP/1.1\r\nHost: radartegal.disway.id\r\n\r\n".encode(),
        "header_block": HEADERS,
        "entity": entity,
        "status": 200,
        "content_type": "text/html",
        "location": None,
        "site": "radartegal",
        "article_id": number,
        "part": 1,
    }
    return Exchange(**given | fields)


def reading_row(number: int, pointers: Sequence[WarcPointer], minute: float, text: str, **fields: Any) -> Row:
    """The row of a reading of article `number`, whose parts lie at `pointers`."""
    key = f"radartegal/{number}"
    row = {
        "row_id": hashlib.sha256(f"{key} {minute} {text}".encode()).hexdigest()[:32],
        "article_key": key,
        "site": "radartegal",
        "host": "radartegal.disway.id",
        "article_id": number,
        "url": f"https://radartegal.disway.id/read/{number}/slug",
        "title": text,
        "body": text,
        "tags": [],
        "related": [],
        "parts": len(pointers),
        "parts_expected": len(pointers),
        "published_at": at(-60).isoformat(),
        "first_seen_at": at(-1).isoformat(),
        "captured_at": at(minute).isoformat(),
        "content_digest": hashlib.sha256(text.encode()).hexdigest(),
        "page_class": "LookOf2023",
        "reader_revision": 1,
        "discovered_via": ["section"],
        "captures": [{"part": n, **pointer._asdict()} for n, pointer in enumerate(pointers, 1)],
        "run_id": RUN_ID,
    }
    return row | fields


def event(kind: str, number: int, minute: float, **fields: Any) -> Row:
    given = {
        "article_key": f"radartegal/{number}",
        "site": "radartegal",
        "url": f"https://radartegal.disway.id/read/{number}/slug",
        "at": at(minute).isoformat(),
        "kind": kind,
        "run_id": RUN_ID,
    }
    return given | fields


def sighting(number: int, minute: float, kind: str = "section", via: str = "https://radartegal.disway.id/") -> Row:
    return {
        "target_url": f"https://radartegal.disway.id/read/{number}/slug",
        "site": "radartegal",
        "article_id": number,
        "via_url": via,
        "kind": kind,
        "anchor_text": "judul",
        "position": 0,
        "first_seen_at": at(minute).isoformat(),
        "run_id": RUN_ID,
    }


def run_row(run_id: str = RUN_ID) -> Row:
    return {
        "run_id": run_id,
        "command": "crawl",
        "started_at": START.isoformat(),
        "finished_at": at(9).isoformat(),
        "outcome": "ok",
        "sites": ["radartegal"],
        "undelivered": 0,
    }


@dataclass
class Desk:
    """Fills a spool a segment at a time, as a run of its own."""

    folder: Path
    archive: str
    run_id: str = RUN_ID
    limits: SpoolLimits = ROOMY
    closed: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.spool = Spool.create(self.folder, self.run_id, self.archive)
        self.open()

    def open(self) -> None:
        self.writer = SpoolWriter(self.spool, self.limits, "tests/1", "", self.closed.append)

    def keep(self, number: int, entity: bytes, minute: float, original: Original | None = None) -> WarcPointer:
        pointer = self.writer.append(exchange(number, entity, minute), original).result()
        assert pointer is not None
        return pointer

    def note(self, **rows: list[Row]) -> None:
        """Note rows by table; sightings as the pages that they were made on."""
        pages = [
            page_note(
                r["via_url"], r["first_seen_at"], r["run_id"], [SightedLink(*(r[n] for n in SightedLink._fields))]
            )
            for r in rows.pop("sightings", [])
        ]
        self.writer.note(rows | ({NOTE_KEY: pages} if pages else {})).result()

    def archived(self, number: int, minute: float, text: str, **fields: Any) -> Row:
        """Keep one page of an article and note its reading."""
        pointer = self.keep(number, f"<p>{text} {minute}".encode(), minute)
        row = reading_row(number, [pointer], minute, text, run_id=self.run_id, **fields)
        self.note(articles=[row], events=[event("archived", number, minute, row_id=row["row_id"])])
        return row

    def close_segment(self) -> None:
        """Close the growing segment and begin the next."""
        number = self.writer._number
        self.writer.close()
        self.open()
        self.writer._number = number

    def abandon(self) -> None:
        """Let go of the spool without delivering it, as a killed process does."""
        self.writer.close()
        self.spool.release()


def never(*_: object) -> Any:
    raise AssertionError("nothing was to be read again")


def delivery(options: StoreOptions, seen_path: Path, reread: Any = never, **fields: Any) -> Delivery:
    return Delivery(open_store(options), Tables(options), seen_path, reread, **fields)


def order(options: StoreOptions, spool_dir: Path) -> DeliveryOrder:
    """The order of `disway recover` for the archive at `options`."""
    return DeliveryOrder(
        store=options.to_json(),
        archive=archive_name(options),
        spool_dir=str(spool_dir),
        seen_path=str(spool_dir / "seen.sqlite"),
        site_folders=(SITES,),
        body_limit=1 << 20,
        check=True,
    )


def copied_spool(template: Path, spool_dir: Path, options: StoreOptions) -> Path:
    """A copy of the spools in `template` that belongs to the archive at `options`."""
    shutil.copytree(template, spool_dir)
    for meta in spool_dir.glob("*/spool.json"):
        meta.write_text(json.dumps(json.loads(meta.read_text()) | {"archive": archive_name(options)}))
    return spool_dir


def rows_of(options: StoreOptions, name: str) -> list[Row]:
    """All rows of a table, in an order that does not depend on its commits."""
    tables = Tables(options)
    table = tables.open(name)
    columns = [c.name for c in TABLES[name]]
    found = [] if table is None else [row for rows in tables.rows(name, table, columns) for row in rows]
    return sorted(found, key=str)


def content(options: StoreOptions) -> dict[str, list[Row]]:
    """All rows of all tables."""
    return {name: rows_of(options, name) for name in TABLES}


def index_content(path: Path) -> Mapping[str, list[tuple[Any, ...]]]:
    """All rows of a `seen` index, but how far it followed."""
    with closing(sqlite3.connect(path)) as db:
        names = [n for (n,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'") if n != "followed"]
        return {name: sorted(db.execute(f"SELECT * FROM {name}"), key=str) for name in names}


def original_of(pointer: WarcPointer, number: int, minute: float) -> Original:
    return Original(pointer, exchange(number, b"").url, at(minute))
