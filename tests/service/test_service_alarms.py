"""What the service finds wrong is told once when it begins and once when it is over."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from fixtures.webhook import Webhook

from crawler.alerting import AlertKind, raise_alert
from crawler.alerting import Finding as Wrong
from crawler.config import load_config
from crawler.preparing import delivery_order
from crawler.service.alarms import EVERY_S, Alarms
from crawler.service.board import Board, JobState
from crawler.service.clocks import Lapse, Reading
from crawler.service.health import Finding
from crawler.service.journal import Journal
from crawler.service.records import Records

START = Reading(datetime(2026, 11, 23, tzinfo=UTC), 0.0, 0.0)
LATE = Finding("job", "poll: the fire of 07:00 was not taken", "poll")
FULL = Finding("disk", "the spool folder takes no more: 3 rows of runs wait")
STALE = Finding("site", "palpos: no good run for 2:00:00", "palpos")
FAILED = {"run_id": "r1", "job": "poll", "outcome": "failed", "reason": "spool_full"}
OK = {"run_id": "r2", "job": "poll", "outcome": "ok", "reason": None}


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with Webhook() as hook:
        yield hook


@pytest.fixture
def machine(tmp_path, webhook):
    return Machine(tmp_path, webhook)


class Machine:
    def __init__(self, folder, webhook):
        given = {
            "archive": {"uri": str(folder / "archive")},
            "spool": {"dir": str(folder / "spool")},
            "alerts": {"urls": [webhook.url]},
        }
        self.config = load_config(None, given, {})
        seen = delivery_order(self.config, {}).seen_path
        self.book = folder / "spool" / seen.rpartition("/")[2].replace("seen", "alerts")
        self.webhook = webhook
        self.red = []
        self.board = Board(0.0)
        self.at_s = 0.0
        self.begin()

    def begin(self):
        """A service that starts."""
        self.alarms = Alarms(self.config, {}, lambda: self.red, lambda: self.board)

    def look(self, seconds=EVERY_S):
        self.at_s += seconds
        self.alarms.look(self.now)
        self.alarms.notices.join()

    def ended(self, row, *, by_itself=False, overdue=False):
        self.alarms.ended(row, self.now.wall, by_itself=by_itself, overdue=overdue)

    @property
    def now(self):
        return Reading(START.wall + timedelta(seconds=self.at_s), self.at_s, self.at_s)

    @property
    def said(self):
        if not self.book.exists():
            return []
        with closing(sqlite3.connect(self.book)) as db:
            return db.execute("SELECT kind, subject, state FROM said ORDER BY seq").fetchall()

    @property
    def told(self):
        """The first line of each block of each message, without the instants."""
        blocks = [block for message in self.webhook.heard for block in message["message"].split("\n\n")]
        return [block.partition(" (since")[0] for block in blocks if not block.startswith("Archive")]


def test_a_job_and_a_disk_are_told_once_and_over(machine):
    machine.look()
    machine.red = [LATE, STALE]
    for _ in range(3):
        machine.look()
    machine.red = [LATE, FULL]
    machine.look()
    machine.red = []
    machine.look()
    machine.look()
    assert machine.said[:2] == [("schedule", "poll", "open"), ("disk", "", "open")], "of a site the crawls tell"
    assert sorted(machine.said[2:]) == [("disk", "", "recovered"), ("schedule", "poll", "recovered")]
    assert machine.told == ["ALERT schedule", "ALERT disk", "RECOVERED disk", "RECOVERED schedule"]


class TestRestarts:
    def test_what_an_earlier_service_left_open_is_over_when_it_is(self, machine):
        machine.red = [LATE]
        machine.look()
        machine.begin()
        machine.look()
        assert machine.said == [("schedule", "poll", "open")]
        machine.begin()
        machine.red = []
        machine.look()
        assert machine.said == [("schedule", "poll", "open"), ("schedule", "poll", "recovered")]

    @pytest.mark.parametrize("board", [Board(0.0, is_ready=False), Board(0.0, stopping=True)], ids=["begins", "ends"])
    def test_nothing_is_over_while_nobody_can_say(self, machine, board):
        machine.red = [LATE]
        machine.look()
        machine.begin()
        machine.red, machine.board = [], board
        machine.look()
        machine.look()
        assert machine.said == [("schedule", "poll", "open")]

    def test_a_job_that_waits_anew_is_not_well_yet(self, machine):
        machine.red = [LATE]
        machine.look()
        machine.begin()
        machine.red, machine.board = [], Board(0.0, jobs={"poll": JobState(START.wall, owes=True)})
        machine.look()
        machine.look()
        assert machine.said == [("schedule", "poll", "open")]
        machine.board = Board(0.0, jobs={"poll": JobState(START.wall, running="r1")})
        machine.look()
        assert machine.said[1:] == [("schedule", "poll", "recovered")]

    def test_a_clock_is_watched_for_an_hour_by_the_service_that_follows(self, machine):
        machine.alarms.lapsed(Lapse("the clock jumped back by 1:00:00", of_clock=True), machine.now)
        machine.begin()
        machine.look()
        machine.look(3590)
        assert machine.said == [("clock", "", "open")]
        machine.look()
        assert machine.said == [("clock", "", "open"), ("clock", "", "recovered")]

    def test_a_job_that_is_not_configured_any_more_leaves_nothing_open(self, machine):
        gone = [Wrong(kind, "", subject="google_news") for kind in (AlertKind.SCHEDULE, AlertKind.RUN)]
        kept = [Wrong(AlertKind.RUN, "", subject=subject) for subject in ("poll", "crawl")]
        kept += [Wrong(AlertKind.SITE, "", "palpos"), Wrong(AlertKind.GOOGLE_NEWS, "")]
        for wrong in (*gone, *kept):
            assert raise_alert(machine.config, {}, wrong, at=START.wall)
        machine.look()
        over = [(kind, subject) for kind, subject, state in machine.said if state == "recovered"]
        assert sorted(over) == [("run", "google_news"), ("schedule", "google_news")]


def test_a_clock_that_jumped_is_told_until_it_has_been_steady(machine):
    machine.alarms.lapsed(Lapse("the machine slept for 6:00:00"), machine.now)
    machine.alarms.lapsed(Lapse("the clock jumped back by 1:00:00", of_clock=True), machine.now)
    machine.look()
    machine.look(3000)
    assert machine.said == [("clock", "", "open")]
    machine.look(700)
    assert machine.said == [("clock", "", "open"), ("clock", "", "recovered")]


class TestRuns:
    def test_one_that_died_is_told_until_the_job_runs_again(self, machine):
        machine.ended(FAILED)
        machine.ended(FAILED)
        machine.ended(OK)
        machine.ended(OK, by_itself=True, overdue=True)
        assert machine.said == [("run", "poll", "open"), ("run", "poll", "recovered"), ("run", "poll", "open")]

    def test_a_crawl_tells_of_its_failure_itself(self, machine):
        machine.ended(FAILED, by_itself=True)
        assert machine.said == []

    @pytest.mark.parametrize(
        "row",
        [FAILED, FAILED | {"outcome": "interrupted"}, FAILED | {"reason": "the service was killed while it went on"}],
        ids=["failed", "interrupted", "orphan"],
    )
    def test_what_a_crawl_opened_is_not_ended_by_a_run_that_came_to_nothing(self, machine, row):
        raise_alert(machine.config, {}, Wrong(AlertKind.RUN, "spool_full", subject="poll"), at=START.wall)
        machine.ended(row, by_itself=True)
        assert machine.said == [("run", "poll", "open")]
        machine.ended(OK | {"outcome": "degraded"}, by_itself=True)
        assert machine.said[1:] == [("run", "poll", "recovered")]

    @pytest.mark.parametrize("job", ["verify", "maintain"])
    def test_what_an_inspection_finds_is_told_until_it_finds_nothing(self, machine, job):
        found = {"run_id": "r1", "job": job, "outcome": "degraded", "reason": "3 findings"}
        machine.ended(found, by_itself=job == "maintain")
        machine.ended(found, by_itself=job == "maintain")
        machine.ended(found | {"outcome": "failed", "reason": "no answer"})
        machine.look()
        assert machine.told == ["ALERT archive", "ALERT run"]
        assert f"- {job}: 3 findings" in machine.webhook.heard[0]["message"]
        machine.ended(OK | {"job": job})
        machine.look()
        assert machine.told[2:] == ["RECOVERED archive", "RECOVERED run"]

    def test_a_degraded_crawl_says_nothing_of_the_archive(self, machine):
        machine.ended(OK | {"outcome": "degraded", "reason": "palpos: home_http_503"}, by_itself=True)
        assert machine.said == []


class TestBookThatRefuses:
    """A folder stands where the book belongs: SQLite refuses as it does on a disk that is full."""

    @pytest.fixture(autouse=True)
    def refuses(self, machine):
        machine.book.mkdir(parents=True)

    def test_what_is_wrong_is_told_all_the_same_and_once(self, machine):
        machine.red = [FULL]
        machine.ended(FAILED)
        for _ in range(4):
            machine.look()
            machine.ended(FAILED)
        assert sorted(machine.told) == ["ALERT disk", "ALERT run"]

    def test_what_nobody_took_is_told_again(self, machine):
        machine.webhook.status = 503
        machine.red = [FULL]
        machine.look()
        machine.webhook.status = 200
        for _ in range(3):
            machine.look()
        assert [message["status"] for message in machine.webhook.heard] == [503, 200]

    def test_what_was_told_without_the_book_is_told_to_be_over(self, machine):
        machine.red = [FULL]
        machine.look()
        machine.red = []
        machine.look()
        assert machine.told == ["ALERT disk"], "that waits until the book can be asked"
        machine.book.rmdir()
        for _ in range(3):
            machine.look()
        assert machine.told == ["ALERT disk", "RECOVERED disk"]
        assert machine.said == []

    def test_what_is_still_wrong_is_kept_once_that_can_be(self, machine):
        machine.red = [FULL]
        machine.look()
        machine.book.rmdir()
        machine.look()
        machine.red = []
        machine.look()
        assert machine.said == [("disk", "", "open"), ("disk", "", "recovered")]
        assert machine.told[-1] == "RECOVERED disk"

    def test_an_end_that_could_not_be_kept_is_kept_later(self, machine):
        machine.book.rmdir()
        machine.red = [LATE]
        machine.look()
        aside = machine.book.rename(machine.book.with_name("aside"))
        machine.book.mkdir()
        machine.red = []
        machine.look()
        machine.book.rmdir()
        aside.rename(machine.book)
        machine.look()
        assert machine.said == [("schedule", "poll", "open"), ("schedule", "poll", "recovered")]

    def test_what_an_earlier_service_left_is_taken_over_later(self, machine):
        machine.book.rmdir()
        machine.red = [LATE]
        machine.look()
        machine.begin()
        machine.red = []
        aside = machine.book.rename(machine.book.with_name("aside"))
        machine.book.mkdir()
        machine.look()
        machine.book.rmdir()
        aside.rename(machine.book)
        machine.look()
        assert machine.said[1:] == [("schedule", "poll", "recovered")]


def test_a_service_that_starts_tries_the_disk_before_it_says_that_it_is_well(tmp_path):
    records = Records(Journal(tmp_path / "no-such-folder" / "service.sqlite"), tmp_path, lambda rows: None)
    records.save()
    assert records.journal_fails
