"""/healthz, /livez and /metrics over HTTP: a thread for each request, nothing else is answered."""

import json
import logging
import socket
import threading
from collections.abc import Iterable
from contextlib import contextmanager
from socketserver import TCPServer, ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CollectorRegistry, make_wsgi_app

from crawler.service.metrics import Metrics
from crawler.service.view import View, Viewer
from news.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

logger = logging.getLogger(__name__)

_REQUEST_S = 10.0
"""A client that is slower is left."""


PATHS = ("/healthz", "/livez", "/metrics")


def application(viewer: Viewer) -> "WSGIApplication":
    """The WSGI application over what `viewer` sees."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Metrics(viewer.look))
    metrics: WSGIApplication = make_wsgi_app(registry)

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path not in PATHS:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [f"{' '.join(PATHS)}\n".encode()]
        if environ["REQUEST_METHOD"] != "GET":
            start_response("405 Method Not Allowed", [("Content-Type", "text/plain"), ("Allow", "GET, HEAD")])
            return [b"GET, HEAD\n"]
        if path == "/metrics":
            return metrics(environ, start_response)
        said = health_of(viewer.look()) if path == "/healthz" else {"alive": viewer.is_alive()}
        headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
        well = said["healthy" if path == "/healthz" else "alive"]
        start_response("200 OK" if well else "503 Service Unavailable", headers)
        return [json.dumps(said).encode() + b"\n"]

    return _with_head(answer)


def _with_head(application: "WSGIApplication") -> "WSGIApplication":
    """Answer HEAD as GET is answered, without the body."""

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "HEAD":
            return application(environ, start_response)
        begun: list[Any] = []

        def begin(*head: Any) -> Any:
            begun.extend(head)

        body = b"".join(application({**environ, "REQUEST_METHOD": "GET"}, begin))
        start_response(begun[0], [*begun[1], ("Content-Length", str(len(body)))])
        return []

    return answer


def health_of(view: View) -> dict[str, Any]:
    """What /healthz answers: exactly what is red, and how each job stands."""
    board = view.state.board
    return {
        "healthy": not view.findings,
        "red": [{"what": finding.what, "subject": finding.subject, "why": finding.why} for finding in view.findings],
        "stopping": board.stopping,
        "jobs": {
            name: {
                "newest_fire": job.newest and job.newest.isoformat(),
                "next_fire": board.next_fires[name].isoformat() if name in board.next_fires else None,
                "running": job.running,
            }
            for name, job in board.jobs.items()
        },
        "undelivered_segments": view.state.undelivered.segments,
    }


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """As HTTPServer does, but without the look-up of the host's full name, which may take long."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
        self.setup_environ()


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Handler(WSGIRequestHandler):
    timeout = _REQUEST_S

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name is the library's
        logger.debug("%s: %s", self.client_address[0], format % args)


@contextmanager
def serving(host: str, port: int, viewer: Viewer) -> "Iterator[int]":
    """Answer on `host`:`port` (0: any free one) while it is open; yields the port. Raises UsageError."""
    kind = _Server6 if ":" in host else _Server
    try:
        server = kind((host, port), _Handler)
    except OSError as error:
        raise UsageError(f"[service] cannot listen on {host}:{port}: {error.strerror or error}") from error
    server.set_app(application(viewer))
    thread = threading.Thread(target=server.serve_forever, name="web", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
