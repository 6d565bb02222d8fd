"""Small files made large ones: the same rows, in order, whoever writes and follows meanwhile."""

import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kept import at, event, index_content, reading_row, rows_of

from news.capture import WarcPointer
from storage import maintain_compact, maintain_sorting
from storage.commits import appended_rows
from storage.config import StoreOptions
from storage.follow import follow
from storage.maintain import TableKept, Upkeep, keep_tables
from storage.maintain_compact import DataFile, bins, data_files
from storage.opening import open_store
from storage.schema import Row
from storage.tables import AppId, Tables

SITES = ("radartegal", "palpos", "jateng")
MIB = 1 << 20


def article(number: int) -> Row:
    site = SITES[number % 3]
    pointer = WarcPointer(f"warc/{number % 7}.warc.gz", number, 10, f"sha256:{number:064x}")
    published = None if number % 11 == 0 else at(-(number * 37 % 1000)).isoformat()
    key = f"{site}/{number}"
    return reading_row(
        number, [pointer], number, f"teks {number} " * 20, site=site, article_key=key, published_at=published
    )


def capture(row: Row) -> Row:
    pointer = {name: value for name, value in row["captures"][0].items() if name != "part"}
    told = {name: row[name] for name in ("url", "site", "article_id", "run_id")}
    return {**told, **pointer, "part": 1, "fetched_at": row["captured_at"], "status": 200, "kind": "response"}


def fill(options: StoreOptions, commits: int, rows: int = 5, first: int = 0) -> None:
    """As many commits as a table gets by so many runs."""
    tables = Tables(options)
    for number in range(first, first + commits):
        batch = [article(rows * number + k) for k in range(rows)]
        for key in {r["captures"][0]["warc_key"] for r in batch}:
            tables.store.put_bytes(key, b"")
        tables.append("captures", [capture(r) for r in batch], AppId("test", number + 1))
        tables.append("articles", batch, AppId("test", number + 1))
        tables.append("events", [event("archived", r["article_id"], 1) for r in batch], AppId("test", number + 1))


def upkeep(folder: Path, **fields) -> Upkeep:
    folder.mkdir(parents=True, exist_ok=True)
    return Upkeep(**{"retention": timedelta(days=7), "target_bytes": 8 * MIB, "folder": folder} | fields)


def maintain(options: StoreOptions, folder: Path, **fields) -> dict[str, TableKept]:
    return {kept.name: kept for kept in keep_tables(Tables(options), upkeep(folder, **fields))}


def files_of(options: StoreOptions, name: str = "articles") -> Sequence[DataFile]:
    table = Tables(options).open(name)
    assert table is not None
    return data_files(table)


def test_the_same_rows_in_one_sorted_file(store_options: StoreOptions, tmp_path: Path, monkeypatch) -> None:
    """Small stretches, so that many are merged."""
    monkeypatch.setattr(maintain_sorting, "_RUN_BYTES", 20_000)
    monkeypatch.setattr(maintain_sorting, "_MERGED_ROWS", 7)
    monkeypatch.setitem(maintain_compact._GROUP_ROWS, "articles", 32)
    fill(store_options, 12)
    before = rows_of(store_options, "articles"), rows_of(store_options, "events")
    done = maintain(store_options, tmp_path / "scratch")
    assert (done["articles"].files_before, done["articles"].files_after) == (12, 1)
    assert (rows_of(store_options, "articles"), rows_of(store_options, "events")) == before
    (file,) = files_of(store_options)
    local = tmp_path / "file.parquet"
    open_store(store_options).fetch_file(f"tables/articles/{file.path}", local)
    with pq.ParquetFile(local) as parquet:
        groups = [parquet.metadata.row_group(n).num_rows for n in range(parquet.num_row_groups)]
        table = parquet.read()
    assert groups == [32, 28]
    order = [(row["site"], str(row["published_at"] or "")) for row in table.to_pylist()]
    assert order == sorted(order)
    assert list((tmp_path / "scratch").iterdir()) == []


