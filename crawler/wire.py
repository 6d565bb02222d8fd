"""The HTTP/1.1 download handler that keeps the bytes of every exchange as they came.

Scrapy's own Response has lost the reason phrase, the order and case of header fields, the transfer coding, and
every byte of an answer that was cut, late or too long. Here the protocol of each connection shows what it receives
to a Recorder before Twisted parses it. The `news.capture.Exchange` lies in `request.meta[EXCHANGE_META]` when the
handler returns, and when it raises.

It leans on private names of Scrapy 2.19 and Twisted; tests/crawler/test_wire_contract.py fails when they change.
"""

from collections.abc import Iterator
from typing import Any, cast

from OpenSSL import SSL
from scrapy import Request
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    TunnelError,
    _BindAddressAgent,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _ScrapyAgent,
)
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from scrapy.http import Response
from scrapy.utils._download_handlers import normalize_bind_address, wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from service_identity import VerificationError
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError, ConnectionDone
from twisted.internet.interfaces import IProtocolFactory, IStreamClientEndpoint
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web._newclient import Request as TxRequest
from twisted.web._newclient import _WrapperException
from twisted.web.client import Agent, HTTPConnectionPool
from twisted.web.iweb import IResponse
from zope.interface import implementer  # type: ignore[import-untyped]

from crawler.addresses import PublicOnlyReactor
from crawler.recorder import ExchangeError, Recorder, address_of
from crawler.refused import RequestRefused

EXCHANGE_META = "exchange"
"""Key of `request.meta` under which the Exchange lies after the download, whatever became of it."""

CONNECT_TIMEOUT = "DISWAY_CONNECT_TIMEOUT"
"""Setting: seconds until a connection must stand (0 = the time-out of the whole exchange)."""

_CREDENTIALS = frozenset({b"authorization", b"cookie", b"proxy-authorization"})
_ERRORS: tuple[tuple[type[BaseException], ExchangeError], ...] = (
    (RequestRefused, ExchangeError.ADDRESS),
    (DownloadConnectionRefusedError, ExchangeError.REFUSED_CONNECTION),
    (CannotResolveHostError, ExchangeError.DNS),
    (DownloadTimeoutError, ExchangeError.TIMEOUT),
    (TunnelError, ExchangeError.PROXY),
    (SSL.Error, ExchangeError.TLS),
    (VerificationError, ExchangeError.TLS),
    (ConnectError, ExchangeError.CONNECT),
    (ResponseDataLossError, ExchangeError.DISCONNECTED),
    (DownloadFailedError, ExchangeError.DISCONNECTED),
)
_CONNECT_ERRORS = (ExchangeError.REFUSED_CONNECTION, ExchangeError.DNS, ExchangeError.CONNECT)


class AnswerTooLarge(DownloadCancelledError):
    """The answer went over DOWNLOAD_MAXSIZE, or its header block over its own limits; what came is in the Exchange."""


class RecordingProtocol(_LenientHTTP11ClientProtocol):
    """A connection that shows its bytes to the recorder of the request under way."""

    recorder: Recorder | None = None

    def request(self, request: TxRequest) -> Deferred[IResponse]:
        """See HTTP11ClientProtocol.request."""
        if self.recorder is not None:
            peer = cast("Any", self.transport).getPeer()
            self.recorder.sent(_request_block(request), address_of(peer.host))
        return super().request(request)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802  Twisted's name
        """See Protocol.dataReceived."""
        recorder = self.recorder
        if recorder is None or recorder.closed:
            super().dataReceived(data)  # type: ignore[no-untyped-call]
            return
        if recorder.over_limit:
            return
        recorder.feed(data)
        if recorder.over_limit:
            cast("Any", self.transport).abortConnection()
            return
        if recorder.is_doomed:
            return  # what comes is kept, and need not be held a second time for a reader
        if recorder.has_surplus and self._currentRequest is not None:
            self._currentRequest.persistent = False  # so that the surplus cannot answer the next request
        super().dataReceived(data)  # type: ignore[no-untyped-call]

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802  Twisted's name
        """See Protocol.connectionLost."""
        if self.recorder is not None and not isinstance(reason.value, ConnectionDone):
            self.recorder.torn = True
        super().connectionLost(reason)  # type: ignore[no-untyped-call]


class _RecordingFactory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: object) -> RecordingProtocol:  # noqa: ARG002, N802  Twisted's names
        return RecordingProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


@implementer(IStreamClientEndpoint)
class _RecordedEndpoint:
    """Hands each new connection its recorder."""

    def __init__(self, endpoint: Any, recorder: Recorder) -> None:
        self._endpoint = endpoint
        self._recorder = recorder

    def connect(self, factory: IProtocolFactory) -> Deferred[Any]:
        """See IStreamClientEndpoint.connect."""
        connected: Deferred[Any] = self._endpoint.connect(factory)
        return connected.addCallback(_attach, self._recorder)


class _RecordedPool:
    """The shared connection pool as one request sees it: each connection that it gives comes with the recorder."""

    def __init__(self, pool: HTTPConnectionPool, recorder: Recorder) -> None:
        self._pool = pool
        self._recorder = recorder
        self.persistent = pool.persistent

    def getConnection(self, key: Any, endpoint: Any) -> Deferred[Any]:  # noqa: N802  Twisted's name
        """See HTTPConnectionPool.getConnection."""
        recorded = cast("IStreamClientEndpoint", _RecordedEndpoint(endpoint, self._recorder))
        connected: Deferred[Any] = self._pool.getConnection(key, recorded)
        return connected.addCallback(_attach, self._recorder)


