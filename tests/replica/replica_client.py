"""A small client of the replica's proxy, from the standard library only."""

import gzip
import html
import http.client
import re
import socket
import ssl
from dataclasses import dataclass, field
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from replica.server import ReplicaServer

TIMEOUT_S = 20
_TAG = re.compile(r"<[^>]*>")
_INVISIBLE = re.compile(r"<(style|script)\b.*?</\1>", re.DOTALL)


class Got(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def header(self, name: str) -> str | None:
        return next((v for k, v in self.headers if k.lower() == name), None)

    def links(self, pattern: str) -> list[str]:
        """Targets of the page's links that match `pattern`, in order."""
        return [u for u in map(html.unescape, re.findall(r'href="([^"]+)"', self.text)) if re.search(pattern, u)]

    @property
    def visible(self) -> str:
        """The page's text with single spaces; inline tags leave no gap, as a browser shows it."""
        return " ".join(html.unescape(_TAG.sub("", _INVISIBLE.sub("", self.text))).split())


@dataclass
class Browser:
    """Gets pages through the proxy; one kept-alive tunnel a host."""

    replica: ReplicaServer
    accept_gzip: bool = True
    tunnels: dict[str, http.client.HTTPSConnection] = field(default_factory=dict)
    requests: int = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for tunnel in self.tunnels.values():
            tunnel.close()

    def get(self, url: str, method: str = "GET", **headers: str) -> Got:
        pieces = urlsplit(url)
        assert pieces.hostname is not None
        connection = self._connection(pieces.scheme, pieces.hostname)
        target = url if pieces.scheme == "http" else pieces.path + (f"?{pieces.query}" if pieces.query else "")
        sent = {"Accept-Encoding": "gzip"} if self.accept_gzip else {"Accept-Encoding": "identity"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        self.requests += 1
        connection.request(method, target, headers=sent)
        answer = connection.getresponse()
        body = answer.read()
        if answer.getheader("content-encoding") == "gzip" and body:
            body = gzip.decompress(body)
        return Got(answer.status, answer.getheaders(), body)

    def _connection(self, scheme: str, host: str) -> http.client.HTTPConnection:
        proxy = urlsplit(self.replica.proxy_url)
        assert proxy.hostname is not None
        key = host if scheme == "https" else "http"
        if key not in self.tunnels:
            if scheme == "http":
                self.tunnels[key] = http.client.HTTPConnection(proxy.hostname, proxy.port, timeout=TIMEOUT_S)
            else:
                trust = ssl.create_default_context(cafile=str(self.replica.ca_file))
                made = http.client.HTTPSConnection(proxy.hostname, proxy.port, timeout=TIMEOUT_S, context=trust)
                made.set_tunnel(host, 443)
                self.tunnels[key] = made
        return self.tunnels[key]


def open_tunnel(replica: ReplicaServer, host: str) -> ssl.SSLSocket:
    """A TLS connection to `host` through the proxy, to read raw bytes from; an end without TLS's own is an error."""
    raw = open_proxy(replica)
    raw.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode())
    assert read_until(raw, b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")
    trust = ssl.create_default_context(cafile=str(replica.ca_file))
    return trust.wrap_socket(raw, server_hostname=host, suppress_ragged_eofs=False)


def open_proxy(replica: ReplicaServer) -> socket.socket:
    """A plain connection to the proxy."""
    proxy = urlsplit(replica.proxy_url)
    return socket.create_connection((proxy.hostname, proxy.port), timeout=TIMEOUT_S)


def read_until(connection: socket.socket, end: bytes) -> bytes:
    """Bytes up to and with `end`, or all when the other side closes first."""
    got = b""
    while not got.endswith(end) and (more := connection.recv(1)):
        got += more
    return got


def read_all(connection: socket.socket) -> bytes:
    """Everything until the other side closes."""
    pieces = []
    while more := connection.recv(65_536):
        pieces.append(more)
    return b"".join(pieces)
