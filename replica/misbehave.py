"""How each fault looks on the wire: a plan of pieces, pauses and endings that the proxy carries out."""

import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from replica.answers import Answer, Headers, frame, head_bytes, http_date, redirect
from replica.bombs import bomb, packed_stream
from replica.faults import SOURCE_FAULTS, TRAPS, Fault, FaultKind
from replica.incoming import Request
from replica.poison import poisoned
from replica.traps import trap

_MEGABYTE = 1 << 20
_BLOCK = 1 << 16
_DRIPS_A_SECOND = 10
_XML_TYPE = "application/xml; charset=UTF-8"
_MUTE = (FaultKind.STALL, FaultKind.RESET, FaultKind.UNREACHABLE, FaultKind.GARBAGE)
_LOOP_MARK = "putaran"
_MAINTENANCE = (
    "<html><head><title>Pemeliharaan</title></head><body><h1>Situs sedang dalam pemeliharaan</h1></body></html>"
)


class Ending(StrEnum):
    """What becomes of the connection after the pieces."""

    KEEP = "keep"
    CLOSE = "close"
    RESET = "reset"
    STALL = "stall"


class Plan(NamedTuple):
    """What is sent: the answer it stands for, its pieces, the pause before the first and between them, the end."""

    answer: Answer
    pieces: Iterator[bytes]
    ending: Ending
    delay_s: float = 0.0
    pause_s: float = 0.0


def plan(fault: Fault, request: Request, true: Answer, soft_404: Answer, now: datetime) -> Plan:
    """The plan of `fault` for a request whose true answer would be `true`."""
    plans: dict[FaultKind, Callable[[], Plan]] = {
        FaultKind.SLOW: lambda: _slow(fault, true),
        FaultKind.CUT: lambda: _cut(fault, true, now),
        FaultKind.BOMB: lambda: _bomb(fault, now),
        FaultKind.OVERLONG: lambda: _overlong(fault, now),
        FaultKind.ENDLESS_HEADERS: lambda: _endless_head(fault, b"X-Lagi: %b\r\n" % (b"y" * 1000)),
        FaultKind.ENDLESS_LINE: lambda: _endless_head(fault, b"y" * 1000),
        FaultKind.STALE_VALIDATOR: lambda: _stale(request, true, now),
        FaultKind.MISLABELLED: lambda: _whole(true.entity, now, ("Content-Encoding", fault.coding)),
        FaultKind.CUT_CODING: lambda: _in_gzip(_first(_gzipped(true), fault.after_bytes), now),
        FaultKind.FLIPPED_BIT: lambda: _in_gzip(_flipped(_gzipped(true)), now),
        **dict.fromkeys(TRAPS, lambda: _whole(trap(fault, request), now)),
        **dict.fromkeys(_MUTE, lambda: _mute(fault)),
        **dict.fromkeys(SOURCE_FAULTS, lambda: _in_the_place_of_xml(fault, request, true, now)),
    }
    if fault.kind in plans:
        return plans[fault.kind]()
    answer = _answer(fault, request, soft_404, now)
    return Plan(answer, iter((answer.wire,)), Ending.KEEP, fault.delay_s)


def _whole(entity: bytes, now: datetime, *further: tuple[str, str]) -> Plan:
    answer = frame("fault", 200, [*_html_headers(now), *further], entity)
    return Plan(answer, iter((answer.wire,)), Ending.KEEP)


def _in_gzip(entity: bytes, now: datetime) -> Plan:
    return _whole(entity, now, ("Content-Encoding", "gzip"))


def _gzipped(true: Answer) -> bytes:
    is_gzip = true.entity.startswith(b"\x1f\x8b")
    return true.entity if is_gzip else zlib.compress(true.entity, wbits=zlib.MAX_WBITS | 16)


