"""The control of a running replica: JSON over HTTP on loopback, and the client that speaks it.

GET  /health                                 {"ok": true, "now": ISO, "sites": n}
POST /clock   {"advance_s": N} | {"to": ISO} move the clock; answers {"now": ISO}
POST /fault   Fault                          put a fault in force; GET lists them, DELETE takes all away
POST /layout  LayoutChange                   a site's article pages get another look; DELETE gives all their old one
GET  /truth                                  Truth
GET  /log                                    [exchange summaries]; DELETE empties it
POST /log     {"keep": bool}                 whether exchanges are kept from now on
GET  /exchange/<n>                           one exchange with its bytes in base64
GET  /google                                 {"switches": GoogleSwitches, "counts": {kind of request: n}}
POST /google  some fields of GoogleSwitches  set them, leave the others; answers GoogleSwitches
DELETE /google                               default switches, counters at 0, no lock-out
GET  /google/articles                        [what Google News shows now]
POST /stop                                   end the replica
"""

import asyncio
import contextlib
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError, model_validator

from replica.answers import Answer, frame
from replica.faults import Fault
from replica.incoming import BadRequest, Request, read_request
from replica.layout import LayoutChange
from replica.state import ReplicaState
from replica.truth import truth_of

_Reply = tuple[int, Any]


class ClockMove(BaseModel):
    """Where the clock goes: on by `advance_s` seconds, or `to` an aware instant."""

    model_config = ConfigDict(extra="forbid")

    advance_s: float | None = None
    to: AwareDatetime | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "ClockMove":
        if (self.advance_s is None) == (self.to is None):
            raise ValueError("give either advance_s or to")
        return self


class LogSwitch(BaseModel):
    """Whether exchanges are kept from now on."""

    model_config = ConfigDict(extra="forbid")

    keep: bool


class ControlPort:
    """Answers control requests out of `state`; `stop` ends the replica."""

    def __init__(self, state: ReplicaState, stop: Callable[[], None]) -> None:
        self._state = state
        self._stop = stop
        self._verbs: dict[tuple[str, str], Callable[[bytes], _Reply]] = {
            ("GET", "/health"): self._health,
            ("POST", "/clock"): self._clock,
            ("GET", "/fault"): lambda _: (200, [f.model_dump(mode="json") for f in state.faults.faults]),
            ("POST", "/fault"): self._add_fault,
            ("DELETE", "/fault"): lambda _: self._done(state.faults.clear),
            ("POST", "/layout"): self._change_layout,
            ("DELETE", "/layout"): lambda _: self._done(lambda: state.change_layout(None)),
            ("GET", "/truth"): lambda _: (200, truth_of(state.network, state.now).model_dump(mode="json")),
            ("GET", "/log"): lambda _: (200, [e.summary() for e in state.log.all()]),
            ("POST", "/log"): self._switch_log,
            ("DELETE", "/log"): lambda _: self._done(state.log.clear),
            ("GET", "/google"): self._google,
            ("POST", "/google"): self._set_google,
            ("DELETE", "/google"): lambda _: self._done(state.google.reset),
            ("GET", "/google/articles"): lambda _: (200, state.google.articles(state.now)),
            ("POST", "/stop"): lambda _: self._done(stop),
        }

    async def connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request and close."""
        with contextlib.suppress(OSError):
            try:
                request = await read_request(reader)
                if request is not None:
                    writer.write(_json_answer(*self._reply(request)).wire)
                    await writer.drain()
            except BadRequest as error:
                writer.write(_json_answer(400, {"error": str(error)}).wire)
                await writer.drain()
            finally:
                writer.close()

    def _reply(self, request: Request) -> _Reply:
        verb = self._verbs.get((request.method, request.path))
        try:
            if verb is not None:
                return verb(request.body)
            if request.method == "GET" and request.path.startswith("/exchange/"):
                return self._exchange(request.path.removeprefix("/exchange/"))
        except (ValidationError, ValueError, OverflowError) as error:
            return HTTPStatus.BAD_REQUEST, {"error": str(error)}
        return HTTPStatus.NOT_FOUND, {"error": f"no verb {request.method} {request.path}"}

    def _health(self, _: bytes) -> _Reply:
        return 200, {"ok": True, "now": self._state.now.isoformat(), "sites": len(self._state.network.sites)}

    def _clock(self, body: bytes) -> _Reply:
        move = ClockMove.model_validate_json(body)
        if move.to is not None:
            self._state.move_to(move.to)
        elif move.advance_s is not None:
            self._state.advance(move.advance_s)
        return 200, {"now": self._state.now.isoformat()}

    def _add_fault(self, body: bytes) -> _Reply:
        fault = Fault.model_validate_json(body)
        self._state.faults.add(fault)
        return 200, fault.model_dump(mode="json")

    def _change_layout(self, body: bytes) -> _Reply:
        change = LayoutChange.model_validate_json(body)
        self._state.change_layout(change)
        return 200, change.model_dump(mode="json")

    def _switch_log(self, body: bytes) -> _Reply:
        self._state.log.keep = LogSwitch.model_validate_json(body).keep
        return 200, {"keep": self._state.log.keep}

    def _google(self, _: bytes) -> _Reply:
        google = self._state.google
        return 200, {"switches": google.switches.model_dump(mode="json"), "counts": google.counts()}

    def _set_google(self, body: bytes) -> _Reply:
        given = json.loads(body)
        if not isinstance(given, dict):
            raise ValueError("the switches to set are a JSON object")  # noqa: TRY004 - told as any other bad value
        return 200, self._state.google.change(given).model_dump(mode="json")

    def _exchange(self, number: str) -> _Reply:
        found = self._state.log.get(int(number))
        if found is None:
            return HTTPStatus.NOT_FOUND, {"error": f"no exchange {number} in the log"}
        return 200, found.raw()

    @staticmethod
    def _done(act: Callable[[], None]) -> _Reply:
        act()
        return 200, {"ok": True}


def _json_answer(status: int, value: Any) -> Answer:
    headers = [("Content-Type", "application/json"), ("Connection", "close")]
    return frame("control", status, headers, json.dumps(value, ensure_ascii=False).encode())
