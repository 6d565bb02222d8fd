"""What an answer that is no article means: refused for good, failed for now, or never tried."""

from typing import NamedTuple

from scrapy import Request
from twisted.python.failure import Failure

from news.errors import RefusalReason

RUN_ENDS = frozenset({"stopping", "spool_full", "budget"})
"""Reasons for which the run, not the site, stopped asking."""
# Not the article's fault and no attempt at it: it stays pending as it was, due at once.
NOT_TRIED = RUN_ENDS | {"backed_off", "robots_unavailable", "no_browser"}

_OK = 200
_SERVER_ERRORS = 500
_ABSENT = {404: RefusalReason.NOT_FOUND, 410: RefusalReason.GONE}
# What the server says when it, not the article, is in trouble: it may pass.
# A 304 that nobody asked for says nothing either.
_PASSING_STATUS = frozenset({304, 401, 403, 408, 425, 429})
_PASSING = frozenset({RefusalReason.CHALLENGE, RefusalReason.MAINTENANCE, RefusalReason.LOGIN_WALL})
_FINAL = {
    "robots_forbidden": RefusalReason.ROBOTS,
    "off_network": RefusalReason.REDIRECT_OFFSITE,
    "scheme": RefusalReason.REDIRECT_OFFSITE,
    "port": RefusalReason.REDIRECT_OFFSITE,
    "userinfo": RefusalReason.REDIRECT_OFFSITE,
    "redirect_loop": RefusalReason.REDIRECT_LOOP,
    "redirect_home": RefusalReason.REDIRECT_HOME,
    "too_large": RefusalReason.TOO_LARGE,
    "bomb": RefusalReason.BOMB,
}


class Outcome(NamedTuple):
    """`reason` is a RefusalReason when `final`, else a word of the crawler."""

    final: bool
    reason: str


def of_status(status: int) -> Outcome | None:
    """What an HTTP status means for the article; None when its page is to be read."""
    if status == _OK:
        return None
    if reason := _ABSENT.get(status):
        return Outcome(True, reason)
    if status in _PASSING_STATUS or status >= _SERVER_ERRORS:
        return Outcome(False, f"http_{status}")
    return Outcome(True, RefusalReason.HTTP_ERROR)


def of_refusal(reason: RefusalReason) -> Outcome:
    """What it means that a page class found no article."""
    return Outcome(reason not in _PASSING, reason)


def of_failure(reason: str, *, over_limit: bool) -> Outcome:
    """What it means that a request failed for `reason`; `over_limit`: its answer was cut for its length."""
    if over_limit:
        return Outcome(True, RefusalReason.TOO_LARGE)
    final = _FINAL.get(reason)
    return Outcome(True, final) if final else Outcome(False, reason or "failed")


def failure_word(failure: Failure) -> str:
    """Why a request failed, as one word: the refusing middleware's reason, or what broke the exchange."""
    request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
    exchange = request.meta.get("exchange")
    return str(getattr(failure.value, "reason", None) or (exchange and exchange.error) or "failed")
