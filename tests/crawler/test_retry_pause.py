"""How long a failed article waits."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from crawler.pipelines import retry_pause


def test_the_first_tries_are_those_of_the_next_runs():
    assert [retry_pause(attempt) for attempt in (1, 2, 3)] == [timedelta(0)] * 3


def test_then_it_waits_ever_longer():
    assert [retry_pause(attempt) for attempt in (4, 5, 6)] == [timedelta(minutes=m) for m in (15, 30, 60)]


@given(st.integers(1, 10**9))
def test_never_longer_than_a_day_and_never_shorter_than_before(attempt):
    assert retry_pause(attempt) <= retry_pause(attempt + 1) <= timedelta(days=1)
