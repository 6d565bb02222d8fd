"""Sitemaps, their indexes, news sitemaps, gzip and plain text; and what their links count as."""

import gzip
import zlib
from datetime import datetime, timedelta, timezone

import pytest
from source_texts import SITE, article, ids, item, locations, read, read_sitemap, rss, urlset

from news.errors import PageUnreadable
from news.source import ChildSitemap
from pages.sources import XmlLimits, source_digest

WIB = timezone(timedelta(hours=7))


def test_a_news_sitemap_states_headline_and_dates():
    document = read_sitemap(
        urlset(
            f"<url><loc>{article(7)}</loc><lastmod>2026-03-06</lastmod>"
            "<news:news><news:publication><news:name>Radar</news:name><news:language>id</news:language>"
            "</news:publication><news:publication_date>2026-03-05T06:50:00+07:00</news:publication_date>"
            "<news:title>Warga &amp; Kades</news:title></news:news>"
            f"<image:image><image:loc>{article(9)}</image:loc><image:title>Foto</image:title></image:image></url>"
        )
    )
    (entry,) = document.entries
    assert (entry.link.url, entry.link.text, entry.link.kind) == (article(7), "Warga & Kades", "sitemap")
    assert entry.published_at == datetime(2026, 3, 5, 6, 50, tzinfo=WIB)
    assert entry.modified_at == datetime(2026, 3, 6, tzinfo=WIB)
    assert (document.reader, document.malformed, document.offsite) == ("sitemap", 0, 0)


@pytest.mark.parametrize(
    "text",
    [
        f"<s:urlset xmlns:s='http://www.sitemaps.org/schemas/sitemap/0.9'><s:url><s:loc>{article(1)}</s:loc></s:url></s:urlset>",
        f"<urlset xmlns='https://www.google.com/schemas/sitemap/0.84'><url><loc><![CDATA[{article(1)}]]></loc></url></urlset>",
        f"<urlset><url><n:news xmlns:n='x'><n:title>x</n:title></n:news><LOC> {article(1)}\n</LOC></url></urlset>",
    ],
)
def test_prefixes_and_namespaces_are_taken_as_meant(text):
    document = read_sitemap(text)
    assert (ids(document), document.entries[0].link.text) == ([1], "")


def test_an_index_names_the_sitemaps_of_its_own_site_once():
    document = read_sitemap(
        "<sitemapindex>"
        f"<sitemap><loc>{SITE}/sitemap-2026-03.xml?a=1&amp;b=2</loc><lastmod>2026-03-05T00:00:00Z</lastmod></sitemap>"
        "<sitemap><loc>/sitemap-2026-02.xml.gz</loc><lastmod>kemarin</lastmod></sitemap>"
        "<sitemap><loc>http://radartegal.com/sitemap-2026-02.xml.gz</loc></sitemap>"
        "<sitemap><loc>https://disway.id/sitemap.xml</loc></sitemap>"
        "<sitemap><loc>https://evil.example/sitemap.xml</loc></sitemap>"
        "<sitemap><loc>javascript:x</loc></sitemap><sitemap/>"
        "</sitemapindex>"
    )
    assert document.reader == "sitemap_index"
    assert [child.url for child in document.children] == [
        f"{SITE}/sitemap-2026-03.xml?a=1&b=2",
        f"{SITE}/sitemap-2026-02.xml.gz",
    ]
    assert document.children[1] == ChildSitemap(f"{SITE}/sitemap-2026-02.xml.gz", None)
    assert (document.offsite, document.malformed, document.entries) == (2, 2, ())


def test_every_link_counts_as_what_it_is():
    document = read_sitemap(
        urlset(
            *(
                f"<url><loc>{link}</loc></url>"
                for link in (
                    article(1),
                    f"{SITE}/read/1/judul-lain",
                    f"{SITE}/amp/1/judul/16",
                    f"{SITE}/lokal/read/1/judul/15",
                    article(2),
                    f"{SITE}/",
                    f"{SITE}/halaman/redaksi",
                    f"{SITE}/listtag/5/jembatan",
                    f"{SITE}/kategori/lokal",
                    f"{SITE}/kategori/lokal/30",
                    f"{SITE}/kategori/12/ekonomi",
                    "https://disway.id/read/1/x",
                    "https://antara.example/read/1/x",
                    "javascript:alert(1)",
                    "data:text/html,x",
                    "file:///etc/passwd",
                    f"https://user@radartegal.disway.id/read/3/x{''}",
                    f"{SITE}/read/4/a b",
                    f"{SITE}:8080/read/5/x",
                    f"{SITE}/read/6/{'x' * 3000}",
                    "https://[::1/read/7/x",
                )
            ),
            "<url><lastmod>2026-03-05</lastmod></url>",
        )
    )
    assert ids(document) == [1, 2]
    assert document.sections == (f"{SITE}/kategori/lokal", f"{SITE}/kategori/12/ekonomi")
    assert (document.repeated, document.offsite, document.malformed) == (3, 2, 9)


