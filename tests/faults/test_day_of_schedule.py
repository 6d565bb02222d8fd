"""A day of schedule with the default intervals, stepped in simulated time: every fire has exactly one row in `runs`.

On that day the clock is set forward and back by an hour, the host goes over to summer time, the service is stopped for
three hours, and one poll goes on for longer than its interval. The runs are real processes: most of them small ones,
some the real `disway crawl` against the replica, and the night's verify and coverage are real as well.
"""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta

from fixtures.crawls import Operator, network_of
from fixtures.schedules import Scheduled, scheduled

from replica.server import ReplicaServer

MIDNIGHT = datetime(2026, 3, 7, 17, 0, tzinfo=UTC)  # in Jakarta; New York goes over to summer time at 07:00 UTC
HOUR = timedelta(hours=1)
STEPS = {"poll": timedelta(minutes=15), "recheck": timedelta(minutes=15), "google_news": HOUR}
OFFSETS = {"poll": timedelta(0), "recheck": timedelta(minutes=7, seconds=30), "google_news": timedelta(0)}
NIGHTLY = {"maintain": 2.5 * HOUR, "verify": 3.5 * HOUR, "coverage": 4.5 * HOUR}


def passed(job: str, begin: datetime, end: datetime) -> list[datetime]:
    """The fires of `job` after `begin`, up to `end`."""
    if job in NIGHTLY:
        days = (MIDNIGHT + number * timedelta(days=1) + NIGHTLY[job] for number in range(-1, 2))
        return [fire for fire in days if begin < fire <= end]
    fire = MIDNIGHT - HOUR + OFFSETS[job]
    found = []
    while fire <= end:
        if fire > begin:
            found.append(fire)
        fire += STEPS[job]
    return found


def live(machine: Scheduled, begin: datetime) -> None:
    """The day, from `begin` by the wall clock."""
    machine.next_is("real", "poll")
    machine.start()
    machine.until(begin + timedelta(minutes=20))
    for job in ("recheck", "verify", "coverage"):
        machine.next_is("real", job)
    machine.until(begin + 3 * HOUR)
    machine.clocks.set(HOUR)  # 03:03 to 04:03: verify is due within
    machine.look()
    machine.until(begin + 8 * HOUR)
    machine.hold("poll")
    machine.until(begin + 8 * HOUR + timedelta(minutes=50))
    machine.release("poll")
    machine.until(begin + 12 * HOUR)
    machine.clocks.set(-HOUR)
    machine.look()
    machine.until(begin + 16 * HOUR)
    machine.stop()
    machine.clocks.advance(3 * HOUR)
    machine.next_is("real", "poll")
    machine.start()
    machine.until(begin + 24 * HOUR)
    assert machine.office is not None
    assert machine.office.service.dispatch.running == []
    assert machine.office.service.board.lapses == 0, "none since it was started again"


def expected(begin: datetime) -> Counter[tuple[str, datetime]]:
    """How often each fire comes: the hour by which the clock is set back is lived twice."""
    found: Counter[tuple[str, datetime]] = Counter()
    for job in (*STEPS, *NIGHTLY):
        # The service polls at once in an archive that was never polled; the others begin with their next fire.
        first = MIDNIGHT - timedelta(minutes=1) if job in {"poll", "google_news"} else begin
        lived = passed(job, first, begin + 12 * HOUR) + passed(job, begin + 11 * HOUR, begin + 24 * HOUR)
        if STEPS.get(job) == HOUR:  # set back by no more than its interval: it waits
            lived = passed(job, first, begin + 24 * HOUR)
        found.update((job, fire) for fire in lived)
    return found


def test_every_fire_of_a_day_has_its_row(tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    begin = MIDNIGHT + timedelta(minutes=3)
    with ReplicaServer.start(network_of("radartegal.disway.id", seed=6, articles=6, start=MIDNIGHT)) as replica:
        operator = Operator(tmp_path / "desk", replica)
        operator.further |= {
            "DISWAY_GOOGLE_NEWS__ENABLED": "true",
            "DISWAY_NETWORK__RETRIES": "0",
            "DISWAY_SCHEDULE__SPREAD": "0s",
        }
        with scheduled(operator, begin) as machine:
            live(machine, begin)
        assert operator.run("recover").code == 0
        rows = operator.ask("SELECT * FROM runs ORDER BY fired_at")
        real = {row["run_id"] for row in operator.ask("SELECT DISTINCT run_id FROM captures")}
    monkeypatch.undo()
    time.tzset()

    found = Counter((row["job"], row["fired_at"]) for row in rows)
    assert found - expected(begin) == Counter(), "no row too many"
    assert expected(begin) - found == Counter(), "none is missing"
    assert len({row["run_id"] for row in rows}) == len(rows)

    skipped = Counter((row["reason"] or "").partition(" (")[0] for row in rows if row["outcome"] == "skipped")
    assert set(skipped) == {
        "missed: the clock jumped forward by 1:00:00",
        "missed: the service was not running",
        "overlap: the poll run of 08:15 was still going on",
    }
    crawled = Counter((row["job"], row["outcome"]) for row in rows if row["run_id"] in real)
    assert crawled == {("poll", "degraded"): 2, ("recheck", "ok"): 1}, "of 62 sites the replica has one"
    others = Counter(row["outcome"] for row in rows if row["run_id"] not in real)
    assert others == {"ok": len(rows) - skipped.total() - 3, "skipped": skipped.total()}
    again = [row for row in rows if "the clock was set back" in (row["reason"] or "")]
    assert {row["job"] for row in again} == {"poll", "recheck"}
    assert {row["covers_from"] for row in rows if row["job"] == "poll" and row["covers_from"]} == {
        passed("poll", begin + 3 * HOUR, begin + 4 * HOUR)[0],
        passed("poll", begin + 8 * HOUR + timedelta(minutes=15), begin + 9 * HOUR)[0],
        passed("poll", begin + 16 * HOUR, begin + 17 * HOUR)[0],
    }
