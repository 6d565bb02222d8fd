"""Every fire is taken at the look at which it is due, whatever time passes between two readings of a clock; and what
becomes of it is told."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import time_machine
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.service.children import Launcher
from crawler.service.clocks import Reading
from crawler.service.dispatch import NOT_RUNNING, Dispatch, Limits
from crawler.service.fires import Track, Waiting
from crawler.service.grid import Daily, Every, between
from crawler.service.jobs import Job
from crawler.service.journal import Journal, Memory
from crawler.service.records import Records
from crawler.service.service import Service

JAKARTA = ZoneInfo("Asia/Jakarta")
NIGHT = datetime(2026, 11, 22, 19, 29, 59, tzinfo=UTC)
"""A second before the nightly job."""
JOBS = (
    Job("poll", Every(timedelta(minutes=1)), ("crawl",), "crawl"),
    Job("maintain", Daily(time(2, 30), JAKARTA), ("maintain",), "maintain"),
)
LIMITS = Limits(timedelta(hours=6), timedelta(minutes=1))
pauses = st.lists(st.sampled_from([0.0, 1e-6, 0.04, 0.5, 1.0, 7.0]), min_size=1, max_size=400)


@dataclass
class PassingClocks:
    """Clocks that go on after each reading: whoever reads another one next, such as APScheduler, finds it later."""

    traveller: time_machine.Traveller
    pauses: list[float]
    elapsed_s: float = 0.0
    read_at: list[datetime] = field(default_factory=list)

    def read(self) -> Reading:
        reading = Reading(datetime.now(UTC), 1_000.0 + self.elapsed_s, 5_000.0 + self.elapsed_s)
        self.read_at.append(reading.wall)
        self.pass_by(self.pauses.pop() if self.pauses else 0.0)
        return reading

    def pass_by(self, seconds: float) -> None:
        self.elapsed_s += seconds
        self.traveller.shift(timedelta(seconds=seconds))


@dataclass
class Desk:
    """A service whose runs cannot be started: each fire comes to its row at once."""

    folder: Path
    memory: Memory | None = None
    program: tuple[str, ...] = ("/no/such/program",)
    kept: list[dict[str, Any]] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)

    def dispatch(self) -> Dispatch:
        journal = Journal(self.folder / "service.sqlite")
        if self.memory:
            assert journal.save(self.memory)
        records = Records(journal, self.folder, self.kept.extend)
        launcher = Launcher({"PATH": "/usr/bin"}, self.folder, self.program)
        return Dispatch(JOBS, records, launcher, LIMITS, JAKARTA, told=lambda row, **_: self.told.append(dict(row)))


@given(pauses)
@example([0.0] * 3 + [2.0] + [0.0] * 50)
@settings(max_examples=60)
def test_no_fire_is_passed_over_between_two_readings(tmp_path_factory, drawn):
    desk = Desk(tmp_path_factory.mktemp("desk"), Memory({job.name: Track(job.grid.latest(NIGHT)) for job in JOBS}))
    with time_machine.travel(NIGHT, tick=False) as traveller:
        clocks = PassingClocks(traveller, drawn)
        service = Service(desk.dispatch(), clocks)
        service.adopt()
        service.start()
        for _ in range(30):
            begun = datetime.now(UTC)
            until_next = service.look()
            for job in JOBS:
                assert service.dispatch.records.track(job.name).high >= job.grid.latest(begun), job.name
            clocks.pass_by(until_next)
        end = clocks.read_at[-1]
    assert {row["outcome"] for row in desk.kept} <= {"failed"}, "none was missed"
    for job in JOBS:
        fired = [datetime.fromisoformat(row["fired_at"]) for row in desk.kept if row["job"] == job.name]
        assert fired == list(between(job.grid, NIGHT, end))


def test_a_fire_that_comes_while_missed_ones_are_told_is_not_lost(tmp_path):
    """At the start a month of polls is told, which takes a while; meanwhile it is time for the nightly job."""
    memory = Memory({"poll": Track(NIGHT - timedelta(days=1)), "maintain": Track(JOBS[1].grid.latest(NIGHT))})
    desk = Desk(tmp_path, memory)
    with ExitStack() as stack:
        clocks = PassingClocks(stack.enter_context(time_machine.travel(NIGHT, tick=False)), [2.0, 0.0, 0.0])
        service = Service(desk.dispatch(), clocks)
        service.adopt()
        service.start()
        service.look()
    assert datetime.fromisoformat(desk.kept[-1]["fired_at"]) == JOBS[1].grid.after(NIGHT)
    assert [row["outcome"] for row in desk.kept if row["job"] == "maintain"] == ["failed"]


def test_a_clock_that_is_slewed_back_by_a_hair_loses_nothing(tmp_path):
    """Between APScheduler's reading and ours."""
    desk = Desk(tmp_path, Memory({job.name: Track(job.grid.latest(NIGHT)) for job in JOBS}))
    with time_machine.travel(NIGHT, tick=False) as traveller:
        clocks = PassingClocks(traveller, [])
        service = Service(desk.dispatch(), clocks)
        service.start()
        clocks.pass_by(1.0)
        schedule_look = service._schedule.look

        def look_and_slew() -> Any:
            found = schedule_look()
            traveller.shift(timedelta(milliseconds=-20))
            return found

        service._schedule.look = look_and_slew
        service.look()
    assert {row["job"] for row in desk.told} == {"poll", "maintain"}


