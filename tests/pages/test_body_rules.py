"""What of an article page is body, and what is not."""

import pytest
from disway_html import LEAD, TEXT, URL, article_page, paragraphs, read, related

from news.article import RelatedLink

OUTSIDE = "https://www.kompas.com/read/1/x"


def body_of(markup: str) -> tuple[str, ...]:
    return read(article_page(markup)).paragraphs


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        (f"<p><span style='x'>{LEAD}</span></p>", (LEAD,)),
        (f"<div><div><p>{LEAD}</p></div><p>{TEXT[0]}</p></div>", (LEAD, TEXT[0])),
        (f"{LEAD}<br><br>{TEXT[0]}", (LEAD, TEXT[0])),
        (f"<p>{LEAD}<br/>{TEXT[0]}</p>{TEXT[1]}", (LEAD, TEXT[0], TEXT[1])),
        (f"<p>{LEAD}</p><p>&nbsp;</p><p> </p><p></p><p>\u200b</p>", (LEAD,)),
        ("<p>Dua&nbsp;  kata\n\ttiga</p>", ("Dua kata tiga",)),
        (
            f"<p>{LEAD}</p><h3>6. Kabupaten Besemah</h3><p><strong>Tepi</strong></p>",
            (LEAD, "6. Kabupaten Besemah", "Tepi"),
        ),
        ("<ul><li>Satu<ul><li>Satu a</li></ul></li><li><p>Dua</p></li></ul>", ("Satu", "Satu a", "Dua")),
        ("<blockquote>Kata bijak</blockquote>", ("Kata bijak",)),
        (
            "<table><tr><th>Desa</th><th>Jumlah</th></tr><tr><td>Suka</td><td>34 Unit</td></tr></table>",
            ("Desa Jumlah", "Suka 34 Unit"),
        ),
        (
            f'<p>Di <a href="/listtag/9/kota">Kota</a>, <b>dan</b> <a href="{OUTSIDE}">situs</a>.</p>',
            ("Di Kota, dan situs.",),
        ),
        (f'<p>{LEAD}</p><div class="ads-slot"><p>Advertisement</p><a href="{OUTSIDE}">Beli</a></div>', (LEAD,)),
        (
            f'<div class="text-center" style="background-color:#f2f2f2"><small>Beli sekarang</small></div><p>{LEAD}</p>',
            (LEAD,),
        ),
        (f'<p>{LEAD}</p><p><img src="/upload/y.jpg" alt="teks gambar"></p><script>x()</script>', (LEAD,)),
        (f"<p>{LEAD}</p><p>(*)</p><p>***</p>", (LEAD, "(*)", "***")),
        (f"<p>{LEAD}</p><!-- komentar --><p>{TEXT[0]}</p>", (LEAD, TEXT[0])),
        (f"<p>{LEAD}</p><?php echo $iklan ?><p>{TEXT[0]}</p><?section>", (LEAD, TEXT[0])),
    ],
)
def test_paragraphs(markup: str, expected: tuple[str, ...]) -> None:
    assert body_of(markup) == expected


@pytest.mark.parametrize(
    "markup",
    [
        '<p><strong>BACA JUGA:<a href="{0}">Judul "A"</a></strong></p>',
        '<p>Baca Juga: <span class="blue-color"><strong><a href="{0}">Judul "A"</a></strong></span></p>',
        '<p><a href="{0}">BACA JUGA: Judul "A"</a></p>',
        '<p><b>BACA JUGA</b><br><a href="{0}">Judul "A"</a></p>',
        '<p><strong>BACA&nbsp;JUGA :</strong></p><p><a href="{0}">Judul "A"</a></p>',
        '<div>Baca juga <a href="{0}">Judul "A"</a></div>',
        '<ul><li>BACA JUGA: <a href="{0}">Judul "A"</a></li></ul>',
    ],
)
@pytest.mark.parametrize(
    ("href", "url", "key"),
    [
        ("/read/5/a?utm=1", "https://radartegal.disway.id/read/5/a", "radartegal/5"),
        ("https://disway.id/amp/5/a/16", "https://disway.id/read/5/a", "disway/5"),
        (OUTSIDE, OUTSIDE, None),
    ],
)
def test_baca_juga_forms(markup: str, href: str, url: str, key: str | None) -> None:
    part = read(article_page(paragraphs(LEAD) + markup.format(href) + paragraphs(TEXT[0])))
    assert part.related == (RelatedLink('Judul "A"', url, key),)
    assert part.paragraphs == (LEAD, TEXT[0])


