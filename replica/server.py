"""Running the replica: in a thread of this process, or as the blocking `disway replica` command."""

import asyncio
import contextlib
import shlex
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from replica.authority import Authority
from replica.client import ReplicaControl
from replica.control import ControlPort
from replica.life import SHORT_LIFE, Life
from replica.network import Network
from replica.proxy import Proxy
from replica.state import ReplicaState

_LOOPBACK = "127.0.0.1"
_HEAD_LIMIT = 1 << 16
_START_TIMEOUT_S = 30
_STOP_TIMEOUT_S = 10
_Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class ReplicaServer:
    """A running replica; a context manager that stops it. Ports of 0 are chosen by the system."""

    def __init__(self, network: Network, port: int, control_port: int, ca_dir: Path | None) -> None:
        self._own_folder = Path(tempfile.mkdtemp(prefix="replica-")) if ca_dir is None else None
        self._authority = Authority(ca_dir or self._own_folder or Path())
        self._state = ReplicaState(network)
        self._wanted_ports = (port, control_port)
        self._ports: tuple[int, int] | None = None
        self._failure: BaseException | None = None
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="replica", daemon=True)

    @classmethod
    def start(
        cls, network: Network, port: int = 0, *, control_port: int = 0, ca_dir: Path | None = None
    ) -> "ReplicaServer":
        """Serve `network` on loopback; returns once both ports listen. Raises OSError when a port is taken.

        Without `ca_dir` the CA lies in a temporary folder that goes away with the server.
        """
        server = cls(network, port, control_port, ca_dir)
        server._thread.start()
        server._ready.wait(_START_TIMEOUT_S)
        if server._ports is None:
            server.stop()
            raise OSError(f"the replica did not start: {server._failure}") from server._failure
        return server

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def proxy_url(self) -> str:
        """Where http and https go through."""
        return f"http://{_LOOPBACK}:{self._listening[0]}"

    @property
    def control_url(self) -> str:
        """Where the control listens."""
        return f"http://{_LOOPBACK}:{self._listening[1]}"

    @property
    def ca_file(self) -> Path:
        """PEM file with the CA that signs every host of the replica."""
        return self._authority.ca_file.absolute()

    @property
    def control(self) -> ReplicaControl:
        """The control port's client."""
        return ReplicaControl(self.control_url)

    def environment(self) -> dict[str, str]:
        """What a crawler process needs in its environment to meet the replica."""
        return {
            "http_proxy": self.proxy_url,
            "https_proxy": self.proxy_url,
            "no_proxy": "",
            "SSL_CERT_FILE": str(self.ca_file),
        }

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the replica has ended; whether it has."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def stop(self) -> None:
        """End the replica, closing every connection; does nothing when it has ended."""
        if self._loop is not None and self._stopping is not None and self._thread.is_alive():
            with contextlib.suppress(RuntimeError):  # the loop may close between the question and the call
                self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(_STOP_TIMEOUT_S)
        if self._own_folder is not None:
            shutil.rmtree(self._own_folder, ignore_errors=True)

    @property
    def _listening(self) -> tuple[int, int]:
        assert self._ports is not None
        return self._ports

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - handed to the thread that called start
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        control = ControlPort(self._state, self._stopping.set)
        proxy = Proxy(self._state, self._authority)
        handlers = (proxy.connection, control.connection)
        async with contextlib.AsyncExitStack() as open_servers:
            ports: list[int] = []
            for handler, wanted in zip(handlers, self._wanted_ports, strict=True):
                listener = await asyncio.start_server(self._tracked(handler), _LOOPBACK, wanted, limit=_HEAD_LIMIT)
                await open_servers.enter_async_context(listener)
                ports.append(listener.sockets[0].getsockname()[1])
            self._ports = (ports[0], ports[1])
            self._ready.set()
            await self._stopping.wait()
            for task in self._connections:
                task.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)

    def _tracked(self, handler: _Handler) -> _Handler:
        async def run(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._connections.add(task)
            try:
                await handler(reader, writer)
            except asyncio.CancelledError:
                writer.transport.abort()
            finally:
                self._connections.discard(task)

        return run


@dataclass(frozen=True, slots=True)
class ReplicaOptions:
    """What `disway replica` is asked for. `start`: the clock's first instant, now when None (given articles bring
    their own).
    """

    articles: Path | None = None
    port: int = 0
    control_port: int = 0
    seed: int = 1
    sites: int = 8
    articles_per_site: int = 60
    ca_dir: Path | None = None
    start: datetime | None = None
    life: Life = SHORT_LIFE


def serve(options: ReplicaOptions) -> None:
    """Serve until /stop, Ctrl-C or SIGTERM, after printing where. For the main thread of a process.

    Raises UsageError or OSError before anything listens.
    """
    if options.articles is not None:
        network = Network.from_articles(options.articles, seed=options.seed)
    else:
        network = Network.generate(
            options.seed,
            sites=options.sites,
            articles=options.articles_per_site,
            start=options.start or datetime.now(UTC),
            life=options.life,
        )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        contextlib.suppress(KeyboardInterrupt),
        ReplicaServer.start(network, options.port, control_port=options.control_port, ca_dir=options.ca_dir) as server,
    ):
        sys.stdout.write(_announcement(server, network))
        sys.stdout.flush()
        server.wait()


def _announcement(server: ReplicaServer, network: Network) -> str:
    settings = " ".join(
        f"{name}={shlex.quote(value) if value else value}" for name, value in server.environment().items()
    )
    sites = " ".join(f"--site {site.profile.id}" for site in network.sites)
    count = sum(a.published <= network.start for s in network.sites for a in s.articles)
    return (
        f"replica of {len(network.sites)} sites, {count} articles, clock at {network.start.isoformat()}\n"
        f"proxy    {server.proxy_url}\ncontrol  {server.control_url}\nCA       {server.ca_file}\n"
        f"crawl it: {settings} disway crawl {sites} --archive ./archive\n"
        "Ctrl-C ends it.\n"
    )
