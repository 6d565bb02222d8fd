"""Where answers begin and end: properties, and agreement with Twisted's own reading."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st
from twisted.web.http import _ChunkedTransferDecoder, _MalformedChunkedDataError

from crawler.framing import ChunkedBody, UnreadableBody, body_of, end_of_head, read_head
from crawler.recorder import HEAD_LIMIT, ExchangeError, Recorder
from news.capture import Exchange, Truncation

cuts = st.lists(st.integers(0, 400), max_size=8)
payloads = st.lists(st.binary(min_size=1, max_size=60), max_size=6)
chunk_tokens = st.lists(
    st.sampled_from(
        [b"5\r\n", b"hello", b"\r\n", b"0\r\n", b"A;x=y\r\n", b"0123456789", b"zz\r\n", b"T: v\r\n", b"\r", b"\n", b"00\r\n", b"-1\r\n", b"+1\r\n", b"0x1\r\n", b" 5\r\n", b"x" * 1100]
    ),
    max_size=12,
)  # fmt: skip


def split(data: bytes, at: Iterable[int]) -> list[bytes]:
    marks = [0, *sorted(min(mark, len(data)) for mark in at), len(data)]
    return [data[a:b] for a, b in pairwise(marks) if a < b]


def chunked(pieces: Iterable[bytes], extension: bytes = b"", trailers: bytes = b"") -> bytes:
    body = b"".join(b"%X%b\r\n%b\r\n" % (len(piece), extension, piece) for piece in pieces)
    return body + b"0\r\n" + trailers + b"\r\n"


@given(payloads, st.sampled_from([b"", b";a=b", b';quoted="x"']), st.sampled_from([b"", b"T: v\r\nU: w\r\n"]), cuts)
def test_chunks_give_the_payload_back(pieces: list[bytes], extension: bytes, trailers: bytes, at: list[int]) -> None:
    body = ChunkedBody()
    got = b"".join(body.feed(part) for part in split(chunked(pieces, extension, trailers), at))
    assert (got, body.whole, body.surplus, body.malformed) == (b"".join(pieces), True, False, False)


@given(payloads, cuts, st.binary(min_size=1, max_size=20))
def test_bytes_after_the_last_chunk_are_surplus(pieces: list[bytes], at: list[int], more: bytes) -> None:
    body = ChunkedBody()
    got = b"".join(body.feed(part) for part in split(chunked(pieces) + more, at))
    assert (got, body.whole, body.surplus) == (b"".join(pieces), True, True)


@given(chunk_tokens, cuts)
@example([b"x" * 1100], [1023])
@example([b"0\r\n", b"T" * 65_530, b": v\r\n\r\n"], [])
def test_chunks_are_read_as_twisted_reads_them(tokens: list[bytes], at: list[int]) -> None:
    ours, theirs, rest = ChunkedBody(), [], []
    decoder = _ChunkedTransferDecoder(theirs.append, rest.append)
    got, broken = b"", False
    for part in split(b"".join(tokens), at):
        got += ours.feed(part)
        if not (broken or rest):
            try:
                decoder.dataReceived(part)
            except _MalformedChunkedDataError:
                broken = True
    assert got == b"".join(theirs)
    assert ours.whole == bool(rest)
    assert ours.malformed == broken


names = st.text("ABCxyz-", min_size=1, max_size=12).map(str.encode)
values = st.binary(max_size=20).map(lambda b: b.replace(b"\r", b"").replace(b"\n", b"").strip())
fields = st.lists(st.tuples(names, values), max_size=8)


def head_of(pairs: list[tuple[bytes, bytes]], end: bytes) -> bytes:
    lines = [b"HTTP/1.1 200 Baik Sekali", *(name + b": " + value for name, value in pairs), b"", b""]
    return end.join(lines)


@given(fields, st.sampled_from([b"\r\n", b"\n"]), st.binary(max_size=30))
def test_head_is_found_and_kept_exactly(pairs: list[tuple[bytes, bytes]], end: bytes, body: bytes) -> None:
    block = head_of(pairs, end)
    assert end_of_head(block + body) == len(block)
    head = read_head(block)
    assert head.archived_block == block
    assert head.status == 200
    assert head.fields == tuple((name.lower(), value) for name, value in pairs)


@given(fields, st.sampled_from([b"Transfer-Encoding", b"TRANSFER-ENCODING", b"transfer-encoding"]))
def test_only_the_chunked_coding_is_renamed(pairs: list[tuple[bytes, bytes]], name: bytes) -> None:
    block = head_of([*pairs, (name, b"chunked")], b"\r\n")
    expected = block.replace(name + b": chunked", b"X-Archive-Orig-" + name + b": chunked")
    assert read_head(block).archived_block == expected
    other = head_of([*pairs, (name, b"gzip, chunked")], b"\r\n")
    assert read_head(other).archived_block == other
    assert isinstance(body_of(read_head(other), "GET"), UnreadableBody)


@given(payloads, fields, cuts, st.sampled_from(["sized", "chunked", "open"]), st.integers(0, 2), st.integers(0, 60))
def test_how_the_network_cuts_does_not_matter(  # noqa: PLR0917  hypothesis names them
    pieces: list[bytes], pairs: list[tuple[bytes, bytes]], at: list[int], framing: str, hints: int, limit: int
) -> None:
    payload = b"".join(pieces)
    extra = {"sized": [(b"Content-Length", b"%d" % len(payload))], "chunked": [(b"Transfer-Encoding", b"chunked")]}
    block = head_of([*pairs, *extra.get(framing, [])], b"\r\n")
    data = b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" * hints + block
    data += chunked(pieces) if framing == "chunked" else payload
    kept = [record(parts, limit) for parts in ([data], split(data, at), [bytes([b]) for b in data])]
    assert kept[0] == kept[1] == kept[2]
    assert kept[0].entity == (payload[:limit] if limit else payload)
    assert kept[0].truncated == (Truncation.LENGTH if limit and len(payload) > limit else None)


def record(parts: list[bytes], limit: int) -> Exchange:
    recorder = Recorder("GET", limit, proxied=False)
    recorder.sent(b"GET / HTTP/1.1\r\n\r\n", "203.0.113.5")
    for part in parts:
        recorder.feed(part)
    exchange = recorder.close("https://alpha.test/", None)
    return replace(exchange, fetched_at=datetime(2026, 1, 1, tzinfo=UTC))


def test_address_is_kept_but_not_behind_a_proxy() -> None:
    for proxied, address in ((False, "203.0.113.5"), (True, None)):
        recorder = Recorder("GET", 0, proxied=proxied)
        recorder.sent(b"", "203.0.113.5")
        assert recorder.close("https://alpha.test/", None).ip_address == address


def test_a_request_sent_anew_starts_the_record_anew() -> None:
    recorder = Recorder("GET", 0, proxied=False)
    recorder.sent(b"one", None)
    recorder.feed(b"HTTP/1.1 200 OK\r\nConte")
    recorder.sent(b"two", None)
    recorder.feed(b"HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nok")
    exchange = recorder.close("https://alpha.test/", None)
    assert (exchange.request_block, exchange.status, exchange.entity) == (b"two", 404, b"ok")


def test_what_scrapy_holds_is_not_held_twice() -> None:
    recorder = Recorder("GET", 0, proxied=False)
    recorder.sent(b"", None)
    recorder.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
    recorder.feed(b"hello")
    received = bytes(bytearray(b"hello"))
    assert recorder.close("https://alpha.test/", None, received).entity is received


def test_late_bytes_belong_to_nobody() -> None:
    recorder = Recorder("GET", 0, proxied=False)
    recorder.sent(b"", None)
    recorder.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhel")
    exchange = recorder.close("https://alpha.test/", ExchangeError.TIMEOUT)
    recorder.feed(b"lo")
    assert exchange.entity == b"hel"
    assert recorder.close("https://alpha.test/", None).entity == b""


def test_endless_informational_answers_are_stopped() -> None:
    recorder = Recorder("GET", 0, proxied=False)
    recorder.sent(b"", None)
    hint = b"HTTP/1.1 103 Early Hints\r\n\r\n"
    for _ in range(HEAD_LIMIT // len(hint) + 1):
        recorder.feed(hint)
    assert recorder.over_limit
