"""A reverse proxy on loopback in front of a real S3 server: what it is told to, goes wrong.

Requests and answers are streamed as they come and the Host header stays that of this proxy, so the client's signatures
hold. Each connection has a thread; what goes wrong is asked anew for each request, so a test may change it at any time.
"""

import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

import h11
from s3_faults import Asked, Fault, Kind, Rule, nothing

HOST = "127.0.0.1"
_BLOCK = 1 << 16
_END_WITHIN_S = 5.0
_TICKS_A_SECOND = 20
_OWN_HEADERS = {b"connection", b"keep-alive", b"expect", b"transfer-encoding"}
"""Of one hop (RFC 9110, 7.6.1); h11 frames a body anew when it has no length. `Expect` is answered here."""


class S3FaultProxy:
    """Stands before the store that `environ` names; a context manager. `rule` may be set at any time."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        upstream = urlsplit(environ["AWS_ENDPOINT_URL_S3"])
        self._upstream = (upstream.hostname, upstream.port)
        self._environ = dict(environ)
        self._holder = _bound(0)
        self.port: int = self._holder.getsockname()[1]
        self.rule: Rule = nothing
        self.asked: list[Asked] = []
        self.hanging = threading.Event()
        """Set when a request hangs."""
        self._go_on = threading.Event()
        self._listener: socket.socket | None = None
        self._open: dict[socket.socket, threading.Thread] = {}
        self._lock = threading.Lock()

    @property
    def environ(self) -> dict[str, str]:
        """The store's variables, with this proxy for its endpoint."""
        return self._environ | {"AWS_ENDPOINT_URL_S3": f"http://{HOST}:{self.port}"}

    def __enter__(self) -> Self:
        self.come_back()
        return self

    def __exit__(self, *_: object) -> None:
        self.go_away()
        self._holder.close()

    def met(self, kind: Kind) -> int:
        """How many requests met a fault of `kind`."""
        return sum(asked.fault is kind for asked in self.asked)

    def go_away(self) -> None:
        """Refuse connections, reset those that are open. The port stays ours.

        No request that begins later is answered, not even over a connection of before: what arrives after a
        shutdown of the reading side can still be read (Linux).
        """
        self.let_go()
        with self._lock:
            listener, self._listener = self._listener, None
            if listener is not None:
                listener.shutdown(socket.SHUT_RDWR)
                listener.close()
            ending = dict(self._open)
            for connection in ending:
                _reset(connection)
        for thread in ending.values():
            if thread is not threading.current_thread():  # a rule may send the store away by the request that it meets
                thread.join(_END_WITHIN_S)

    def come_back(self) -> None:
        """Listen again."""
        listener = _bound(self.port)
        listener.listen()
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def let_go(self) -> None:
        """Reset the connections of the requests that hang."""
        self.hanging.clear()
        go_on, self._go_on = self._go_on, threading.Event()
        go_on.set()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection, listener), daemon=True)
            with self._lock:
                self._open[connection] = thread
                thread.start()

    def _serve(self, connection: socket.socket, listener: socket.socket) -> None:
        try:
            with suppress(OSError, h11.ProtocolError):
                wire = _Wire(connection, h11.Connection(h11.SERVER))
                while self._exchange(wire, listener):
                    wire.state.start_next_cycle()
        finally:
            with self._lock:
                del self._open[connection]
                connection.close()

    def _exchange(self, client: "_Wire", listener: socket.socket) -> bool:
        """Answer one request; whether the connection goes on."""
        request = client.next()
        if self._listener is not listener:
            return client.reset()
        if not isinstance(request, h11.Request):
            return False
        method, path = request.method.decode(), request.target.decode()
        fault = self.rule(method, path)
        self.asked.append(Asked(method, path, fault.kind if fault else None))
        match fault:
            case Fault(kind=Kind.ANSWER | Kind.ERROR_IN_200):
                client.drop_body()
                client.say(fault)
            case Fault(kind=Kind.RESET):
                client.drop_body(at_most=fault.after)
                return client.reset()
            case Fault(kind=Kind.HANG):
                client.drop_body(at_most=fault.after)
                self._hang()
                return client.reset()
            case _:
                return self._pass_on(request, client, fault)
        return client.may_go_on

    def _pass_on(self, request: h11.Request, client: "_Wire", fault: Fault | None) -> bool:
        pace = fault.bytes_per_s if fault and fault.kind is Kind.SLOW else None
        with socket.create_connection(self._upstream) as connection:
            store = _Wire(connection, h11.Connection(h11.CLIENT))
            headers = [*_kept(request), (b"Connection", b"close")]
            store.send(h11.Request(method=request.method, target=request.target, headers=headers))
            client.copy_body(store, pace)
            answer = store.next()
            while isinstance(answer, h11.InformationalResponse):
                answer = store.next()
            if not isinstance(answer, h11.Response):
                return client.reset()
            if fault and fault.kind is Kind.HANG_DONE:
                store.drop_body()
                self._hang()
                return client.reset()
            if fault and fault.kind is Kind.DENIED:
                store.drop_body()
                client.say(fault)
                return client.may_go_on
            if fault and fault.kind is Kind.LOST and fault.after == 0:
                store.drop_body()
                return client.reset()
            client.send(h11.Response(status_code=answer.status_code, reason=answer.reason, headers=_kept(answer)))
            if fault and fault.kind is Kind.LOST:
                store.copy_body(client, None, at_most=fault.after)
                return client.reset()
            store.copy_body(client, pace)
        return client.may_go_on

    def _hang(self) -> None:
        go_on = self._go_on
        self.hanging.set()
        go_on.wait()


