"""Builds archives for the tests of asking: real WARC objects and real Delta tables, written as a delivery writes them."""

import gzip
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import uuid4

from news.capture import Exchange, Original, WarcPointer
from storage.config import StoreOptions
from storage.opening import open_store
from storage.schema import TABLES, Row
from storage.tables import AppId, Tables
from storage.warc import payload_digest
from storage.warc_writer import compose_exchange, compose_warcinfo

START = datetime(2026, 3, 5, 0, 0, tzinfo=UTC)
COMMIT_ORDER = tuple(TABLES)


def at(hours: float) -> str:
    return (START + timedelta(hours=hours)).isoformat()


def page(title: str, body: str) -> bytes:
    return f"<html><h1>{title}</h1><p>{body}</p></html>".encode()


@dataclass
class Segment:
    """Records and rows that are put and committed together by `commit`."""

    options: StoreOptions
    run_id: str = "20260305T000000Z-aaaa"
    rows: dict[str, list[Row]] = field(default_factory=dict)
    spool_id: str = field(default_factory=lambda: uuid4().hex)
    data: bytes = b""
    key: str = ""
    number = count(1)

    def __post_init__(self) -> None:
        self.key = f"warc/2026/03/05/{self.run_id}-{uuid4().hex[:8]}.warc.gz"
        self.data = compose_warcinfo(self.key, "tests", "made by a test")

    def add(self, table: str, **row: object) -> Row:
        made = {"run_id": self.run_id, **row}
        self.rows.setdefault(table, []).append(made)
        return made

    def record(
        self,
        url: str,
        entity: bytes,
        hours: float = 0,
        *,
        part: int = 1,
        site: str = "radartegal",
        article_id: int | None = None,
        encoding: str = "",
        original: Original | None = None,
    ) -> WarcPointer:
        coded = gzip.compress(entity, mtime=0) if encoding == "gzip" else entity
        header = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{f'Content-Encoding: {encoding}' if encoding else 'X: y'}\r\n\r\n"
        fetched_at = START + timedelta(hours=hours)
        exchange = Exchange(
            url=url,
            fetched_at=fetched_at,
            request_block=b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            header_block=header.encode(),
            entity=coded,
            status=200,
            content_type="text/html",
            location=None,
            site=site,
            article_id=article_id,
            part=part,
        )
        member = compose_exchange(exchange, original)
        digest = original.pointer.payload_digest if original else payload_digest(coded)
        pointer = WarcPointer(self.key, len(self.data), member.head_length, digest)
        self.data += member.data
        self.add(
            "captures",
            url=url,
            site=site,
            article_id=article_id,
            part=part,
            fetched_at=fetched_at.isoformat(),
            status=200,
            content_type="text/html",
            bytes=len(coded),
            kind="revisit" if original else "response",
            payload_digest=pointer.payload_digest,
            warc_key=pointer.warc_key,
            warc_offset=pointer.warc_offset,
            warc_length=pointer.warc_length,
        )
        return pointer

    def article(
        self,
        article_id: int,
        hours: float = 0,
        pointers: list[WarcPointer] | None = None,
        site: str = "radartegal",
        **given: object,
    ) -> Row:
        url = f"https://{site}.disway.id/lokal/read/{article_id}/judul"
        title = str(given.get("title", f"Judul {article_id}"))
        body = str(given.get("body", f"Paragraf pertama {article_id}.\nParagraf kedua."))
        pointers = pointers or [self.record(url, page(title, body), hours, site=site, article_id=article_id)]
        row = {
            "row_id": uuid4().hex,
            "article_key": f"{site}/{article_id}",
            "site": site,
            "host": f"{site}.disway.id",
            "article_id": article_id,
            "url": url,
            "title": title,
            "reporter": "Sari",
            "editor": "Budi",
            "published_at": at(hours - 1),
            "published_raw": "Kamis 05-03-2026,06:00 WIB",
            "timezone": "Asia/Jakarta",
            "section": "Lokal",
            "place": "TEGAL",
            "body": body,
            "tags": ["tegal", "uji"],
            "related": [{"title": "Lain", "url": f"https://{site}.disway.id/read/1/lain", "article_key": f"{site}/1"}],
            "language": "id",
            "word_count": len(body.split()),
            "parts": len(pointers),
            "parts_expected": len(pointers),
            "first_seen_at": at(hours),
            "captured_at": at(hours),
            "content_digest": payload_digest((title + body).encode()),
            "page_class": "disway.web",
            "reader_revision": 1,
            "discovered_via": ["home", "section"],
            "captures": [{"part": n, **p._asdict()} for n, p in enumerate(pointers, start=1)],
        }
        return self.add("articles", **{**row, **given})

    def event(self, key: str, kind: str, hours: float, **given: object) -> Row:
        return self.add("events", article_key=key, site=key.partition("/")[0], kind=kind, at=at(hours), **given)

    def sighting(self, article_id: int, hours: float = 0, site: str = "radartegal", **given: object) -> Row:
        url = f"https://{site}.disway.id/lokal/read/{article_id}/judul"
        row = {"target_url": url, "site": site, "article_id": article_id, "via_url": f"https://{site}.disway.id/"}
        return self.add("sightings", **{**row, "kind": "home", "position": 0, "first_seen_at": at(hours), **given})

    def commit(self) -> None:
        open_store(self.options).put_bytes(self.key, self.data)
        tables = Tables(self.options)
        for table in COMMIT_ORDER:
            if table in self.rows:
                tables.append(table, self.rows[table], AppId(self.spool_id, 1))
