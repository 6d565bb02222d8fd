"""Ports on loopback that nobody may come to."""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self


class Listeners:
    """A TCP and a UDP port; `met` is what came to them."""

    def __init__(self) -> None:
        self.met: list[str] = []
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", 0))
        self.tcp_port: int = self._tcp.getsockname()[1]
        self.udp_port: int = self._udp.getsockname()[1]

    def __enter__(self) -> Self:
        for serve in (self._accept, self._receive):
            threading.Thread(target=serve, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        with suppress(OSError):
            self._tcp.shutdown(socket.SHUT_RDWR)
        self._tcp.close()
        with suppress(OSError):
            self._udp.shutdown(socket.SHUT_RDWR)
        self._udp.close()

    def attempts(self) -> str:
        """A script that tries to come here in every way that a page has."""
        return _ATTEMPTS % {"tcp": self.tcp_port, "udp": self.udp_port}

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._tcp.accept()
                self.met.append("tcp")
                connection.close()

    def _receive(self) -> None:
        with suppress(OSError):
            while data := self._udp.recvfrom(2048)[0]:
                self.met.append(f"udp {data[:8]!r}")


_ATTEMPTS = """
const attempt = work => { try { work() } catch (error) {} };
for (const host of ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433", "0x7f.1", "a.localhost"]) {
  const at = "://" + host + ":%(tcp)d/";
  attempt(() => fetch("http" + at, {mode: "no-cors"}).catch(error => 0));
  attempt(() => fetch("http" + at, {method: "POST", mode: "no-cors", body: "x"}).catch(error => 0));
  attempt(() => new WebSocket("ws" + at));
  attempt(() => new EventSource("http" + at));
  attempt(() => new Image().src = "http" + at);
  attempt(() => navigator.sendBeacon("http" + at, "x"));
  attempt(() => new WebTransport("https" + at).ready.catch(error => 0));
  attempt(() => window.open("http" + at));
  for (const rel of ["preconnect", "dns-prefetch", "prefetch", "preload", "modulepreload", "stylesheet", "manifest"]) {
    const link = document.createElement("link");
    Object.assign(link, {rel: rel, as: "script", href: "http" + at});
    document.head.append(link);
  }
  const frame = document.createElement("iframe");
  frame.src = "http" + at;
  document.head.append(frame);
  const inside = "fetch('http" + at + "', {mode: 'no-cors'}).catch(error => 0)";
  const source = URL.createObjectURL(new Blob([inside], {type: "text/javascript"}));
  attempt(() => new Worker(source));
  attempt(() => new SharedWorker(source));
}
attempt(() => {
  const servers = [
    {urls: "stun:127.0.0.1:%(udp)d"},
    {urls: "turn:127.0.0.1:%(udp)d", username: "u", credential: "c"},
    {urls: "turn:127.0.0.1:%(tcp)d?transport=tcp", username: "u", credential: "c"},
  ];
  const peer = new RTCPeerConnection({iceServers: servers});
  peer.createDataChannel("x");
  peer.createOffer().then(offer => peer.setLocalDescription(offer));
});
"""
