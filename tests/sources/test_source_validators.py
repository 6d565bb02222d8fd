"""A server that says that nothing changed is believed for a while, and never again once it was wrong."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import Response

from news.capture import WarcPointer
from spiders.validators import TRUSTED_FOR, conditional_headers, validators_lie
from storage.seen import SeenPage

NOW = datetime(2026, 3, 5, tzinfo=UTC)
FEED = "https://uji.contoh.id/rss"
PAGE = SeenPage(NOW, 200, "sha256:a", "links", '"one"', "Thu, 05 Mar 2026 00:00:00 GMT", NOW)
SENT = {"If-None-Match": '"one"', "If-Modified-Since": "Thu, 05 Mar 2026 00:00:00 GMT"}


def headers(page: SeenPage | None, run: str = "2", after: timedelta = timedelta(0)) -> dict[str, str]:
    return conditional_headers(page, FEED, run, NOW + after)


def test_one_poll_in_four_asks_for_the_whole():
    asked = [bool(headers(PAGE, str(run))) for run in range(4_000)]
    assert 0.22 < asked.count(False) / len(asked) < 0.28
    assert all(sent in ({}, SENT) for sent in (headers(PAGE, str(run)) for run in range(100)))


@given(st.text(max_size=20), st.integers(0, 10**6))
def test_nobody_is_believed_for_long(run: str, seconds: int):
    assert headers(PAGE, run, TRUSTED_FOR + timedelta(seconds=seconds)) == {}


def test_validators_are_of_a_copy_that_was_read_to_its_end():
    run = next(str(n) for n in range(100) if headers(PAGE, str(n)))
    assert headers(PAGE, run) == SENT
    assert headers(PAGE._replace(etag=None), run) == {"If-Modified-Since": SENT["If-Modified-Since"]}
    for other in (
        None,
        PAGE._replace(status=404),
        PAGE._replace(links_digest=None),
        PAGE._replace(read_at=None),
        PAGE._replace(read_at=NOW - timedelta(seconds=1)),
        PAGE._replace(etag=None, last_modified=None),
    ):
        assert headers(other, run) == {}


def lie(etag: str | None, modified: str | None, page: SeenPage | None = PAGE, payload: str = "sha256:b") -> bool | None:
    given = {"ETag": etag, "Last-Modified": modified}
    answer = Response(FEED, headers={name: value for name, value in given.items() if value})
    return validators_lie(page, answer, WarcPointer("key", 0, 1, payload))


def test_a_change_under_equal_validators_is_a_lie():
    assert lie('"one"', None)
    assert lie('"one"', "Fri, 06 Mar 2026 00:00:00 GMT")
    assert lie('"two"', PAGE.last_modified) is False
    assert lie(None, PAGE.last_modified) is False  # an ETag that is gone is one that changed
    assert lie(None, PAGE.last_modified, PAGE._replace(etag=None))
    assert lie(None, "Fri, 06 Mar 2026 00:00:00 GMT", PAGE._replace(etag=None)) is False


def test_without_a_change_nothing_is_learnt():
    assert lie('"one"', None, payload="sha256:a") is None
    assert lie('"one"', None, None) is None
    assert lie('"one"', None, PAGE._replace(status=404)) is None
    assert lie('"one"', None, PAGE._replace(links_digest=None)) is None
    assert lie(None, None, PAGE._replace(etag=None)) is None
    assert validators_lie(PAGE, Response(FEED, headers={"ETag": '"one"'}), None) is None
