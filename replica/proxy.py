"""The forward proxy: absolute-form requests, CONNECT with TLS ended here, keep-alive in both."""

import asyncio
import contextlib
import socket
import struct

from replica.answers import Answer, plain
from replica.authority import Authority
from replica.faults import Fault, FaultKind
from replica.incoming import BadRequest, Request, read_request
from replica.log import Exchange
from replica.misbehave import Ending, Plan, plan
from replica.state import ReplicaState

_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_PIECE = 1 << 16
_LINGER_S = 2.0


class Proxy:
    """Answers connections out of `state`. Every request leaves an exchange in the log, refused CONNECTs too."""

    def __init__(self, state: ReplicaState, authority: Authority) -> None:
        self._state = state
        self._authority = authority

    async def connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client until either side closes."""
        with contextlib.suppress(OSError):
            try:
                await self._requests(reader, writer)
            finally:
                writer.close()

    async def _requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tunnel: str | None = None
        while True:
            try:
                request = await read_request(reader, tunnel)
            except BadRequest as error:
                writer.write(plain(400, str(error), kind="bad_request", close=True).wire)
                await writer.drain()
                await _read_out(reader)
                return
            if request is None:
                return
            if request.method == "CONNECT":
                if tunnel is not None or not await self._open_tunnel(request, reader, writer):
                    return
                tunnel = request.host
            elif not await self._exchange(request, reader, writer):
                return

    async def _open_tunnel(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if not self._state.knows(request.host):
            await self._send(request, _unknown(request.host), writer)
            return False
        fault = self._state.faults.take(request.host, None)
        if fault is not None and fault.kind is FaultKind.UNREACHABLE:
            await self._send(request, plain(502, "host unreachable", kind="fault", close=True), writer, fault.kind)
            return False
        if fault is None or fault.kind is FaultKind.TLS_STALL:
            writer.write(_ESTABLISHED)
            await writer.drain()
        if fault is not None:
            self._state.log.open(request, plain(504, "stalled", kind="fault"), fault.kind)
            while await reader.read(_PIECE):
                pass  # until the client gives up
            return False
        await writer.start_tls(self._authority.context(request.host))
        return True

    async def _exchange(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; whether the connection goes on."""
        if not self._state.knows(request.host):
            await self._send(request, _unknown(request.host), writer)
            return False
        answer = self._state.answer(request)
        fault = self._state.faults.take(request.host, request.path)
        if fault is not None:
            return await self._misbehave(fault, request, answer, reader, writer)
        await self._send(request, answer, writer)
        return not request.wants_close

    async def _send(
        self, request: Request, answer: Answer, writer: asyncio.StreamWriter, fault: str | None = None
    ) -> None:
        exchange = self._state.log.open(request, answer, fault)
        exchange.sent.append(answer.head)
        writer.write(answer.head)
        if request.method != "HEAD":
            exchange.sent.append(answer.body)
            writer.write(answer.body)
        exchange.complete = True
        await writer.drain()

    async def _misbehave(
        self,
        fault: Fault,
        request: Request,
        true: Answer,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        soft = self._state.not_found(request, 200) if fault.kind is FaultKind.SOFT_404 else true
        deed = await asyncio.to_thread(plan, fault, request, true, soft, self._state.now)
        exchange = self._state.log.open(request, deed.answer, fault.kind)
        await self._carry_out(deed, exchange, writer)
        match deed.ending:
            case Ending.KEEP:
                exchange.complete = True
                return not request.wants_close
            case Ending.STALL:
                await reader.read(1)
            case Ending.RESET:
                _reset(writer)
            case Ending.CLOSE:
                pass
        return False

    async def _carry_out(self, deed: Plan, exchange: Exchange, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(deed.delay_s)
        for piece in deed.pieces:
            exchange.sent.append(piece)
            for start in range(0, len(piece), _PIECE):
                writer.write(piece[start : start + _PIECE])
                await writer.drain()
            # Also without a pause: only then is a lost connection noticed, and are others served.
            await asyncio.sleep(deed.pause_s)


def _unknown(host: str) -> Answer:
    return plain(502, f"{host} is no host of the replica", kind="unknown_host", close=True)


async def _read_out(reader: asyncio.StreamReader) -> None:
    """Take in what the client still sends, so that closing does not reset away the answer that it has to read."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LINGER_S):
            while await reader.read(_PIECE):
                pass


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with a TCP reset: no linger, nothing flushed."""
    raw = writer.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
