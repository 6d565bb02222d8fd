"""Requests to Google News, and what its answers come to before they are read."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.http import Response

from news.capture import Exchange
from news.counters import Counter
from news.google import GoogleAnswerRefused, GoogleRefusal
from pages.google_batch import BATCH_CONTENT_TYPE
from pages.google_refusal import refusal_of

if TYPE_CHECKING:
    from spiders.base import NetworkSpider

HOST = "news.google.com"
_COUNTER_META = "google_counter"


def google_request(
    url: str,
    counter: Counter,
    *,
    callback: Any,
    errback: Any,
    delay_s: float,
    body: bytes | None = None,
    meta: Mapping[str, object] | None = None,
) -> Request:
    """A request to Google News: never redirected nor repeated by others, never kept, counted by its kind.

    `delay_s`: seconds that Google is left alone after it. With a `body` it is a form that is posted.
    """
    return Request(
        url,
        callback=callback,
        errback=errback,
        method="GET" if body is None else "POST",
        body=body,
        headers=None if body is None else {"Content-Type": BATCH_CONTENT_TYPE},
        dont_filter=True,
        meta={
            "dont_redirect": True,
            "dont_retry": True,
            "not_kept": True,
            "delay_after_s": delay_s,
            "download_slot": HOST,
            _COUNTER_META: counter,
            **(meta or {}),
        },
    )


def count_request(spider: "NetworkSpider", asked: Response | Request) -> None:
    """Count a request that was answered, or failed once it had gone out."""
    if "exchange" in asked.meta:
        spider.count(asked.meta[_COUNTER_META])


def body_of(response: Response) -> bytes:
    """The body of an answer that is none of Google's refusals. Raises GoogleAnswerRefused."""
    exchange: Exchange = response.meta["exchange"]
    if refusal := refusal_of(response.status, exchange.location, response.body, exchange.content_type):
        raise GoogleAnswerRefused(refusal)
    if response.status != HTTPStatus.OK:
        raise GoogleAnswerRefused(GoogleRefusal.HTTP_ERROR)
    return response.body


def retry_after_of(response: Response) -> float | None:
    """Seconds that a Retry-After asks for, given as a number or as a date; None when there is none."""
    value = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return ((until if until.tzinfo else until.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
