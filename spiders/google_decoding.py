"""Decoding the links of Google News: a page each for the signature, then one call for several.

Pages are what Google refuses, and a signature does not last: what was signed when a refusal came is lost. So the
batches of a run begin with one article and grow, and however few pages are let through, some come to an end.
"""

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from news.counters import Counter
from news.google import GoogleAnswerRefused, GoogleRefusal
from news.plan import GooglePlan
from pages.google_batch import BATCH_URL, NotDecoded, batch_body, read_batch
from pages.google_page import Signature, read_article_page
from pages.google_query import article_page_url
from spiders.google_gate import PATIENCE, Door, Gate, shuts_out
from spiders.google_leads import Lead, Leads
from spiders.google_requests import body_of, count_request, google_request, retry_after_of
from spiders.outcome import NOT_TRIED, failure_word
from spiders.source import Yield

if TYPE_CHECKING:
    from spiders.base import NetworkSpider

_LARGEST_BATCH = 10
"""As many as were seen to be answered at once without a loss (2026)."""
_FRESH_S = 300.0
"""How old the first signature of a batch may become; for how long Google takes one is not known."""
_NO_PAGE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)

Signed = tuple[Lead, Signature]


class Decoding:
    """The decodes of one run, one request after the other."""

    def __init__(self, plan: GooglePlan, spider: "NetworkSpider", gate: Gate, leads: Leads) -> None:
        self._plan = plan
        self._spider = spider
        self._gate = gate
        self._leads = leads
        fresh = int(_FRESH_S // plan.decode_delay_s) if plan.decode_delay_s else _LARGEST_BATCH
        self._largest = max(1, min(_LARGEST_BATCH, fresh))
        self._size = 1
        self._queue: list[Lead] = []
        self._signed: list[Signed] = []
        self._in_vain = 0
        """Articles in a row that were signed and not decoded."""

    def begin(self) -> Iterator[Request]:
        """The first page: the newest leads first, as many as a run may decode."""
        self._queue = self._leads.waiting()[: self._plan.decodes][::-1]
        yield from self._next()

    def _next(self) -> Iterator[Request]:
        if not self._gate.is_open:
            return
        self._drop_resolved()
        if self._signed and (len(self._signed) >= self._size or not self._queue):
            signed, self._signed = self._signed, []
            self._size = min(2 * self._size, self._largest)
            yield self._batch_request(signed)
        elif self._queue:
            yield self._page_request(self._queue.pop())

    def _drop_resolved(self) -> None:
        """Articles that were read meanwhile resolved some leads by their headlines."""
        self._queue = [lead for lead in self._queue if self._leads.waits(lead)]
        self._signed = [(lead, signature) for lead, signature in self._signed if self._leads.waits(lead)]

    def _page_request(self, lead: Lead) -> Request:
        return google_request(
            article_page_url(lead.token),
            Counter.GOOGLE_PAGES,
            callback=self._read_page,
            errback=self._failed,
            delay_s=self._plan.decode_delay_s,
            meta={"leads": (lead,)},
        )

    def _batch_request(self, signed: Sequence[Signed]) -> Request:
        return google_request(
            BATCH_URL,
            Counter.GOOGLE_BATCHES,
            callback=self._read_batch,
            errback=self._failed,
            delay_s=self._plan.rss_delay_s,  # pages are what is refused, not the call
            body=batch_body([signature for _, signature in signed]),
            meta={"leads": tuple(lead for lead, _ in signed)},
        )

    def _read_page(self, response: Response) -> Iterator[Yield]:
        count_request(self._spider, response)
        (lead,) = response.meta["leads"]
        if response.status in _NO_PAGE:  # of this article alone, which Google dropped
            self._spider.count(Counter.GOOGLE_HTTP_ERROR)
            yield from self._not_decoded((lead,), f"http_{response.status}")
            yield from self._next()
            return
        try:
            found = read_article_page(body_of(response), lead.token)
        except GoogleAnswerRefused as error:
            yield from self._refused(response, error.reason)
            return
        yield from self._gate.answered(Door.DECODES)
        if isinstance(found, Signature):
            self._signed.append((lead, found))
        elif self._leads.waits(lead):
            yield from self._leads.decoded(lead, found, "rpc")
        yield from self._next()

    def _read_batch(self, response: Response) -> Iterator[Yield]:
        count_request(self._spider, response)
        leads: tuple[Lead, ...] = response.meta["leads"]
        try:
            rows = read_batch(body_of(response), len(leads))
        except GoogleAnswerRefused as error:
            self._queue.clear()  # pages would lead to the same call
            yield from self._refused(response, error.reason)
            return
        yield from self._gate.answered(Door.DECODES)
        for place, lead in enumerate(leads):
            answer = rows.get(place)
            if not isinstance(answer, str):
                self._in_vain += 1
                yield from self._not_decoded((lead,), _reason(answer))
                continue
            self._in_vain = 0
            if self._leads.waits(lead):
                yield from self._leads.decoded(lead, answer, "rpc")
        if self._in_vain >= PATIENCE:
            self._queue.clear()
        yield from self._next()

    def _refused(self, response: Response, refusal: GoogleRefusal) -> Iterator[Yield]:
        """A refusal that is meant for us says nothing of the leads: they wait as they are."""
        if not shuts_out(refusal):
            yield from self._not_decoded(response.meta["leads"], refusal.value)
        yield from self._gate.refused(Door.DECODES, refusal, retry_after_of(response))
        yield from self._next()

    def _failed(self, failure: Failure) -> Iterator[Yield]:
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
        count_request(self._spider, request)
        reason = failure_word(failure)
        if reason not in NOT_TRIED and reason != "robots_forbidden":
            yield from self._not_decoded(request.meta["leads"], reason)
        yield from self._gate.failed(Door.DECODES, reason)
        yield from self._next()

    def _not_decoded(self, leads: Sequence[Lead], reason: str) -> Iterator[Yield]:
        for lead in filter(self._leads.waits, leads):
            yield from self._leads.not_decoded(lead, reason)


def _reason(answer: NotDecoded | None) -> str:
    if answer is None:
        return "row_missing"
    return "no_url" if answer.code is None else f"code_{answer.code}"
