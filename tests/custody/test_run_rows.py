"""Every run has exactly one row, whoever writes it: the run, who finds its spool, or who meant to start it."""

import json
import threading
from itertools import permutations
from pathlib import Path

import pytest
from kept import RUN_ID, Desk, delivery, order, rows_of

from crawler.delivery import carry_out
from news.errors import StoreUnavailable
from storage.config import StoreOptions
from storage.deliver import commit_runs
from storage.run_rows import keep_run_rows
from storage.schema import Row
from storage.spool import SpoolFull, abandoned_spools, undelivered
from storage.tables import AppId, Tables

ROW: Row = {"run_id": RUN_ID, "command": "crawl", "started_at": "2026-03-05T01:00:00+00:00", "undelivered": 0}


@pytest.fixture
def spool_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


def row(outcome: str, run_id: str = RUN_ID) -> Row:
    return ROW | {"run_id": run_id, "outcome": outcome}


def archive_of(options: StoreOptions, spool_dir: Path) -> str:
    return order(options, spool_dir).archive


def outcomes(options: StoreOptions) -> dict[str, str]:
    rows = rows_of(options, "runs")
    found = {r["run_id"]: r["outcome"] for r in rows}
    assert len(found) == len(rows), "a run has one row"
    return found


def test_rows_of_runs_that_never_began_are_delivered_once(store_options, spool_dir):
    archive = archive_of(store_options, spool_dir)
    ids = [f"2026030{day}T010000Z-abcdef" for day in range(1, 8)]
    keep_run_rows(spool_dir, archive, [row("skipped", run_id) for run_id in ids[:5]])
    for run_id in ids[5:]:
        keep_run_rows(spool_dir, archive, [row("failed", run_id)])
    assert undelivered(spool_dir) == 0, "nothing that was fetched waits"
    for delivered in (3, 0):
        report = carry_out(order(store_options, spool_dir), store_options)
        assert (report.trouble, report.delivered) == (None, delivered), report.message
        assert outcomes(store_options) == dict.fromkeys(ids[:5], "skipped") | dict.fromkeys(ids[5:], "failed")
    assert not list(spool_dir.glob("[!.]*/"))
    assert not list(delivery(store_options, spool_dir / "seen.sqlite").store.list("warc/")), "rows are no evidence"


def test_they_wait_for_the_store(local_options, spool_dir):
    """Kept while it is away; each delivery tries again."""
    keep_run_rows(spool_dir, archive_of(local_options, spool_dir), [row("skipped")])
    local_options.root.write_text("no folder")
    assert carry_out(order(local_options, spool_dir), local_options).trouble == "refused"
    local_options.root.unlink()
    assert carry_out(order(local_options, spool_dir), local_options).trouble is None
    assert outcomes(local_options) == {RUN_ID: "skipped"}


def test_rows_for_another_archive_stay(local_options, spool_dir):
    folder = keep_run_rows(spool_dir, "elsewhere", [row("skipped")])
    assert carry_out(order(local_options, spool_dir), local_options).trouble is None
    assert rows_of(local_options, "runs") == []
    assert folder.is_dir()


def test_a_folder_that_takes_no_rows_says_so(spool_dir):
    (spool_dir / "file").write_bytes(b"")
    with pytest.raises(SpoolFull, match=r"set \[spool\] dir elsewhere"):
        keep_run_rows(spool_dir / "file", "a", [row("skipped")])


def deliver_own_row(options: StoreOptions, spool_dir: Path) -> None:
    """The run wrote its row; its spool is delivered by whoever finds it."""
    desk = Desk(spool_dir, archive_of(options, spool_dir))
    desk.keep(1, b"<p>page", 0)
    desk.note(runs=[row("ok")])
    desk.abandon()
    assert carry_out(order(options, spool_dir), options).trouble is None


def deliver_killed(options: StoreOptions, spool_dir: Path) -> None:
    """The run was killed before it wrote a row."""
    desk = Desk(spool_dir, archive_of(options, spool_dir))
    desk.keep(1, b"<p>page", 0)
    desk.abandon()
    assert carry_out(order(options, spool_dir), options).trouble is None


def deliver_kept(options: StoreOptions, spool_dir: Path) -> None:
    """Who started the run saw it die."""
    keep_run_rows(spool_dir, archive_of(options, spool_dir), [row("skipped")])
    assert carry_out(order(options, spool_dir), options).trouble is None


WRITERS = {"ok": deliver_own_row, "failed": deliver_killed, "skipped": deliver_kept}


@pytest.mark.parametrize("turns", [*permutations(WRITERS)], ids=" then ".join)
def test_whoever_is_first_wins(turns, local_options, spool_dir):
    for outcome in turns:
        WRITERS[outcome](local_options, spool_dir / outcome)
    assert outcomes(local_options) == {RUN_ID: turns[0]}


