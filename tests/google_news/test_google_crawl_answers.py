"""What an answer says about when to come again."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from scrapy.http import Response

from spiders.google_requests import retry_after_of


def answer(value: str | bytes | None) -> Response:
    headers = {} if value is None else {"Retry-After": value}
    return Response("https://news.google.com/rss", status=429, headers=headers)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        (b"\xb2", None),
    ],
    ids=repr,
)
def test_seconds_are_a_number(value, expected):
    assert retry_after_of(answer(value)) == expected


def test_an_absurd_number_is_no_error():
    assert retry_after_of(answer("9" * 400)) == float("inf")


def test_a_date_is_counted_from_this_moment():
    at = datetime.now(UTC) + timedelta(hours=2)
    assert retry_after_of(answer(format_datetime(at, usegmt=True))) == pytest.approx(7200, abs=5)
    assert retry_after_of(answer("Thu, 05 Mar 2026 07:00:00")) is not None
