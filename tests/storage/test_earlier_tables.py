"""Archives outlive versions of the program: tables with fewer columns than ours, and with more."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from fixtures.crawls import Operator, network_of

from access.archive import Archive
from crawler.fire import Fire
from replica.server import ReplicaServer
from storage import tables as tables_module
from storage.commits import appended_rows
from storage.config import StoreOptions
from storage.schema import STRUCTS, TABLES, Column
from storage.tables import AppId, Tables

EARLIER = str(Path(__file__).parent / "earlier_program")
LACKED = {"fired_at", "covers_from"}
FIRE = Fire("20260305T010000Z-abcdef", "poll", datetime(2026, 3, 5, 1, tzinfo=UTC), datetime(2026, 3, 5, tzinfo=UTC))
SITES = ("radartegal", "palpos")


@pytest.fixture(scope="module")
def replica() -> Iterator[ReplicaServer]:
    with ReplicaServer.start(network_of("radartegal.disway.id", "palpos.disway.id", articles=6)) as server:
        yield server


@pytest.fixture(scope="module")
def now(replica: ReplicaServer, tmp_path_factory: pytest.TempPathFactory) -> Operator:
    """An archive that the earlier version began and this one went on with."""
    folder = tmp_path_factory.mktemp("desk")
    earlier = Operator(folder, replica, further={"PYTHONPATH": EARLIER})
    now = Operator(folder, replica)
    assert earlier.crawl(SITES[:1]).code == 0
    assert LACKED.isdisjoint(columns_of(now.options(), "runs"))
    assert now.ask("SELECT DISTINCT fired_at, covers_from, counts[1].site AS site FROM runs") == [
        {"fired_at": None, "covers_from": None, "site": None}
    ], "what was never written is null, before anything is"
    assert now.run("verify").code == 0
    now.further = FIRE.to_environ()
    assert now.crawl(SITES[1:]).code == 0
    now.further = {}
    assert columns_of(now.options(), "runs") >= LACKED
    return now


def test_old_and_new_rows_are_read_together(now):
    (first, second) = now.ask("SELECT * FROM runs ORDER BY started_at")
    assert (first["fired_at"], {count["site"] for count in first["counts"]}) == (None, {None})
    assert (second["run_id"], second["job"], second["fired_at"]) == (FIRE.run_id, "poll", FIRE.fired_at)
    assert second["covers_from"] == FIRE.covers_from
    assert {count["site"] for count in second["counts"]} >= {"palpos"}
    parts = now.ask("SELECT site, list(DISTINCT captures[1].part) AS parts FROM articles GROUP BY site ORDER BY site")
    assert parts == [{"site": "palpos", "parts": [1]}, {"site": "radartegal", "parts": [None]}]
    assert now.run("verify").code == 0


def test_the_index_is_made_anew_from_old_and_new_files(now):
    for path in now.spool.glob("seen-*"):
        path.unlink()
    again = now.crawl(SITES)
    assert again.code == 0
    assert again.facts["counts"].get("articles_new", 0) == again.facts["counts"].get("articles_changed", 0) == 0


def test_an_earlier_program_goes_on_with_what_it_knows(now):
    before = now.ask("SELECT run_id, fired_at FROM runs")
    earlier = Operator(now.folder, now.replica, further={"PYTHONPATH": EARLIER})
    assert earlier.crawl(SITES).code == 0
    asked = earlier.run("sql", "SELECT count(*) AS n FROM runs", "--format", "json")
    assert json.loads(asked.out) == [{"n": len(before) + 1}]
    after = now.ask("SELECT run_id, fired_at FROM runs")
    assert [row for row in after if row in before] == before, "columns that it does not know keep what is in them"
    assert [row["fired_at"] for row in after if row not in before] == [None]


class TestOfATable:
    @pytest.fixture
    def lacking(self, monkeypatch) -> None:
        """The schema of an earlier version while a test wants it, by `monkeypatch.undo`."""
        monkeypatch.setitem(TABLES, "runs", tuple(c for c in TABLES["runs"] if c.name not in {"job", *LACKED}))
        monkeypatch.setitem(STRUCTS, "counts", STRUCTS["counts"][1:])

    @pytest.fixture
    def options(self, store_options, lacking, monkeypatch) -> StoreOptions:
        """A table of an earlier version with one row."""
        counts = [{"site": "palpos", "counter": "fetched", "count": 1}]
        assert Tables(store_options).append("runs", [{"run_id": "a", "counts": counts}], AppId("old", 1))
        monkeypatch.undo()
        return store_options

    def test_the_first_append_adds_the_columns_and_the_next_adds_none(self, options):
        counts = [{"site": "palpos", "counter": "fetched", "count": 2}]
        for number, run_id in enumerate("bc", 1):
            tables = Tables(options)
            assert tables.append("runs", [{"run_id": run_id, "job": "poll", "counts": counts}], AppId("new", number))
        made, merged, appended = kinds_of_commits(options)
        assert made == {"protocol", "metaData", "txn", "add"}
        assert merged == {"metaData", "txn", "add"}
        assert appended == {"txn", "add"}
        wanted = ["run_id", "job", "counts"]
        held = [row for rows in Tables(options).rows("runs", opened(options), wanted) for row in rows]
        held.sort(key=lambda row: row["run_id"])
        assert [(row["run_id"], row["job"], row["counts"][0]) for row in held] == [
            ("a", None, {"site": None, "counter": "fetched", "count": 1}),
            ("b", "poll", {"site": "palpos", "counter": "fetched", "count": 2}),
            ("c", "poll", {"site": "palpos", "counter": "fetched", "count": 2}),
        ]
        followed = [row for rows in appended_rows(Tables(options).store, "runs", -1, 1, wanted) for row in rows]
        assert [row["job"] for row in followed] == [None, "poll"]

    def test_sql_reads_both(self, options):
        Tables(options).append("runs", [{"run_id": "b", "job": "poll"}], AppId("new", 1))
        with Archive.open(options) as archive:
            rows = list(archive.query("SELECT run_id, job, counts FROM runs ORDER BY run_id").rows())
        assert rows == [
            {"run_id": "a", "job": None, "counts": [{"site": None, "counter": "fetched", "count": 1}]},
            {"run_id": "b", "job": "poll", "counts": None},
        ]

    def test_a_version_of_before_is_as_it_was(self, options):
        Tables(options).append("runs", [{"run_id": "b", "job": "poll"}], AppId("new", 1))
        before = DeltaTable(options.table_uri("runs"), version=0, storage_options=options.delta_options())
        held = [row for rows in Tables(options).rows("runs", before, ["run_id", "job"]) for row in rows]
        assert held == [{"run_id": "a", "job": None}]

    def test_two_that_add_the_columns_at_once_both_get_through(self, options):
        """Each opened the table before the other one committed."""
        one, other = Tables(options), Tables(options)
        assert one.open("runs")
        assert other.open("runs")
        assert one.append("runs", [{"run_id": "b", "job": "poll"}], AppId("one", 1))
        assert other.append("runs", [{"run_id": "c", "job": "recheck"}], AppId("other", 1))
        with Archive.open(options) as archive:
            assert list(archive.query("SELECT run_id, job FROM runs ORDER BY run_id").rows()) == [
                {"run_id": "a", "job": None},
                {"run_id": "b", "job": "poll"},
                {"run_id": "c", "job": "recheck"},
            ]

    def test_what_a_later_version_wrote_stays(self, store_options):
        """Its rows have a column, and a field of a struct, that nobody here has heard of."""
        assert Tables(store_options).append("runs", [{"run_id": "a"}], AppId("ours", 1))
        count = pa.struct([("counter", pa.string()), ("mood", pa.string())])
        later = pa.schema([("run_id", pa.string()), ("weather", pa.string()), ("counts", pa.list_(count))])
        rows = [{"run_id": "b", "weather": "rain", "counts": [{"counter": "fetched", "mood": "fair"}]}]
        write_deltalake(
            opened(store_options),
            pa.Table.from_pylist(rows, schema=later),
            mode="append",
            schema_mode="merge",
        )
        assert Tables(store_options).append("runs", [{"run_id": "c", "job": "poll"}], AppId("ours", 2))
        table = opened(store_options)
        held = {row["run_id"]: row for row in table.to_pyarrow_table().to_pylist()}
        assert {run_id: row["weather"] for run_id, row in held.items()} == {"a": None, "b": "rain", "c": None}
        assert held["b"]["counts"][0]["mood"] == "fair"
        with Archive.open(store_options) as archive:
            rows = list(archive.query("SELECT run_id, job, counts FROM runs ORDER BY run_id").rows())
        assert rows == [
            {"run_id": "a", "job": None, "counts": None},
            {"run_id": "b", "job": None, "counts": [{"site": None, "counter": "fetched", "count": None}]},
            {"run_id": "c", "job": "poll", "counts": None},
        ]

    def test_a_table_that_has_our_columns_is_not_merged(self, store_options, monkeypatch):
        asked = []
        real = tables_module.write_deltalake
        monkeypatch.setattr(
            tables_module, "write_deltalake", lambda *a, **k: asked.append(k["schema_mode"]) or real(*a, **k)
        )
        for name in TABLES:
            for number in (1, 2):
                assert Tables(store_options).append(name, [{TABLES[name][0].name: "x"}], AppId("a", number))
        assert asked == [None] * len(TABLES) * 2


def test_columns_are_added_at_the_end_and_may_be_null(local_options, monkeypatch):
    """What a later version does: no row is rewritten."""
    tables = Tables(local_options)
    tables.append("runs", [{"run_id": "a"}], AppId("s", 1))
    before = {path: path.read_bytes() for path in local_options.root.glob("tables/runs/*.parquet")}
    monkeypatch.setitem(TABLES, "runs", (*TABLES["runs"], Column("weather", "utf8", "")))
    tables.append("runs", [{"run_id": "b", "weather": "rain"}], AppId("s", 2))
    after = {path: path.read_bytes() for path in local_options.root.glob("tables/runs/*.parquet")}
    assert before.items() < after.items()
    held = [row for rows in tables.rows("runs", opened(local_options), ["run_id", "weather"]) for row in rows]
    assert sorted(held, key=lambda row: row["run_id"]) == [
        {"run_id": "a", "weather": None},
        {"run_id": "b", "weather": "rain"},
    ]


def opened(options: StoreOptions) -> DeltaTable:
    return DeltaTable(options.table_uri("runs"), storage_options=options.delta_options())


def columns_of(options: StoreOptions, name: str) -> set[str]:
    table = DeltaTable(options.table_uri(name), storage_options=options.delta_options())
    return {field.name for field in table.schema().fields}


def kinds_of_commits(options: StoreOptions) -> list[set[str]]:
    store = Tables(options).store
    keys = sorted(info.key for info in store.list("tables/runs/_delta_log/") if info.key.endswith(".json"))
    return [
        {name for line in store.get(key).splitlines() for name in json.loads(line)} - {"commitInfo"} for key in keys
    ]
