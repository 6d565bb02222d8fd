"""A service that was down over many fires makes up for all of them in one run a job, and each fire has its row."""

from datetime import UTC, datetime, timedelta

import pytest
from fixtures.crawls import Operator
from fixtures.schedules import scheduled

BEGIN = datetime(2026, 3, 9, 17, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
DOWN = timedelta(hours=3)


def rows_of(operator, job):
    assert operator.run("recover").code == 0
    return operator.ask("SELECT * FROM runs WHERE job = ? ORDER BY fired_at, run_id", job)


@pytest.mark.parametrize("journal", ["kept", "lost", "damaged"])
def test_fault_18_down_over_many_fires_is_one_run_that_covers_them(tmp_path, journal):
    operator = Operator(tmp_path / "desk")
    with scheduled(operator, BEGIN) as machine:
        machine.start()
        machine.until(BEGIN + timedelta(minutes=40))
        machine.stop()
        (path,) = operator.spool.glob("service-*.sqlite")
        if journal == "lost":
            path.unlink()
        elif journal == "damaged":
            path.write_bytes(path.read_bytes()[:1000] + b"\xff" * 5000)
        assert operator.run("recover").code == 0
        machine.clocks.advance(DOWN)
        machine.start()
        machine.until(BEGIN + timedelta(minutes=50) + DOWN)
    polls = rows_of(operator, "poll")
    first = BEGIN.replace(minute=0)
    assert [row["fired_at"] for row in polls] == [first + number * QUARTER for number in range(16)]
    missed = [row for row in polls if row["outcome"] == "skipped"]
    assert len(missed) == 11
    assert {row["reason"] for row in missed} == {"missed: the service was not running"}
    (made_up,) = [row for row in polls if row["covers_from"]]
    assert (made_up["covers_from"], made_up["fired_at"]) == (first + 3 * QUARTER, first + 14 * QUARTER)
    assert made_up["outcome"] == "ok"
    (maintain,) = rows_of(operator, "maintain")
    assert (maintain["fired_at"], maintain["outcome"]) == (BEGIN.replace(hour=19, minute=30), "ok")


def test_fault_18_a_service_that_is_started_exactly_on_a_fire_fires_once(tmp_path):
    operator = Operator(tmp_path / "desk")
    with scheduled(operator, BEGIN) as machine:
        machine.start()
        machine.until(BEGIN.replace(minute=15))
        machine.stop()
        machine.start()
        machine.until(BEGIN.replace(minute=29, second=59))
        machine.stop()
        machine.clocks.advance(timedelta(seconds=1))
        machine.start()
        machine.until(BEGIN.replace(minute=31))
    polls = rows_of(operator, "poll")
    assert [row["fired_at"].minute for row in polls] == [0, 15, 30]
    assert {row["outcome"] for row in polls} == {"ok"}


def test_fault_18_a_run_that_dies_has_a_row_too(tmp_path):
    operator = Operator(tmp_path / "desk")
    with scheduled(operator, BEGIN) as machine:
        machine.start()
        machine.next_is("die", "poll")
        machine.until(BEGIN.replace(minute=31))
    polls = rows_of(operator, "poll")
    assert [row["outcome"] for row in polls] == ["ok", "failed", "ok"]
    assert polls[1]["reason"] == "ended with 70 and did not say why"
