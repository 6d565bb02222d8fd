"""The Python side of the control port; talks to loopback directly, whatever proxy the environment names."""

import base64
import http.client
import json
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from pydantic import TypeAdapter

from replica.faults import Fault, FaultKind
from replica.google.switches import GoogleSwitches
from replica.layout import LayoutChange, Look
from replica.truth import Truth

_TIMEOUT_S = 60


class Logged(NamedTuple):
    """One exchange of the log; `bytes` counts everything sent, head included."""

    n: int
    scheme: str
    host: str
    method: str
    path: str
    request_headers: tuple[tuple[str, str], ...]
    kind: str
    status: int
    fault: str | None
    bytes: int
    complete: bool

    @property
    def url(self) -> str:
        """The address that was asked for."""
        return f"{self.scheme}://{self.host}{self.path}"


class SentBytes(NamedTuple):
    """The bytes of one answer: header block with its blank line, entity in its content coding, all that was sent."""

    head: bytes
    entity: bytes
    wire: bytes


_LOG = TypeAdapter(list[Logged])


class ReplicaControl:
    """Verbs of the control port at `url`. Raises ValueError with the port's own words when it refuses."""

    def __init__(self, url: str) -> None:
        pieces = urlsplit(url)
        assert pieces.hostname is not None
        self._address = (pieces.hostname, pieces.port)

    def health(self) -> dict[str, Any]:
        """Whether it runs, its clock, its number of sites."""
        return dict(self._ask("GET", "/health"))

    def advance(self, seconds: float) -> datetime:
        """Move the clock on; the new instant."""
        return self._clock({"advance_s": seconds})

    def move_to(self, instant: datetime) -> datetime:
        """Set the clock to an aware instant."""
        return self._clock({"to": instant.isoformat()})

    def fault(self, kind: FaultKind | str, host: str = "*", path_prefix: str | None = None, **options: Any) -> Fault:
        """Put a fault in force; `options` are the fields of `Fault`."""
        fault = Fault(kind=FaultKind(kind), host=host, path_prefix=path_prefix, **options)
        return Fault.model_validate(self._ask("POST", "/fault", fault.model_dump(mode="json")))

    def faults(self) -> list[Fault]:
        """The faults in force."""
        return [Fault.model_validate(f) for f in self._ask("GET", "/fault")]

    def clear_faults(self) -> None:
        """Take all faults away."""
        self._ask("DELETE", "/fault")

    def layout(self, host: str, look: Look | str | None, share: float = 1.0) -> LayoutChange:
        """Give that share of the article pages of `host` another look from now on; None: the one they had."""
        change = LayoutChange(host=host, look=None if look is None else Look(look), share=share)
        return LayoutChange.model_validate(self._ask("POST", "/layout", change.model_dump(mode="json")))

    def reset_layouts(self) -> None:
        """Every site looks as it did."""
        self._ask("DELETE", "/layout")

    def truth(self) -> Truth:
        """What an archive should hold now."""
        return Truth.model_validate(self._ask("GET", "/truth"))

    def log(self) -> list[Logged]:
        """Every exchange since the last clearing."""
        return _LOG.validate_python([tuple(e[f] for f in Logged._fields) for e in self._ask("GET", "/log")])

    def clear_log(self) -> None:
        """Forget the exchanges noted so far."""
        self._ask("DELETE", "/log")

    def keep_log(self, keep: bool) -> None:
        """Whether exchanges are kept from now on; a benchmark keeps none."""
        self._ask("POST", "/log", {"keep": keep})

    def exchange(self, number: int) -> SentBytes:
        """The bytes of exchange `number`."""
        found = self._ask("GET", f"/exchange/{number}")
        return SentBytes(*(base64.b64decode(found[name]) for name in SentBytes._fields))

    def google(self, **switches: Any) -> GoogleSwitches:
        """Set some fields of `GoogleSwitches`, leave the others; the switches in force."""
        return GoogleSwitches.model_validate(self._ask("POST", "/google", switches))

    def google_counts(self) -> dict[str, int]:
        """How often Google was asked: requests of each `RequestKind`, pages_locked_out, ids_asked, ids_decoded."""
        return dict(self._ask("GET", "/google")["counts"])

    def google_articles(self) -> list[dict[str, Any]]:
        """What Google News shows now: `key`, `host`, `headline`, `publisher`, `noticed_at`, `url`, `old_form`."""
        return list(self._ask("GET", "/google/articles"))

    def reset_google(self) -> None:
        """Default switches, counters at 0, no lock-out."""
        self._ask("DELETE", "/google")

    def stop(self) -> None:
        """End the replica."""
        self._ask("POST", "/stop")

    def _clock(self, move: dict[str, Any]) -> datetime:
        return datetime.fromisoformat(self._ask("POST", "/clock", move)["now"])

    def _ask(self, method: str, path: str, value: Any = None) -> Any:
        connection = http.client.HTTPConnection(*self._address, timeout=_TIMEOUT_S)
        try:
            connection.request(method, path, body=None if value is None else json.dumps(value))
            answer = connection.getresponse()
            told = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != http.client.OK:
            raise ValueError(told["error"])
        return told
