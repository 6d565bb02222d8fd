"""Every exchange is kept as the server sent it, through CONNECT and through a plain proxy, whatever the server does."""

import gzip
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from crawl_once import crawl
from scripted import Script, ScriptedNetwork, Talk, answer, page

LIMIT = 100_000
HTML = b"<html><p>" + b"Berita hari ini. " * 40 + b"</p></html>"
ZIPPED = gzip.compress(HTML, mtime=0)


@dataclass
class Case:
    script: Script
    head: bytes | None = None
    """Exact header block that must be kept; None = not compared."""
    entity: bytes = b""
    status: int | None = 200
    truncated: str | None = None
    error: str | None = None
    exception: str | None = None
    method: str = "GET"
    body: bytes | None = None
    """What the spider gets, where it is not the entity."""


def sends(*pieces: bytes, then: str = "") -> Script:
    """Send the pieces one by one, then do `then` to the connection."""

    def script(talk: Talk) -> None:
        talk.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            talk.send(piece)
        if then:
            getattr(talk, then)()

    return script


flooded: dict[str, int] = {}


def flood(head: bytes, piece: bytes, name: str) -> Script:
    """Send `piece` until the client breaks off, at most 64 MiB."""

    def script(talk: Talk) -> None:
        sent = 0
        with suppress(OSError):
            talk.sock.sendall(head)
            while sent < 64 << 20:
                talk.sock.sendall(piece)
                sent += len(piece)
        flooded[name] = max(flooded.get(name, 0), sent)
        talk.keep = False

    return script


ODD = (
    b"HTTP/1.1 200 Sangat Baik\r\nserver:  nginx \r\nX-Two: 1\r\nSET-COOKIE: a=b\r\nx-two: 2\r\n"
    b"Content-type: text/html;charset=latin-1\r\nX-Latin: caf\xe9\r\nX-Fold: a\r\n  b\r\ncontent-LENGTH: 5\r\n\r\n"
)
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\ntransfer-Encoding: Chunked\r\nX-A: b\r\n\r\n"
UNCHUNKED = CHUNKED.replace(b"transfer-Encoding", b"X-Archive-Orig-transfer-Encoding")
CHUNKS = b"3;ext=1\r\nabc\r\n0A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"
SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
OPEN = b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n"
TWO_LENGTHS = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\n"
NEGATIVE = b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
LOSS = "ResponseDataLossError"
FAILED = "DownloadFailedError"

