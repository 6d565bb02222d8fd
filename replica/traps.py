"""Pages that lead a crawler on for ever: listings and articles made up as they are asked for."""

import re
from collections.abc import Callable, Iterable

from replica.faults import Fault, FaultKind
from replica.incoming import Request

_ROWS = 30
_INVENTED = 800_000_000
"""Ids from here on are nobody's."""
_OFFSET = re.compile(r"/(\d{1,6})/?$")
_NAMED = 50
"""Sections that each page of invented ones names."""


def trap(fault: Fault, request: Request) -> bytes:
    """The page that `fault` puts in the place of the true one."""
    return _MAKERS[fault.kind](fault, request).encode()


def _stem_and_offset(path: str) -> tuple[str, int]:
    match = _OFFSET.search(path)
    return (path[: match.start()], int(match[1])) if match else (path.rstrip("/"), 0)


def _endless(fault: Fault, request: Request) -> str:
    """The same articles on each page, in another order; whatever else makes addresses without end is linked too."""
    stem, offset = _stem_and_offset(request.path)
    turn = offset // _ROWS % _ROWS
    rows = [f"/read/{fault.article_id + n}/berita-{n}" for n in range(_ROWS)]
    page = offset // _ROWS + 2
    traps = [
        f"{stem}?page={page}",
        f"{stem}/0?PHPSESSID={page:032x}",
        f"/kalender/2026/{page}",
        "/" + "arsip/" * page,
        f"/index.php?option=com&id={page}",
    ]
    return _listing(request.host, stem, offset, [*rows[turn:], *rows[:turn]], traps)


def _invented(_: Fault, request: Request) -> str:
    """Articles on each page that nobody named before; there are none at their addresses."""
    stem, offset = _stem_and_offset(request.path)
    return _listing(request.host, stem, offset, [f"/read/{_INVENTED + offset + n}/karangan" for n in range(_ROWS)], ())


def _sections(_: Fault, request: Request) -> str:
    """Sections that nobody named before."""
    stem, offset = _stem_and_offset(request.path)
    first = int.from_bytes(stem.encode()[-4:], "big") % 10**9
    return _listing(request.host, stem, offset, [], [f"/kategori/rubrik-{first}-{n}" for n in range(_NAMED)])


def _parts(_: Fault, request: Request) -> str:
    """An article of which each part names three more."""
    stem, offset = _stem_and_offset(request.path)
    links = "".join(
        f'<li><a href="https://{request.host}{stem}/{at}" data-ci-pagination-page="{at}">{at}</a></li>'
        for at in range(offset + 15, offset + 60, 15)
    )
    return (
        "<!DOCTYPE html>\n<html><head><title>Kisah tanpa akhir</title></head><body>"
        '<div class="post text-black-1"><h1 class="text-black">Kisah tanpa akhir</h1>'
        '<div class="post-info bottom-15"><span class="date">Kamis 05-03-2026,06:50 WIB</span></div>'
        f"<p>TEGAL - Bagian {offset // 15 + 1} dari kisah yang tidak pernah selesai diceritakan.</p>"
        f'<div class="text-center"><ul class="pagination">{links}</ul></div></div></body></html>'
    )


def _listing(host: str, stem: str, offset: int, rows: Iterable[str], further: Iterable[str]) -> str:
    items = "".join(
        f'<div class="bottom-15"><div class="media-body"><h2 class="media-heading"><a href="https://{host}{path}">'
        f"Berita {n}</a></h2></div></div>\n"
        for n, path in enumerate(rows)
    )
    others = "".join(f'<a href="https://{host}{path}">lagi</a>\n' for path in further)
    following = f"https://{host}{stem}/{offset + _ROWS}"
    return (
        "<!DOCTYPE html>\n<html><head><title>Kategori</title></head><body>"
        f'<div class="col-sm-8">{items}</div>{others}'
        f'<ul class="pagination"><li><a href="{following}" data-ci-pagination-page="{offset // _ROWS + 2}" rel="next">'
        "&gt;</a></li></ul></body></html>"
    )


_MAKERS: dict[FaultKind, Callable[[Fault, Request], str]] = {
    FaultKind.ENDLESS_LISTING: _endless,
    FaultKind.INVENTED_LISTING: _invented,
    FaultKind.INVENTED_SECTIONS: _sections,
    FaultKind.ENDLESS_PARTS: _parts,
}
