"""Whether a request is refused before anything is looked up, and how."""

from datetime import UTC, datetime

from replica.answers import Answer, Headers
from replica.google.gate import PageGate
from replica.google.kinds import RequestKind
from replica.google.switches import GoogleSwitches, Sorry
from replica.google.walls import consent_url, refusal, sorry_page, sorry_url
from replica.google.wire import HTML, Framer
from replica.incoming import Request

_TOO_MANY = 429
_CONSENT_COOKIE = "SOCS="


class Refusals:
    """Remembers the pages asked for and the feeds refused."""

    def __init__(self) -> None:
        self.pages_locked_out = 0
        self._gate = PageGate()
        self._feeds_refused = 0

    def start_burst(self) -> None:
        """Count refused feeds from 0 again."""
        self._feeds_refused = 0

    def answer(
        self, kind: RequestKind, request: Request, framer: Framer, switches: GoogleSwitches, now: datetime
    ) -> Answer | None:
        """The refusal of a feed, page or batch; None when it goes through."""
        url = f"https://{request.host}{request.target}"
        if kind is RequestKind.PAGE and self._gate.refuses(datetime.now(UTC) if switches.wall_clock else now, switches):
            self.pages_locked_out += 1
            return framer.body(HTML, refusal(_TOO_MANY), _TOO_MANY, _retry_after(switches))
        if kind is RequestKind.FEED and switches.rss_status is not None and self._in_burst(switches):
            self._feeds_refused += 1
            return framer.body(HTML, refusal(switches.rss_status), switches.rss_status, _retry_after(switches))
        if switches.sorry is not None and kind in switches.sorry_at:
            redirected = switches.sorry is Sorry.REDIRECT
            return framer.redirect(sorry_url(url)) if redirected else framer.body(HTML, sorry_page(url))
        if (
            switches.consent
            and kind is not RequestKind.BATCH
            and _CONSENT_COOKIE not in (request.header("cookie") or "")
        ):
            return framer.redirect(consent_url(url, "/ml"))
        return None

    def _in_burst(self, switches: GoogleSwitches) -> bool:
        limit = switches.rss_status_requests
        return limit is None or self._feeds_refused < limit


def _retry_after(switches: GoogleSwitches) -> Headers:
    return [] if switches.retry_after is None else [("Retry-After", str(switches.retry_after))]
