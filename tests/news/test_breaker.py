"""The breaker opens for an hour at least, doubles, honours the server, and is never shortened nor probed."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.breaker import CLOSED, FIRST_PAUSE, LONGEST_PAUSE, Breaker, tripped

NOW = datetime(2026, 3, 5, 6, 50, tzinfo=UTC)
WAITS = st.one_of(st.none(), st.floats(), st.integers(-10, 200_000))
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive by hypothesis' rule


def test_a_closed_breaker_lets_pass():
    assert CLOSED.closed
    assert CLOSED.allows(NOW)
    assert CLOSED.reset(NOW) == CLOSED == Breaker()


def test_open_for_an_hour_to_the_second():
    once = tripped(None, NOW)
    assert (once.opened_at, once.until, once.trips) == (NOW, NOW + timedelta(hours=1), 1)
    assert not once.closed
    assert not once.allows(NOW)
    assert not once.allows(NOW + timedelta(minutes=59, seconds=59))
    assert once.allows(NOW + timedelta(hours=1))
    assert tripped(CLOSED, NOW) == once


def test_each_trip_in_a_row_doubles_up_to_a_day():
    hours, breaker, now = [], CLOSED, NOW
    for _ in range(8):
        breaker = tripped(breaker, now)
        hours.append((breaker.until - now) / timedelta(hours=1))
        now = breaker.until
    assert hours == [1, 2, 4, 8, 16, 24, 24, 24]


def test_a_success_begins_the_count_anew():
    twice = tripped(tripped(None, NOW), NOW + FIRST_PAUSE)
    assert twice.trips == 2
    assert twice.reset(twice.until) == CLOSED
    assert tripped(twice.reset(twice.until), twice.until).until == twice.until + FIRST_PAUSE


def test_answers_that_were_under_way_neither_close_nor_double():
    once = tripped(None, NOW)
    later = NOW + timedelta(seconds=20)
    assert once.reset(later) == once
    again = tripped(once, later)
    assert (again.trips, again.until) == (1, later + FIRST_PAUSE)


@pytest.mark.parametrize(
    ("retry_after_s", "pause"),
    [
        (None, FIRST_PAUSE),
        (30, FIRST_PAUSE),
        (0, FIRST_PAUSE),
        (-5, FIRST_PAUSE),
        (float("nan"), FIRST_PAUSE),
        (7200, timedelta(hours=2)),
        (3 * 86_400, timedelta(days=3)),
        (float("inf"), timedelta(days=366)),
    ],
)
def test_a_longer_retry_after_wins(retry_after_s, pause):
    assert tripped(None, NOW, retry_after_s).until == NOW + pause


def test_a_later_refusal_does_not_shorten_what_the_server_asked():
    asked = tripped(None, NOW, 86_400)
    assert tripped(asked, NOW + timedelta(minutes=1)).until == asked.until


def test_instants_are_aware_and_kept_in_utc():
    jakarta = timezone(timedelta(hours=7))
    assert tripped(None, NOW.astimezone(jakarta)) == tripped(None, NOW)
    assert tripped(None, NOW.astimezone(jakarta)).until.tzinfo is UTC
    with pytest.raises(ValueError, match="zone"):
        tripped(None, NOW.replace(tzinfo=None))


@given(st.lists(st.tuples(INSTANTS, WAITS), min_size=1, max_size=12))
def test_never_shorter_than_an_hour_and_never_moved_back(refusals):
    breaker = CLOSED
    for now, wait in sorted(refusals, key=lambda refusal: refusal[0]):
        after = tripped(breaker, now, wait)
        assert after.until - now >= FIRST_PAUSE
        assert breaker.until is None or after.until >= breaker.until
        assert after.trips == breaker.trips + breaker.allows(now)
        if wait is None and breaker.allows(now):
            assert after.until - now == min(FIRST_PAUSE * 2 ** (after.trips - 1), LONGEST_PAUSE)
        breaker = after
