"""How each fault looks on the wire: a plan of pieces, pauses and endings that the proxy carries out."""

import struct
import zlib
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from replica.answers import Answer, Headers, frame, head_bytes, http_date, redirect
from replica.faults import Fault, FaultKind
from replica.incoming import Request

_MEGABYTE = 1 << 20
_DRIPS_A_SECOND = 10
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
    match fault.kind:
        case FaultKind.SLOW:
            size = max(1, fault.bytes_per_s // _DRIPS_A_SECOND)
            return Plan(true, _drips(true.wire, size), Ending.KEEP, fault.delay_s, 1 / _DRIPS_A_SECOND)
        case FaultKind.CUT:
            return _cut(fault, true, now)
        case FaultKind.BOMB:
            return _bomb(fault, now)
        case FaultKind.OVERLONG:
            return _overlong(fault, now)
        case FaultKind.STALL | FaultKind.RESET | FaultKind.UNREACHABLE | FaultKind.GARBAGE:
            return _mute(fault)
    answer = _answer(fault, request, soft_404, now)
    return Plan(answer, iter((answer.wire,)), Ending.KEEP, fault.delay_s)


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
    framing = (
        ("Transfer-Encoding", "chunked") if fault.chunked else ("Content-Length", str(fault.megabytes * _MEGABYTE))
    )
    head = head_bytes(200, [*_html_headers(now), framing])

    def pieces() -> Iterator[bytes]:
        yield head
        for _ in range(fault.megabytes):
            yield piece
        if fault.chunked:
            yield b"0\r\n\r\n"

    return Plan(Answer("fault", 200, head, b"", b""), pieces(), Ending.KEEP, fault.delay_s)


def _bomb(fault: Fault, now: datetime) -> Plan:
    entity = bomb(fault.megabytes)
    answer = frame("fault", 200, [*_html_headers(now), ("Content-Encoding", "gzip")], entity)
    return Plan(answer, iter((answer.wire,)), Ending.KEEP, fault.delay_s)


@lru_cache(maxsize=4)
def bomb(megabytes: int) -> bytes:
    """A single gzip member that expands to `megabytes` MB: one fully flushed block of 1 MB, repeated."""
    plain = b"<p>bom</p>".ljust(64, b" ") * (_MEGABYTE // 64)
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = packer.compress(plain) + packer.flush(zlib.Z_FULL_FLUSH)
    check = 0
    for _ in range(megabytes):
        check = zlib.crc32(plain, check)
    head = b"\x1f\x8b\x08\x00" + bytes(4) + b"\x02\xff"
    size = megabytes * _MEGABYTE & 0xFFFFFFFF
    return head + block * megabytes + b"\x03\x00" + struct.pack("<II", check, size)


def _drips(wire: bytes, size: int) -> Iterator[bytes]:
    return (wire[i : i + size] for i in range(0, len(wire), size))


def _html_headers(now: datetime) -> Headers:
    return [("Server", "nginx"), ("Date", http_date(now)), ("Content-Type", "text/html")]
