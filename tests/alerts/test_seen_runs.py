"""What the index takes of runs and alerts: the same however it came to be, and no more of it than it needs."""

import random
import sqlite3
import tracemalloc
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.config import ArchiveSettings, StoreOptions, resolve_store
from storage.follow import follow
from storage.schema import Row
from storage.seen import Seen
from storage.seen_runs import KEPT_DAYS, KEPT_RUNS
from storage.tables import AppId, Tables

SITES = ("radartegal", "palpos")
START = datetime(2026, 11, 23, 1, tzinfo=UTC)


def run_row(number: int, at: datetime, bad: tuple[str, ...] = (), **fields) -> Row:
    fills = [
        {"site": site, "page_class": "disway-2023", "field": "title", "articles": 4, "filled": 3, "example_url": None}
        for site in SITES
    ]
    return {
        "run_id": f"r{number:04d}", "command": "crawl", "started_at": at.isoformat(), "outcome": "degraded" if bad else "ok",
        "sites": list(SITES), "degraded_sites": list(bad), "fills": fills,
    } | fields  # fmt: skip


def alert_row(number: int, at: datetime, state: str) -> Row:
    return {
        "alert_id": f"a{number}", "kind": "layout", "site": "radartegal", "subject": "title", "state": state,
        "message": f"{state} {at}", "measure": "3/3", "since": at.isoformat(), "at": at.isoformat(), "run_id": f"r{number}",
    }  # fmt: skip


def content(path: Path) -> dict[str, list[tuple]]:
    with closing(sqlite3.connect(path)) as db:
        return {
            name: sorted(db.execute(f"SELECT * FROM {name}"), key=str) for name in ("site", "site_run", "fill", "alert")
        }


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    options: StoreOptions = resolve_store(ArchiveSettings(uri=str(tmp_path / "archive")), {})
    return Tables(options)


@pytest.mark.parametrize("seed", range(3))
def test_following_comes_to_the_same_as_rebuilding(tables, tmp_path, seed):
    """Runs of 50 days, committed out of order, with instants that are the same and a clock that was wrong once."""
    chance = random.Random(seed)
    numbers = list(range(80))
    chance.shuffle(numbers)
    steady, rebuilt = tmp_path / "steady", tmp_path / "rebuilt"
    for commit in range(10):
        rows = []
        for number in numbers[commit * 8 : commit * 8 + 8]:
            at = START + timedelta(hours=15 * number, days=9000 if number == 40 else 0)
            outcome = chance.choice(["ok", "ok", "failed", "interrupted", "skipped"])
            bad = ("palpos",) if chance.random() < 0.3 else ()
            command = chance.choice(["crawl", "crawl", "backfill", "reparse"])
            job = chance.choice([None, "poll", "recheck"])
            rows.append(run_row(number, at, bad, outcome="degraded" if bad else outcome, command=command, job=job))
        alerts = [
            alert_row(chance.randint(1, 3), START + timedelta(minutes=chance.randint(1, 9)), state)
            for state in ("open", "recovered")
        ]
        tables.append("runs", rows, AppId("s", commit + 1))
        tables.append("alerts", alerts, AppId("s", commit + 1))
        follow(steady, tables)
    follow(rebuilt, tables)
    assert content(steady) == content(rebuilt)
    for table, day in (("fill", lambda row: row[0]), ("site_run", lambda row: row[2][:10])):
        assert len({day(row) for row in content(steady)[table]}) <= KEPT_DAYS


