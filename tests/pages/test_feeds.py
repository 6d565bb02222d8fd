"""RSS, RDF and Atom as they are written, sloppily too."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from source_texts import SITE, article, ids, item, read, rss

from news.article import LinkKind, PageLink

WIB = timezone(timedelta(hours=7))


def test_an_rss_item_states_link_headline_and_date():
    document = read(rss(item(7, "Warga & Kades", "<pubDate>Thu, 05 Mar 2026 06:50:00 +0700</pubDate>")))
    (entry,) = document.entries
    assert entry.link == PageLink(article(7), LinkKind.FEED, "Warga & Kades", 0)
    assert entry.published_at == datetime(2026, 3, 5, 6, 50, tzinfo=WIB)
    assert (document.reader, document.cut, entry.modified_at) == ("rss", None, None)
    assert (document.url, document.kind, document.offsite, document.malformed) == (f"{SITE}/rss", LinkKind.FEED, 0, 0)


def test_rss_1_names_its_items_beside_the_channel():
    document = read(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:d="http://purl.org/dc/elements/1.1/">'
        f'<channel rdf:about="{article(99)}"><title>R</title><link>{article(98)}</link>'
        f'<items><rdf:Seq><rdf:li rdf:resource="{article(97)}"/></rdf:Seq></items></channel>'
        f'<item rdf:about="{article(1)}"><title>Satu</title><link>{article(1)}</link><d:date>2026-03-05</d:date></item>'
        f'<item rdf:about="{article(2)}"><title>Dua</title></item></rdf:RDF>'
    )
    assert (document.reader, ids(document)) == ("rdf", [1, 2])
    assert document.entries[0].published_at == datetime(2026, 3, 5, tzinfo=WIB)


@pytest.mark.parametrize("prefix", ["", "atom:", "a:"])
def test_atom_entries_by_their_alternate_link(prefix):
    declared = f'xmlns:{prefix[:-1]}="http://www.w3.org/2005/Atom"' if prefix else 'xmlns="http://www.w3.org/2005/Atom"'
    text = (
        f"<feed {declared}><title>R</title><link href='/read/99/x'/>"
        f"<entry><id>tag:x</id><link rel='self' href='/read/90/x'/><link rel='enclosure' href='/read/91/x'/>"
        f"<link rel='alternate' type='application/json' href='/read/92/x'/>"
        f"<link type='text/html' href='/read/1/satu#komentar'/>"
        f"<source><title>Lain</title><link href='/read/93/x'/><updated>2001-01-01T00:00:00Z</updated></source>"
        f"<title type='xhtml'><div>Judul <b>satu</b></div></title>"
        f"<published>2026-03-05T06:50:00Z</published><updated>2026-03-06T00:00:00Z</updated></entry>"
        f"<entry><id>{article(2)}</id><title>Dua</title></entry></feed>"
    )
    for name in ("feed", "entry", "id", "link", "title", "source", "updated", "published"):
        text = text.replace(f"<{name}", f"<{prefix}{name}").replace(f"</{name}", f"</{prefix}{name}")
    document = read(text)
    assert (document.reader, ids(document)) == ("atom", [1, 2])
    first = document.entries[0]
    assert (first.link.url, first.link.text) == (f"{SITE}/read/1/satu", "Judul satu")
    assert first.published_at == datetime(2026, 3, 5, 6, 50, tzinfo=UTC)
    assert first.modified_at == datetime(2026, 3, 6, tzinfo=UTC)


def test_what_is_no_item_names_no_article():
    image = f"<image><title>Logo</title><url>{article(91)}</url><link>{article(92)}</link></image>"
    document = read(rss(f"<link>{article(90)}</link>{image}", item(1)))
    assert ids(document) == [1]


@pytest.mark.parametrize("declared", ["", 'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://x"'])
def test_titles_of_media_do_not_replace_the_headline(declared):
    media = f"<media:title>Foto</media:title><media:group><title>Grup</title><link>{article(9)}</link></media:group>"
    text = f"<rss {declared}><channel><item>{media}<itunes:title>Siniar</itunes:title>{item(1)[6:]}</channel></rss>"
    document = read(text)
    assert [(e.link.text, e.link.url) for e in document.entries] == [("Judul", article(1))]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (f"<link>{article(1)}</link><guid isPermaLink='true'>{article(2)}</guid>", [1]),
        (f"<guid>{article(2)}</guid>", [2]),
        (f"<guid isPermaLink='TRUE'>{article(2)}</guid>", [2]),
        (f"<guid isPermaLink='false'>{article(2)}</guid>", []),
        ("<guid>645736</guid>", []),
        (f"<link>{SITE}/</link><guid>{article(2)}</guid>", [2]),
        (f"<link>https://antara.example/x</link><guid>{article(2)}</guid>", [2]),
        (f"<link/><link>\n\t{article(3)} \n</link>", [3]),
        ("<link>/lokal/read/4/judul</link>", [4]),
        ("<link>//radartegal.disway.id/read/5/x</link>", [5]),
        (f"<link><![CDATA[{article(6)}?a=1&amp;b=2&c=3]]></link>", [6]),
        (f"<LINK>{article(7)}</LINK>", [7]),
        (f"<atom:link rel='self' href='{article(9)}'/><atom:link href='{article(8)}'/>", [8]),
        ("<link>https://radartegal.com/read/10/x</link>", [10]),
        ("<link>http://www.radartegal.disway.id/amp/11/x/16?utm_source=rss</link>", [11]),
    ],
)
def test_which_of_its_addresses_an_item_means(fields, expected):
    document = read(rss(f"<item><title>x</title>{fields}</item>"))
    assert ids(document) == expected
    assert document.malformed == (not expected)


@pytest.mark.parametrize(
    ("markup", "headline"),
    [
        ("<![CDATA[  Harga &amp; Upah\n naik ]]>", "Harga & Upah naik"),
        ("Harga &amp;amp; Upah", "Harga & Upah"),
        ("Harga &amp;amp;amp; Upah", "Harga &amp; Upah"),
        ("&lt;b&gt;Harga&lt;/b&gt; naik&lt;br/&gt;lagi", "Harga naik lagi"),
        ("<![CDATA[1 < 2 & 3 > 2]]>", "1 < 2 & 3 > 2"),
        ("prot&eacute;g&eacute;&nbsp;Rp&#8377; &#x1F600;", "prot\u00e9g\u00e9 Rp\u20b9 \U0001f600"),
        ("R&D & Q&A AT&T;", "R&D & Q&A AT&T;"),
        ("&copy=1 &unknown; &#0; &#xD800; &#99999999;", "&copy=1 &unknown; &#99999999;"),
        ("a &lt;/p&gt;&lt;p class='x'&gt;b", "a b"),
        ("", ""),
    ],
)
def test_headlines_are_plain_text(markup, headline):
    document = read(rss(f"<item><title>{markup}</title><link>{article(1)}</link></item>", item(2)))
    assert [entry.link.text for entry in document.entries] == [headline, "Judul"]


def test_dublin_core_dates_and_later_changes():
    dates = "<dc:date>2026-03-05T06:50:00+07:00</dc:date><atom:updated>2026-03-06T00:00:00Z</atom:updated>"
    (entry,) = read(rss(item(1, rest=dates))).entries
    assert entry.published_at == datetime(2026, 3, 5, 6, 50, tzinfo=WIB)
    assert entry.modified_at == datetime(2026, 3, 6, tzinfo=UTC)


def test_an_item_without_a_title_is_an_entry_all_the_same():
    (entry,) = read(rss(f"<item><link>{article(3)}</link></item>")).entries
    assert (entry.link.text, entry.published_at, entry.modified_at) == ("", None, None)


def test_a_feed_where_a_sitemap_was_looked_for_is_read_as_what_it_is():
    document = read(rss(item(1)), LinkKind.SITEMAP)
    assert (document.reader, document.kind, document.entries[0].link.kind) == ("rss", "sitemap", "sitemap")


def test_a_feed_without_items_is_no_error():
    document = read(rss())
    assert (document.entries, document.cut) == ((), None)
