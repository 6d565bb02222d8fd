"""Every fire is run once or skipped once, whatever the clock and the runs do."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import assume, example, given
from hypothesis import strategies as st

from crawler.service.fires import TOLD_ONE_BY_ONE, Skipped, Track, take
from crawler.service.grid import Daily, Every, between

START = datetime(2026, 11, 23, 0, 3, tzinfo=UTC)
QUARTER = Every(timedelta(minutes=15))
A_MOMENT = timedelta(microseconds=1)
moves = st.lists(st.tuples(st.timedeltas(timedelta(0), timedelta(hours=5)), st.booleans()), min_size=1, max_size=30)


def played(grid, steps, begin=START):
    """Look after each step; a run that is owed starts when nothing is in its way. Returns what became of the fires."""
    track, now, ran, skipped = Track(grid.latest(begin)), begin, [], []
    for step, free in steps:
        now += step
        track, some = take(track, grid, now, "late", begin_at_once=False)
        skipped += some
        if free and track.waiting:
            ran.append(track.waiting)
            track = Track(track.high, track.cursor)
    return track, now, ran, skipped


@given(moves, st.sampled_from([QUARTER, Every(timedelta(minutes=40), timedelta(minutes=7))]))
def test_every_fire_is_run_or_skipped_or_still_owed(steps, grid):
    track, now, ran, skipped = played(grid, steps)
    told = Counter([run.last for run in ran] + [some.last for some in skipped])
    if track.waiting:
        told[track.waiting.last] += 1
    assert told == Counter(between(grid, START, now)), "each once, none else"
    assert all(some.count == 1 for some in skipped)


@given(moves)
def test_what_was_skipped_is_made_up_for_by_the_next_run(steps):
    track, now, ran, _ = played(QUARTER, steps)
    covered = [
        fire
        for run in [*ran, *([track.waiting] if track.waiting else [])]
        for fire in between(QUARTER, run.first - QUARTER.step, run.last)
    ]
    assert covered == list(between(QUARTER, START, now)), "no gap, no overlap, in order"


@given(st.timedeltas(START - QUARTER.latest(START) + QUARTER.step + A_MOMENT, timedelta(days=400)), st.integers(0, 40))
@example(timedelta(minutes=19), 2)
def test_a_clock_that_was_set_back_goes_on_from_the_present(back, quarters):
    """By more than an interval behind the newest fire. No standing still, and no instant twice in a row: each fire is later than the one before it."""
    now = START - back
    track = Track(QUARTER.latest(START))
    fires = []
    for _ in range(quarters):
        track, skipped = take(track, QUARTER, now, "late", begin_at_once=False)
        assert skipped == []
        if track.waiting:
            fires.append(track.waiting.last)
            assert track.waiting.again == (fires[-1] <= QUARTER.latest(START))
            track = Track(track.high, track.cursor)
        now += QUARTER.step
    assert fires == list(between(QUARTER, START - back, now - QUARTER.step))


@given(st.timedeltas(timedelta(0), timedelta(minutes=15)))
def test_a_clock_that_was_set_back_by_less_than_an_interval_fires_nothing_twice(back):
    high = QUARTER.latest(START)
    assume(START - back < high + QUARTER.step)
    track, skipped = take(Track(high), QUARTER, START - back, "late", begin_at_once=False)
    assert (track, skipped) == (Track(high), [])


@given(st.timedeltas(timedelta(minutes=16), timedelta(hours=9)), st.timedeltas(timedelta(0), timedelta(hours=9)))
@example(timedelta(hours=1), timedelta(hours=1))
def test_a_clock_that_comes_right_again_tells_no_fire_twice(back, after):
    """Set back, and corrected after a moment: what it had fired before has its rows."""
    high = QUARTER.latest(START)
    track, _ = take(Track(high), QUARTER, START - back, "late", begin_at_once=False)
    assert track.waiting is None
    track, skipped = take(track, QUARTER, START + after, "jumped", begin_at_once=False)
    told = [some.last for some in skipped] + ([track.waiting.last] if track.waiting else [])
    assert told == list(between(QUARTER, high, START + after))


def test_a_clock_that_came_from_1970_leaves_no_million_of_rows():
    track, skipped = take(Track(datetime(1970, 1, 1, tzinfo=UTC)), QUARTER, START, "jumped", begin_at_once=False)
    assert skipped[0] == Skipped(
        datetime(1970, 1, 1, 0, 15, tzinfo=UTC), QUARTER.latest(START - TOLD_ONE_BY_ONE), "jumped", skipped[0].count
    )
    assert (
        sum(some.count for some in skipped) + 1
        == (QUARTER.latest(START) - datetime(1970, 1, 1, tzinfo=UTC)) / QUARTER.step
    )
    assert len(skipped) == TOLD_ONE_BY_ONE / QUARTER.step
    assert (track.waiting.first, track.waiting.last) == (datetime(1970, 1, 1, 0, 15, tzinfo=UTC), QUARTER.latest(START))


def test_without_history_a_job_begins_at_once_or_with_its_next_fire():
    track, skipped = take(Track(), QUARTER, START, "", begin_at_once=True)
    assert (track.waiting.last, track.waiting.covers_from, skipped) == (QUARTER.latest(START), None, [])
    grid = Daily(START.time().replace(hour=9), UTC)
    track, skipped = take(Track(), grid, START, "", begin_at_once=False)
    assert (track.waiting, skipped) == (None, [])
    track, _ = take(track, grid, START + timedelta(hours=9), "", begin_at_once=False)
    assert track.waiting.last == START.replace(hour=9)