CASES = {
    "odd": Case(sends(ODD, b"hello"), ODD, b"hello"),
    "byte-by-byte": Case(sends(*(bytes([b]) for b in ODD + b"hello")), ODD, b"hello"),
    "lf-only": Case(sends(ODD.replace(b"\r\n", b"\n"), b"hello"), ODD.replace(b"\r\n", b"\n"), b"hello"),
    "no-reason": Case(answer("HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok"), entity=b"ok"),
    "chunked": Case(sends(CHUNKED + CHUNKS), UNCHUNKED, b"abc0123456789"),
    "chunked-bytes": Case(sends(CHUNKED, *(bytes([b]) for b in CHUNKS)), UNCHUNKED, b"abc0123456789"),
    "chunked-cut": Case(sends(CHUNKED, CHUNKS[:20], then="close"), UNCHUNKED, b"abc01", 200, "disconnect", "disconnected", LOSS),
    "chunked-bad": Case(sends(CHUNKED, b"3\r\nabc\r\nzz\r\n"), UNCHUNKED, b"abc", 200, "disconnect", "malformed", LOSS),
    "open": Case(sends(OPEN, b"abc", b"def", then="close"), OPEN, b"abcdef"),
    "open-11": Case(sends(b"HTTP/1.1 200 OK\r\n\r\n", b"abc", then="close"), entity=b"abc"),
    "open-empty": Case(sends(OPEN, then="close"), OPEN, b""),
    "too-short": Case(sends(SIZED % 100, b"hello", then="close"), SIZED % 100, b"hello", 200, "disconnect", "disconnected", LOSS),
    "reset": Case(sends(SIZED % 100, b"hello", then="reset"), SIZED % 100, status=200, truncated="disconnect", error="disconnected", exception=LOSS),
    "surplus": Case(sends(SIZED % 5 + b"hello, and more"), SIZED % 5, b"hello"),
    "two-equal": Case(answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok"), entity=b"ok"),
    "two-lengths": Case(sends(TWO_LENGTHS + b"hello"), TWO_LENGTHS, b"hello", 200, "disconnect", "malformed", FAILED),
    "negative": Case(sends(NEGATIVE + b"hello"), NEGATIVE, b"hello", 200, "disconnect", "malformed", FAILED),
    "hints": Case(sends(HINTS + SIZED % 2, b"ok"), SIZED % 2, b"ok"),
    "no-content": Case(answer("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"), status=204),
    "not-modified": Case(answer('HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 99\r\n\r\n'), status=304),
    "head": Case(answer("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"), method="HEAD"),
    "zero": Case(sends(SIZED % 0), SIZED % 0),
    "gzip": Case(page(ZIPPED, "Content-Encoding: gzip"), entity=ZIPPED, body=HTML),
    "not-found": Case(page(b"gone", status="404 Tidak Ada"), entity=b"gone", status=404),
    "silent": Case(sends(then="close"), b"", status=None, error="disconnected", exception=FAILED),
    "silent-reset": Case(sends(then="reset"), b"", status=None, error="disconnected", exception=FAILED),
    "ssh": Case(sends(b"SSH-2.0-OpenSSH_9.2\r\n", then="hang"), b"SSH-2.0-OpenSSH_9.2\r\n", status=None, truncated="disconnect", error="malformed", exception=FAILED),
    "head-cut": Case(sends(ODD[:60], then="close"), ODD[:60], truncated="disconnect", error="disconnected", exception=FAILED),
    "slow": Case(sends(then="hang"), b"", status=None, error="timeout", exception="DownloadTimeoutError"),
    "slow-head": Case(sends(ODD[:60], then="hang"), ODD[:60], truncated="time", error="timeout", exception="DownloadTimeoutError"),
    "slow-body": Case(sends(SIZED % 100, b"hello", then="hang"), SIZED % 100, b"hello", 200, "time", "timeout", "DownloadTimeoutError"),
    "large": Case(flood(SIZED % (1 << 30), b"x" * 65_536, "large"), SIZED % (1 << 30), b"x" * LIMIT, 200, "length", "too_large", "AnswerTooLarge"),
    "large-open": Case(flood(OPEN, b"x" * 65_536, "large-open"), OPEN, b"x" * LIMIT, 200, "length", "too_large", "AnswerTooLarge"),
    "large-chunked": Case(flood(CHUNKED, b"4000\r\n" + b"x" * 0x4000 + b"\r\n", "large-chunked"), UNCHUNKED, b"x" * LIMIT, 200, "length", "too_large", "AnswerTooLarge"),
    "at-limit": Case(sends(SIZED % LIMIT, b"x" * LIMIT), SIZED % LIMIT, b"x" * LIMIT),
    "endless-head": Case(flood(b"HTTP/1.1 200 OK\r\n", b"X-Field: " + b"y" * 1000 + b"\r\n", "endless-head"), None, b"", 200, "length", "headers_too_long", "AnswerTooLarge"),
    "many-fields-head": Case(flood(b"HTTP/1.1 200 OK\r\n", b"a: b\r\n" * 1000, "many-fields-head"), None, b"", 200, "length", "headers_too_long", "AnswerTooLarge"),
    "endless-line-head": Case(flood(b"HTTP/1.1 200 OK\r\nX-Field: ", b"y" * 1000, "endless-line-head"), None, b"", 200, "length", "headers_too_long", "AnswerTooLarge"),
    "endless-status": Case(flood(b"HTTP/1.1 200 ", b"y" * 1000, "endless-status"), None, b"", 200, "length", "headers_too_long", "AnswerTooLarge"),
    "long-line-head": Case(sends(b"HTTP/1.1 200 OK\r\nX-Field: " + b"y" * 20_000 + b"\r\nContent-Length: 2\r\n\r\nok"), None, b"", 200, "length", "headers_too_long", "AnswerTooLarge"),
}  # fmt: skip
SCHEMES = ("https", "http")


def url_of(name: str, scheme: str) -> str:
    return f"{scheme}://{scheme}-{name}.test/berita"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedNetwork]:
    with ScriptedNetwork(tmp_path_factory.mktemp("network")) as network:
        for scheme in SCHEMES:
            for name, case in CASES.items():
                network.scripts[f"{scheme}-{name}.test/berita"] = case.script
                network.scripts[f"{scheme}-{name}.test/next"] = page(b"next of " + name.encode())
        yield network


