"""A relay before an S3 store that counts the requests it passes on. Not a byte is changed, so signatures hold."""

import re
import socket
import threading
from collections import Counter
from contextlib import suppress
from typing import Self
from urllib.parse import parse_qs, urlsplit

_HOST = "127.0.0.1"
_LENGTH = re.compile(rb"^content-length:\s*(\d+)", re.IGNORECASE | re.MULTILINE)
_PIECE = 1 << 16


class CountingFront:
    """Listens on a free port of loopback. A context manager."""

    def __init__(self, upstream: str) -> None:
        pieces = urlsplit(upstream)
        self._upstream = (pieces.hostname, pieces.port)
        self._server = socket.create_server((_HOST, 0))
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self.url = f"http://{_HOST}:{self._server.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def take(self) -> Counter[str]:
        """The requests since the last call, by kind: PUT, POST, LIST, GET, HEAD, DELETE."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        return counts

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError), socket.create_connection(self._upstream) as store:
            threading.Thread(target=_copy, args=(store, client), daemon=True).start()
            self._pass_on(client, store)

    def _pass_on(self, client: socket.socket, store: socket.socket) -> None:
        head, body_left = b"", 0
        while data := client.recv(_PIECE):
            store.sendall(data)
            while data:
                passed = min(body_left, len(data))
                body_left, data = body_left - passed, data[passed:]
                if not data:
                    break
                head, end, rest = (head + data).partition(b"\r\n\r\n")
                if end:
                    self._count(head)
                    length = _LENGTH.search(head)
                    head, body_left = b"", int(length[1]) if length else 0
                data = rest

    def _count(self, head: bytes) -> None:
        method, target, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        pieces = urlsplit(target)
        names = parse_qs(pieces.query, keep_blank_values=True)
        is_listing = method == "GET" and (names.keys() & {"list-type", "prefix", "uploads", "versions"})
        with self._lock:
            self._counts["LIST" if is_listing else method] += 1


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(_PIECE):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