def test_baca_juga_within_a_paragraph_leaves_the_sentences_around_it() -> None:
    markup = f'<p>{LEAD} BACA JUGA: <a href="/read/5/a">Judul</a> {TEXT[0]}</p>'
    assert body_of(markup) == (LEAD, TEXT[0])


def test_two_links_behind_one_label() -> None:
    part = read(
        article_page(paragraphs(LEAD) + '<p>BACA JUGA:<a href="/read/5/a">A</a><br><a href="/read/6/b">B</a></p>')
    )
    assert [link.title for link in part.related] == ["A", "B"]


@pytest.mark.parametrize("text", ["Baca juga buku ini sebelum tidur.", "Ia berkata, baca juga: kitab lama."])
def test_prose_that_says_baca_juga_is_body(text: str) -> None:
    assert body_of(paragraphs(LEAD, text)) == (LEAD, text)


FOOTERS = (
    "Cek Berita dan Artikel yang lain di Google News",
    "Temukan Berita Terkini kami di WhatsApp Channel",
    "Simak breaking news dan berita pilihan di kanal kami",
    "Ikuti kami di Google News",
    "Dapatkan informasi terkini dari radartegal.disway.id di WhatsApp",
    "Simak breaking news",
    "Dapatkan informasi terkini dari Radar Tegal",
    "Temukan Berita Terkini ...",
)


@pytest.mark.parametrize("footer", FOOTERS)
def test_footer_lines_are_dropped_at_the_end_only(footer: str) -> None:
    assert body_of(paragraphs(LEAD, footer, *FOOTERS)) == (LEAD,)
    assert body_of(paragraphs(LEAD, footer, TEXT[0])) == (LEAD, footer, TEXT[0])


@pytest.mark.parametrize(
    "last",
    [
        "Cek kesehatan gratis itu dibuka setiap Senin di balai desa.",
        "Dapatkan informasi terkini tentang jalur pendakian di pos pertama.",
        "Simak jadwal lengkapnya besok pagi.",
    ],
)
def test_a_last_sentence_that_only_begins_alike_is_body(last: str) -> None:
    assert body_of(paragraphs(LEAD, last)) == (LEAD, last)


@pytest.mark.parametrize("before_source", [True, False])
def test_the_box_of_columns_is_no_body(before_source: bool) -> None:
    items = "".join(
        f'<li><a href="https://disway.id/catatan-harian-dahlan/{n}/x">Catatan Harian Dahlan</a></li>' for n in range(5)
    )
    box = f'<div class="box"><h3>Catatan Dahlan Iskan</h3><ul>{items}</ul></div>'
    body = paragraphs(LEAD, TEXT[0])
    html = article_page(body + box + paragraphs(TEXT[1])) if before_source else article_page(body, after=box)
    part = read(html)
    assert part.paragraphs == ((LEAD, TEXT[0], TEXT[1]) if before_source else (LEAD, TEXT[0]))
    assert part.related == ()
    assert sum("catatan-harian-dahlan" in link.url for link in part.links) == 5


def test_the_dateline_opens_part_one_only() -> None:
    html = article_page(related() + paragraphs("SLAWI, radartegal.com\u2013 " + LEAD, "DISWAY.ID - " + TEXT[0]))
    first, second = read(html), read(html, url=f"{URL}/15")
    assert (first.place, first.paragraphs) == ("SLAWI", (LEAD, "DISWAY.ID - " + TEXT[0]))
    assert (second.place, second.paragraphs[0]) == (None, "SLAWI, radartegal.com\u2013 " + LEAD)


def test_a_later_part_may_hold_links_only() -> None:
    part = read(article_page(related()), url=f"{URL}/15")
    assert (part.paragraphs, len(part.related)) == ((), 1)
