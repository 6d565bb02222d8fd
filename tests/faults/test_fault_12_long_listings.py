"""Listings of more than a page (1,000 keys): nothing is overlooked, taken for lost, or fetched twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from kept import Desk, delivery, rows_of

from storage.config import StoreOptions
from storage.deliver import deliver
from storage.follow import follow
from storage.maintain import Upkeep, keep_tables, losses
from storage.opening import open_store
from storage.tables import Tables
from storage.verify import VerifyCounts, findings

PAGE = 1_000
MORE = PAGE + 50
EMPTY_COMMIT = b'{"commitInfo":{"timestamp":1772672400000,"operation":"WRITE","operationParameters":{}}}\n'


def put_many(options: StoreOptions, keys: list[str], data: bytes) -> None:
    store = open_store(options)
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda key: store.put_bytes(key, data), keys))


def archive(options: StoreOptions, folder: Path, number: int, minute: float = 0) -> None:
    """One delivered run of one article."""
    desk = Desk(folder / "spool", "a", f"2026030{number}T01{int(minute):02d}00Z-abcdef")
    desk.archived(number, minute, f"artikel {number}")
    desk.writer.close()
    deliver(desk.spool, delivery(options, folder / "seen.sqlite"))
    desk.spool.release()


@pytest.fixture
def options(s3_options: StoreOptions) -> StoreOptions:
    return s3_options


def test_fault_12_more_objects_than_a_listing_has(options: StoreOptions, tmp_path: Path) -> None:
    """Those of the archive are at the end of the listing, behind a thousand others."""
    put_many(options, [f"warc/2020/01/01/{number:06d}.cdxj" for number in range(MORE)], b"x")
    archive(options, tmp_path, 1)
    store, tables = open_store(options), Tables(options)
    assert len([info for info in store.list("warc/") if info.key.startswith("warc/2020/")]) == MORE
    counts = VerifyCounts()
    assert list(findings(store, tables, counts)) == []
    assert (counts.objects, counts.pointers) == (1, 2)
    (key,) = {row["warc_key"] for row in rows_of(options, "captures")}
    now = datetime.now(UTC)
    assert losses(store, [key], uuid4().hex, now) == []
    assert [row["url"] for row in losses(store, [key, "warc/2026/03/05/gone.warc.gz"], uuid4().hex, now)] == [
        "warc/2026/03/05/gone.warc.gz"
    ]


def test_fault_12_more_commits_than_a_listing_has(options: StoreOptions, tmp_path: Path) -> None:
    """A table is opened at its newest commit; the index follows, and another run is judged by all of them."""
    archive(options, tmp_path, 1)
    tables = Tables(options)
    before = follow(tmp_path / "seen.sqlite", tables)["articles"]
    log = "tables/articles/_delta_log"
    put_many(options, [f"{log}/{before + n:020d}.json" for n in range(1, MORE + 1)], EMPTY_COMMIT)
    assert Tables(options).open("articles").version() == before + MORE
    archive(options, tmp_path, 2)
    assert follow(tmp_path / "seen.sqlite", Tables(options))["articles"] == before + MORE + 1
    archive(options, tmp_path, 1, minute=30)
    assert sorted(row["article_id"] for row in rows_of(options, "articles")) == [1, 2], "nothing is new twice"
    (tmp_path / "scratch").mkdir()
    kept = {k.name: k for k in keep_tables(Tables(options), Upkeep(timedelta(days=7), 1 << 20, tmp_path / "scratch"))}
    assert (kept["articles"].files_before, kept["articles"].files_after, kept["articles"].checkpoint) == (2, 1, True)
    assert sorted(row["article_id"] for row in rows_of(options, "articles")) == [1, 2]


def test_fault_12_an_index_that_is_behind_the_tables(options: StoreOptions, tmp_path: Path) -> None:
    """As after a stale listing, or a backup that was put back: what it does not know is judged at delivery."""
    archive(options, tmp_path, 1)
    stale = (tmp_path / "seen.sqlite").read_bytes()
    archive(options, tmp_path, 2)
    (tmp_path / "seen.sqlite").write_bytes(stale)
    for suffix in ("-wal", "-shm"):
        (tmp_path / f"seen.sqlite{suffix}").unlink(missing_ok=True)
    archive(options, tmp_path, 2, minute=30)
    assert sorted(row["article_id"] for row in rows_of(options, "articles")) == [1, 2]
    assert list(findings(open_store(options), Tables(options), VerifyCounts())) == []
