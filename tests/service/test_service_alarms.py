"""What the service finds wrong is told once when it begins and once when it is over."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from crawler.config import Config
from crawler.service.alarms import EVERY_S, Alarms
from crawler.service.clocks import Lapse, Reading
from crawler.service.health import Finding

START = Reading(datetime(2026, 11, 23, tzinfo=UTC), 0.0, 0.0)
LATE = Finding("job", "poll: the fire of 07:00 was not taken", "poll")
FULL = Finding("disk", "the spool folder takes no more: 3 rows of runs wait")
STALE = Finding("site", "palpos: no good run for 2:00:00", "palpos")


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


class Machine:
    def __init__(self, folder):
        self.folder = folder
        self.red = []
        self.at_s = 0.0
        self.begin()

    def begin(self):
        """A service that starts."""
        spool = {"archive": {"uri": str(self.folder / "archive")}, "spool": {"dir": self.folder / "spool"}}
        self.alarms = Alarms(Config.model_validate(spool), {}, lambda: self.red)

    def look(self, seconds=EVERY_S):
        self.at_s += seconds
        self.alarms.look(self.now)
        if self.alarms._teller is not None:
            self.alarms._teller.join()

    @property
    def now(self):
        return Reading(START.wall + timedelta(seconds=self.at_s), self.at_s, self.at_s)

    @property
    def said(self):
        (book,) = (self.folder / "spool").glob("alerts-*.sqlite")
        with closing(sqlite3.connect(book)) as db:
            return db.execute("SELECT kind, subject, state FROM said ORDER BY seq").fetchall()


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


def test_what_an_earlier_service_left_open_is_over_when_it_is(machine):
    machine.red = [LATE]
    machine.look()
    machine.begin()
    machine.look()
    assert machine.said == [("schedule", "poll", "open")]
    machine.begin()
    machine.red = []
    machine.look()
    assert machine.said == [("schedule", "poll", "open"), ("schedule", "poll", "recovered")]


def test_a_clock_that_jumped_is_told_until_it_has_been_steady(machine):
    machine.alarms.lapsed(Lapse("the machine slept for 6:00:00"), machine.now)
    machine.alarms.lapsed(Lapse("the clock jumped back by 1:00:00", of_clock=True), machine.now)
    machine.look()
    machine.look(3000)
    assert machine.said == [("clock", "", "open")]
    machine.look(700)
    assert machine.said == [("clock", "", "open"), ("clock", "", "recovered")]


def test_a_run_that_died_is_told_until_the_job_runs_again(machine):
    failed = {"run_id": "r1", "job": "verify", "outcome": "failed", "reason": "killed by SIGKILL"}
    ok = {"run_id": "r2", "job": "verify", "outcome": "ok", "reason": None}
    machine.alarms.ended({**failed, "job": "poll"}, machine.now.wall, by_itself=True, overdue=False)
    machine.alarms.ended(failed, machine.now.wall, by_itself=False, overdue=False)
    machine.alarms.ended(failed, machine.now.wall, by_itself=False, overdue=False)
    machine.alarms.ended(ok, machine.now.wall, by_itself=False, overdue=False)
    machine.alarms.ended(ok, machine.now.wall, by_itself=True, overdue=True)
    assert machine.said == [("run", "verify", "open"), ("run", "verify", "recovered"), ("run", "verify", "open")]
