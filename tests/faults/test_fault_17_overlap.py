"""A run that goes on for longer than the interval: each fire that it keeps from running has a row that names it, and as
soon as it has ended one run makes up for them."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

from fixtures.crawls import Operator
from fixtures.schedules import scheduled

BEGIN = datetime(2026, 3, 9, 2, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def at(hour, minute, second=0):
    return BEGIN.replace(hour=hour, minute=minute, second=second)


def rows_of(operator, job):
    assert operator.run("recover").code == 0
    return operator.ask("SELECT * FROM runs WHERE job = ? ORDER BY fired_at, run_id", job)


def test_fault_17_what_a_long_run_keeps_from_running_is_recorded_and_made_up_for(tmp_path):
    operator = Operator(tmp_path / "desk")
    with scheduled(operator, BEGIN) as machine:
        machine.start()
        machine.hold("poll")
        machine.until(at(3, 1))
        machine.release("poll")
        machine.until(at(3, 32))
    polls = rows_of(operator, "poll")
    long = polls[1]
    assert (long["fired_at"], long["outcome"]) == (at(2, 15), "ok")
    overlap = f"overlap: the poll run of 09:15 was still going on ({long['run_id']})"
    skipped = [row for row in polls if row["outcome"] == "skipped"]
    assert [(row["fired_at"], row["reason"]) for row in skipped] == [(at(2, 30), overlap), (at(2, 45), overlap)]
    made_up = polls[4]
    assert (made_up["fired_at"], made_up["covers_from"], made_up["outcome"]) == (at(3, 0), at(2, 30), "ok")
    assert made_up["started_at"] - at(3, 1) < timedelta(seconds=30), "at once, not with the next fire"
    assert [row["fired_at"] for row in polls] == [at(2, 0) + number * QUARTER for number in range(7)]

    rechecks = rows_of(operator, "recheck")
    waited = [row for row in rechecks if row["covers_from"]]
    assert [(row["fired_at"], row["covers_from"]) for row in waited] == [(at(2, 52, 30), at(2, 22, 30))]
    assert {row["reason"] for row in rechecks if row["outcome"] == "skipped"} == {overlap}
    assert [row["fired_at"] for row in rechecks] == [at(2, 7, 30) + number * QUARTER for number in range(6)]


def test_fault_17_a_run_that_is_only_late_is_no_skipped_one(tmp_path):
    operator = Operator(tmp_path / "desk")
    with scheduled(operator, BEGIN) as machine:
        machine.start()
        machine.hold("poll")
        machine.until(at(2, 23))
        machine.release("poll")
        machine.until(at(2, 24))
    (first, second) = rows_of(operator, "recheck")
    assert (first["fired_at"], second["fired_at"], second["outcome"]) == (at(2, 7, 30), at(2, 22, 30), "ok")
    assert second["covers_from"] is None
    assert second["started_at"] >= at(2, 23)


def test_fault_17_a_run_that_will_not_end_meets_its_deadline(tmp_path):
    operator = Operator(tmp_path / "desk", further={"DISWAY_SCHEDULE__DEADLINE": "1h"})
    with scheduled(operator, BEGIN) as machine:
        machine.start()
        machine.hold("poll")
        machine.until(at(3, 14))
        (stuck,) = machine.office.service.dispatch.running
        assert stuck.process.poll() is None
        machine.until(at(3, 16))
        stuck.process.wait()
        (machine.control / "poll.hold").unlink()
        machine.held.discard("poll")
        machine.until(at(3, 40))
    polls = rows_of(operator, "poll")
    (killed,) = [row for row in polls if row["run_id"] == stuck.fire.run_id]
    assert (killed["outcome"], killed["reason"]) == ("failed", "deadline: stopped after 1:00:00")
    assert [row["fired_at"] for row in polls] == [at(2, 0) + number * QUARTER for number in range(7)]
    (made_up,) = [row for row in polls if row["covers_from"]]
    assert (made_up["fired_at"], made_up["covers_from"], made_up["outcome"]) == (at(3, 15), at(2, 30), "ok")
    (book,) = operator.spool.glob("alerts-*.sqlite")
    with closing(sqlite3.connect(book)) as db:
        said = db.execute(
            "SELECT state, message FROM said WHERE kind = 'run' AND subject = 'poll' ORDER BY seq"
        ).fetchall()
    assert [state for state, _ in said] == ["open", "recovered"]
    assert said[0][1] == f"poll: the run {stuck.fire.run_id} was stopped at [schedule] deadline"
