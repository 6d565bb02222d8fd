"""Points in time as users write them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.moments import parse_day, parse_moment
from news.errors import UsageError

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2d", NOW - timedelta(days=2)),
        ("36h", NOW - timedelta(hours=36)),
        ("1d12h", NOW - timedelta(hours=36)),
        ("2026-03-05", datetime(2026, 3, 4, 17, tzinfo=UTC)),
        ("2026-03-05T06:50", datetime(2026, 3, 4, 23, 50, tzinfo=UTC)),
        ("2026-03-05 06:50:10", datetime(2026, 3, 4, 23, 50, 10, tzinfo=UTC)),
        ("2026-03-05T06:50Z", datetime(2026, 3, 5, 6, 50, tzinfo=UTC)),
        ("2026-03-05T06:50+09:00", datetime(2026, 3, 4, 21, 50, tzinfo=UTC)),
    ],
)
def test_forms(text, moment):
    found = parse_moment(text, "--since", NOW)
    assert found == moment
    assert found.tzinfo is not None


@pytest.mark.parametrize(
    "text", ["", "d", "2", "2x", "-2d", "yesterday", "2026-13-01", "2026-02-30", "05-03-2026", "999999w", "2d "]
)
def test_anything_else_is_the_users_mistake(text):
    with pytest.raises(UsageError, match="--until"):
        parse_moment(text, "--until", NOW)


@given(st.datetimes(min_value=NOW.replace(year=1990, tzinfo=None), max_value=NOW.replace(year=2100, tzinfo=None)))
def test_iso_is_read_as_jakarta_without_offset_and_as_said_with_one(naive):
    jakarta = naive.replace(tzinfo=ZoneInfo("Asia/Jakarta"))
    for text in (naive.isoformat(), jakarta.isoformat()):
        assert parse_moment(text, "--since", NOW) == jakarta


@pytest.mark.parametrize(
    ("text", "holds", "ends"),
    [
        ("2026-03-05", date(2026, 3, 5), date(2026, 3, 5)),
        ("2026-03-05T00:01", date(2026, 3, 5), date(2026, 3, 6)),
        ("2026-03-04T17:00Z", date(2026, 3, 5), date(2026, 3, 5)),
        ("2d", date(2026, 3, 3), date(2026, 3, 4)),
    ],
)
def test_days_of_moments(text, holds, ends):
    assert parse_day(text, "--since", NOW) == holds
    assert parse_day(text, "--until", NOW, ends=True) == ends


@pytest.mark.parametrize("text", ["9999-12-31T23:00Z", "9999-12-31T12:00", "never"])
def test_a_day_that_is_none(text):
    with pytest.raises(UsageError, match="--until"):
        parse_day(text, "--until", NOW, ends=True)