def test_of_two_that_commit_the_same_run_at_once_one_does(store_options, spool_dir):
    """Both looked before either committed."""
    commit_runs([row("ok", "20260304T010000Z-abcdef")], "another", delivery(store_options, spool_dir / "seen.sqlite"))
    writers = [Tables(store_options) for _ in range(4)]
    for tables in writers:
        assert tables.open("runs")
    start, committed = threading.Barrier(4), []

    def commit(tables, outcome):
        start.wait()
        committed.append(tables.append_each("runs", {AppId(f"run-{RUN_ID}", 1): row(outcome)}))

    threads = [threading.Thread(target=commit, args=(t, f"by {n}")) for n, t in enumerate(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(committed) == [0, 0, 0, 1]
    assert len(outcomes(store_options)) == 2


def test_a_row_that_an_earlier_version_committed_is_not_repeated(local_options, spool_dir):
    """It told the row of a run by its spool, and was killed before it deleted the segment."""
    desk = Desk(spool_dir, archive_of(local_options, spool_dir))
    desk.keep(1, b"<p>page", 0)
    desk.note(runs=[row("ok")])
    desk.abandon()
    Tables(local_options).append("runs", [row("ok")], AppId(desk.spool.meta.spool_id, 1))
    assert carry_out(order(local_options, spool_dir), local_options).trouble is None
    assert outcomes(local_options) == {RUN_ID: "ok"}
    assert not list(spool_dir.glob("[!.]*/"))


def test_what_a_spool_says_of_its_run_is_in_the_row_of_a_killed_one(local_options, spool_dir):
    desk = Desk(spool_dir, archive_of(local_options, spool_dir))
    desk.abandon()
    meta = desk.spool.folder / "spool.json"
    begin = {"command": "backfill", "started_at": "2026-03-05T01:00:00.5+00:00", "job": "night", "reason": "late"}
    meta.parent.mkdir(exist_ok=True)
    meta.write_text(json.dumps({"spool_id": "s", "run_id": RUN_ID, "archive": desk.archive, "run": begin}))
    (meta.parent / "owner.lock").touch()
    assert carry_out(order(local_options, spool_dir), local_options).trouble is None
    (found,) = rows_of(local_options, "runs")
    assert (found["command"], found["job"], found["outcome"]) == ("backfill", "night", "failed")
    assert found["started_at"].microsecond == 500_000
    assert found["reason"] == "late; killed; its spool was recovered"


def test_the_row_of_a_killed_run_waits_for_the_store_though_its_segments_are_delivered(
    local_options, spool_dir, monkeypatch
):
    desk = Desk(spool_dir, archive_of(local_options, spool_dir))
    desk.keep(1, b"<p>page", 0)
    desk.abandon()

    def away(*_: object) -> None:
        raise StoreUnavailable("it went away between two commits")

    with monkeypatch.context() as between:
        between.setattr("storage.deliver.commit_runs", away)
        report = carry_out(order(local_options, spool_dir), local_options)
    assert (report.trouble, report.undelivered) == ("unavailable", 0), report.message
    assert carry_out(order(local_options, spool_dir), local_options).trouble is None
    assert outcomes(local_options) == {RUN_ID: "failed"}
    assert not list(spool_dir.glob("[!.]*/"))


def test_reports_are_delivered_after_the_segments(store_options, spool_dir):
    desk = Desk(spool_dir, archive_of(store_options, spool_dir))
    desk.keep(1, b"<p>page", 0)
    desk.note(runs=[row("ok")])
    for name in ("report.html", "report.txt"):
        (desk.spool.folder / name).write_text(f"{name} of a run")
    (desk.spool.folder / "scratch").write_text("of no use later")
    desk.abandon()
    assert carry_out(order(store_options, spool_dir), store_options).trouble is None
    store = delivery(store_options, spool_dir / "seen.sqlite").store
    assert {info.key for info in store.list("reports/")} == {f"reports/{RUN_ID}.html", f"reports/{RUN_ID}.txt"}
    assert store.get(f"reports/{RUN_ID}.txt") == b"report.txt of a run"
    assert not list(spool_dir.glob("[!.]*/"))


def test_a_report_that_is_left_over_keeps_its_spool(store_options, spool_dir):
    """The delivery was killed between the last segment and the report."""
    desk = Desk(spool_dir, archive_of(store_options, spool_dir))
    (desk.spool.folder / "report.txt").write_text("of a run")
    desk.abandon()
    assert desk.spool.folder.is_dir()
    for _ in range(2):
        assert carry_out(order(store_options, spool_dir), store_options).trouble is None
    assert delivery(store_options, spool_dir / "seen.sqlite").store.get(f"reports/{RUN_ID}.txt") == b"of a run"
    assert not list(abandoned_spools(spool_dir, desk.archive))
