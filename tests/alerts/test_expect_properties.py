"""Shares and paces: what alarms, what never does, and how the answers depend on what was seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.expect import (
    LEAST_LACKING,
    NOTHING,
    Share,
    has_dropped,
    has_risen,
    is_back,
    misses,
    pace,
)

floors = st.floats(min_value=0.0, max_value=1.0)


@st.composite
def shares(draw, most=400):
    count = draw(st.integers(0, most))
    return Share(count, draw(st.integers(0, count)))


class TestNeverAlarms:
    @given(shares(), shares())
    def test_fewer_than_three_pages(self, now, before):
        few = Share(now.pages, min(now.lacking, LEAST_LACKING - 1))
        assert not has_dropped(few, before)
        assert not has_risen(few, before)

    @given(shares(), floors)
    def test_fewer_than_three_pages_below_a_stated_share(self, now, floor):
        assert not misses(Share(now.pages, min(now.lacking, LEAST_LACKING - 1)), floor)

    @given(shares(), st.integers(20, 400), st.data())
    def test_what_most_pages_never_had(self, now, pages, data):
        before = Share(pages, data.draw(st.integers(pages // 2 + 1, pages)))
        assert not has_dropped(now, before)

    @given(shares(), shares(most=19))
    def test_what_nothing_is_known_of(self, now, before):
        assert not has_dropped(now, before)

    @given(shares())
    def test_what_is_not_watched(self, now):
        assert not misses(now, 0.0)

    @given(shares(), st.integers(0, 5))
    def test_as_many_as_before(self, before, times):
        assert not has_risen(Share(before.pages * times, before.lacking * times), before)


class TestAlwaysAlarms:
    @given(st.integers(4, 300), st.integers(20, 5000))
    def test_a_field_that_all_had_and_none_has(self, pages, known):
        assert has_dropped(Share(pages, pages), Share(known, 0))

    def test_three_pages_where_a_day_is_known(self):
        assert has_dropped(Share(3, 3), Share(40, 0))

    @given(st.integers(5, 300), st.integers(100, 5000))
    def test_a_field_that_nine_of_ten_had_and_none_has(self, pages, known):
        assert has_dropped(Share(pages, pages), Share(known, known // 10))

    def test_one_page_in_a_hundred_of_a_large_site(self):
        assert has_dropped(Share(300, 3), Share(5000, 0))

    @given(st.integers(3, 300))
    def test_none_of_what_nine_of_ten_must_have(self, pages):
        assert misses(Share(pages, pages), 0.9)


@pytest.mark.parametrize(
    ("now", "before"),
    [(Share(3, 1), Share(400, 4)), (Share(5, 3), Share(400, 160)), (Share(40, 5), Share(400, 30))],
    ids=["one of three", "half had it", "a few more"],
)
def test_what_happens_by_chance_is_no_alarm(now, before):
    assert not has_dropped(now, before)


@given(shares(), shares())
def test_more_pages_that_lack_it_are_never_less_of_an_alarm(now, before):
    worse = Share(now.pages, min(now.lacking + 1, now.pages))
    assert has_dropped(worse, before) or not has_dropped(now, before)


@given(shares(), floors, floors)
def test_a_higher_floor_is_missed_wherever_a_lower_one_is(now, one, other):
    low, high = sorted((one, other))
    assert misses(now, high) or not misses(now, low) or low == 0


@given(st.integers(1, 300), st.integers(20, 3000), st.integers(3, 300))
def test_what_failed_on_all_pages_is_back_when_it_is_on_all(pages, known, failed):
    back = is_back(Share(pages, 0), Share(known, 0), Share(failed, failed))
    assert back or pages < 3
    assert not is_back(Share(pages, pages), Share(known, 0), Share(failed, failed))
    assert not is_back(NOTHING, Share(known, 0), Share(failed, failed))


def test_one_page_in_a_hundred_is_back_only_after_hundreds():
    before, failing = Share(5000, 0), Share(300, 3)
    assert not is_back(Share(50, 0), before, failing)
    assert is_back(Share(500, 0), before, failing)


@given(shares())
def test_a_measure_is_read_as_it_was_written(share):
    assert Share.of(str(share)) == share


class TestPaces:
    @given(st.lists(st.integers(0, 2), max_size=2))
    def test_two_weeks_tell_nothing(self, days):
        assert pace(days) is None

    @given(st.lists(st.integers(0, 800), min_size=3, max_size=4))
    def test_the_floor_is_below_what_is_usual_and_the_ceiling_above(self, days):
        floor, ceiling = pace(days)
        assert 0 <= floor <= max(min(days), sorted(days)[len(days) // 2])
        assert ceiling > sorted(days)[len(days) // 2]

    @given(st.lists(st.integers(0, 400), min_size=3, max_size=4), st.integers(1, 100))
    def test_a_faster_site_has_no_lower_bounds(self, days, more):
        slow, fast = pace(days), pace([count + more for count in days])
        assert slow[0] <= fast[0]
        assert slow[1] <= fast[1]

    def test_the_figures_that_docs_sites_names(self):
        assert pace([9] * 4)[0] == 0
        assert pace([100] * 4)[0] == 34

    def test_one_odd_week_counts_for_nothing(self):
        assert pace([100, 100, 100, 0]) == pace([100, 100, 100, 100])
