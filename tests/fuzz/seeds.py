"""Beginnings for the fuzzer: what the replica serves, and the broken feeds and sitemaps of the tests."""

import gzip
import zlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

import brotli

from pages.google_batch import BATCH_URL, batch_body
from pages.google_feed import read_google_feed
from pages.google_page import Signature, read_article_page
from pages.google_query import article_page_url, search_url
from replica.google.desk import GoogleDesk
from replica.incoming import Request
from replica.network import Network
from replica.pages import Pages
from replica.truth import truth_of
from storage.warc_writer import compose_note, compose_warcinfo

TESTS = Path(__file__).parents[1]
_WORLD = Network.generate(seed=3, sites=4, articles=8)
_NOW = _WORLD.start + timedelta(days=1)
_EACH = 6
"""Pages of a kind."""
_ROBOTS = b"User-agent: *\nDisallow: /cari\nAllow: /cari/x$\nCrawl-delay: 2\nSitemap: https://radartegal.disway.id/sitemap.xml\n"
_URLS = (
    "https://www.radartegal.disway.id:443/lokal/read/7/a-b/15?utm_source=x#y",
    "/amp/7/a-b/32",
    "/kategori/458/lampung-raya/30",
    "/listtag/224235/saldo-dana-gratis",
    "//user@disway.id\\@example.org/read/%37/%2e%2e/x",
)


def seeds() -> dict[str, list[bytes]]:
    """By target; a target without any begins with nothing."""
    found: dict[str, list[bytes]] = defaultdict(list)
    pages = Pages(_WORLD, _WORLD.start)

    def page(url: str) -> Iterator[bytes]:
        parts = urlsplit(url)
        rendered = pages.render(parts.hostname or "", parts.path, parts.query)
        if rendered is not None:
            yield rendered.body

    for article in islice(truth_of(_WORLD, _WORLD.start).articles, _EACH):
        found["article"] += page(article.url)
        found["amp"] += page(article.url.replace("/read/", "/amp/"))
    for site in _WORLD.sites:
        root = f"https://{site.profile.host}"
        found["listing"] += page(f"{root}/")
        for path in ("/rss", "/feed", "/sitemap.xml", "/sitemap-news.xml"):
            found["sitemap" if "sitemap" in path else "feed"] += page(root + path)
    broken = [path.read_bytes() for path in sorted((TESTS / "pages" / "broken_sources").iterdir())]
    for name in ("feed", "sitemap"):
        found[name] += broken
    found |= _of_google()
    found["robots"] = [_ROBOTS, _ROBOTS.replace(b"\n", b"\r"), b"\xef\xbb\xbf" + _ROBOTS]
    found["url"] = [url.encode() for url in _URLS]
    records = [compose_warcinfo("warc/a.warc.gz", "tests/1", "d"), compose_note({"events": [{"a": 1}]}, _NOW)]
    found["record"] = [*records, *map(gzip.decompress, records)]
    found["segment"] = [b"".join(records), b"".join(records)[:-9], b"x" + records[0]]
    found["coding"] = [gzip.compress(_ROBOTS), zlib.compress(_ROBOTS), brotli.compress(_ROBOTS)]
    return found


def _of_google() -> dict[str, list[bytes]]:
    desk = GoogleDesk(_WORLD)

    def ask(url: str, form: bytes | None = None) -> bytes:
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        method = "GET" if form is None else "POST"
        entity = desk.answer(Request(method, "https", parts.netloc, target, (), body=form or b""), _NOW).entity
        return gzip.decompress(entity) if entity.startswith(b"\x1f\x8b") else entity

    feeds = [ask(search_url(site.profile.host)) for site in _WORLD.sites]
    tokens = [lead.token for body in feeds for lead in read_google_feed(body).leads][:_EACH]
    pages = [ask(article_page_url(token)) for token in tokens]
    read = [read_article_page(body, token) for body, token in zip(pages, tokens, strict=True)]
    signed = [found for found in read if isinstance(found, Signature)]
    return {
        "google_feed": feeds,
        "google_page": pages,
        "google_id": [token.encode() for token in tokens],
        "google_batch": [ask(BATCH_URL, batch_body(signed))] if signed else [],
    }
