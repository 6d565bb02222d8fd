"""The replica as it stands: its world, clock, faults, log, and the answers already composed for this instant."""

from datetime import datetime, timedelta
from http import HTTPStatus

from replica.answers import Answer, compose, plain, redirect, unchanged
from replica.catalogue import profile_for
from replica.faults import FaultBook
from replica.google.desk import GoogleDesk
from replica.google.kinds import HOSTS
from replica.incoming import Request
from replica.layout import LayoutChange, Layouts
from replica.log import RequestLog
from replica.network import Network
from replica.pages import Pages

_KEPT_ANSWERS = 8192
_READING_METHODS = ("GET", "HEAD")


class ReplicaState:
    """Used by one event loop only. The clock stands still until `move_to` or `advance` moves it."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.now = network.start
        self.faults = FaultBook()
        self._layouts = Layouts()
        self.log = RequestLog()
        self.google = GoogleDesk(network)
        self._pages = Pages(network, self.now)
        self._answers: dict[tuple[str, str, bool, bool], Answer] = {}

    def move_to(self, instant: datetime) -> None:
        """Set the clock; articles appear, change and vanish accordingly."""
        self.now = instant
        self._pages = Pages(self.network, instant)
        self._answers.clear()

    def change_layout(self, change: LayoutChange | None) -> None:
        """Give a site's article pages another look; None: all sites the look that they had."""
        if change is None:
            self._layouts.clear()
        else:
            self._layouts.change(change)
        self._answers.clear()

    def advance(self, seconds: float) -> None:
        """Move the clock on."""
        self.move_to(self.now + timedelta(seconds=seconds))

    def knows(self, host: str) -> bool:
        """Whether `host` is one of Google's or, with or without `www.`, belongs to the network."""
        bare = host.removeprefix("www.")
        return host in HOSTS or bare in self.network.by_host or host in self.network.image_hosts

    def answer(self, request: Request) -> Answer:
        """The true answer to a request for a known host."""
        if request.host in HOSTS:
            return self.google.answer(request, self.now)
        if request.scheme != "https" or request.host.startswith("www."):
            return redirect(301, f"https://{request.host.removeprefix('www.')}{request.target}", self.now)
        if request.method not in _READING_METHODS:
            return plain(HTTPStatus.METHOD_NOT_ALLOWED, "Method Not Allowed", kind="method")
        key = (request.host, request.target, request.accepts_gzip, request.wants_close)
        answer = self._answers.get(key) or self._compose(request, key)
        condition, since = request.header("if-none-match"), request.header("if-modified-since")
        if condition or since:
            answer = unchanged(answer, condition, since, self.now) or answer
        return answer

    def not_found(self, request: Request, status: int) -> Answer:
        """The site's not-found page under another status."""
        page = self._pages.render(request.host.removeprefix("www."), "/tidak-ada-di-sini", "")
        if page is None:
            return plain(status, "Not Found", kind="not_found")
        profile = profile_for(request.host)
        true = compose(profile, page, request.target, self.now, accept_gzip=False, close=False)
        return Answer("fault", status, true.head.replace(b"404 Not Found", b"200 OK", 1), true.entity, true.body)

    def _compose(self, request: Request, key: tuple[str, str, bool, bool]) -> Answer:
        page = self._pages.render(request.host, request.path, request.query)
        if page is None:
            return plain(HTTPStatus.NOT_FOUND, "Not Found", kind="not_found")
        page = self._layouts.dress(request.host, request.path, page)
        site = self.network.by_host.get(request.host)
        profile = site.profile if site else profile_for(request.host)
        answer = compose(
            profile, page, request.target, self.now, accept_gzip=request.accepts_gzip, close=request.wants_close
        )
        if len(self._answers) >= _KEPT_ANSWERS:
            self._answers.pop(next(iter(self._answers)))
        self._answers[key] = answer
        return answer