@pytest.fixture(scope="module")
def outcomes(network: ScriptedNetwork) -> dict[str, dict[str, Any]]:
    """One crawl of every case in both schemes, followed by an ordinary page of the same host."""
    requests: list[Any] = []
    for scheme in SCHEMES:
        requests += [{"url": url_of(name, scheme), "method": case.method} for name, case in CASES.items()]
    requests += [url_of(name, scheme).replace("berita", "next") for scheme in SCHEMES for name in CASES]
    job = {
        "hosts": [f"{scheme}-{name}.test" for scheme in SCHEMES for name in CASES],
        "requests": requests,
        "settings": {
            "DOWNLOAD_TIMEOUT": 3,
            "DOWNLOAD_MAXSIZE": LIMIT,
            "RETRY_ENABLED": False,
            "CONCURRENT_REQUESTS": 200,
        },
    }
    return {outcome["url"]: outcome for outcome in crawl(job, network.environment())["outcomes"]}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", CASES)
def test_exchange_is_kept(outcomes: dict[str, dict[str, Any]], name: str, scheme: str) -> None:
    case, outcome = CASES[name], outcomes[url_of(name, scheme)]
    assert len(outcome["exchanges"]) == 1
    kept = outcome["exchanges"][0]
    if case.head is not None:
        assert kept["header_block"] == case.head
    if name != "reset":  # how much arrives before a reset is the network's choice
        assert kept["entity"] == case.entity
    assert (kept["truncated"], kept["error"]) == (case.truncated, case.error)
    assert kept["status"] == (200 if case.truncated and name.endswith("-head") else case.status)
    assert outcome.get("exception") == case.exception
    if case.exception is None:
        assert outcome["status"] == case.status
        assert outcome["body"].encode("latin-1") == (case.entity if case.body is None else case.body)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", CASES)
def test_next_request_gets_its_own_answer(outcomes: dict[str, dict[str, Any]], name: str, scheme: str) -> None:
    outcome = outcomes[url_of(name, scheme).replace("berita", "next")]
    assert outcome["body"] == f"next of {name}"
    assert outcome["exchanges"][0]["entity"] == f"next of {name}".encode()
    assert outcome["exchanges"][0]["error"] is None


def test_request_block_is_what_the_server_got(network: ScriptedNetwork, outcomes: dict[str, dict[str, Any]]) -> None:
    got = {(asked.host, asked.path): asked.head for asked in network.log}
    for url, outcome in outcomes.items():
        _, _, host, path = url.split("/", 3)
        for exchange in outcome["exchanges"]:
            assert exchange["request_block"] == got[host, "/" + path]
            assert exchange["ip_address"] is None


def test_download_stops_at_the_limit(outcomes: dict[str, dict[str, Any]]) -> None:
    assert outcomes
    assert len(flooded) == 7
    assert max(flooded.values()) < 64 << 20


