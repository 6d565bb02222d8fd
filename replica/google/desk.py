"""Google's hosts: what each request meets, and what has been asked so far."""

import hashlib
from collections import Counter
from datetime import datetime
from functools import cached_property
from http import HTTPStatus
from typing import Any

from replica.answers import Answer
from replica.chance import repeatable
from replica.google.article_page import Signed, article_page, article_page_gzip
from replica.google.batch import Asked, malformed, read_batch, row_of, write_rows
from replica.google.feed import ROOT, write_feed
from replica.google.feeds import UNSUPPORTED, feed_at
from replica.google.index import Entry, entries_of
from replica.google.kinds import PAGE_PREFIX, RequestKind, kind_of
from replica.google.locale import parameters, with_locale
from replica.google.refusals import Refusals
from replica.google.robots import robots_txt
from replica.google.switches import BatchError, GoogleSwitches
from replica.google.targets import Target, Targets, target_of
from replica.google.tokens import Tokens
from replica.google.walls import consent_page, consent_url, refusal, shell, sorry_page, sorry_url
from replica.google.wire import HTML, JSON, XML, Framer
from replica.incoming import Request
from replica.network import Network

_READING = ("GET", "HEAD")


class GoogleDesk:
    """Answers for `kinds.HOSTS` about the articles of `network`. The clock is told with each question."""

    def __init__(self, network: Network) -> None:
        self.switches = GoogleSwitches()
        self._network = network
        self._tokens = Tokens(hashlib.sha256(f"google/{network.start.isoformat()}".encode()).digest())
        self._start_counting()

    def change(self, given: dict[str, Any]) -> GoogleSwitches:
        """Set the switches that are `given`, leave the others. Raises pydantic.ValidationError."""
        self.switches = self.switches.changed(given)
        if not given.keys().isdisjoint({"rss_status", "rss_status_requests"}):
            self._refusals.start_burst()
        return self.switches

    def reset(self) -> None:
        """Default switches, no lock-out, all counters at 0."""
        self.switches = GoogleSwitches()
        self._start_counting()

    def counts(self) -> dict[str, int]:
        """Requests by kind, page requests refused by the lock-out, ids asked for and decoded in batches."""
        found = {kind.value: self._requests[kind] for kind in RequestKind}
        return found | {
            "pages_locked_out": self._refusals.pages_locked_out,
            "ids_asked": self._ids_asked,
            "ids_decoded": self._ids_decoded,
        }

    def articles(self, now: datetime) -> list[dict[str, Any]]:
        """JSON of every article that feeds may show at `now`: key `site/id`, host, headline as shown, publisher,
        `noticed_at`, decoded `url`, and whether its id is of the old form.
        """
        return [
            {
                "key": f"{e.profile.id}/{e.article.id}",
                "host": e.host,
                "headline": e.headline,
                "publisher": e.publisher,
                "noticed_at": e.noticed.isoformat(),
                "url": target_of(e, self.switches).url,
                "old_form": e.chances.old < self.switches.p_old,
            }
            for e in self._listed(now)
        ]

    def answer(self, request: Request, now: datetime) -> Answer:
        """The answer to a request for one of `kinds.HOSTS`; counted."""
        kind = kind_of(request.host, request.path)
        framer = Framer(kind, request, now)
        if request.scheme != "https":
            return framer.redirect(f"https://{request.host}{request.target}", HTTPStatus.MOVED_PERMANENTLY)
        self._requests[kind] += 1
        allowed = ("POST",) if kind is RequestKind.BATCH else _READING
        if request.method not in allowed:
            return framer.body(HTML, refusal(405), HTTPStatus.METHOD_NOT_ALLOWED)
        if kind in (RequestKind.FEED, RequestKind.PAGE, RequestKind.BATCH):
            refused = self._refusals.answer(kind, request, framer, self.switches, now)
            return refused or self._content(kind, request, framer, now)
        return _wall(kind, request, framer)

    def _content(self, kind: RequestKind, request: Request, framer: Framer, now: datetime) -> Answer:
        if kind is RequestKind.BATCH:
            chunked = parameters(request).get("rt") == "c"
            return framer.body(JSON, self._decode(request.body, now, chunked=chunked))
        located = with_locale(request)
        if located is not None:
            return framer.redirect(ROOT + located)
        return self._page(request, framer, now) if kind is RequestKind.PAGE else self._feed(request, framer, now)

    def _feed(self, request: Request, framer: Framer, now: datetime) -> Answer:
        switches, given = self.switches, parameters(request)
        entries = [] if switches.empty_feed else self._listed(now)
        feed = feed_at(request.path, given, entries, now)
        if feed is None or (switches.unsupported and request.path != UNSUPPORTED):
            return framer.redirect(f"{ROOT}{UNSUPPORTED}?hl=id&gl=ID&ceid=ID:id")
        if switches.html_instead_of_xml:
            return framer.body(HTML, shell())
        salt = str(self._requests[RequestKind.FEED]) if switches.unstable_guid else ""
        document = write_feed(feed, lambda entry: self._targets.id_of(entry, switches, salt), switches, now)
        return framer.body(XML, document[: len(document) * 3 // 5] if switches.truncated_xml else document)

    def _page(self, request: Request, framer: Framer, now: datetime) -> Answer:
        article_id = request.path.removeprefix(PAGE_PREFIX)
        if self._targets.target_of_id(article_id, self.switches) is None:
            return framer.body(HTML, refusal(404), HTTPStatus.NOT_FOUND)
        rendered = int(now.timestamp())
        signed = Signed(article_id, rendered, self._tokens.signature(article_id, rendered))
        if request.accepts_gzip:
            return framer.packed(HTML, article_page_gzip(signed))
        return framer.body(HTML, article_page(signed))

    def _decode(self, body: bytes, now: datetime, *, chunked: bool) -> bytes:
        calls = read_batch(body)
        if calls is None or self.switches.batch_error is BatchError.ER:
            return write_rows([malformed()], chunked=chunked)
        self._ids_asked += len(calls)
        rows = [row_of(call, self._target(call, now), escapes=self.switches.escapes) for call in calls]
        if self.switches.shuffle:
            repeatable(0, "google", "batch", self._requests[RequestKind.BATCH]).shuffle(rows)
        return write_rows(rows[self.switches.drop_rows :], chunked=chunked)

    def _target(self, asked: Asked, now: datetime) -> Target | None:
        if asked.article_id is None or self.switches.batch_error is BatchError.REFUSED:
            return None
        if not self._tokens.holds(asked.article_id, asked.rendered, asked.signature, now.timestamp()):
            return None
        target = self._targets.target_of_id(asked.article_id, self.switches)
        self._ids_decoded += target is not None
        return target

    def _listed(self, now: datetime) -> list[Entry]:
        return [e for e in self._ranked if e.is_listed(now, self.switches)]

    def _start_counting(self) -> None:
        self._requests: Counter[RequestKind] = Counter()
        self._refusals = Refusals()
        self._ids_asked = self._ids_decoded = 0

    @cached_property
    def _entries(self) -> tuple[Entry, ...]:
        return entries_of(self._network)

    @cached_property
    def _ranked(self) -> list[Entry]:
        return sorted(self._entries, key=lambda e: e.score, reverse=True)

    @cached_property
    def _targets(self) -> Targets:
        return Targets(self._entries, self._tokens)


def _wall(kind: RequestKind, request: Request, framer: Framer) -> Answer:
    """What stands at the addresses that nothing is looked up for."""
    url = f"https://{request.host}{request.target}"
    aim = parameters(request).get("continue", ROOT)
    match kind:
        case RequestKind.ROBOTS:
            return framer.file("text/plain; charset=utf-8", robots_txt())
        case RequestKind.OLD_PAGE:
            return framer.redirect(sorry_url(url))
        case RequestKind.SORRY:
            return framer.body(HTML, sorry_page(aim), HTTPStatus.TOO_MANY_REQUESTS)
        case RequestKind.CONSENT if request.path == "/ml":
            return framer.redirect(consent_url(aim, "/m"))
        case RequestKind.CONSENT:
            return framer.body(HTML, consent_page(aim))
    return framer.body(HTML, shell()) if request.path == "/" else framer.body(HTML, refusal(404), HTTPStatus.NOT_FOUND)
