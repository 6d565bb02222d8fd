"""The rows and the index lines that a segment holds: a pure function of its records."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from news.capture import CaptureKind
from storage.schema import Row
from storage.sightings import NOTE_KEY, SightingColumns
from storage.spool_meta import SpoolMeta
from storage.warc import StoredRecord, iterate, read_note, verified


@dataclass(slots=True)
class SegmentRows:
    """What a segment adds to each table, and its CDXJ index."""

    tables: dict[str, list[Row]] = field(default_factory=dict)
    """Rows by table, but sightings."""
    sightings: SightingColumns = field(default_factory=SightingColumns)
    cdxj: list[str] = field(default_factory=list)

    @property
    def has_runs_alone(self) -> bool:
        """No exchange, and no row but of `runs`."""
        return self.tables.keys() == {"runs"} and not self.sightings

    def add(self, table: str, rows: list[Row]) -> None:
        """Append rows of one table."""
        self.tables.setdefault(table, []).extend(rows)

    def take(self, note: dict[str, list[Row]]) -> None:
        """Append what a note holds."""
        for page in note.pop(NOTE_KEY, ()):
            self.sightings.add(page)
        for table, rows in note.items():
            self.add(table, rows)


def read_segment(path: Path, meta: SpoolMeta, warc_key: str) -> SegmentRows:
    """Read a closed segment. Raises ArchiveDamaged when a record's digests do not hold."""
    found = SegmentRows()
    for offset, length, record in iterate(path):
        verified(record)
        if record.capture_kind is not None:
            found.add("captures", [_capture_row(record, meta.run_id, warc_key, offset, length)])
        if record.type in (CaptureKind.RESPONSE, CaptureKind.REVISIT):
            # A rendered page has the address and the second of what it was made of, which is what is to be replayed.
            found.cdxj.append(_cdxj_line(record, warc_key, offset, length))
        elif record.type == "metadata":
            found.take(read_note(record))
    found.cdxj.sort()
    _point_again(found.tables, warc_key)
    return found


def _point_again(tables: dict[str, list[Row]], warc_key: str) -> None:
    """Hold the article rows against the records: they were noted before a damaged member was cut out of the segment.

    What moved is pointed at where it lies now. An article of which a record is lost has no row and is fetched again.
    """
    # An exchange in which nothing came has a row and no record.
    held = (r for r in tables.get("captures", ()) if r.get("warc_key") is not None)
    records = {(r["article_id"], r["part"], r["payload_digest"]): r for r in held}
    unmoved = {(r["warc_offset"], r["payload_digest"]): r for r in records.values()}
    kept, lost = [], set()
    for row in tables.get("articles", ()):
        mine = [c for c in row["captures"] if c["warc_key"] == warc_key]
        found = [
            unmoved.get((c["warc_offset"], c["payload_digest"]))
            or records.get((row["article_id"], c["part"], c["payload_digest"]))
            for c in mine
        ]
        if None in found:
            lost.add(row["row_id"])
            continue
        for capture, record in zip(mine, found, strict=True):
            capture.update({name: record[name] for name in ("warc_offset", "warc_length")} if record else {})
        kept.append(row)
    if lost:
        tables["articles"] = kept
        for event in tables.get("events", ()):
            if event.get("row_id") in lost:
                event.update(kind="failed", reason="damaged", attempt=1, row_id=None)


def _capture_row(record: StoredRecord, run_id: str, warc_key: str, offset: int, length: int) -> Row:
    fields = record.fields
    return {
        "url": fields["warc-target-uri"],
        "site": fields.get("x-archive-site"),
        "article_id": _number(fields.get("x-archive-article-id")),
        "part": _number(fields.get("x-archive-part")),
        "fetched_at": fields["warc-date"],
        "status": record.http_status,
        "content_type": record.http_header("content-type"),
        # A revisit holds no entity, though one was transferred.
        "bytes": int(fields.get("x-archive-entity-length", len(record.entity))),
        "kind": record.capture_kind,
        "truncated": fields.get("warc-truncated"),
        "error": fields.get("x-archive-error"),
        "location": record.http_header("location"),
        "etag": record.http_header("etag"),
        "last_modified": record.http_header("last-modified"),
        "links_digest": fields.get("x-archive-links-digest"),
        "payload_digest": record.payload_digest,
        "warc_key": warc_key,
        "warc_offset": offset,
        "warc_length": length,
        "run_id": run_id,
    }


def _cdxj_line(record: StoredRecord, warc_key: str, offset: int, length: int) -> str:
    """One line of a CDXJ index as pywb reads it: SURT key, 14-digit time, JSON."""
    url = record.fields["warc-target-uri"]
    mime = (record.http_header("content-type") or "unk").partition(";")[0].strip()
    entry = {
        "url": url,
        "mime": "warc/revisit" if record.type == CaptureKind.REVISIT else mime,
        "status": str(record.http_status or "-"),
        "digest": record.payload_digest,
        "length": str(length),
        "offset": str(offset),
        "filename": warc_key.rsplit("/", 1)[-1],
    }
    return f"{surt(url)} {record.fetched_at:%Y%m%d%H%M%S} {json.dumps(entry, ensure_ascii=False)}"


def surt(url: str) -> str:
    """The sort-friendly form of a URL: `id,disway,radartegal)/read/1`, lower case, without `www.`."""
    pieces = urlsplit(url.lower())
    labels = (pieces.hostname or "").removeprefix("www.").split(".")
    query = f"?{'&'.join(sorted(pieces.query.split('&')))}" if pieces.query else ""
    return f"{','.join(reversed(labels))}){pieces.path or '/'}{query}"


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)
