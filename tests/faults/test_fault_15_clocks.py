"""Clocks that jump, and machines that sleep: no fire is lost, none is run twice beyond what is stated, and the schedule
goes on. What is stated (docs/decisions/0031): a clock that is set back by more than an interval goes through the fires of
that time once more, and their rows say so."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from fixtures.crawls import Operator
from fixtures.schedules import scheduled

BEGIN = datetime(2026, 3, 9, 2, 3, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)


def polls(operator):
    """The rows of polls in the order in which they were made, delivered by then."""
    assert operator.run("recover").code == 0
    return operator.ask("SELECT * FROM runs WHERE job = 'poll' ORDER BY fired_at, run_id")


def times(rows, *outcomes):
    return [row["fired_at"] for row in rows if row["outcome"] in outcomes]


def grid(begin, end):
    """The quarters of an hour after `begin`, up to `end`."""
    first = begin.replace(minute=begin.minute // 15 * 15, second=0, microsecond=0) + QUARTER
    return [first + number * QUARTER for number in range(int((end - first) / QUARTER) + 1)]


@pytest.mark.parametrize("jump", [HOUR, timedelta(days=1)], ids=["hour", "day"])
def test_fault_15_a_clock_that_jumps_forward_leaves_a_row_for_each_fire(tmp_path, jump):
    operator = Operator(tmp_path / "desk")
    with scheduled(operator, BEGIN) as machine:
        machine.start()
        machine.until(BEGIN + timedelta(minutes=20))
        machine.clocks.set(jump)
        machine.look()
        end = BEGIN + jump + HOUR
        machine.until(end)
    rows = polls(operator)
    assert times(rows, "ok", "skipped") == grid(BEGIN - QUARTER, end), "each fire once"
    before, after = BEGIN + timedelta(minutes=20), BEGIN + timedelta(minutes=20) + jump
    passed = grid(before, after)
    skipped = [row for row in rows if row["outcome"] == "skipped"]
    assert [row["fired_at"] for row in skipped] == passed[:-1]
    assert {row["reason"] for row in skipped} == {f"missed: the clock jumped forward by {jump}"}
    (made_up,) = [row for row in rows if row["covers_from"]]
    assert (made_up["fired_at"], made_up["covers_from"], made_up["outcome"]) == (passed[-1], passed[0], "ok")
    alerts = operator.ask("SELECT count(*) AS n FROM runs WHERE job = 'verify'")
    assert alerts[0]["n"] == (1 if jump > HOUR else 0)


@pytest.mark.parametrize("back", [HOUR, timedelta(days=1)], ids=["hour", "day"])
def test_fault_15_a_clock_that_is_set_back_does_not_stand_still(tmp_path, back):
    operator = Operator(tmp_path / "desk")
    with scheduled(operator, BEGIN) as machine:
        machine.start()
        machine.until(BEGIN + 2 * HOUR)
        machine.clocks.set(-back)
        machine.look()
        machine.until(BEGIN + 3 * HOUR + timedelta(minutes=1) - back)
    rows = polls(operator)
    lived = grid(BEGIN - QUARTER, BEGIN + 2 * HOUR) + grid(BEGIN + 2 * HOUR - back, BEGIN + 3 * HOUR - back)
    assert Counter(times(rows, "ok")) == Counter(lived)
    assert not times(rows, "skipped")
    told = {row["fired_at"] for row in rows if row["reason"]}
    repeated = [fire for fire, count in Counter(lived).items() if count > 1]
    assert set(repeated) <= told <= set(lived)
    assert all("the clock was set back" in row["reason"] for row in rows if row["reason"])


def test_fault_15_a_clock_that_is_set_back_a_little_repeats_nothing(tmp_path):
    operator = Operator(tmp_path / "desk")
    with scheduled(operator, BEGIN) as machine:
        machine.start()
        machine.until(BEGIN + timedelta(minutes=14))
        machine.clocks.set(-timedelta(minutes=10))
        machine.look()
        machine.until(BEGIN + HOUR)
    rows = polls(operator)
    assert times(rows, "ok", "skipped") == grid(BEGIN - QUARTER, BEGIN + HOUR)
    assert not times(rows, "skipped")


def test_fault_15_a_clock_that_was_in_1970_for_a_while(tmp_path):
    """No battery, and no network at first: two million quarters of an hour are not told one by one, nor twice."""
    operator = Operator(tmp_path / "desk")
    with scheduled(operator, BEGIN) as machine:
        machine.start()
        machine.until(BEGIN + timedelta(minutes=20))
        since_1970 = machine.now - datetime(1970, 1, 1, 0, 1, tzinfo=UTC)
        machine.clocks.set(-since_1970)
        machine.look()
        machine.until(datetime(1970, 1, 1, 0, 35, tzinfo=UTC))
        machine.clocks.set(since_1970)
        machine.look()
        machine.until(BEGIN + 2 * HOUR)
    rows = polls(operator)
    in_1970 = [fire for fire in times(rows, "ok", "skipped") if fire.year == 1970]
    assert in_1970 == [datetime(1970, 1, 1, 0, minute, tzinfo=UTC) for minute in (15, 30)]
    assert [row["fired_at"] for row in rows if row["fired_at"].year != 1970] == grid(BEGIN - QUARTER, BEGIN + 2 * HOUR)


def test_fault_15_a_machine_that_slept_makes_up_for_it(tmp_path):
    operator = Operator(tmp_path / "desk")
    with scheduled(operator, BEGIN) as machine:
        machine.start()
        machine.until(BEGIN + timedelta(minutes=20))
        machine.clocks.sleep(6 * HOUR)
        machine.look()
        machine.until(BEGIN + 7 * HOUR)
    rows = polls(operator)
    assert times(rows, "ok", "skipped") == grid(BEGIN - QUARTER, BEGIN + 7 * HOUR)
    assert {row["reason"] for row in rows if row["outcome"] == "skipped"} == {"missed: the machine slept for 6:00:00"}
    assert [row["covers_from"] for row in rows if row["covers_from"]] == [BEGIN + timedelta(minutes=27)]
    runs = operator.ask(
        "SELECT job, count(*) AS n FROM runs WHERE job IN ('maintain', 'verify', 'coverage') GROUP BY job"
    )
    assert runs == [], "they are due in the night of Jakarta"


def test_fault_15_ntp_slews_a_clock_unnoticed(tmp_path):
    operator = Operator(tmp_path / "desk")
    with scheduled(operator, BEGIN) as machine:
        machine.start()
        for minute in range(1, 121):
            machine.clocks.set(timedelta(milliseconds=30 * (-1) ** minute))
            machine.until(BEGIN + timedelta(minutes=minute))
        assert machine.office.service.board.lapses == 0
    rows = polls(operator)
    assert times(rows, "ok") == grid(BEGIN - QUARTER, BEGIN + 2 * HOUR)
