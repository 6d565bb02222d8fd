"""Dates as feeds state them."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.stated import stated_headline, stated_instant

JAKARTA = "Asia/Jakarta"
MORNING = datetime(2026, 3, 4, 23, 50, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Thu, 05 Mar 2026 06:50:00 +0700",
        "Thu,05 Mar 2026 06:50:00 +07:00",
        "Thursday, 5 March 2026 06:50 +0700",
        "5 Mar 26 06:50:00 +0700",
        "Wed, 04 Mar 2026 23:50:00 GMT",
        "Wed, 04 Mar 2026 23:50:00 Z",
        "Wed, 04 Mar 2026 18:50:00 EST",
        "Thu, 05 Mar 2026 06:50:00 WIB",
        "Thu, 05 Mar 2026 07:50:00 wita",
        "Kam, 05 Maret 2026 06:50:00 +0700",
        "05-Mar-2026 06:50:00",
        "Thu, 05 Mar 2026 06:50:00 GMT+7",
        "Thu, 05 Mar 2026 06:50:00 +0700 (WIB)",
        "  Thu, 05 Mar 2026 06:50:00\n",
        "2026-03-05T06:50:00+07:00",
        "2026-03-05T06:50+0700",
        "2026-03-04T23:50:00Z",
        "2026-03-04T23:50:00.000z",
        "2026-03-05 06:50:00",
        "2026-03-05T06:50",
        "20260305T065000",
        "Kamis 05-03-2026,06:50 WIB",
    ],
)
def test_forms_of_one_instant(text):
    assert stated_instant(text, JAKARTA) == MORNING


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-05", datetime(2026, 3, 5, tzinfo=ZoneInfo(JAKARTA))),
        ("Thu, 01 Jan 1970 00:00:00 +0000", datetime(1970, 1, 1, tzinfo=UTC)),
        ("Fri, 31 Dec 2999 23:59:60 GMT", datetime(2999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("Sat, 31 Dec 99 10:00:00 GMT", datetime(1999, 12, 31, 10, tzinfo=UTC)),
    ],
)
def test_dates_stay_as_stated(text, expected):
    assert stated_instant(text, JAKARTA) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "kemarin",
        "0",
        "1772668200",
        "2026",
        "2026-03",
        "2026-02-30",
        "Thu, 30 Feb 2026 06:50:00 +0700",
        "30 Februari 2026 06:50:00 +0700",
        "Thu, 05 Mar 2026 25:00:00 +0700",
        "Thu, 05 Mar 2026 06:50:00 +9900",
        "Thu, 05 Mar 2026 06:50:00 XYZ",
        "Thu, 05 Xyz 2026 06:50:00 GMT",
        "0001-01-01T00:00:00+07:00",
        "9999-12-31T23:59:59-07:00",
        "x" * 200,
    ],
)
def test_what_is_no_date_is_none(text):
    assert stated_instant(text, JAKARTA) is None


def test_the_zone_of_the_newsroom_counts_where_none_is_named():
    there = stated_instant("2026-03-05", "Asia/Makassar")
    assert there == datetime(2026, 3, 5, tzinfo=timezone(timedelta(hours=8)))


AWARE = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, ZoneInfo(JAKARTA)]),
).map(lambda at: at.replace(microsecond=0))


@given(AWARE)
def test_both_standards_come_back(at):
    if at.utcoffset() % timedelta(minutes=1):  # local mean time before 1924, which RFC 822 cannot write
        at = at.astimezone(UTC)
    assert stated_instant(format_datetime(at), "UTC") == at
    assert stated_instant(at.isoformat(), "UTC") == at


@given(
    st.text(max_size=60)
    | st.from_regex(r"[A-Za-z]{0,3},? ?\d{1,4}[ -]\w{1,4}[ -]\d{1,4}[ T]\d\d:\d\d.{0,8}", fullmatch=True)
)
def test_any_text_is_an_aware_instant_or_none(text):
    at = stated_instant(text, JAKARTA)
    assert at is None or at.astimezone(UTC).tzinfo is UTC


@given(st.text(max_size=80))
def test_headlines_are_clean(text):
    headline = stated_headline(text)
    assert headline == " ".join(headline.split())
