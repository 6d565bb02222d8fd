"""Where feeds and sitemaps are said to be."""

import pytest
from disway_html import RULES
from hypothesis import given
from hypothesis import strategies as st
from source_texts import SITE

from news.errors import NotAnArticle, PageUnreadable
from pages.sources import alternate_feeds, robots_sitemaps


def feeds(head: str, url: str = f"{SITE}/") -> tuple[str, ...]:
    body = f"<!DOCTYPE html><html><head>{head}</head><body><p>x</p></body></html>"
    return alternate_feeds(body.encode(), url=url, rules=RULES)


def link(href: str, kind: str = "application/rss+xml", rel: str = "alternate") -> str:
    return f'<link rel="{rel}" type="{kind}" title="x" href="{href}">'


def test_alternates_that_are_feeds_of_the_site():
    head = (
        link("/rss")
        + link("rss/lokal?x=1#y", "APPLICATION/ATOM+XML; charset=utf-8", "Alternate nofollow")
        + link("http://radartegal.com/rss/kota")
        + link("https://www.radartegal.disway.id/rss")
        + link("https://disway.id/rss")
        + link("https://evil.example/rss")
        + link("javascript:x")
        + link("")
        + link("/json", "application/json")
        + link("/style", rel="stylesheet")
        + '<link rel="alternate" hreflang="en" href="/en"><link type="application/rss+xml" href="/x">'
    )
    assert feeds(head, f"{SITE}/kategori/lokal") == (
        f"{SITE}/rss",
        f"{SITE}/kategori/rss/lokal?x=1",
        "http://radartegal.com/rss/kota",
    )
    assert feeds(f"<base href='/a/b/'>{link('rss')}") == (f"{SITE}/a/b/rss",)
    assert feeds(f"<base href='https://evil.example/'>{link('rss')}{link(SITE + '/rss')}") == (f"{SITE}/rss",)
    assert len(feeds("".join(link(f"/rss/{n}") for n in range(2000)))) == 1000


def test_a_page_that_is_none():
    with pytest.raises(NotAnArticle):
        alternate_feeds(b"{}", url=f"{SITE}/", rules=RULES)
    with pytest.raises(PageUnreadable, match="outside"):
        feeds(link("/rss"), "https://evil.example/")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_sitemaps_in_robots_txt(end):
    lines = [
        "\ufeffSitemap: https://radartegal.disway.id/sitemap.xml",
        "User-agent: *",
        "Disallow: /sitemap: x",
        "  SITEMAP :/sitemap-news.xml  # berita",
        "sitemap: http://www.radartegal.com/sitemap.xml",
        "Sitemap: http://radartegal.com/lama.xml.gz?a=1",
        "Sitemap: https://disway.id/sitemap.xml",
        "Sitemap: https://evil.example/sitemap.xml",
        "# Sitemap: /no.xml",
        "Sitemap:",
        "Sitemap: ftp://radartegal.disway.id/s.xml",
        "Sitemap: https://[::1/s.xml",
    ]
    found = robots_sitemaps(end.join(lines).encode(), url=f"{SITE}/robots.txt", rules=RULES)
    assert found == (f"{SITE}/sitemap.xml", f"{SITE}/sitemap-news.xml", "http://radartegal.com/lama.xml.gz?a=1")


def test_long_lists_are_capped():
    text = b"".join(b"Sitemap: /s%d.xml\n" % n for n in range(100_000))
    assert len(robots_sitemaps(text, url=f"{SITE}/robots.txt", rules=RULES)) == 1000
    late = b"#" * 600_000 + b"\nSitemap: /s.xml"
    assert robots_sitemaps(late, url=f"{SITE}/robots.txt", rules=RULES) == ()


@given(st.binary(max_size=200), st.text(max_size=40))
def test_any_robots_txt(noise, address):
    text = noise + f"\nSitemap: {address}\n".encode(errors="replace") + noise
    for url in robots_sitemaps(text, url=f"{SITE}/robots.txt", rules=RULES):
        assert RULES.read(url).site.id == "radartegal"
