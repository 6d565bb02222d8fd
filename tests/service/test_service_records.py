"""The journal, the rows of fires, and what the end of a process means."""

import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from fixtures.crawls import NOBODY
from hypothesis import given
from hypothesis import strategies as st

from crawler.delivery import DeliveryOrder, carry_out
from crawler.fire import Fire
from crawler.report import run_row
from crawler.service.children import Ended, Launcher, processes_of
from crawler.service.fires import Skipped, Track, Waiting
from crawler.service.grid import Every
from crawler.service.jobs import Job
from crawler.service.journal import Journal, Memory
from crawler.service.records import Records
from crawler.service.rows import row_of_run, row_of_skipped, verdict_of
from news.errors import UsageError
from storage.schema import RUNS
from storage.spool import Spool, SpoolFull, new_run_id
from storage.tables import Tables
from storage.verify import rotating_sample

AT = datetime(2026, 11, 23, 7, 15, tzinfo=UTC)
FIRE = Fire("20261123T071501Z-abcdef", "poll", AT, AT - timedelta(hours=1), "a note")
POLL = Job("poll", Every(timedelta(minutes=15)), ("crawl", "--json"), "crawl")
instants = st.integers(0, 10**9).map(
    lambda s: datetime(1990, 1, 1, tzinfo=UTC) + timedelta(seconds=s, microseconds=s % 7)
)
waitings = st.builds(Waiting, instants, instants, st.text(), st.booleans())
tracks = st.builds(Track, st.none() | instants, st.none() | instants, st.none() | waitings)
memories = st.builds(
    Memory,
    st.dictionaries(st.sampled_from(["poll", "recheck", "verify"]), tracks),
    st.dictionaries(st.just(FIRE.run_id), st.sampled_from([FIRE, replace(FIRE, covers_from=None, note=None)])),
    st.dictionaries(st.text(min_size=1), st.dictionaries(st.text(), st.none() | st.text() | st.integers(-9, 9))),
)


@given(memories)
def test_the_journal_remembers_everything(tmp_path_factory, memory):
    path = tmp_path_factory.mktemp("journal") / "service.sqlite"
    assert Journal(path).save(Memory(started={FIRE.run_id: FIRE}))
    assert Journal(path).save(memory)
    assert Journal(path).load() == memory


@pytest.mark.parametrize(
    "written", [b"", b"no database at all", b"SQLite format 3\0" + b"\xff" * 3000], ids=["empty", "text", "broken"]
)
def test_a_journal_that_is_damaged_is_put_aside(tmp_path, written):
    path = tmp_path / "service.sqlite"
    path.write_bytes(written)
    assert Journal(path).load() == Memory()
    assert (path.with_name("service.sqlite.damaged").exists()) == bool(written)
    assert Journal(path).save(Memory(started={FIRE.run_id: FIRE}))
    assert Journal(path).load().started == {FIRE.run_id: FIRE}


def test_a_journal_of_another_version_is_put_aside(tmp_path):
    path = tmp_path / "service.sqlite"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE memory (kind TEXT, name TEXT, value TEXT, PRIMARY KEY (kind, name))")
        db.execute("INSERT INTO memory VALUES ('track', 'poll', '{}')")
    assert Journal(path).load() == Memory()


def test_rows_that_the_disk_does_not_take_wait(tmp_path):
    full, kept = [True], []

    def keep(rows):
        if full[0]:
            raise SpoolFull("full")
        kept.extend(rows)

    records = Records(Journal(tmp_path / "service.sqlite"), tmp_path, keep)
    row = records.skip(POLL, Skipped(AT, AT, "missed: a test"))
    records.keep_rows(0.0)
    assert (records.rows_waiting, kept) == (1, [])
    again = Records(Journal(tmp_path / "service.sqlite"), tmp_path, keep)
    assert again.rows_waiting == 1, "also over a restart"
    full[0] = False
    again.keep_rows(0.0)
    again.save()
    assert (again.rows_waiting, kept) == (0, [row])
    assert Records(Journal(tmp_path / "service.sqlite"), tmp_path, keep).rows_waiting == 0


ENDS = [
    (Ended(-15), "the service was stopped", ("interrupted", "the service was stopped")),
    (Ended(-9), "deadline: stopped after 6:00:00", ("failed", "deadline: stopped after 6:00:00")),
    (Ended(-9), "the service was stopped", ("interrupted", "the service was stopped")),
    (Ended(70, {"error": "internal error: KeyError: 7"}), None, ("failed", "internal error: KeyError: 7")),
    (Ended(None), None, ("failed", "killed")),
]


@pytest.mark.parametrize(("ended", "stopped", "verdict"), ENDS)
def test_the_row_of_a_crawl_that_left_its_spool_says_what_the_service_knows(
    local_options, tmp_path, ended, stopped, verdict
):
    """The delivery of that spool writes it, in a process that only sees what lies there."""
    spool_dir = tmp_path / "spool"
    Spool.create(spool_dir, FIRE.run_id, "a", run_row(FIRE.run_id, "crawl", AT, FIRE)).let_go()
    Spool.create(spool_dir, new_run_id(AT), "a", of_rows=True).let_go()
    records = Records(Journal(tmp_path / "service.sqlite"), spool_dir, lambda rows: None)
    records.begin(FIRE)
    assert records.started == [FIRE]
    at = AT + timedelta(minutes=2)
    row = row_of_run(FIRE, "crawl", AT, at, verdict_of(ended, stopped))
    records.settle(FIRE, row, seen=ended.code is not None)
    assert (records.started, records.rows_waiting) == ([], 0)
    order = DeliveryOrder(local_options.to_json(), "a", str(spool_dir), str(tmp_path / "seen.sqlite"), (), 1)
    assert carry_out(order, local_options).trouble is None
    (row,) = Tables(local_options).open("runs").to_pyarrow_table().to_pylist()
    assert (row["run_id"], row["job"], row["outcome"]) == (FIRE.run_id, "poll", verdict[0])
    assert row["reason"] == f"a note; {verdict[1]}; its spool was recovered"
    assert (row["finished_at"] == at) == (ended.code is not None), "else it is when the spool was found"
    assert list(spool_dir.iterdir()) == []


