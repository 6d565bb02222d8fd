"""What a page asks for while it is rendered: scripts, style sheets and data, fetched as every other request is.

Each goes through guard, robots, budgets, pace and wire, and is on disk before the page sees it.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.politeness import SUBRESOURCE_META, TOO_MANY_REQUESTS
from crawler.refused import Refusal, RequestRefused
from storage.spool import SpoolFull

_STATIC = frozenset({"script", "stylesheet"})
_KEPT_BYTES = 32 << 20
"""Of scripts and style sheets, which nearly all pages of a site share: each is asked for once a run."""
_REUSE_FORBIDDEN = ("no-store", "no-cache")
_NOT_FOR_PAGES = frozenset(
    {"content-encoding", "content-length", "transfer-encoding", "set-cookie", "content-disposition"}
)
_NOT_NOW = frozenset(
    {Refusal.STOPPING, Refusal.BUDGET, Refusal.SPOOL_FULL, Refusal.BACKED_OFF, Refusal.ROBOTS_UNAVAILABLE}
)
"""Refusals that pass: without what was asked for the page would be another one."""
_REQUEST_TIMEOUT = 408
_SERVER_ERRORS = 500


class RenderFailed(IgnoreRequest):
    """The page came whole, and the browser could not make it; `reason` is a word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Answer(NamedTuple):
    """What the browser is answered: the body decoded; no fields of framing, cookies and downloads."""

    status: int
    headers: dict[str, str]
    body: bytes


def answer_of(response: Response) -> Answer:
    """`response` as a page may see it."""
    headers = {
        name.decode("latin-1"): ", ".join(value.decode("latin-1") for value in values)
        for name, values in response.headers.items()
        if name.decode("latin-1").lower() not in _NOT_FOR_PAGES
    }
    return Answer(response.status, headers, response.body)


class Resources:
    """Fetches for the pages of one run."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._kept: OrderedDict[str, Answer] = OrderedDict()
        self._kept_bytes = 0

    def known(self, url: str) -> Answer | None:
        """A script or style sheet that an earlier page had."""
        return self._kept.get(url)

    async def fetch(self, url: str, kind: str, headers: Mapping[str, str]) -> Answer | None:
        """The answer to a request of a page; `kind` is Playwright's resource type.

        None for what is never to be had, which the page must bear as in any browser. Raises RenderFailed when it may be
        had another time.
        """
        assert self._crawler.engine is not None
        request = Request(url, headers=dict(headers), meta={SUBRESOURCE_META: True}, callback=NO_CALLBACK)
        try:
            response = await self._crawler.engine.download_async(request)
        except RequestRefused as refused:
            if refused.reason in _NOT_NOW:
                raise RenderFailed(refused.reason.value) from refused
            return None
        except SpoolFull as full:
            raise RenderFailed(Refusal.SPOOL_FULL.value) from full
        except Exception as error:
            raise RenderFailed("resource_failed") from error
        if response.status >= _SERVER_ERRORS or response.status in (_REQUEST_TIMEOUT, TOO_MANY_REQUESTS):
            raise RenderFailed("resource_failed")
        answer = answer_of(response)
        if kind in _STATIC and response.status == 200 and _may_be_reused(response):  # noqa: PLR2004  success
            self._keep(url, answer)
        return answer

    def _keep(self, url: str, answer: Answer) -> None:
        if url in self._kept or len(answer.body) > _KEPT_BYTES:
            return
        self._kept[url] = answer
        self._kept_bytes += len(answer.body)
        while self._kept_bytes > _KEPT_BYTES:
            self._kept_bytes -= len(self._kept.popitem(last=False)[1].body)


def _may_be_reused(response: Response) -> bool:
    said = (response.headers.get("Cache-Control") or b"").lower().decode("latin-1")
    return not any(word in said for word in _REUSE_FORBIDDEN)
