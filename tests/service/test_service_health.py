"""/healthz is red when, and only when, something that should happen does not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.config import Config
from crawler.service.board import Board, JobState
from crawler.service.gauges import Undelivered
from crawler.service.health import Bounds, State, judge
from crawler.service.jobs import jobs_of

NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
CONFIG = Config()
BOUNDS = Bounds.of(CONFIG, ["palpos", "radartegal"])
HOUR = 3600.0
WELL = State(
    now=NOW,
    awake_s=100 * HOUR,
    started_s=0.0,
    freshness_s={"palpos": 600.0, "radartegal": 600.0},
    undelivered=Undelivered(1, 70, NOW - timedelta(minutes=30)),
    board=Board(100 * HOUR - 4, jobs={job.name: JobState(job.grid.latest(NOW)) for job in jobs_of(CONFIG)}),
)


def job_as(name, state):
    return replace(WELL, board=replace(WELL.board, jobs={**WELL.board.jobs, name: state}))


def test_all_is_well():
    assert judge(WELL, BOUNDS) == []


@pytest.mark.parametrize(
    ("state", "what", "said"),
    [
        (replace(WELL, awake_s=WELL.awake_s + 61), "loop", "the schedule was last looked at 0:01:05 ago"),
        (
            replace(WELL, freshness_s={"palpos": 600.0, "radartegal": HOUR + 1}),
            "site",
            "radartegal: no good run for 1:00:01",
        ),
        (replace(WELL, freshness_s={"palpos": 600.0}), "site", "radartegal: no good run for 4 days, 4:00:00"),
        (
            replace(WELL, undelivered=Undelivered(3, 900, NOW - timedelta(minutes=91))),
            "undelivered",
            "3 segments, 900 bytes, the oldest for 1:31:00",
        ),
        (
            job_as("poll", JobState(NOW - timedelta(minutes=20))),
            "job",
            "poll: the fire of 2026-11-23T07:00:00+00:00 was not",
        ),
        (job_as("verify", JobState(None)), "job", "verify: the fire of 2026-11-22T20:30:00+00:00 was not taken"),
        (
            job_as("poll", replace(WELL.board.jobs["poll"], waited_s=HOUR + 61)),
            "job",
            "poll: has waited for another run",
        ),
        (replace(WELL, board=replace(WELL.board, rows_waiting=2)), "disk", "2 rows of runs wait"),
        (replace(WELL, board=replace(WELL.board, journal_fails=True)), "disk", "takes no more"),
    ],
)
def test_each_thing_that_is_red_is_named(state, what, said):
    (finding,) = judge(state, BOUNDS)
    assert finding.what == what
    assert said in finding.why


@pytest.mark.parametrize(
    "state",
    [
        replace(WELL, freshness_s={"palpos": HOUR, "radartegal": HOUR}),
        replace(WELL, undelivered=Undelivered(3, 900, NOW - timedelta(minutes=89))),
        replace(WELL, undelivered=Undelivered(0, 0, None)),
        job_as("poll", replace(WELL.board.jobs["poll"], waited_s=HOUR)),
        job_as("coverage", JobState(jobs_of(CONFIG)[-1].grid.latest(NOW), waited_s=HOUR)),
    ],
)
def test_what_is_borne_is_green(state):
    assert judge(state, BOUNDS) == []


def test_a_service_that_has_just_started_is_given_time():
    new = replace(WELL, started_s=WELL.awake_s - HOUR, freshness_s={"palpos": 80 * HOUR})
    assert judge(new, BOUNDS) == [], "whatever was before it"
    later = replace(new, started_s=WELL.awake_s - HOUR - 1)
    assert {finding.subject for finding in judge(later, BOUNDS)} == {"palpos", "radartegal"}


def test_jobs_are_not_judged_before_the_schedule_begins_nor_when_it_ends():
    for board in (Board(WELL.awake_s, is_ready=False), Board(WELL.awake_s, stopping=True)):
        assert judge(replace(WELL, board=board), BOUNDS) == []
