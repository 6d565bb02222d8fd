"""The page behind an article link: half a megabyte of script, and the signed attributes near its end."""

import hashlib
import zlib
from functools import lru_cache
from itertools import permutations
from typing import NamedTuple

from replica.chance import repeatable

_FILLER_BYTES = 588_000
"""Captures had 591 KB (FACTS-google-news.md, section 2.2)."""
_GZIP = 16 + zlib.MAX_WBITS
_DECOY_AGE_S = 86_400
_SIGNS = {"-": "&#45;", "_": "&#x5f;"}


class Signed(NamedTuple):
    """What the page hands to the next step: id, Unix seconds of the rendering, signature."""

    article_id: str
    rendered: int
    signature: str


def article_page(signed: Signed) -> bytes:
    """The page in UTF-8."""
    return _filler() + _tail(signed)


def article_page_gzip(signed: Signed) -> bytes:
    """The page as one gzip member; only the end is packed anew."""
    packer = _packed_filler()[1].copy()
    return _packed_filler()[0] + packer.compress(_tail(signed)) + packer.flush()


def _tail(signed: Signed) -> bytes:
    """The last 1 %: a time stamp that signs nothing, then the true tag, its attributes in one of six orders."""
    variant = hashlib.sha256("/".join(map(str, signed)).encode()).digest()
    order = list(permutations(_attributes(signed, escaped=variant[0] % 2 == 0)))[variant[1] % 6]
    attributes = f'{order[0]} jsname="a9kxte" {order[1]} class="EmVfjc" {order[2]}'
    if variant[2] % 4:
        tag = f'<c-wiz jsrenderer="zPeVPb"><div jscontroller="aLI87" {attributes}></div></c-wiz>'
    else:
        tag = f'<c-wiz jsrenderer="zPeVPb" jscontroller="aLI87" {attributes}></c-wiz>'
    decoy = f'<div jscontroller="xZ2Wcc" data-n-a-ts="{signed.rendered - _DECOY_AGE_S}"></div>'
    return f"</script></head><body>{decoy}{tag}<script>{_SCRIPT}</script></body></html>".encode()


def _attributes(signed: Signed, *, escaped: bool) -> list[str]:
    names = ("data-n-a-id", "data-n-a-ts", "data-n-a-sg")
    return [f'{name}="{_coded(str(value)) if escaped else value}"' for name, value in zip(names, signed, strict=True)]


def _coded(value: str) -> str:
    return "".join(_SIGNS.get(sign, sign) for sign in value)


_SCRIPT = "window.wiz_progress&&window.wiz_progress();" * 12


@lru_cache(maxsize=1)
def _filler() -> bytes:
    """The head with script that means nothing; packs to a fifth, as minified script does."""
    rng = repeatable(0, "google", "script")
    names = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz_$", k=rng.randint(2, 9))) for _ in range(1500)]
    shapes = ("var {}={};", "{}.{}=function(a){{return a}};", 'if({}("{}"))return;', "{}=_.{}(this);")
    pieces = ['<!doctype html><html lang="id"><head><title>Google News</title><script>']
    size = len(pieces[0])
    while size < _FILLER_BYTES:
        pieces.append(rng.choice(shapes).format(rng.choice(names), rng.choice(names)))
        size += len(pieces[-1])
    return "".join(pieces).encode()


@lru_cache(maxsize=1)
def _packed_filler() -> tuple[bytes, "zlib._Compress"]:
    packer = zlib.compressobj(6, zlib.DEFLATED, _GZIP)
    return packer.compress(_filler()), packer
