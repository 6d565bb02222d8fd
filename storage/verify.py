"""Re-reads the archive both ways: every row's record, every record's row.

Every file of every table is read whole. Each WARC object is fetched once, every record's digests are computed again,
and the records are held against the pointers of the `captures` and `articles` tables, which wait in a temporary SQLite
file: memory does not grow with the archive.
"""

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from pathlib import Path

from news.capture import CaptureKind
from news.errors import ArchiveDamaged
from storage.objects import ObjectStore
from storage.tables import Tables
from storage.verify_rows import SCHEMA, Finding, TableRows
from storage.warc import StoredRecord, iterate, read_record, verified

_UNDELIVERED = "no row points at this object: its delivery was cut; run `disway recover` where its spool is"


@dataclass(slots=True)
class VerifyCounts:
    """How much was re-read."""

    objects: int = 0
    records: int = 0
    pointers: int = 0


def findings(
    store: ObjectStore, tables: Tables, counts: VerifyCounts, chosen: Callable[[str], bool] = lambda _: True
) -> Iterator[Finding]:
    """Yield what is wrong in the archive, nothing when it is clean, and count on `counts`. Raises StoreUnavailable.

    Only WARC objects whose key is `chosen` are read again. No record is blamed for rows that cannot be read.
    """
    with (
        tempfile.TemporaryDirectory(prefix="disway-verify-") as folder,
        closing(sqlite3.connect(Path(folder) / "pointers.sqlite")) as db,
    ):
        db.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {SCHEMA}")
        # Objects are listed before rows are read: what a running crawl adds meanwhile has rows without being listed.
        held = {info.key for info in store.list("warc/") if info.key.endswith(".warc.gz")}
        rows = TableRows(db, tables)
        yield from rows.load()
        counts.pointers = rows.pointers
        if not rows.damaged & {"articles", "events"}:
            yield from _two_heads(db)
        expected = "captures" not in rows.damaged
        for key in sorted(filter(chosen, held)):
            yield from _verify_object(store, key, db, Path(folder) / "object.warc.gz", counts, expected=expected)
        for (key,) in db.execute("SELECT DISTINCT warc_key FROM pointer ORDER BY 1"):
            if key not in held and store.stat(key) is None:
                yield Finding(key, "rows point at this object and it is not there")


def rotating_sample(share: float, today: date) -> Callable[[str], bool]:
    """Chooses the keys of about `share` of all runs, others each day, so that each has its turn within 1/`share` days.

    All objects of a run together: a rendered page refers to an answer that may lie in the one before.
    """
    parts = max(1, round(1 / share))
    turn = today.toordinal() % parts
    return lambda key: _number_of(key.rpartition("-")[0]) % parts == turn


def _number_of(run: str) -> int:
    return int.from_bytes(blake2b(run.encode(), digest_size=8).digest(), "big")


def _two_heads(db: sqlite3.Connection) -> Iterator[Finding]:
    rows = db.execute(
        "SELECT article_key, count(*) FROM head WHERE row_id NOT IN (SELECT row_id FROM superseded) "
        "GROUP BY 1 HAVING count(*) > 1"
    )
    for key, heads in rows:
        yield Finding(f"article {key}", f"{heads} head rows, where one should be")


def _verify_object(
    store: ObjectStore, key: str, db: sqlite3.Connection, scratch: Path, counts: VerifyCounts, *, expected: bool
) -> Iterator[Finding]:
    """`expected`: all rows of `captures` are known, so each record must have one."""
    wanted: dict[int, list[tuple[int, str, str]]] = {}
    for offset, length, digest, owner in db.execute(
        "SELECT warc_offset, warc_length, digest, owner FROM pointer WHERE warc_key = ?", (key,)
    ):
        wanted.setdefault(offset, []).append((length, digest, owner))
    pointed_at = bool(wanted)
    store.fetch_file(key, scratch)
    counts.objects += 1
    try:
        for offset, length, record in iterate(scratch):
            counts.records += 1
            yield from _verify_digests(f"{key} at {offset}", record)
            if record.capture_kind is not None:
                if expected and not pointed_at:  # a file of notes alone, of a run that was cut early, has no row
                    yield Finding(key, _UNDELIVERED)
                    return
                digest = record.payload_digest
                yield from _compare(f"{key} at {offset}", wanted.pop(offset, []), length, digest, expected=expected)
                yield from _verify_origin(f"{key} at {offset}", record, db)
    except ArchiveDamaged as error:
        yield Finding(key, f"cannot be read whole: {error}")
        # Behind the damage records may be whole: each is a gzip member, and its row knows where.
        wanted = {at: pointers for at, pointers in wanted.items() if not _holds(scratch, at, pointers)}
    for offset, pointers in wanted.items():
        yield Finding(f"{key} at {offset}", f"no record here, but {len(pointers)} rows point at it ({pointers[0][2]})")


def _holds(path: Path, offset: int, pointers: list[tuple[int, str, str]]) -> bool:
    """Whether the record is there that all of `pointers` mean."""
    with path.open("rb") as file:
        for length, digest, _ in pointers:
            file.seek(offset)
            try:
                if read_record(file.read(length)).payload_digest != digest:
                    return False
            except (ArchiveDamaged, ValueError):
                return False
    return True


def _verify_digests(where: str, record: StoredRecord) -> Iterator[Finding]:
    try:
        verified(record)
    except ArchiveDamaged as error:
        yield Finding(where, str(error))


def _verify_origin(where: str, record: StoredRecord, db: sqlite3.Connection) -> Iterator[Finding]:
    """A rendered page refers to an answer, which was kept before it: in this object or one with a lower number."""
    if record.capture_kind is not CaptureKind.RENDERED:
        db.execute("INSERT OR IGNORE INTO answer VALUES (?)", (record.fields.get("warc-record-id"),))
        return
    origin = record.fields.get("warc-refers-to")
    if db.execute("SELECT 1 FROM answer WHERE record_id = ?", (origin,)).fetchone() is None:
        yield Finding(where, f"a rendered page whose answer {origin} is not there")


def _compare(
    where: str, pointers: list[tuple[int, str, str]], length: int, digest: str | None, *, expected: bool
) -> Iterator[Finding]:
    if expected and not any(owner == "capture" for _, _, owner in pointers):
        yield Finding(where, "a record without a row in captures")
    for wanted_length, wanted_digest, owner in pointers:
        if wanted_length != length:
            yield Finding(where, f"{owner}: length {wanted_length} in the row, {length} in the file")
        if wanted_digest != digest:
            yield Finding(where, f"{owner}: digest {wanted_digest} in the row, {digest} in the record")
