"""Fires lie on a fixed grid: it depends on the configuration, never on who asks, when, or on which host."""

import os
import time
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.config import Config
from crawler.service.grid import Daily, Every, between
from crawler.service.jobs import jobs_of

ZONES = ("Asia/Jakarta", "Asia/Jayapura", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
instants = st.timedeltas(timedelta(days=365), timedelta(days=55_000)).map(lambda since: EPOCH + since)
spans = st.timedeltas(timedelta(seconds=1), timedelta(days=9))
every = st.builds(lambda step, share: Every(step, step * share), spans, st.fractions(0, 1).map(float))
daily = st.builds(
    lambda at, zone: Daily(at.replace(second=0, microsecond=0), ZoneInfo(zone)), st.times(), st.sampled_from(ZONES)
)


@given(every | daily, instants)
def test_the_latest_is_not_after_and_the_next_is_the_next(grid, at):
    newest, following = grid.latest(at), grid.after(at)
    assert newest <= at < following
    assert grid.latest(newest) == newest
    assert grid.after(newest) == following
    assert grid.latest(following) == following
    assert newest.utcoffset() == following.utcoffset() == timedelta(0)


@given(every, instants)
def test_an_interval_counts_from_1970_in_utc(grid, at):
    assert (grid.latest(at) - EPOCH - grid.offset) % grid.step == timedelta(0)


@given(daily, instants)
@example(Daily(clock_time(2, 30), ZoneInfo("Europe/Berlin")), datetime(2026, 3, 27, tzinfo=UTC))
@example(Daily(clock_time(2, 30), ZoneInfo("Europe/Berlin")), datetime(2026, 10, 23, tzinfo=UTC))
@example(Daily(clock_time(12, 0), ZoneInfo("Pacific/Apia")), datetime(2011, 12, 28, tzinfo=UTC))
def test_a_time_of_day_comes_once_on_each_day_of_its_zone(grid, at):
    fires = list(between(grid, at, at + timedelta(days=6)))
    assert all(before < after for before, after in pairwise(fires))
    days = [fire.astimezone(grid.zone).date() for fire in fires]
    assert len(set(days)) == len(days)
    for fire in fires:
        printed = fire.astimezone(grid.zone).time()
        gone = datetime.combine(fire.astimezone(grid.zone).date(), grid.at, grid.zone)
        there = gone.astimezone(UTC).astimezone(grid.zone).time() == grid.at
        assert printed == grid.at or not there, "only a time that its day does not have comes at another one"


@given(every | daily, instants, st.lists(st.timedeltas(timedelta(0), timedelta(days=3)), max_size=8))
def test_nobody_who_asks_piecewise_misses_or_doubles_a_fire(grid, begin, pieces):
    grid = Every(max(grid.step, timedelta(minutes=7)), timedelta(0)) if isinstance(grid, Every) else grid
    found, at = [], begin
    for piece in pieces:
        found += between(grid, at, at + piece)
        at += piece
    assert found == list(between(grid, begin, at))


@pytest.mark.parametrize("zone", ["UTC", "Asia/Makassar", "America/New_York", "Nowhere/Such"])
def test_the_zone_of_the_host_changes_nothing(zone, monkeypatch):
    now = datetime(2026, 3, 8, 6, 59, tzinfo=UTC)
    before = {job.name: (job.grid.latest(now), job.grid.after(now)) for job in jobs_of(Config())}
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert {job.name: (job.grid.latest(now), job.grid.after(now)) for job in jobs_of(Config())} == before
    finally:
        monkeypatch.undo()
        time.tzset()
    assert "TZ" not in os.environ or os.environ["TZ"] != zone


def test_the_schedule_of_a_day():
    config = Config.model_validate({"google_news": {"enabled": True}})
    midnight = datetime(2026, 11, 22, 17, tzinfo=UTC)  # in Jakarta
    day = {job.name: list(between(job.grid, midnight, midnight + timedelta(days=1))) for job in jobs_of(config)}
    assert {name: len(fires) for name, fires in day.items()} == {
        "poll": 96,
        "recheck": 96,
        "google_news": 24,
        "maintain": 1,
        "verify": 1,
        "coverage": 1,
    }
    first = {name: fires[0].astimezone(ZoneInfo("Asia/Jakarta")).strftime("%H:%M:%S") for name, fires in day.items()}
    assert first == {
        "poll": "00:15:00",
        "recheck": "00:07:30",
        "google_news": "01:00:00",
        "maintain": "02:30:00",
        "verify": "03:30:00",
        "coverage": "04:30:00",
    }
    assert "google_news" not in {job.name for job in jobs_of(Config())}, "only where it is turned on"