def test_keep_alive_is_used(network: ScriptedNetwork, outcomes: dict[str, dict[str, Any]]) -> None:
    assert outcomes
    connections = {}
    for asked in network.log:
        connections.setdefault(asked.host, set()).add(asked.connection)
    assert len(connections["https-odd.test"]) == 1
    assert len(connections["https-chunked.test"]) == 1
    assert len(connections["https-surplus.test"]) == 2


def test_rare_ends(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Torn open-ended bodies, refused tunnels, wrong certificates, stale kept-alive connections, a proxy's password."""
    with ScriptedNetwork(tmp_path_factory.mktemp("rare")) as network:
        first_closed = threading.Event()

        def then_gone(talk: Talk) -> None:
            page(b"first")(talk)
            talk.close()
            first_closed.set()

        network.scripts = {
            "torn.test/a": sends(OPEN, b"abc", then="reset"),
            "ragged.test/a": sends(OPEN, b"abc", then="cut"),
            "stale.test/a": then_gone,
            "stale.test/b": page(b"second"),
            "fine.test/a": page(b"fine"),
            "wrong-name.test/a": page(b"never"),
        }
        network.refuse_tunnel = frozenset({"refused.test"})
        network.certified_as = {"wrong-name.test": "other.test"}
        hosts = ["torn", "ragged", "stale", "refused", "wrong-name", "fine"]
        job = {
            "hosts": [f"{host}.test" for host in hosts],
            "requests": [
                "http://torn.test/a",
                "https://ragged.test/a",
                "https://stale.test/a",
                "https://stale.test/b",
                "https://refused.test/a",
                "https://wrong-name.test/a",
                "http://fine.test/a",
                "https://fine.test/a",
            ],
            "settings": {"RETRY_ENABLED": False},
        }
        environment = network.environment()
        secret = "kata-sandi"
        for name in ("http_proxy", "https_proxy"):
            environment[name] = environment[name].replace("://", f"://user:{secret}@")
        result = crawl(job, environment)
        kept = {o["url"]: (o, o["exchanges"][-1]) for o in result["outcomes"] if o["exchanges"]}

    for torn in ("http://torn.test/a", "https://ragged.test/a"):
        outcome, exchange = kept[torn]
        assert outcome["exception"] == LOSS
        assert (exchange["error"], exchange["truncated"]) == ("disconnected", "disconnect")
        assert exchange["entity"] in (b"abc", b"")
    assert first_closed.is_set()
    assert kept["https://stale.test/b"][1]["entity"] == b"second"
    for host, error in (("refused", "proxy"), ("wrong-name", "tls")):
        outcome, exchange = kept[f"https://{host}.test/robots.txt"]
        assert (exchange["error"], exchange["header_block"], exchange["status"]) == (error, b"", None)
    assert network.asked("wrong-name.test") == []
    assert any(secret_of(asked.head) for asked in network.log if not asked.tunnelled)
    assert all(secret_of(tunnel) for tunnel in network.tunnels)
    assert not any(secret_of(asked.head) for asked in network.log if asked.tunnelled)
    assert not any(secret_of(exchange["request_block"]) for _, exchange in kept.values())
    assert secret not in str(result)


def secret_of(head: bytes) -> bool:
    return b"proxy-authorization" in head.lower()


def test_unknown_authority_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    with ScriptedNetwork(tmp_path_factory.mktemp("authority")) as network:
        network.scripts["alpha.test/a"] = page(b"fine")
        environment = network.environment()
        del environment["SSL_CERT_FILE"]
        job = {"hosts": ["alpha.test"], "requests": ["https://alpha.test/a"], "settings": {"RETRY_ENABLED": False}}
        refused = crawl(job, environment)
        assert network.log == []
        lax = {"network": {"verify_tls": False}, "politeness": {"site_delay_s": 0, "backend_rate_per_s": 0}}
        accepted = crawl({**job, "config": lax}, environment)
    assert [o["exchanges"][0]["error"] for o in refused["outcomes"] if o["exchanges"]] == ["tls"]
    assert [o["body"] for o in accepted["outcomes"] if "body" in o] == ["fine"]
