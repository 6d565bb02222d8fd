"""What was asked and what was sent: one `Exchange` a request, the sent bytes kept as they went out."""

import base64
from dataclasses import dataclass, field
from typing import Any

from replica.answers import Answer
from replica.incoming import Request


@dataclass(slots=True)
class Exchange:
    """A request and its answer. `sent` holds the pieces handed to the connection, in order; `complete` says that
    the whole answer went out as meant.
    """

    n: int
    request: Request
    kind: str
    status: int
    fault: str | None
    head: bytes
    entity: bytes
    sent: list[bytes] = field(default_factory=list)
    complete: bool = False

    def summary(self) -> dict[str, Any]:
        """JSON of the exchange without its bytes; `bytes` counts all that was sent, head included."""
        request = self.request
        return {
            "n": self.n,
            "scheme": request.scheme,
            "host": request.host,
            "method": request.method,
            "path": request.target,
            "request_headers": [list(h) for h in request.headers],
            "kind": self.kind,
            "status": self.status,
            "fault": self.fault,
            "bytes": sum(map(len, self.sent)),
            "complete": self.complete,
        }

    def raw(self) -> dict[str, Any]:
        """JSON with the bytes in base64: `head`, `entity` (content-coded, as meant), `wire` (all that was sent)."""
        pieces = {"head": self.head, "entity": self.entity, "wire": b"".join(self.sent)}
        return self.summary() | {name: base64.b64encode(data).decode() for name, data in pieces.items()}


class RequestLog:
    """Every exchange since the last clearing; numbers go on from 1 and are never used twice."""

    def __init__(self) -> None:
        self.keep = True
        self._next = 1
        self._exchanges: dict[int, Exchange] = {}

    def open(self, request: Request, answer: Answer, fault: str | None = None) -> Exchange:
        """Note a request at the moment that its answer begins."""
        exchange = Exchange(self._next, request, answer.kind, answer.status, fault, answer.head, answer.entity)
        self._next += 1
        if self.keep:
            self._exchanges[exchange.n] = exchange
        return exchange

    def get(self, number: int) -> Exchange | None:
        """The exchange of that number."""
        return self._exchanges.get(number)

    def all(self) -> list[Exchange]:
        """Every exchange kept, oldest first."""
        return list(self._exchanges.values())

    def clear(self) -> None:
        """Forget what was noted."""
        self._exchanges.clear()