def test_statistics_say_what_is_in_the_file(local_options: StoreOptions, tmp_path: Path) -> None:
    fill(local_options, 4)
    maintain(local_options, tmp_path)
    table = Tables(local_options).open("articles")
    (stats,) = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    rows = rows_of(local_options, "articles")
    for column in ("site", "article_id", "captured_at", "published_at"):
        values = [row[column] for row in rows if row[column] is not None]
        assert (stats[f"min.{column}"], stats[f"max.{column}"]) == (min(values), max(values))
        assert stats[f"null_count.{column}"] == len(rows) - len(values)
    assert stats["num_records"] == len(rows)


def test_files_of_an_earlier_version_of_the_program(local_options: StoreOptions, tmp_path: Path) -> None:
    """They lack columns, which are null from then on."""
    fill(local_options, 2)
    folder = Path(local_options.uri, "tables", "articles")
    for path in folder.glob("*.parquet"):
        table = pq.read_table(path)
        pq.write_table(table.drop_columns(["reading", "language", "place"]), path)
    before = rows_of(local_options, "articles")
    assert maintain(local_options, tmp_path)["articles"].files_after == 1
    assert rows_of(local_options, "articles") == before


def test_followers_see_nothing_new(local_options: StoreOptions, tmp_path: Path) -> None:
    seen = tmp_path / "seen.sqlite"
    fill(local_options, 6)
    tables = Tables(local_options)
    before = follow(seen, tables)["articles"]
    content = index_content(seen)
    maintain(local_options, tmp_path / "scratch")
    after = follow(seen, tables)["articles"]
    assert after > before
    assert list(appended_rows(tables.store, "articles", before, after, ["row_id"])) == []
    assert index_content(seen) == content
    fill(local_options, 2, first=6)
    follow(seen, tables)
    follow(tmp_path / "anew.sqlite", tables)
    assert index_content(seen) == index_content(tmp_path / "anew.sqlite") != content


def test_a_follower_whose_files_are_gone_starts_anew(local_options: StoreOptions, tmp_path: Path) -> None:
    """The log still names them, but they were compacted and removed: it was away for longer than the retention."""
    seen = tmp_path / "seen.sqlite"
    fill(local_options, 2)
    follow(seen, Tables(local_options))
    fill(local_options, 4, first=2)
    old = files_of(local_options)
    maintain(local_options, tmp_path / "scratch")
    for file in old:
        Path(local_options.uri, "tables", "articles", file.path).unlink()
    follow(seen, Tables(local_options))
    follow(tmp_path / "anew.sqlite", Tables(local_options))
    assert index_content(seen) == index_content(tmp_path / "anew.sqlite")


def while_sorting(monkeypatch, act) -> None:
    """Call `act` once, when the files of `articles` are read and nothing is committed yet."""
    genuine = maintain_compact.write_sorted
    left = [act]

    def sort(sources, target, schema, *given, **named) -> None:
        genuine(sources, target, schema, *given, **named)
        if left and "title" in schema.names:
            left.pop()()

    monkeypatch.setattr(maintain_compact, "write_sorted", sort)


def test_an_append_meanwhile(store_options: StoreOptions, tmp_path: Path, monkeypatch) -> None:
    fill(store_options, 3)
    while_sorting(monkeypatch, lambda: fill(store_options, 2, first=3))
    done = maintain(store_options, tmp_path)
    assert done["articles"].files_after == 3
    assert sorted(r["article_id"] for r in rows_of(store_options, "articles")) == list(range(25))


def test_two_at_once_make_no_row_twice(store_options: StoreOptions, tmp_path: Path, monkeypatch) -> None:
    """Delta itself would let both take the same files out."""
    fill(store_options, 4)
    before = rows_of(store_options, "articles")
    while_sorting(monkeypatch, lambda: maintain(store_options, tmp_path / "other"))
    done = maintain(store_options, tmp_path / "one")
    assert (done["articles"].compacted, done["articles"].skipped) == (4, 4)
    assert rows_of(store_options, "articles") == before
    held = {f"tables/articles/{file.path}" for file in files_of(store_options)}
    compacted = {i.key for i in open_store(store_options).list("tables/articles/compacted-")}
    assert held < compacted, "what was made for nothing goes after the retention: nobody deletes what a commit may name"


