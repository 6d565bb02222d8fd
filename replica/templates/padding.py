"""Inline style and script that bring a page to the size of a live one (60 to 110 KB), always the same for a host."""

import random
from collections.abc import Callable
from functools import lru_cache

_PROPERTIES = ("margin", "padding", "top", "border-radius", "line-height", "font-size", "width", "max-height", "gap")
_PLACES = (".row", ".media-body", ".thumb-post", "ul li a", ".nav-inner", ".footer-grid", ".cont h2", ".swiper-slide")
_STYLE_BYTES = (30_000, 52_000)
_SCRIPT_BYTES = (14_000, 26_000)


@lru_cache(maxsize=64)
def style(host: str) -> str:
    """A style sheet of 30 to 52 KB."""
    rng = random.Random(f"style/{host}")  # noqa: S311 - must repeat, guards nothing
    return _until(rng.randint(*_STYLE_BYTES), lambda: _rule(rng))


@lru_cache(maxsize=64)
def script(host: str) -> str:
    """A script of 14 to 26 KB that fills a table of settings and touches no element."""
    rng = random.Random(f"script/{host}")  # noqa: S311 - must repeat, guards nothing
    return "var nkt={};\n" + _until(rng.randint(*_SCRIPT_BYTES), lambda: _setting(rng))


def _rule(rng: random.Random) -> str:
    body = ";".join(f"{rng.choice(_PROPERTIES)}:{rng.randint(0, 96)}px" for _ in range(rng.randint(2, 5)))
    return f".nkt-{rng.getrandbits(24):06x} {rng.choice(_PLACES)}{{{body};color:#{rng.getrandbits(24):06x}}}\n"


def _setting(rng: random.Random) -> str:
    return f'nkt["{rng.getrandbits(32):08x}"]={{"id":{rng.getrandbits(20)},"html":"<p>{rng.getrandbits(40):x}</p>"}};\n'


def _until(size: int, line: Callable[[], str]) -> str:
    lines: list[str] = []
    total = 0
    while total < size:
        lines.append(line())
        total += len(lines[-1])
    return "".join(lines)