def _first(data: bytes, size: int | None) -> bytes:
    return data[: len(data) // 2 if size is None else size]


def _flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def _stale(request: Request, true: Answer, now: datetime) -> Plan:
    conditional = request.header("if-none-match") or request.header("if-modified-since")
    head = head_bytes(304, [("Server", "nginx"), ("Date", http_date(now))])
    answer = Answer("fault", 304, head, b"", b"") if conditional else true
    return Plan(answer, iter((answer.wire,)), Ending.KEEP)


def _slow(fault: Fault, true: Answer) -> Plan:
    size = max(1, fault.bytes_per_s // _DRIPS_A_SECOND)
    return Plan(true, _drips(true.wire, size), Ending.KEEP, fault.delay_s, 1 / _DRIPS_A_SECOND)


def _answer(fault: Fault, request: Request, soft_404: Answer, now: datetime) -> Answer:
    root = f"https://{request.host}"
    match fault.kind:
        case FaultKind.REDIRECT_LOOP:
            other = "2" if request.query == f"{_LOOP_MARK}=1" else "1"
            return redirect(302, f"{root}{request.path}?{_LOOP_MARK}={other}", now)
        case FaultKind.REDIRECT_HOME:
            return redirect(302, f"{root}/", now)
        case FaultKind.REDIRECT:
            return redirect(302, fault.location, now)
        case FaultKind.SOFT_404:
            return soft_404
        case FaultKind.HTML:
            return frame("fault", 200, _html_headers(now), _MAINTENANCE.encode())
        case _:
            headers = [*_html_headers(now), *fault.headers.items()]
            return frame("fault", fault.status, headers, fault.body.encode())


def _mute(fault: Fault) -> Plan:
    nothing = Answer("fault", 0, b"", b"", b"")
    if fault.kind is FaultKind.GARBAGE:
        return Plan(nothing, iter((b"\x16\x03bukan jawaban HTTP\r\n\r\n\x00\xff",)), Ending.CLOSE, fault.delay_s)
    ending = Ending.STALL if fault.kind is FaultKind.STALL else Ending.RESET
    return Plan(nothing, iter(()), ending, fault.delay_s)


def _cut(fault: Fault, true: Answer, now: datetime) -> Plan:
    coding: Headers = [("Content-Encoding", "gzip")] if true.entity[:2] == b"\x1f\x8b" else []
    answer = frame("fault", true.status, [*_html_headers(now), *coding], true.entity, chunked=fault.chunked)
    keep = len(true.entity) // 2 if fault.after_bytes is None else fault.after_bytes
    return Plan(answer, iter((answer.head, answer.body[:keep])), Ending.CLOSE, fault.delay_s)


def _overlong(fault: Fault, now: datetime) -> Plan:
    megabyte = b"<p>panjang sekali</p>\n".ljust(64, b" ") * (_MEGABYTE // 64)
    piece = b"%x\r\n%b\r\n" % (len(megabyte), megabyte) if fault.chunked else megabyte
    framing = ("Transfer-Encoding", "chunked") if fault.chunked else ("Content-Length", str(fault.size))
    head = head_bytes(200, [*_html_headers(now), framing])

    def pieces() -> Iterator[bytes]:
        yield head
        for _ in range(fault.size // _MEGABYTE):
            yield piece
        if fault.chunked:
            yield b"0\r\n\r\n"

    return Plan(Answer("fault", 200, head, b"", b""), pieces(), Ending.KEEP, fault.delay_s)


def _endless_head(fault: Fault, field: bytes) -> Plan:
    begin = b"HTTP/1.1 200 OK\r\nX-Awal: "
    block = field * (_BLOCK // len(field))

    def pieces() -> Iterator[bytes]:
        yield begin
        for _ in range(fault.size // len(block)):
            yield block

    return Plan(Answer("fault", 200, begin, b"", b""), pieces(), Ending.CLOSE, fault.delay_s)


def _in_the_place_of_xml(fault: Fault, request: Request, true: Answer, now: datetime) -> Plan:
    """Streamed in chunks; packed where the client takes gzip or asked for a gzip file."""
    is_file = request.path.endswith(".gz")
    content_type = "application/gzip" if is_file else _XML_TYPE
    headers: Headers = [("Server", "nginx"), ("Date", http_date(now)), ("Content-Type", content_type)]
    packed = is_file or request.accepts_gzip
    if packed and not is_file:
        headers.append(("Content-Encoding", "gzip"))
    head = head_bytes(200, [*headers, ("Transfer-Encoding", "chunked")])
    plain = poisoned(fault, request, true)

    def pieces() -> Iterator[bytes]:
        yield head
        for piece in packed_stream(plain) if packed else plain:
            yield b"%x\r\n%b\r\n" % (len(piece), piece)
        yield b"0\r\n\r\n"

    return Plan(Answer("fault", 200, head, b"", b""), pieces(), Ending.KEEP, fault.delay_s)


def _bomb(fault: Fault, now: datetime) -> Plan:
    entity = bomb(fault.size // _MEGABYTE, fault.coding, fault.layers)
    coding = ("Content-Encoding", ", ".join([fault.coding] * fault.layers))
    answer = frame("fault", 200, [*_html_headers(now), coding], entity)
    return Plan(answer, iter((answer.wire,)), Ending.KEEP, fault.delay_s)


def _drips(wire: bytes, size: int) -> Iterator[bytes]:
    return (wire[i : i + size] for i in range(0, len(wire), size))


def _html_headers(now: datetime) -> Headers:
    return [("Server", "nginx"), ("Date", http_date(now)), ("Content-Type", "text/html")]