class _Wire:
    """One side of an exchange: a socket and what h11 knows of it."""

    def __init__(self, connection: socket.socket, state: h11.Connection) -> None:
        # A head and a body sent apart would wait for each other's acknowledgement: 40 ms a request.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = connection
        self.state = state

    @property
    def may_go_on(self) -> bool:
        return self.state.our_state is h11.DONE and self.state.their_state is h11.DONE

    def next(self) -> object:
        """The next event of the other side."""
        while True:
            if self.state.they_are_waiting_for_100_continue:
                self.send(h11.InformationalResponse(status_code=100, headers=[]))
            event = self.state.next_event()
            if event is not h11.NEED_DATA:
                return event
            self.state.receive_data(self._connection.recv(_BLOCK))

    def send(self, event: h11.Event) -> None:
        if data := self.state.send(event):
            self._connection.sendall(data)

    def copy_body(self, target: "_Wire", bytes_per_s: int | None, at_most: int | None = None) -> None:
        """Hand the body that comes in here on to `target`, at a pace; its end too, unless `at_most` bytes came first."""
        left = at_most
        while isinstance(event := self.next(), h11.Data):
            for piece in _pieces(bytes(event.data), bytes_per_s):
                target.send(h11.Data(data=piece if left is None else piece[:left]))
            if left is not None:
                left -= len(event.data)
                if left <= 0:
                    return
        if isinstance(event, h11.EndOfMessage):
            target.send(event)

    def drop_body(self, at_most: int | None = None) -> None:
        """Take in the body that comes, or so many bytes of it."""
        got = 0
        while at_most is None or got < at_most:
            event = self.next()
            if not isinstance(event, h11.Data):
                return
            got += len(event.data)

    def say(self, fault: Fault) -> None:
        """The shape of an S3 error (S3 API reference, "REST error responses")."""
        body = f'<?xml version="1.0"?><Error><Code>{fault.code}</Code><Message>by order</Message></Error>'.encode()
        status = 200 if fault.kind is Kind.ERROR_IN_200 else fault.status
        headers = [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))]
        self.send(h11.Response(status_code=status, headers=headers))
        self.send(h11.Data(data=body))
        self.send(h11.EndOfMessage())

    def reset(self) -> bool:
        """End with a TCP reset; False, as the connection does not go on."""
        _reset(self._connection)
        return False


def _kept(message: h11.Request | h11.Response) -> list[tuple[bytes, bytes]]:
    return [(raw, value) for raw, value in message.headers.raw_items() if raw.lower() not in _OWN_HEADERS]


def _pieces(data: bytes, bytes_per_s: int | None) -> Iterator[bytes]:
    if bytes_per_s is None:
        yield data
        return
    size = max(1, bytes_per_s // _TICKS_A_SECOND)
    for start in range(0, len(data), size):
        threading.Event().wait(1 / _TICKS_A_SECOND)
        yield data[start : start + size]


def _bound(port: int) -> socket.socket:
    """A socket at `port` beside others of ours: one that is bound and does not listen keeps the port from the rest."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind((HOST, port))
    return bound


def _reset(connection: socket.socket) -> None:
    """Closing gives a reset: no linger, nothing flushed. The thread that reads from it wakes up."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RD)
