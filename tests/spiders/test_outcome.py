"""What answers that are no article mean."""

import pytest

from news.errors import RefusalReason
from spiders.outcome import NOT_TRIED, RUN_ENDS, Outcome, of_failure, of_refusal, of_status


def test_a_page_with_200_is_read():
    assert of_status(200) is None


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (404, Outcome(True, RefusalReason.NOT_FOUND)),
        (410, Outcome(True, RefusalReason.GONE)),
        (451, Outcome(True, RefusalReason.HTTP_ERROR)),
        (403, Outcome(False, "http_403")),
        (429, Outcome(False, "http_429")),
        (500, Outcome(False, "http_500")),
        (503, Outcome(False, "http_503")),
    ],
)
def test_a_server_in_trouble_refuses_nothing_for_good(status, outcome):
    assert of_status(status) == outcome


@pytest.mark.parametrize("reason", [RefusalReason.CHALLENGE, RefusalReason.MAINTENANCE, RefusalReason.LOGIN_WALL])
def test_a_page_in_the_way_of_the_article_may_pass(reason):
    assert of_refusal(reason) == Outcome(False, reason)


def test_what_is_no_article_is_refused():
    assert of_refusal(RefusalReason.SOFT_404) == Outcome(True, RefusalReason.SOFT_404)


def test_failures():
    assert of_failure("timeout", over_limit=False) == Outcome(False, "timeout")
    assert of_failure("", over_limit=False) == Outcome(False, "failed")
    assert of_failure("length", over_limit=True) == Outcome(True, RefusalReason.TOO_LARGE)
    assert of_failure("off_network", over_limit=False) == Outcome(True, RefusalReason.REDIRECT_OFFSITE)


def test_what_ends_the_run_was_not_tried():
    assert RUN_ENDS < NOT_TRIED
