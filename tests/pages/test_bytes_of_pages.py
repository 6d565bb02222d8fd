"""Charsets, and bytes that would hurt a parser."""

import time
from contextlib import suppress

import pytest
from disway_html import LEAD, article_page, paragraphs, read
from hypothesis import given, settings
from hypothesis import strategies as st

from news.errors import NotAnArticle, PageError, PageUnreadable, RefusalReason
from pages.charset import as_utf8

QUOTED = "\u201cKami tetap di sini\u201d \u2013 kata prot\u00e9g\u00e9 itu\u2026"
SECONDS = 30
"""Of CPU: many times what the slowest takes (0.6 s: 49,000 links); unguarded, nesting took minutes and 7 GB."""


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (QUOTED.encode(), None),
        (QUOTED.encode(), "text/html; charset=iso-8859-1"),
        (b"\xef\xbb\xbf" + QUOTED.encode(), None),
        (b"\xff\xfe" + QUOTED.encode("utf-16-le"), "text/html; charset=utf-8"),
        (QUOTED.encode("cp1252"), "text/html; charset=ISO-8859-1"),
        (QUOTED.encode("cp1252"), "text/html; charset=utf-8"),
        (QUOTED.encode("cp1252"), "text/html; charset=base64"),
        (b'<meta charset="windows-1252">' + QUOTED.encode("cp1252"), None),
    ],
)
def test_charsets(body: bytes, content_type: str | None) -> None:
    assert as_utf8(body, content_type).decode().endswith(QUOTED)


def test_stray_bytes_do_not_turn_a_utf8_page_into_mojibake() -> None:
    body = (QUOTED * 3).encode() + b"\xe2\x80"
    assert as_utf8(body, None) == body
    part = read(article_page(paragraphs(QUOTED, LEAD)).encode().replace(b"bambu", b"bamb\xfc"))
    assert part.paragraphs[0] == QUOTED


@given(st.text(), st.sampled_from([None, "text/html", "text/html; charset=latin-1", "text/html; charset=nope"]))
def test_utf8_is_utf8_whatever_the_header(text: str, content_type: str | None) -> None:
    body = text.encode()
    assert as_utf8(body, content_type).decode() == text.removeprefix("\ufeff")


@given(st.binary(max_size=400), st.sampled_from([None, "text/html; charset=shift_jis", "x; charset=utf-16"]))
def test_any_bytes_become_text(body: bytes, content_type: str | None) -> None:
    as_utf8(body, content_type).decode(errors="replace")


@given(st.binary(max_size=300))
@settings(max_examples=200)
def test_any_bytes_are_read_or_refused(noise: bytes) -> None:
    html = article_page(f"<p>{LEAD}</p>@@").encode().replace(b"@@", noise)
    for body in (html, b"<html>" + noise, noise):
        with suppress(PageError):
            assert read(body).title


@given(st.integers(0, 4000))
@settings(max_examples=60)
def test_a_page_cut_anywhere_is_read_or_refused(length: int) -> None:
    with suppress(NotAnArticle):
        assert read(article_page().encode()[:length]).article_id == 723001


def hostile(name: str) -> bytes:
    opening, _, rest = article_page(paragraphs(LEAD)).partition("<p>Cek Berita")
    middle = {
        "very deep": "<div>" * 1_000_000,
        "deep": "<div>" * 90_000,
        "deep, closed late": "<div>" * 40_000 + "</div>" * 40_000,
        "formatting": "<p>" + "".join(f"<small x={n}>" for n in range(5_000)) + "</p>" + "<p>x</p>" * 5_000,
        "attribute": f'<div title="{"a" * 1_900_000}"></div>',
        "vast attribute": f'<div title="{"a" * 100_000_000}"></div>',
        "attributes": f"<div {' '.join(f'a{n}' for n in range(200_000))}></div>",
        "attributes of many roots": "".join(f"<body {' '.join(f'a{m}x{n}' for n in range(1_900))}>" for m in range(60)),
        "links": "".join(f'<a href="/read/{n}/x">l</a>' for n in range(49_000)),
        "many links": "".join(f'<a href="/read/{n}/x">l</a>' for n in range(200_000)),
        "links in depth": "<q>" * 2_400 + '<a href="/read/1/x">l</a>' * 40_000,
        "json-ld": '<script type="application/ld+json">{"@type":"NewsArticle"}</script>' * 30_000,
        "many json-ld": '<script type="application/ld+json">{"@type":"NewsArticle"}</script>' * 50_000,
        "deep json": f'<script type="application/ld+json">{"[" * 200_000}</script>',
        "images": "<img src=x>" * 99_000,
    }[name]
    return f"{opening}{middle}<p>Cek Berita{rest}".encode()


@pytest.mark.parametrize("name", ["very deep", "vast attribute", "many links", "many json-ld"])
def test_pages_out_of_all_proportion_are_refused_before_parsing(name: str) -> None:
    start = time.process_time()
    with pytest.raises(NotAnArticle) as refused:
        read(hostile(name))
    assert refused.value.reason is RefusalReason.TOO_LARGE
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize(
    "name",
    ["deep", "deep, closed late", "links in depth", "formatting", "attributes", "attributes of many roots"],
)
def test_nesting_that_no_reader_needs_is_refused_before_parsing(name: str) -> None:
    start = time.process_time()
    with pytest.raises(PageUnreadable):
        read(hostile(name))
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize("name", ["attribute", "links", "json-ld", "deep json", "images"])
def test_large_pages_are_read_in_bounded_time(name: str) -> None:
    start = time.process_time()
    part = read(hostile(name))
    assert time.process_time() - start < SECONDS
    assert part.paragraphs[0] == LEAD
    if name == "links":
        assert len(part.links) > 48_990


def test_formatting_that_word_processors_forget_to_close_is_no_attack() -> None:
    body = "".join(f'<p><font face="Arial"><b>Baris {n}</p>' for n in range(2_000))
    assert len(read(article_page(body)).paragraphs) > 1_999
