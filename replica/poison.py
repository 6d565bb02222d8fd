"""Feeds and sitemaps that mean harm or are broken, as plain pieces of XML; how they are sent is `misbehave`'s part."""

import gzip
import re
from collections.abc import Callable, Iterator
from http import HTTPStatus

from replica.answers import Answer
from replica.faults import Fault, FaultKind
from replica.incoming import Request

ENTITY_PATH = "/entitas-luar"
"""Every external entity over HTTP lies under this path of the host that was asked: the log shows who fetched one."""
STRANGER = "www.koran-lain.invalid"
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_URLSET = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
_INDEX = '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
_LAUGHS = 10
_CYCLE = ("/sitemap.xml", "/sitemap_index.xml", "/sitemap-lingkar.xml")
_DEEPER = re.compile(r"/sitemap-dalam-(\d+)\.xml")
_FANOUT = 2
_ENTRIES_A_PIECE = 2000
_MEGABYTE = 1 << 20
_HTML = "<!DOCTYPE html>\n<html><head><title>Beranda</title></head><body><h1>Bukan XML</h1><p>Halo.<br></body></html>\n"


def poisoned(fault: Fault, request: Request, true: Answer) -> Iterator[bytes]:
    """The document that `fault` puts in the place of the true answer, piece by piece."""
    return _MAKERS[fault.kind](fault, request, true)


def _slugs(fault: Fault, request: Request, _: Answer) -> Iterator[bytes]:
    """Entries up to `entries` or `megabytes`; of ten, seven are slugs of one id that nobody gave it."""
    sent = 0
    yield f"{_XML}{_URLSET}".encode()
    for first in range(0, fault.entries, _ENTRIES_A_PIECE):
        numbers = range(first, min(first + _ENTRIES_A_PIECE, fault.entries))
        piece = "".join(f"<url><loc>{_entry(fault, request.host, n)}</loc></url>\n" for n in numbers).encode()
        sent += len(piece)
        if sent > fault.size:
            break
        yield piece
    yield b"</urlset>\n"


def _entry(fault: Fault, host: str, number: int) -> str:
    match number % 10:
        case 7:
            return f"https://{host}/read/{10**12 + number}/nomor-raksasa-{number}"
        case 8:
            return f"https://{STRANGER}/read/{number}/koran-lain-{number}"
        case 9:
            return f"javascript:alert({number})" if number % 20 == 9 else f"data:text/html,{number}"  # noqa: PLR2004
        case _:
            return f"https://{host}/read/{fault.article_id}/siput-palsu-{number}"


def _laughs(_: Fault, request: Request, __: Answer) -> Iterator[bytes]:
    levels = "".join(
        f'<!ENTITY tawa{n} "{f"&tawa{n - 1};" * 10}">\n' for n in range(1, _LAUGHS)
    )  # 10^9 words when it is expanded
    dtd = f'<!DOCTYPE urlset [\n<!ENTITY tawa0 "wkwk">\n{levels}]>\n'
    url = f"https://{request.host}/read/1/&tawa{_LAUGHS - 1};"
    yield f"{_XML}{dtd}{_URLSET}<url><loc>{url}</loc></url>\n</urlset>\n".encode()


def _external(_: Fault, request: Request, __: Answer) -> Iterator[bytes]:
    """A document that reads a local file and three addresses of this host, if it is let."""
    root = f"http://{request.host}{ENTITY_PATH}"
    dtd = f"""<!DOCTYPE urlset SYSTEM "{root}/luar.dtd" [
<!ENTITY % jauh SYSTEM "{root}/parameter.dtd">
%jauh;
<!ENTITY berkas SYSTEM "file:///etc/passwd">
<!ENTITY web SYSTEM "{root}/umum">
]>
"""
    urls = "".join(f"<url><loc>https://{request.host}/read/1/&{name};</loc></url>\n" for name in ("berkas", "web"))
    yield f"{_XML}{dtd}{_URLSET}{urls}</urlset>\n".encode()


def _cycle(_: Fault, request: Request, __: Answer) -> Iterator[bytes]:
    """An index that names itself and indexes that name it back."""
    yield _index(request.host, dict.fromkeys((request.path, *_CYCLE)))


def _deep(_: Fault, request: Request, __: Answer) -> Iterator[bytes]:
    """An index of two children, each of which is an index of two again, without end and without a repeat."""
    match = _DEEPER.search(request.path)
    number = int(match[1]) if match else 0
    yield _index(request.host, (f"/sitemap-dalam-{_FANOUT * number + n}.xml" for n in range(1, _FANOUT + 1)))


def _index(host: str, paths: Iterator[str] | dict[str, None]) -> bytes:
    children = "".join(f"<sitemap><loc>https://{host}{path}</loc></sitemap>\n" for path in paths)
    return f"{_XML}{_INDEX}{children}</sitemapindex>\n".encode()


def _huge(fault: Fault, request: Request, _: Answer) -> Iterator[bytes]:
    """One line of RSS, `megabytes` long; its items repeat a few ids."""
    item = "".join(
        f"<item><title>Kabar {n}</title><link>https://{request.host}/read/{fault.article_id + n}/kabar-{n}</link>"
        f"<description>{'panjang sekali ' * 60}</description></item>"
        for n in range(50)
    ).encode()
    yield b'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Panjang</title>'
    for _sent in range(0, fault.size, len(item)):
        yield item
    yield b"</channel></rss>"


def _html(_: Fault, __: Request, ___: Answer) -> Iterator[bytes]:
    yield _HTML.encode()


def _truncated(_: Fault, __: Request, true: Answer) -> Iterator[bytes]:
    """The first half of the true document; of a document of its own where there is none."""
    if true.status != HTTPStatus.OK:
        yield f"{_XML}{_URLSET}<url><loc>https://".encode()
        return
    body = gzip.decompress(true.entity) if true.entity[:2] == b"\x1f\x8b" else true.entity
    yield body[: len(body) // 2]


_MAKERS: dict[FaultKind, Callable[[Fault, Request, Answer], Iterator[bytes]]] = {
    FaultKind.POISONED_SITEMAP: _slugs,
    FaultKind.BILLION_LAUGHS: _laughs,
    FaultKind.XXE: _external,
    FaultKind.SITEMAP_CYCLE: _cycle,
    FaultKind.DEEP_INDEX: _deep,
    FaultKind.HUGE_FEED: _huge,
    FaultKind.HTML_FEED: _html,
    FaultKind.TRUNCATED_XML: _truncated,
}