def test_it_says_how_each_site_fared(tables, tmp_path):
    rows = [
        run_row(number, START + timedelta(hours=number), ("palpos",) if number > 10 else ()) for number in range(20)
    ]
    rows.append(run_row(20, START + timedelta(hours=20), job="recheck", outcome="ok"))
    rows.append(run_row(21, START + timedelta(hours=21), command="backfill"))
    rows.append(run_row(22, START + timedelta(hours=22), outcome="failed"))
    rows.append({"run_id": "r23", "command": "crawl", "started_at": START.isoformat(), "outcome": "failed"})
    tables.append("runs", rows, AppId("s", 1))
    path = tmp_path / "seen"
    follow(path, tables)
    seen = Seen(path)
    recent = seen.runs.recent("palpos", START + timedelta(hours=19))
    assert [run.run_id for run in recent] == [f"r{number:04d}" for number in range(19, 19 - KEPT_RUNS, -1)]
    assert [run.good for run in recent] == [int(run.run_id[1:]) <= 10 for run in recent]
    earlier = seen.runs.recent("palpos", START + timedelta(hours=10))
    assert [run.run_id for run in earlier] == ["r0010", "r0009", "r0008"], "those after it are not of its past"
    assert seen.runs.last_good("palpos") == START + timedelta(hours=10)
    assert seen.runs.last_good("radartegal") == START + timedelta(hours=19)
    assert seen.runs.since("palpos") == START
    assert (seen.runs.since("betv"), seen.runs.last_good("betv"), seen.runs.recent("betv", START)) == (None, None, [])
    (fill,) = seen.runs.fills(["palpos"], "2026-11-23")
    assert (fill.day, fill.articles, fill.filled) == ("2026-11-23", 22 * 4, 22 * 3), (
        "of all crawls, not of the backfill"
    )
    assert seen.runs.fills(["palpos"], "2026-11-24") == []
    seen.close()


def test_a_clock_that_was_ahead_hides_no_run_of_another_day(tables, tmp_path):
    ahead = [run_row(number, START + timedelta(days=5000, minutes=15 * number)) for number in range(96)]
    tables.append("runs", ahead, AppId("s", 1))
    tables.append("runs", [run_row(number, START + timedelta(hours=number)) for number in range(96, 99)], AppId("s", 2))
    path = tmp_path / "seen"
    follow(path, tables)
    seen = Seen(path)
    recent = seen.runs.recent("palpos", START + timedelta(hours=100))
    assert [run.run_id for run in recent] == ["r0098", "r0097", "r0096"]
    seen.close()


def test_an_alert_is_as_its_newest_row_says(tables, tmp_path):
    at = START
    rows = [alert_row(1, at + timedelta(minutes=2), "recovered"), alert_row(1, at, "open"), alert_row(2, at, "open")]
    tables.append("alerts", rows, AppId("s", 1))
    path = tmp_path / "seen"
    follow(path, tables)
    seen = Seen(path)
    found = {alert.alert_id: alert for alert in seen.runs.alerts()}
    assert {name: alert.is_open for name, alert in found.items()} == {"a1": False, "a2": True}
    assert found["a1"].since == at + timedelta(minutes=2)
    seen.close()


def test_months_of_runs_take_no_memory_and_only_the_last_weeks_are_read(tables, tmp_path):
    """Half a year of runs with 300 structs each, in one file as a compaction leaves it."""
    fills = [
        {
            "site": f"s{n % 60}",
            "page_class": "disway-2023",
            "field": f"f{n}",
            "articles": 4,
            "filled": 3,
            "example_url": None,
        }
        for n in range(300)
    ]
    now = datetime.now(UTC)
    rows = [run_row(n, now - timedelta(hours=4 * n), fills=fills) for n in range(1000)]
    tables.append("runs", rows, AppId("s", 1))
    del rows
    path = tmp_path / "seen"
    tracemalloc.start()
    follow(path, tables)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40_000_000, "all structs of the year as Python objects would take 100 MB"
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT count(DISTINCT day) FROM fill").fetchone() == (KEPT_DAYS,)
        (kept,) = db.execute("SELECT count(*) FROM site_run").fetchone()
        assert kept <= 2 * KEPT_RUNS * KEPT_DAYS
        (days,) = db.execute("SELECT count(DISTINCT substr(at, 1, 10)) FROM site_run").fetchone()
        assert days <= KEPT_DAYS
        (first,) = db.execute("SELECT first_at FROM site WHERE site = 'palpos'").fetchone()
    assert datetime.fromisoformat(first) == now - timedelta(hours=4 * 999)