def _attach(connection: Any, recorder: Recorder) -> Any:
    """Bind `recorder`; a kept-alive connection comes wrapped in one that sends the request anew if need be."""
    protocol = getattr(connection, "_clientProtocol", connection)
    protocol.recorder = recorder
    if protocol is not connection:
        # To Twisted, an answer that was given up for its length may never have begun.
        is_worth_it = connection._shouldRetry  # noqa: SLF001  there is no other way to say so
        connection._shouldRetry = lambda *failure: not recorder.over_limit and is_worth_it(*failure)  # noqa: SLF001
    return connection


class _RecordingAgent(_ScrapyAgent):
    connect_timeout_s: float = 0

    def _get_agent(self, request: Request, timeout: float) -> Agent:
        from twisted.internet import reactor  # noqa: PLC0415  importing it installs it

        timeout = min(timeout, self.connect_timeout_s or timeout)
        if request.meta.get("proxy"):
            return super()._get_agent(request, timeout)
        return _BindAddressAgent(
            reactor=cast("Any", PublicOnlyReactor(reactor)),
            contextFactory=self._contextFactory,
            connectTimeout=timeout,
            bindAddress=normalize_bind_address(request.meta.get("bindaddress") or self._bindAddress),
            pool=self._pool,
        )


class WireDownloadHandler(HTTP11DownloadHandler):
    """Scrapy's HTTP/1.1 handler with a recorder on its wire. Direct connections go to public addresses only."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _RecordingFactory  # noqa: SLF001  Scrapy itself sets its factory this way
        # behind a plain http proxy all hosts share one key of the pool
        self._pool.maxPersistentPerHost = crawler.settings.getint("CONCURRENT_REQUESTS")
        self._connect_timeout_s = crawler.settings.getfloat(CONNECT_TIMEOUT)

    async def download_request(self, request: Request) -> Response:
        """Fetch `request`.

        Raises what Scrapy's handler raises, AnswerTooLarge, and RequestRefused for an address that is not public.
        """
        request.meta.pop(EXCHANGE_META, None)
        proxied = bool(request.meta.get("proxy"))
        recorder = Recorder(request.method, self._default_maxsize, proxied=proxied)
        error: ExchangeError | None = ExchangeError.FAILED
        received: bytes | None = None
        try:
            with wrap_twisted_exceptions():
                response = await maybe_deferred_to_future(self._agent(recorder).download_request(request))
            _refuse_cut(recorder, request)
        except Exception as exception:
            error = _error_of(exception, proxied=proxied)
            if recorder.over_limit and not isinstance(exception, AnswerTooLarge):
                raise AnswerTooLarge(request.url) from exception
            raise
        else:
            error, received = None, response.body
            return response
        finally:
            request.meta[EXCHANGE_META] = recorder.close(request.url, error, received)

    def _agent(self, recorder: Recorder) -> _RecordingAgent:
        agent = _RecordingAgent(
            contextFactory=self._contextFactory,
            bindAddress=self._bind_address,
            pool=cast("HTTPConnectionPool", _RecordedPool(self._pool, recorder)),
            maxsize=0,  # the recorder stops the download, so that the bytes up to the limit are kept
            crawler=self._crawler,
            fail_on_dataloss=True,
        )
        agent.connect_timeout_s = self._connect_timeout_s
        return agent


def _refuse_cut(recorder: Recorder, request: Request) -> None:
    """Raise for an answer that Twisted takes for whole though it was cut."""
    if recorder.over_limit:
        raise AnswerTooLarge(request.url)
    if recorder.is_torn_open_end:
        raise ResponseDataLossError


def _error_of(exception: Exception, *, proxied: bool) -> ExchangeError:
    causes = tuple(_causes(exception))
    for kind, error in _ERRORS:
        if any(isinstance(cause, kind) for cause in causes):
            of_proxy = proxied and error in _CONNECT_ERRORS
            return ExchangeError.PROXY if of_proxy else error
    return ExchangeError.FAILED


def _causes(exception: BaseException) -> Iterator[BaseException]:
    """`exception` and everything that it was raised from."""
    yield exception
    if exception.__cause__ is not None:
        yield from _causes(exception.__cause__)
    if isinstance(exception, _WrapperException):
        for failure in exception.reasons:
            yield from _causes(failure.value)


def _request_block(request: TxRequest) -> bytes:
    """Request line and header lines as Twisted writes them, without credentials."""
    lines = [b"%b %b HTTP/1.1\r\n" % (request.method, request.uri)]
    if not request.persistent:
        lines.append(b"Connection: close\r\n")
    if request.bodyProducer is not None:
        lines.append(b"Content-Length: %d\r\n" % request.bodyProducer.length)
    for name, values in request.headers.getAllRawHeaders():
        if name.lower() not in _CREDENTIALS:
            lines += [b"%b: %b\r\n" % (name, value) for value in values]
    return b"".join([*lines, b"\r\n"])