def test_a_run_that_cannot_be_started_is_logged_and_told(tmp_path, caplog):
    desk = Desk(tmp_path, Memory({job.name: Track(job.grid.latest(NIGHT)) for job in JOBS}))
    dispatch = desk.dispatch()
    at = NIGHT + timedelta(seconds=1)
    dispatch.take("maintain", at, "")
    dispatch.look(at, 0.0)
    (row,) = desk.kept
    assert (row["job"], row["outcome"]) == ("maintain", "failed")
    assert row["reason"].startswith("cannot be started: [Errno 2]")
    assert desk.told == [row], "metrics and alerts hear of it"
    assert f"maintain: run {row['run_id']} ended, failed: cannot be started" in caplog.text


def test_a_fire_that_waits_for_a_job_that_is_gone_is_skipped(tmp_path):
    first, last = NIGHT - timedelta(hours=2), NIGHT - timedelta(hours=1)
    desk = Desk(tmp_path, Memory({"google_news": Track(last, None, Waiting(first, last, "overlap"))}))
    dispatch = desk.dispatch()
    dispatch.adopt(NIGHT, 0.0)
    dispatch.look(NIGHT, 0.0)
    (row,) = desk.kept
    assert (row["job"], row["outcome"], row["reason"]) == (
        "google_news",
        "skipped",
        "the job is not in the schedule any more",
    )
    assert datetime.fromisoformat(row["fired_at"]) == last
    assert desk.told == [row]
    assert Journal(tmp_path / "service.sqlite").load() == Memory({"google_news": Track(last)})


def test_a_fire_of_a_clock_that_was_set_back_says_so_though_it_came_to_nothing(tmp_path):
    desk = Desk(tmp_path, Memory({"poll": Track(NIGHT + timedelta(days=1))}))
    dispatch = desk.dispatch()
    dispatch.take("poll", NIGHT, "")
    dispatch.take("poll", NIGHT + timedelta(minutes=2), "")
    dispatch.look(NIGHT + timedelta(minutes=2), 0.0)
    assert desk.kept[-1]["reason"].startswith("the clock was set back: the job had fired at such a time before; cannot")


def test_a_schedule_that_stands_still_behind_a_clock_that_was_ahead_is_red(tmp_path):
    """The newest fire was taken a month from now; since the clock came right the job goes by the present."""
    dispatch = Desk(tmp_path, Memory({"poll": Track(NIGHT + timedelta(days=30))})).dispatch()
    dispatch.take("poll", NIGHT, "")
    assert dispatch.board(0.0)["poll"].newest == NIGHT
    dispatch.take("poll", NIGHT + timedelta(minutes=1), "")
    assert dispatch.board(0.0)["poll"].newest == JOBS[0].grid.latest(NIGHT + timedelta(minutes=1))


def test_a_disk_that_refused_rows_is_left_alone_for_a_minute(tmp_path):
    asked = []

    def keep(rows: Any) -> None:
        asked.append(len(rows))
        raise OSError(28, "No space left on device")

    records = Records(Journal(tmp_path / "service.sqlite"), tmp_path, keep)
    dispatch = Dispatch(JOBS, records, Launcher({}, tmp_path, ("/none",)), LIMITS, JAKARTA)
    dispatch.take("poll", NIGHT, "")
    dispatch.take("poll", NIGHT + timedelta(minutes=3), "missed")
    for second in range(0, 3600, 5):
        dispatch.look(NIGHT + timedelta(minutes=3), float(second))
    assert len(asked) == 60
    assert records.rows_waiting == asked[-1]


def test_what_was_missed_while_nobody_was_there_is_no_overlap_of_a_run_that_began_later(tmp_path):
    """Both jobs were missed and share a lane: one of the runs that make up for it waits for the other."""
    recheck = Job("recheck", JOBS[0].grid, ("crawl",), JOBS[0].lane)
    known = Memory({name: Track(NIGHT - timedelta(minutes=9)) for name in ("poll", "recheck")})
    kept: list[dict[str, Any]] = []
    assert Journal(tmp_path / "service.sqlite").save(known)
    records = Records(Journal(tmp_path / "service.sqlite"), tmp_path, kept.extend)
    program = ("/bin/sh", "-c", "exec sleep 600")
    launcher = Launcher({"PATH": "/bin:/usr/bin"}, tmp_path, program)
    dispatch = Dispatch((JOBS[0], recheck), records, launcher, LIMITS, JAKARTA)
    try:
        dispatch.take_all(NIGHT, NOT_RUNNING)
        dispatch.look(NIGHT, 0.0)
        (running,) = dispatch.running
        waits = ({"poll", "recheck"} - {running.job.name}).pop()
        dispatch.take(waits, NIGHT + timedelta(minutes=1), "")
        dispatch.look(NIGHT + timedelta(minutes=1), 60.0)
        dispatch.take(waits, NIGHT + timedelta(minutes=2), "")
        dispatch.look(NIGHT + timedelta(minutes=2), 120.0)
    finally:
        while running.process.poll() is None:
            dispatch.kill()
    told = [row["reason"] for row in kept if row["job"] == waits]
    at = f"{running.fire.fired_at.astimezone(JAKARTA):%H:%M}"
    overlap = f"overlap: the {running.job.name} run of {at} was still going on ({running.fire.run_id})"
    assert set(told[:-1]) == {NOT_RUNNING}
    assert told[-1] == overlap