def test_a_commit_judged_on_the_former_version_is_judged_again(local_options: StoreOptions, tmp_path: Path) -> None:
    """A delivery commits articles only on the version that it judged by: a compaction between makes it look again."""
    from storage.tables import CommitConflict  # noqa: PLC0415  one test

    fill(local_options, 3)
    tables = Tables(local_options)
    version = tables.open("articles").version()
    maintain(local_options, tmp_path)
    with pytest.raises(CommitConflict):
        tables.append("articles", [article(99)], AppId("late", 1), only_on=version)
    assert Tables(local_options).append("articles", [article(99)], AppId("late", 1))


def test_a_dry_run_touches_nothing(local_options: StoreOptions, tmp_path: Path) -> None:
    fill(local_options, 3)
    before = {p: p.stat().st_mtime_ns for p in Path(local_options.uri).rglob("*") if p.is_file()}
    done = maintain(local_options, tmp_path / "scratch", dry_run=True)
    assert (done["articles"].files_before, done["articles"].files_after, done["articles"].compacted) == (3, 1, 3)
    assert {p: p.stat().st_mtime_ns for p in Path(local_options.uri).rglob("*") if p.is_file()} == before


def test_a_second_time_has_nothing_to_do(local_options: StoreOptions, tmp_path: Path) -> None:
    fill(local_options, 3)
    maintain(local_options, tmp_path)
    version = Tables(local_options).open("articles").version()
    again = maintain(local_options, tmp_path)["articles"]
    assert (again.compacted, again.removed, again.checkpoint) == (0, 0, False)
    assert Tables(local_options).open("articles").version() == version


FILES = st.lists(st.integers(1, 300), max_size=60).map(
    lambda sizes: [DataFile(f"{number}.parquet", size) for number, size in enumerate(sizes)]
)


@given(FILES, st.integers(10, 400))
def test_bins(files: list[DataFile], target: int) -> None:
    found = bins(files, target)
    taken = [file for some in found for file in some]
    assert len(taken) == len(set(taken)), "each file once"
    assert [file for file in files if file in taken] == taken, "neighbours stay neighbours"
    for some in found:
        assert len(some) > 1
        assert sum(file.size for file in some) <= target
        assert all(file.size < target / 2 for file in some)
    small = [file for file in files if file.size < target / 2]
    if sum(file.size for file in small) <= target and len(small) > 1:
        assert found == [small]


@given(st.lists(st.tuples(st.sampled_from([None, *SITES]), st.integers(0, 50)), max_size=200), st.data())
def test_sorting_is_a_permutation_in_order(tmp_path_factory, rows: list[tuple[str | None, int]], data) -> None:
    folder = tmp_path_factory.mktemp("sorting")
    schema = pa.schema([("site", pa.string()), ("at", pa.timestamp("us", tz="UTC")), ("number", pa.int64())])
    chance = random.Random(data.draw(st.integers()))
    sources = []
    for number in range(3):
        numbered = [{"site": site, "at": at(minute), "number": k} for k, (site, minute) in enumerate(rows)]
        mine = numbered[number::3]
        chance.shuffle(mine)
        path = folder / f"source-{number}.parquet"
        pq.write_table(pa.Table.from_pylist(mine, schema=schema), path)
        sources.append(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(maintain_sorting, "_RUN_BYTES", 600)
        patch.setattr(maintain_sorting, "_MERGED_ROWS", 5)
        maintain_sorting.write_sorted(
            ((s.name, s) for s in sources), folder / "out.parquet", schema, ("site", "at"), group_rows=16
        )
    found = pq.read_table(folder / "out.parquet").to_pylist()
    assert sorted(row["number"] for row in found) == list(range(len(rows)))
    keys = [(row["site"] or "", row["at"]) for row in found]
    assert keys == sorted(keys)
