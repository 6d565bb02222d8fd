"""A network on loopback whose servers answer byte for byte as scripted, behind one forward proxy for http and https."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import trustme

Script = Callable[["Talk"], None]


class Asked(NamedTuple):
    """A request as it reached the proxy."""

    connection: int
    tunnelled: bool
    host: str
    path: str
    head: bytes


@dataclass
class Talk:
    """One request on one connection, for a script to answer."""

    asked: Asked
    sock: socket.socket
    open: bool = True
    keep: bool = True

    def send(self, data: bytes) -> None:
        with suppress(OSError):
            self.sock.sendall(data)

    def close(self) -> None:
        """Close in order."""
        if isinstance(self.sock, ssl.SSLSocket):
            with suppress(OSError):
                self.sock.unwrap()
        self.keep = False

    def cut(self) -> None:
        """Close without TLS's good-bye."""
        self.keep = False

    def reset(self) -> None:
        """Break the connection."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.keep = False

    def hang(self) -> None:
        """Say nothing more until the client gives up."""
        with suppress(OSError):
            while self.sock.recv(4096):
                pass
        self.keep = False


def answer(head: bytes | str, body: bytes = b"") -> Script:
    """Answer with these bytes and keep the connection."""
    data = (head.encode() if isinstance(head, str) else head) + body
    return lambda talk: talk.send(data)


def page(body: bytes = b"<html>ok</html>", *fields: str, status: str = "200 OK") -> Script:
    """An ordinary answer."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: text/html", f"Content-Length: {len(body)}", *fields]
    return answer("\r\n".join(lines) + "\r\n\r\n", body)


@dataclass
class ScriptedNetwork:
    """The proxy. `scripts` maps `host/path` (or `host` for all its paths) to the answer."""

    folder: Path
    scripts: dict[str, Script] = field(default_factory=dict)
    refuse_tunnel: frozenset[str] = frozenset()
    log: list[Asked] = field(default_factory=list)
    tunnels: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._authority = trustme.CA()
        self.ca_file = self.folder / "ca.pem"
        self._authority.cert_pem.write_to_path(str(self.ca_file))
        self._contexts: dict[str, ssl.SSLContext] = {}
        self.certified_as: dict[str, str] = {}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connections = 0
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in tuple(self._open):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def environment(self) -> dict[str, str]:
        return {"http_proxy": self.url, "https_proxy": self.url, "SSL_CERT_FILE": str(self.ca_file)}

    def asked(self, host: str) -> list[str]:
        """Paths asked of `host`, in order."""
        return [asked.path for asked in self.log if asked.host == host]

    def _context(self, host: str) -> ssl.SSLContext:
        with self._lock:
            if host not in self._contexts:
                context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
                self._authority.issue_cert(self.certified_as.get(host, host)).configure_cert(context)
                self._contexts[host] = context
            return self._contexts[host]

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self._connections += 1
            threading.Thread(target=self._talk, args=(sock, self._connections), daemon=True).start()

    def _talk(self, sock: socket.socket, number: int) -> None:
        self._open.add(sock)
        try:
            self._converse(sock, number)
        except OSError:
            pass
        finally:
            self._open.discard(sock)
            sock.close()

    def _converse(self, sock: socket.socket, number: int) -> None:
        head = _read_head(sock)
        tunnel = None
        if head.startswith(b"CONNECT "):
            self.tunnels.append(head)
            tunnel = head.split(b" ")[1].decode().partition(":")[0]
            if tunnel in self.refuse_tunnel:
                sock.sendall(b"HTTP/1.1 502 Bad Gateway\r\nX-Proxy: no\r\n\r\n")
                return
            sock.sendall(b"HTTP/1.1 200 Connection established\r\nX-Proxy: secret\r\n\r\n")
            raw, sock = sock, self._context(tunnel).wrap_socket(sock, server_side=True, suppress_ragged_eofs=True)
            self._open.discard(raw)
            self._open.add(sock)
            head = _read_head(sock)
        try:
            while head and self._answer(sock, number, tunnel, head):
                head = _read_head(sock)
        finally:
            self._open.discard(sock)
            sock.close()

    def _answer(self, sock: socket.socket, number: int, tunnel: str | None, head: bytes) -> bool:
        target = head.split(b" ")[1].decode()
        host, path = (tunnel, target) if tunnel else _split(target)
        asked = Asked(number, tunnel is not None, host, path, head)
        self.log.append(asked)
        talk = Talk(asked, sock)
        script = self.scripts.get(host + path) or self.scripts.get(host) or page(b"nothing", status="404 Not Found")
        script(talk)
        return talk.keep


def _split(target: str) -> tuple[str, str]:
    host, slash, path = target.removeprefix("http://").partition("/")
    return host, slash + path


def _read_head(sock: socket.socket) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        data = sock.recv(1)
        if not data:
            return b""
        head += data
    return head