def test_the_site_is_that_of_the_document():
    document = read(locations([1]), url="https://disway.id/sitemap.xml")
    assert (document.entries, document.offsite) == ((), 1)
    with pytest.raises(PageUnreadable, match="outside"):
        read(locations([1]), url="https://evil.example/sitemap.xml")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n  "])
def test_a_text_sitemap_is_one_url_a_line(end):
    lines = [article(1), f"{SITE}/read/2/a?x=1&y=2", "bukan tautan", "/read/3/x", f"{SITE}/kategori/lokal"]
    document = read_sitemap("\ufeff" + end.join(lines))
    assert (document.reader, ids(document), document.malformed) == ("sitemap", [1, 2], 2)
    assert document.sections == (f"{SITE}/kategori/lokal",)


@pytest.mark.parametrize("layers", [1, 2])
def test_gzip_is_known_by_its_bytes(layers):
    body = locations(range(5000)).encode()
    for _ in range(layers):
        body = gzip.compress(body)
    document = read_sitemap(body)
    assert (ids(document), document.cut) == (list(range(5000)), None)


def test_members_and_padding_of_gzip():
    whole = locations(range(9)).encode()
    body = b"".join(gzip.compress(whole[at : at + 50]) for at in range(0, len(whole), 50)) + bytes(100)
    assert ids(read_sitemap(body)) == list(range(9))


def test_gzip_that_ends_early_keeps_what_came():
    body = gzip.compress(locations(range(3000)).encode())
    document = read_sitemap(body[: len(body) // 2])
    assert document.cut == "syntax"
    assert ids(document) == list(range(len(document.entries)))
    assert 0 < len(document.entries) < 3000
    with pytest.raises(PageUnreadable, match="damaged"):
        read_sitemap(body[:12])
    with pytest.raises(PageUnreadable, match="damaged"):
        read_sitemap(b"\x1f\x8b" + b"x" * 50)


def test_a_line_or_a_location_that_is_cut_off_names_nothing():
    text = "\n".join(article(n, "") for n in (1, 23456)).encode()
    limits = XmlLimits(bytes=len(text) - 4)
    document = read_sitemap(text, limits)
    assert (ids(document), document.cut) == ([1], "bytes")
    document = read_sitemap(locations([1, 23456]).encode()[: -len("6/judul</loc></url></urlset>")])
    assert (ids(document), document.cut) == ([1], "syntax")
    packed = zlib.compress(text, wbits=31)[:-20]
    assert 23456 not in ids(read_sitemap(packed))


def test_limits_stop_the_reading_and_say_so():
    text = locations([*range(10), *range(10), 10, 11])
    document = read_sitemap(text, XmlLimits(entries=10))
    assert (ids(document), document.repeated, document.cut) == (list(range(10)), 10, "entries")
    assert read_sitemap(text, XmlLimits(entries=12)).cut is None
    assert read_sitemap(text, XmlLimits(bytes=len(text))).cut is None
    document = read_sitemap(text, XmlLimits(bytes=len(text) - 1))
    assert (len(document.entries), document.cut) == (12, "bytes")
    index = "".join(f"<sitemap><loc>/s{n}.xml</loc></sitemap>" for n in range(4))
    document = read_sitemap(f"<sitemapindex>{index}</sitemapindex>", XmlLimits(entries=3))
    assert (len(document.children), document.cut) == (3, "entries")
    deep = rss(item(1), f"<item>{'<b>' * 70}{'</b>' * 70}</item>", item(2))
    assert (ids(read(deep)), read(deep).cut) == ([1], "depth")
    assert ids(read(deep, limits=XmlLimits(depth=100))) == [1, 2]
    title = "ab" * 50
    (entry,) = read(rss(item(1, title)), limits=XmlLimits(text=60)).entries
    assert entry.link.text == title[:60]


def test_the_digest_is_of_what_is_listed():
    first, second = item(1, "Satu", "<pubDate>Thu, 05 Mar 2026 06:50:00 +0700</pubDate>"), item(2, "Dua")
    base = source_digest(read(rss(first, second)))
    same = (
        rss(first.replace("06:50:00 +0700", "05 Mar 2026 23:50:00 GMT").replace("Thu, 05 Mar 2026 05", "04"), second),
        rss(first, second, first),
        rss(
            f"<lastBuildDate>x</lastBuildDate>{first}", second.replace("</item>", "<description>x</description></item>")
        ),
        rss(first.replace("<link>https", "<link>http").replace("judul</link>", "judul?utm=1</link>"), second),
    )
    for text in same:
        assert source_digest(read(text)) == base
    for text in (
        rss(second, first),
        rss(first),
        rss(first, second, item(3)),
        rss(first, item(2, "Dua!")),
        rss(first.replace("06:50", "06:51"), second),
        rss(first, second, f"<item><link>{SITE}/kategori/lokal</link></item>"),
    ):
        assert source_digest(read(text)) != base
