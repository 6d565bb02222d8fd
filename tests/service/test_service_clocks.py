"""What the clocks say together about the time between two looks."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.service.clocks import STILL, TOLERANCE, Reading, SystemClocks, lapse_between

START = Reading(datetime(2026, 11, 23, tzinfo=UTC), 1_000.0, 5_000.0)
HOUR = 3600


def after(awake_s, slept_s=0.0, jump_s=0.0):
    wall = START.wall + timedelta(seconds=awake_s + slept_s + jump_s)
    return Reading(wall, START.awake_s + awake_s, START.booted_s + awake_s + slept_s)


@pytest.mark.parametrize(
    ("present", "why", "of_clock"),
    [
        (after(5, jump_s=HOUR), "the clock jumped forward by 1:00:00", True),
        (after(5, jump_s=-HOUR), "the clock jumped back by 1:00:00", True),
        (after(5, slept_s=6 * HOUR), "the machine slept for 6:00:00", False),
        (after(40 * 60), "the service stood still for 0:40:00", False),
        (after(5, slept_s=6 * HOUR, jump_s=-HOUR), "the clock jumped back by 1:00:00", True),
    ],
)
def test_each_kind_is_told_apart(present, why, of_clock):
    lapse = lapse_between(START, present)
    assert (lapse.why, lapse.of_clock) == (why, of_clock)


@given(st.floats(0, STILL.total_seconds()), st.floats(-0.9, 0.9))
def test_a_clock_that_is_slewed_is_no_lapse(awake_s, slew_s):
    assert lapse_between(START, after(awake_s, jump_s=slew_s * TOLERANCE.total_seconds())) is None


def test_the_clocks_of_the_machine_agree():
    clocks = SystemClocks()
    first, second = clocks.read(), clocks.read()
    assert lapse_between(first, second) is None
    assert second.awake_s >= first.awake_s
    assert first.wall.tzinfo is UTC
