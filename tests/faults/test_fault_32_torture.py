"""Pages made to hurt a reader: bounded time, bounded memory, and whatever they are, the others are read."""

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fixtures.crawls import ALL_TIME, Ended, Stock
from hostile_origin import measured
from scripted_newspaper import HOST, LEAD, SITE, Newspaper, article

MIB = 1 << 20
MOST_BYTES = 250 * MIB
MOST_S = 100
"""Many times what all of it takes on a machine that has nothing else to do (12 s)."""
END = "<p>Tamat.</p>"
TORTURE = {
    "1,000,000 divs": "<div>" * 1_000_000,
    "90,000 divs": "<div>" * 90_000,
    "an attribute of 30 MB": f'<div title="{"a" * 30_000_000}"></div>',
    "an attribute of 1.9 MB": f'<div title="{"a" * 1_900_000}"></div>',
    "200,000 attributes": f"<div {' '.join(f'a{n}' for n in range(200_000))}></div>",
    "attributes of many bodies": "".join(f"<body {' '.join(f'a{m}x{n}' for n in range(1_900))}>" for m in range(60)),
    "200,000 links": "".join(f'<a href="/read/{n}/x">l</a>' for n in range(200_000)),
    "48,000 links": "".join(f'<a href="https://{HOST}/read/{n % 40}/x">l</a>' for n in range(48_000)),
    "links in links": '<a href="/read/1/x"><div>' * 4_000,
    "50,000 scripts": '<script type="application/ld+json">{"@type":"NewsArticle"}</script>' * 50_000,
    "30,000 scripts": '<script type="application/ld+json">{"@type":"NewsArticle"}</script>' * 30_000,
    "deep JSON-LD": f'<script type="application/ld+json">{"[" * 200_000}</script>',
    "cyclic JSON-LD": '<script type="application/ld+json">{"@id":"#a","@graph":[{"@id":"#a"}],"mainEntity":"#a"}</script>',
    "huge JSON-LD": f'<script type="application/ld+json">{{"headline":"{"x" * 1_000_000}"}}</script>',
    "nothing closed": "<table><tr><td><b><i><p><ul><li><font><center>" * 400,
    "formatting": "<p>" + "".join(f"<small x={n}>" for n in range(5_000)) + "</p>" + "<p>x</p>" * 5_000,
    "one id for all": '<div id="author"><strong>x</strong></div>' * 20_000,
    "a base elsewhere": '<base href="http://127.0.0.1/"><base href="//koran-lain.example/">',
    "dashes": f'<p class="text-grey"><small>{"-" * 1_000_000}x</small></p>',
    "spaces": f"<p>{' &nbsp;' * 200_000}</p>",
    "a dateline without end": f"<p><strong>{'KOTA, ' * 200_000}</strong></p>",
    "dates": '<span class="date">Kamis 99-99-2026,06:50 WIB</span>' * 30_000,
    "a comment": f"<!--{'-' * 1_900_000}",
}


@dataclass(frozen=True)
class Tortured:
    ended: Ended
    stock: Stock
    peak_bytes: int
    took_s: float


@pytest.fixture(scope="module")
def tortured(desk) -> Iterator[Tortured]:
    folder: Path = desk()
    folder.mkdir(parents=True)
    with Newspaper(folder) as newspaper:
        pages = {
            n: article(body=f"<p>{LEAD}</p>{markup}{END}").encode() for n, markup in enumerate(TORTURE.values(), 100)
        }
        healthy = {n: article(f"Berita ke-{n} dari desa").encode() for n in range(1, 40)}
        newspaper.publish({**healthy, **pages})
        operator = newspaper.operator(folder / "desk")
        began = time.monotonic()
        done, peak = measured(operator, [SITE], *ALL_TIME)
        yield Tortured(done, operator.stock(), peak, time.monotonic() - began)


def test_fault_32_each_page_is_read_or_refused_and_kept(tortured: Tortured):
    assert "Traceback" not in tortured.ended.err, tortured.ended.err
    for number, name in enumerate(TORTURE, 100):
        state, reason = tortured.stock.states[f"{SITE}/{number}"]
        assert state in ("archived", "refused"), (name, state, reason)
        assert reason in (None, "too_large", "unreadable"), (name, reason)
        (kept,) = [row for row in tortured.stock.captures if row["article_id"] == number]
        assert kept["warc_key"], name


def test_fault_32_the_others_are_read(tortured: Tortured):
    assert {f"{SITE}/{n}" for n in range(1, 40)} <= tortured.stock.by_key.keys()
    assert "pages_poisoned" not in tortured.ended.facts["counts"], "no reader had to be interrupted"


def test_fault_32_memory_and_time_are_bounded(tortured: Tortured):
    assert tortured.peak_bytes < MOST_BYTES, f"{tortured.peak_bytes / MIB:.0f} MiB"
    assert tortured.took_s < MOST_S
    assert re.search(r"run \S+: (ok|degraded)", tortured.ended.err)
    assert threading.active_count() >= 1


def test_fault_32_nobody_else_is_linked(tortured: Tortured):
    assert {row["target_url"].split("/")[2] for row in tortured.stock.sightings} == {HOST}
