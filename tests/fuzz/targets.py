"""What is fuzzed: each reader of bytes that came from others, called so that only an undocumented error gets out."""

import gzip
import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from crawler.robots_rules import read_rules
from news.article import LinkKind
from news.errors import ArchiveDamaged, BodyUndecodable, PageError
from news.google import GoogleAnswerRefused
from news.site import load_network
from news.url import UrlRules
from pages.google_batch import read_batch
from pages.google_feed import read_google_feed
from pages.google_ids import offline_url, token_of
from pages.google_page import read_article_page
from pages.google_refusal import refusal_of
from pages.pointers import alternate_feeds, robots_sitemaps
from pages.registry import read_article, read_listing
from pages.sources import read_source, source_digest
from storage.decoding import decoded_body
from storage.segment import mend
from storage.warc import iterate, read_record

RULES = UrlRules(load_network(Path(__file__).parents[2] / "spiders" / "sites"))
SITE = "https://radartegal.disway.id"
TOKEN = "CBMiX0FVX3lxTE1hYmNkZWZnaGlqa2xtbm9w"
AT = datetime(2026, 3, 5, tzinfo=UTC)
_TYPES = ("text/html; charset=utf-8", "text/html; charset=windows-1252", "text/html", None)
_CODINGS = ("gzip", "deflate", "br", "zstd", "gzip, br", "x-unknown")
_DECODED_LIMIT = 1 << 20


def _type(data: bytes) -> str | None:
    """Drawn by the length, so that a seed is the plain page."""
    return _TYPES[len(data) % len(_TYPES)]


def article(data: bytes) -> None:
    with suppress(PageError):
        read_article(data, url=f"{SITE}/read/7/judul", content_type=_type(data), captured_at=AT, rules=RULES)


def amp(data: bytes) -> None:
    with suppress(PageError):
        read_article(data, url=f"{SITE}/amp/7/judul", content_type=_type(data), captured_at=AT, rules=RULES)


def listing(data: bytes) -> None:
    for path in ("/", "/kategori/lokal/15"):
        with suppress(PageError):
            read_listing(data, url=SITE + path, content_type=_type(data), captured_at=AT, rules=RULES)
    with suppress(PageError):
        alternate_feeds(data, url=f"{SITE}/", rules=RULES)


def feed(data: bytes) -> None:
    with suppress(PageError):
        source_digest(read_source(data, url=f"{SITE}/rss", kind=LinkKind.FEED, content_type=None, rules=RULES))


def sitemap(data: bytes) -> None:
    with suppress(PageError):
        url = f"{SITE}/sitemap.xml"
        source_digest(read_source(data, url=url, kind=LinkKind.SITEMAP, content_type="text/xml", rules=RULES))


def google_feed(data: bytes) -> None:
    with suppress(GoogleAnswerRefused):
        read_google_feed(data)
    refusal_of(200, None, data, _type(data))


def google_page(data: bytes) -> None:
    with suppress(GoogleAnswerRefused):
        read_article_page(data, TOKEN)


def google_batch(data: bytes) -> None:
    with suppress(GoogleAnswerRefused):
        assert set(read_batch(data, 3)) <= {0, 1, 2}


def google_id(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    if token := token_of(text):
        offline_url(token)
    offline_url(text)


def robots(data: bytes) -> None:
    rules = read_rules(data, "disway-archive")
    for path in ("/", "/read/7/judul", "/%7Euser/?a=b", "/\u00e9"):
        assert rules.allow(SITE + path) in (True, False)
    assert rules.crawl_delay_s is None or rules.crawl_delay_s >= 0 or rules.crawl_delay_s != rules.crawl_delay_s
    robots_sitemaps(data, url=f"{SITE}/robots.txt", rules=RULES)


def url(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    for given in (text, f"https://{text}", SITE + text, f"{SITE}/read/7/{text}"):
        found = RULES.read(given)
        if found is not None:
            again = RULES.read(found.url)
            assert again is not None, given
            assert (again.key, again.url) == (found.key, found.url), given


def record(data: bytes) -> None:
    """As a member of a file, and as what is in one."""
    for member in (data, gzip.compress(data, 1)):
        with suppress(ArchiveDamaged):
            read = read_record(member)
            read.http_headers()
            assert read.http_status is None or read.http_status < 1000


def segment(data: bytes) -> None:
    """What is left is whole, and stays as it is."""
    handle, name = tempfile.mkstemp(dir=_memory_folder())
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        mended = mend(path)
        assert mended.kept + mended.cut == len(data)
        assert mend(path).cut == 0
        with suppress(ArchiveDamaged):
            list(iterate(path))
    finally:
        for left in path.parent.glob(f"{path.name}*"):
            left.unlink()


def coding(data: bytes) -> None:
    name = _CODINGS[len(data) % len(_CODINGS)]
    with suppress(BodyUndecodable):
        assert len(decoded_body(data, name, _DECODED_LIMIT)) <= _DECODED_LIMIT


def _memory_folder() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (
        article,
        amp,
        listing,
        feed,
        sitemap,
        google_feed,
        google_page,
        google_batch,
        google_id,
        robots,
        url,
        record,
        segment,
        coding,
    )
}