def test_a_spool_that_is_being_delivered_is_left_to_who_does_it(tmp_path):
    spool = Spool.create(tmp_path, FIRE.run_id, "a")
    before = (spool.folder / "spool.json").read_bytes()
    records = Records(Journal(tmp_path / "service.sqlite"), tmp_path, lambda rows: None)
    records.settle(FIRE, row_of_run(FIRE, "crawl", AT, AT, verdict_of(Ended(-9), None)))
    assert records.rows_waiting == 0
    assert (spool.folder / "spool.json").read_bytes() == before
    spool.release()
    records.settle(FIRE, row_of_run(FIRE, "crawl", AT, AT, verdict_of(Ended(-9), None)))
    assert records.rows_waiting == 1, "nobody else knows of it"


def test_a_journal_that_somebody_holds_is_not_put_aside(tmp_path):
    path = tmp_path / "service.sqlite"
    assert Journal(path).save(Memory(started={FIRE.run_id: FIRE}))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(UsageError, match="cannot be read: database is locked"):
            Journal(path, wait_s=0).load()
    assert [found.name for found in tmp_path.iterdir()] == [path.name]
    assert Journal(path).load().started == {FIRE.run_id: FIRE}


def test_a_journal_with_other_columns_is_put_aside(tmp_path):
    path = tmp_path / "service.sqlite"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE memory (something TEXT)")
    assert Journal(path).load() == Memory()
    assert path.with_name("service.sqlite.damaged").exists()


@given(instants, instants, st.text(), st.integers(1, 9))
def test_a_skipped_fire_has_a_row(first, last, why, count):
    row = row_of_skipped(Skipped(first, last, why, count), "poll", "crawl")
    assert set(row) <= {column.name for column in RUNS}
    assert (row["outcome"], row["job"], row["command"]) == ("skipped", "poll", "crawl")
    assert datetime.fromisoformat(row["fired_at"]) == last
    assert (row["covers_from"] is None) == (count == 1)
    assert Fire.from_environ(Fire(row["run_id"], "poll", last).to_environ()).run_id == row["run_id"]


@pytest.mark.parametrize(
    ("ended", "stopped", "verdict"),
    [
        (Ended(0, {"findings": 0}), None, ("ok", None)),
        (Ended(1, {"findings": 3}), None, ("degraded", "3 findings")),
        (Ended(1, {"reason": "two sites failed"}), None, ("degraded", "two sites failed")),
        (Ended(1), None, ("failed", "ended with 1 and did not say why")),
        (Ended(2, {"error": "no archive"}), None, ("failed", "no archive")),
        (Ended(3, {"error": "the store does not answer"}), None, ("failed", "the store does not answer")),
        (Ended(-9), None, ("failed", "killed by SIGKILL")),
        (Ended(-15), "the service was stopped", ("interrupted", "the service was stopped")),
        (Ended(-9), "deadline: stopped after 6:00:00", ("failed", "deadline: stopped after 6:00:00")),
        (Ended(0, {}), "the service was stopped", ("ok", None)),
        (Ended(None), None, ("failed", "the service was killed while it went on; how it ended is not known")),
    ],
)
def test_what_the_end_of_a_process_means(ended, stopped, verdict):
    assert verdict_of(ended, stopped) == verdict


def test_a_command_that_fails_tells_the_service_why(tmp_path):
    """The real command; nothing of it is printed twice, and its processes are known by the run that they are for."""
    environ = {"DISWAY_ARCHIVE__URI": str(tmp_path / "none"), "http_proxy": NOBODY, "PATH": "/usr/bin"}
    launcher = Launcher(environ, tmp_path)
    fire = Fire(new_run_id(AT), "verify", AT)
    fired, quiet = launcher.start(("verify", "--json"), fire), launcher.start(("verify", "--json"), quiet=True)
    fired.wait()
    quiet.wait()
    said = f"no archive at {tmp_path / 'none'}: run `disway crawl` first"
    assert fired.poll() == Ended(2, {"error": said, "exit_code": 2})
    assert quiet.poll() == Ended(2, {}, f"disway: {said}")
    assert processes_of(fire.run_id) == []


def test_processes_are_found_by_their_run(tmp_path):
    launcher = Launcher(
        {"PATH": "/usr/bin"}, tmp_path, (sys.executable, "-c", "import sys; print(7); sys.stdin.read()")
    )
    child = launcher.start((), FIRE)
    assert child.poll() is None
    assert len(processes_of(FIRE.run_id)) == 1
    assert processes_of("20261123T071501Z-000000") == []
    child.kill()
    child.wait()
    assert child.poll() == Ended(-9)


@given(st.floats(0.01, 1.0), st.dates(date(2026, 1, 1), date(2100, 1, 1)), st.lists(st.text(min_size=1), min_size=1))
def test_a_rotating_sample_has_had_all_after_its_days(share, today, keys):
    days = round(1 / share)
    turns = [rotating_sample(share, today + timedelta(days=day)) for day in range(days)]
    for key in keys:
        assert sum(turn(key) for turn in turns) == 1
