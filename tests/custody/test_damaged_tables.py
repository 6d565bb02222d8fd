"""A file of a table that is damaged or gone: it is named, nothing else is blamed, and nothing is lost meanwhile."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from kept import Desk, delivery, index_content, order, rows_of, run_row, sighting

from crawler.delivery import carry_out
from news.errors import ArchiveDamaged
from storage.commits import LogUnusable, appended_rows
from storage.config import StoreOptions
from storage.deliver import deliver
from storage.follow import follow
from storage.maintain_compact import compact, data_files
from storage.objects import ObjectStore
from storage.opening import open_store
from storage.table_files import FileDamaged
from storage.tables import AppId, Tables
from storage.verify import Finding, VerifyCounts, findings


def inside(data: bytes, column: str | None = None) -> bytes:
    """The bytes of one column, the first if none is named, are others; footer and schema are whole."""
    group = pq.read_metadata(pa.BufferReader(data)).row_group(0)
    chunks = [group.column(number) for number in range(group.num_columns)]
    chunk = next(c for c in chunks if column in (None, c.path_in_schema))
    at, end = chunk.data_page_offset, chunk.data_page_offset + chunk.total_compressed_size
    return data[:at] + bytes(b ^ 0x5A for b in data[at:end]) + data[end:]


HARMS: dict[str, Callable[[bytes], bytes | None]] = {
    "footer": lambda data: data[:-3] + bytes([data[-3] ^ 0xFF]) + data[-2:],
    "inside": inside,
    "cut": lambda data: data[: len(data) // 2],
    "emptied": lambda _: b"",
    "gone": lambda _: None,
}
TABLES = ("sightings", "captures", "articles", "events", "runs")


def fill(options: StoreOptions, folder: Path) -> None:
    """Three deliveries: a file of each table each."""
    for number in (1, 2, 3):
        run_id = f"2026030{number}T010000Z-abcdef"
        desk = Desk(folder / "filling", "a", run_id)
        desk.note(sightings=[sighting(number, number)])
        desk.archived(number, number, f"artikel {number}")
        desk.note(runs=[run_row() | {"run_id": run_id}])
        desk.writer.close()
        deliver(desk.spool, delivery(options, folder / "filling" / "seen.sqlite"))
        desk.spool.release()


def files_of(options: StoreOptions, table: str) -> list[str]:
    """Keys, the oldest first."""
    opened = Tables(options).open(table)
    assert opened is not None
    return [f"tables/{table}/{file.path}" for file in data_files(opened)]


def harm(store: ObjectStore, key: str, how: Callable[[bytes], bytes | None]) -> bytes:
    """Do it to the object; its bytes as they were."""
    whole = store.get(key)
    harmed = how(whole)
    store.delete(key)
    if harmed is not None:
        assert harmed != whole
        store.put_bytes(key, harmed)
    return whole


def found(options: StoreOptions) -> list[Finding]:
    return list(findings(open_store(options), Tables(options), VerifyCounts()))


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("name", HARMS)
def test_verify_names_it_and_nothing_else(local_options: StoreOptions, tmp_path: Path, table: str, name: str) -> None:
    """Records of which the rows are not known any more are not blamed."""
    fill(local_options, tmp_path)
    assert found(local_options) == []
    key = files_of(local_options, table)[1]
    harm(open_store(local_options), key, HARMS[name])
    (told,) = found(local_options)
    assert told.where == key
    assert told.what.startswith("is not there" if name == "gone" else "cannot be read (")


def test_verify_reads_columns_that_it_holds_against_nothing(local_options: StoreOptions, tmp_path: Path) -> None:
    fill(local_options, tmp_path)
    key = files_of(local_options, "articles")[0]
    harm(open_store(local_options), key, lambda data: inside(data, "body"))
    assert [finding.where for finding in found(local_options)] == [key]


def test_verify_looks_into_the_rest(store_options: StoreOptions, tmp_path: Path) -> None:
    """Two files of two tables, and a record."""
    fill(store_options, tmp_path)
    store = open_store(store_options)
    keys = [files_of(store_options, "articles")[0], files_of(store_options, "sightings")[2]]
    for key in keys:
        harm(store, key, HARMS["footer"])
    (lost,) = {row["warc_key"] for row in rows_of(store_options, "captures") if row["article_id"] == 3}
    store.delete(lost)
    assert {finding.where for finding in found(store_options)} == {*keys, lost}


def test_a_log_that_is_damaged(local_options: StoreOptions, tmp_path: Path) -> None:
    """Named by its table; the store is there."""
    fill(local_options, tmp_path)
    entry = Path(local_options.table_uri("sightings")) / "_delta_log" / f"{1:020d}.json"
    entry.write_bytes(entry.read_bytes()[:40])
    with pytest.raises(ArchiveDamaged, match="tables/sightings/_delta_log"):
        Tables(local_options).open("sightings")
    (told,) = found(local_options)
    assert told.where == "tables/sightings"


def test_an_entry_of_the_log_that_only_a_follower_reads(local_options: StoreOptions, tmp_path: Path) -> None:
    """A checkpoint stands for it: the index is made anew."""
    fill(local_options, tmp_path)
    seen = tmp_path / "seen.sqlite"
    follow(seen, Tables(local_options))
    for number in (4, 5):
        Tables(local_options).append("sightings", [sighting(number, number)], AppId("by-hand", number))
    DeltaTable(local_options.table_uri("sightings")).create_checkpoint()
    log = Path(local_options.table_uri("sightings")) / "_delta_log"
    (log / f"{3:020d}.json").write_text('{"add": ')
    with pytest.raises(LogUnusable):
        list(appended_rows(open_store(local_options), "sightings", 2, 4, ["site"]))
    follow(seen, Tables(local_options))
    follow(tmp_path / "anew.sqlite", Tables(local_options))
    assert index_content(seen) == index_content(tmp_path / "anew.sqlite")


class TestTheIndex:
    @pytest.mark.parametrize("name", HARMS)
    @pytest.mark.parametrize("table", ["sightings", "captures", "articles"])
    def test_it_stays_as_it_was(self, local_options: StoreOptions, tmp_path: Path, table: str, name: str) -> None:
        """Crawls go on with it; one that was never there is not taken for an archive that is empty."""
        fill(local_options, tmp_path)
        seen, anew = tmp_path / "filling" / "seen.sqlite", tmp_path / "anew.sqlite"
        before = index_content(seen)
        newest = files_of(local_options, table)[-1]
        harm(open_store(local_options), newest, HARMS[name])
        for _ in range(2):
            with pytest.raises(FileDamaged, match=newest):
                follow(seen, Tables(local_options))
            with pytest.raises(FileDamaged, match=newest):
                follow(anew, Tables(local_options))
        assert index_content(seen) == before
        assert not anew.exists()

    def test_a_file_that_was_compacted_since(self, local_options: StoreOptions, tmp_path: Path) -> None:
        """What it held is in another one: the index starts anew, and no damage is told."""
        fill(local_options, tmp_path)
        seen, tables = tmp_path / "seen.sqlite", Tables(local_options)
        follow(seen, tables)
        tables.append("sightings", [sighting(4, 4)], AppId("by-hand", 1))
        opened = tables.open("sightings")
        assert opened is not None
        files = data_files(opened)
        assert compact(tables, "sightings", files, tmp_path) is not None
        harm(tables.store, f"tables/sightings/{files[-1].path}", HARMS["footer"])
        follow(seen, Tables(local_options))
        follow(tmp_path / "anew.sqlite", Tables(local_options))
        assert index_content(seen) == index_content(tmp_path / "anew.sqlite")


@pytest.mark.parametrize("name", HARMS)
def test_nothing_fetched_is_lost(local_options: StoreOptions, tmp_path: Path, name: str) -> None:
    """What was crawled waits, the delivery says which file keeps it from the archive, and the copy of it ends that."""
    fill(local_options, tmp_path)
    whole = order(local_options, tmp_path / "spool")
    key = files_of(local_options, "sightings")[0]
    data = harm(open_store(local_options), key, HARMS[name])
    desk = Desk(tmp_path / "spool", whole.archive, "20260304T010000Z-abcdef")
    desk.archived(9, 9, "artikel 9")
    desk.writer.close()
    desk.spool.let_go()
    report = carry_out(whole, local_options)
    assert (report.trouble, report.undelivered) == ("damaged", 1)
    assert key in report.message
    assert "put a copy of it back" in report.message
    open_store(local_options).put_bytes(key, data, if_absent=False)
    report = carry_out(whole, local_options)
    assert (report.trouble, report.undelivered) == (None, 0), report.message
    assert 9 in {row["article_id"] for row in rows_of(local_options, "articles")}
    assert found(local_options) == []


def test_what_is_to_be_done_without_a_copy(local_options: StoreOptions, tmp_path: Path) -> None:
    """As README.md has it: the file goes, its table forgets it, and whoever follows starts anew."""
    fill(local_options, tmp_path)
    seen = tmp_path / "filling" / "seen.sqlite"
    follow(seen, Tables(local_options))
    key = files_of(local_options, "sightings")[1]
    open_store(local_options).delete(key)
    DeltaTable(local_options.table_uri("sightings")).repair()
    assert found(local_options) == []
    follow(seen, Tables(local_options))
    assert {row["article_id"] for row in rows_of(local_options, "sightings")} == {1, 3}
