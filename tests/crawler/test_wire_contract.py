"""What crawler/wire.py leans on in Scrapy and Twisted. When this fails, read the new code, then wire.py, then change both."""

import inspect

import scrapy
import twisted
from scrapy.core.downloader.handlers import http11
from scrapy.utils import _download_handlers
from twisted.web import _newclient, client


def parameters(function: object) -> list[str]:
    return list(inspect.signature(function).parameters)  # type: ignore[arg-type]


def test_versions_are_the_ones_that_were_read() -> None:
    assert scrapy.__version__ == "2.19.0"
    assert twisted.__version__ == "26.10.0"


def test_scrapys_agent_takes_a_pool_and_makes_agents_the_same_way() -> None:
    assert parameters(http11._ScrapyAgent.__init__) == [
        "self", "contextFactory", "connectTimeout", "bindAddress", "pool", "maxsize", "warnsize",
        "fail_on_dataloss", "crawler", "tls_verbose_logging",
    ]  # fmt: skip
    assert parameters(http11._ScrapyAgent._get_agent) == ["self", "request", "timeout"]
    assert "_get_agent(request, timeout)" in inspect.getsource(http11._ScrapyAgent.download_request)
    assert parameters(http11._BindAddressAgent.__init__) == [
        "self", "reactor", "contextFactory", "connectTimeout", "bindAddress", "pool",
    ]  # fmt: skip


def test_scrapys_handler_keeps_its_pool_and_factory_where_they_were() -> None:
    source = inspect.getsource(http11.HTTP11DownloadHandler.__init__)
    for name in (
        "self._pool",
        "self._pool._factory = _LenientHTTP11ClientFactory",
        "self._contextFactory",
        "self._bind_address",
    ):
        assert name in source
    handle = inspect.getsource(http11.HTTP11DownloadHandler.download_request)
    assert "with wrap_twisted_exceptions()" in handle
    assert "agent.download_request(request)" in handle
    assert callable(_download_handlers.wrap_twisted_exceptions)
    assert callable(_download_handlers.normalize_bind_address)


def test_scrapys_factory_makes_protocols_the_same_way() -> None:
    built = inspect.getsource(http11._LenientHTTP11ClientFactory.buildProtocol)
    assert "_LenientHTTP11ClientProtocol(self._quiescentCallback)" in built
    assert issubclass(http11._LenientHTTP11ClientProtocol, _newclient.HTTP11ClientProtocol)


def test_twisteds_agents_use_of_the_pool_is_known() -> None:
    """The pool of one request only has `getConnection` and `persistent`."""
    used = inspect.getsource(client._AgentBase._requestWithEndpoint)
    assert used.count("self._pool.") == 2
    assert "self._pool.getConnection(key, endpoint)" in used
    assert "persistent=self._pool.persistent" in used
    assert "return proto.request(" in used
    assert "endpoint.connect(\n" in inspect.getsource(client.HTTPConnectionPool._newConnection)
    assert "self._clientProtocol = clientProtocol" in inspect.getsource(client._RetryingHTTP11ClientProtocol.__init__)


def test_twisteds_protocol_feeds_its_parser_from_dataReceived() -> None:  # noqa: N802  Twisted's name
    protocol = _newclient.HTTP11ClientProtocol
    assert "self._parser.dataReceived(bytes)" in inspect.getsource(protocol.dataReceived)
    finished = inspect.getsource(protocol._finishResponse_WAITING)
    assert "not self._currentRequest.persistent" in finished
    assert "self._giveUp(" in finished


def test_twisteds_request_is_written_as_the_request_block_says() -> None:
    written = inspect.getsource(_newclient.Request._writeHeaders)
    for name in (
        "self.method",
        "self.uri",
        'b"HTTP/1.1\\r\\n"',
        "if not self.persistent",
        "TEorCL",
        "getAllRawHeaders()",
    ):
        assert name in written
    assert issubclass(_newclient.ResponseFailed, _newclient._WrapperException)
