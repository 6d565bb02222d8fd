"""`disway verify`: a clean archive is clean, and every damage that is really done is found and named."""

import gzip
import zlib
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from fixtures.crawls import Operator
from kept import Desk, at, delivery, event, reading_row, rows_of, run_row, sighting

from news.capture import WarcPointer
from storage.config import StoreOptions
from storage.deliver import Delivery, deliver
from storage.schema import Row, arrow_schema
from storage.tables import AppId, Tables, record_batches
from storage.verify import VerifyCounts, findings

KEY = "warc/2026/03/05/20260305T010000Z-abcdef-000001.warc.gz"


@pytest.fixture
def work(store_options: StoreOptions, tmp_path: Path) -> Delivery:
    """A delivered archive: three articles, one in two versions, a revisit, and an exchange in which nothing came."""
    desk = Desk(tmp_path / "spool", "a")
    for number, minute, text in ((1, 1, "satu"), (2, 2, "dua"), (3, 3, "tiga"), (1, 4, "satu, disunting")):
        desk.note(sightings=[sighting(number, minute)])
        desk.archived(number, minute, text)
    desk.note(captures=[{"url": "https://radartegal.disway.id/", "fetched_at": at(5).isoformat(), "error": "timeout"}])
    desk.note(runs=[run_row()])
    desk.writer.close()
    work = delivery(store_options, tmp_path / "seen.sqlite")
    deliver(desk.spool, work)
    return work


def found(work: Delivery) -> list[tuple[str, str]]:
    return [(f.where, f.what) for f in findings(work.store, work.tables, VerifyCounts())]


def rewrite(options: StoreOptions, name: str, change: Callable[[list[Row]], list[Row]]) -> None:
    """Replace all rows of a table."""
    rows = change(rows_of(options, name))
    write_deltalake(
        DeltaTable(options.table_uri(name), storage_options=options.delta_options()),
        pa.RecordBatchReader.from_batches(arrow_schema(name), record_batches(name, rows)),
        mode="overwrite",
    )


def replace_object(work: Delivery, data: bytes) -> None:
    work.store.put_bytes(KEY, data, if_absent=False)


def test_a_clean_archive_is_clean(work: Delivery) -> None:
    counts = VerifyCounts()
    assert list(findings(work.store, work.tables, counts)) == []
    assert (counts.objects, counts.pointers) == (1, 8)
    assert counts.records == 1 + 2 * 4 + 4 + 4 + 1 + 1


def test_an_empty_archive_is_clean(local_options: StoreOptions, tmp_path: Path) -> None:
    assert found(delivery(local_options, tmp_path / "seen")) == []


def pointer_of(options: StoreOptions, number: int) -> WarcPointer:
    row = next(r for r in rows_of(options, "articles") if r["article_id"] == number)
    return WarcPointer(*(row["captures"][0][name] for name in WarcPointer._fields))


def test_a_changed_byte_in_a_record(work: Delivery, store_options: StoreOptions) -> None:
    pointer = pointer_of(store_options, 2)
    data = bytearray(work.store.get(KEY))
    data[pointer.warc_offset + pointer.warc_length // 2] ^= 0x10
    replace_object(work, bytes(data))
    told = found(work)
    assert any(where == KEY and "cannot be read whole" in what for where, what in told)
    at_pointer = [what for where, what in told if where == f"{KEY} at {pointer.warc_offset}"]
    assert len(at_pointer) == 1
    assert "article radartegal/2" in at_pointer[0] or "2 rows point at it" in at_pointer[0]


def test_a_record_whose_content_was_swapped(work: Delivery, store_options: StoreOptions) -> None:
    """Gzip is whole and the digest of the record says otherwise."""
    pointer = pointer_of(store_options, 3)
    data = work.store.get(KEY)
    end = pointer.warc_offset + pointer.warc_length
    inflate = zlib.decompressobj(31)
    plain = inflate.decompress(data[pointer.warc_offset : end]).replace(b"<p>tiga", b"<p>TIGA")
    swapped = gzip.compress(plain, mtime=0)
    replace_object(work, data[: pointer.warc_offset] + swapped + data[end:])
    assert any("digest does not hold" in what for where, what in found(work) if f"at {pointer.warc_offset}" in where)


def test_an_object_that_lost_its_end(work: Delivery) -> None:
    replace_object(work, work.store.get(KEY)[:-5])
    assert [where for where, _ in found(work)] == [KEY]


def test_an_object_that_is_gone(work: Delivery) -> None:
    work.store.delete(KEY)
    assert found(work) == [(KEY, "rows point at this object and it is not there")]


def test_a_row_that_is_missing(work: Delivery, store_options: StoreOptions) -> None:
    pointer = pointer_of(store_options, 2)
    rewrite(store_options, "captures", lambda rows: [r for r in rows if r["article_id"] != 2])
    assert found(work) == [(f"{KEY} at {pointer.warc_offset}", "a record without a row in captures")]


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        ("warc_offset", 7, "no record here"),
        ("warc_length", 7, "length 7 in the row"),
        ("payload_digest", "sha256:0", "digest sha256:0 in the row"),
        ("warc_key", "warc/2026/03/05/elsewhere-000001.warc.gz", "is not there"),
    ],
)
def test_a_pointer_that_leads_astray(
    work: Delivery, store_options: StoreOptions, column: str, value: object, what: str
) -> None:
    def change(rows: list[Row]) -> list[Row]:
        for row in rows:
            if row["article_id"] == 3:
                row["captures"][0][column] = value
        return rows

    rewrite(store_options, "articles", change)
    told = found(work)
    assert len(told) == 1
    assert what in told[0][1]
    assert value in (7, "sha256:0") or told[0][0] == value


def test_an_object_that_no_row_knows(work: Delivery) -> None:
    orphan = KEY.replace("000001", "000009")
    work.store.put_bytes(orphan, work.store.get(KEY))
    ((where, what),) = found(work)
    assert where == orphan
    assert "no row points at this object" in what


def test_an_object_of_notes_alone(work: Delivery, tmp_path: Path) -> None:
    """What a run leaves that was killed before its first answer came."""
    desk = Desk(tmp_path / "spool", "a", "20260306T010000Z-abcdef")
    desk.note(events=[event("sighted", 9, 9)])
    desk.writer.close()
    deliver(desk.spool, work)
    assert found(work) == []


def test_two_heads(work: Delivery, store_options: StoreOptions) -> None:
    pointer = pointer_of(store_options, 2)
    row = reading_row(2, [pointer], 6, "kepala kedua")
    Tables(store_options).append("articles", [row], AppId("other", 1))
    assert found(work) == [("article radartegal/2", "2 head rows, where one should be")]
    Tables(store_options).append("events", [event("superseded", 2, 7, row_id=row["row_id"])], AppId("other", 1))
    assert found(work) == [], "an event says which one is no head"


def test_the_command_names_it_and_ends_with_1(tmp_path: Path, local_options: StoreOptions) -> None:
    desk = Desk(tmp_path / "spool", "a")
    desk.archived(1, 1, "satu")
    desk.writer.close()
    deliver(desk.spool, delivery(local_options, tmp_path / "seen.sqlite"))
    operator = Operator(tmp_path / "desk", uri=local_options.uri)
    clean = operator.run("verify", "--json")
    assert (clean.code, clean.facts["findings"]) == (0, 0), clean.err
    assert local_options.root is not None
    (local_options.root / KEY).unlink()
    damaged = operator.run("verify")
    assert (damaged.code, damaged.out) == (1, f"{KEY}: rows point at this object and it is not there\n")
    assert "1 findings" in damaged.err
