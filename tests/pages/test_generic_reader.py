"""Layouts that no page class knows: title and date exact, body nearly so."""

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from disway_html import RULES, read, read_list, row

from news.article import LinkKind

TITLE = "Petani Lereng Gunung Panen Kopi Lebih Awal"
SENTENCES = (
    "Petani di lereng gunung mulai memetik kopi dua pekan lebih awal dibanding musim lalu karena hujan berhenti cepat.",
    "Ketua kelompok tani mengatakan buah merah merata di kebun yang menghadap timur dan mendapat matahari pagi.",
    "Harga di tingkat pengepul naik tipis, sementara biaya angkut ke pasar kabupaten tetap sama seperti bulan lalu.",
    "\u201cKami berharap harga bertahan sampai panen raya,\u201d kata seorang petani sambil menjemur biji di halaman rumah.",
    "Dinas pertanian menyiapkan alat pengering bersama agar mutu biji terjaga saat cuaca berubah sewaktu-waktu.",
    "Sebagian hasil panen dijual langsung kepada kedai di kota yang meminta biji dengan tingkat sangrai sedang.",
    "Warung di jalan utama mulai menyajikan seduhan kopi baru itu kepada para pendaki yang turun pada sore hari.",
    "Panen diperkirakan selesai sebelum awal bulan depan bila hujan tidak turun lebih dari tiga hari berturut-turut.",
)
JUGA = '<p class="x"><b>BACA JUGA: <a href="https://disway.id/read/88/harga-kopi-naik">Harga Kopi Naik di Pasar Dunia</a></b></p>'
ELSEWHERE = "".join(
    f'<li><a href="https://radartegal.disway.id/lokal/read/{n}/berita">Berita lain nomor {n} dari daerah tetangga</a></li>'
    for n in range(20, 32)
)


def body(tag: str = "p") -> str:
    texts = [f"<{tag}>{s}</{tag}>" for s in SENTENCES]
    return "\n".join([*texts[:3], JUGA, *texts[3:]])


def json_ld(date: str) -> str:
    return (
        '<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"WebSite"},'
        f'{{"@type":["NewsArticle"],"headline":"{TITLE}","datePublished":"{date}","author":[{{"name":"Rini"}}]}}]}}</script>'
    )


LAYOUTS = {
    "json-ld": f"""<html lang="id"><head><title>{TITLE} | Radar Tegal</title>{json_ld("2026-03-05T06:50:00+07:00")}
<script type="application/ld+json">{{"broken": </script></head><body><header><h1>Radar Tegal</h1></header><nav><ul>{ELSEWHERE}</ul></nav>
<main><article><h1>{TITLE}</h1><div class="content-detail">{body()}</div></article></main><footer>Hak cipta</footer></body></html>""",
    "metas": f"""<html lang="id"><head><title>{TITLE}</title><meta property="og:title" content="{TITLE} - Radar Tegal">
<meta property="article:published_time" content="2026-03-05T06:50:00+07:00"></head><body><div id="page"><div class="judul"><h1>{TITLE}</h1></div>
<div class="isi">{body()}</div><aside><ul>{ELSEWHERE}</ul></aside></div></body></html>""",
    "visible": f"""<html><head><title>{TITLE} | Radar Tegal</title></head><body><div class="wrap"><h1>{TITLE}</h1>
<div class="info">Kamis, 5 Maret 2026 | 06:50 WIB</div><div class="text">{body()}</div><div class="lainnya"><ul>{ELSEWHERE}</ul></div></div></body></html>""",
}


def f1(found: str, expected: str) -> float:
    a, b = Counter(found.split()), Counter(expected.split())
    common = (a & b).total()
    return 2 * common / (a.total() + b.total())


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_unseen_layout(layout: str) -> None:
    part = read(LAYOUTS[layout])
    assert part.page_class == "generic"
    assert part.title == TITLE
    assert part.published_at == datetime(2026, 3, 5, 6, 50, tzinfo=ZoneInfo("Asia/Jakarta"))
    assert f1(" ".join(part.paragraphs), " ".join(SENTENCES)) >= 0.97
    assert [(r.title, r.article_key) for r in part.related] == [("Harga Kopi Naik di Pasar Dunia", "disway/88")]
    assert sum(link.url.endswith("/berita") for link in part.links) == 12
    assert {link.kind for link in part.links if "88" in link.url} == {LinkKind.BACA_JUGA}


def test_a_date_in_words_of_its_own_is_found_by_the_last_resort() -> None:
    html = LAYOUTS["visible"].replace(
        '<div class="info">Kamis, 5 Maret 2026 | 06:50 WIB</div>',
        '<time class="info">March 5, 2026 6:50 AM</time>',
    )
    part = read(html.replace("<head>", '<head><meta property="og:type" content="article">'))
    assert part.published_raw == "March 5, 2026 6:50 AM"
    assert part.published_at == datetime(2026, 3, 5, 6, 50, tzinfo=ZoneInfo("Asia/Jakarta"))


def test_a_relative_date_is_no_date() -> None:
    html = LAYOUTS["visible"].replace("Kamis, 5 Maret 2026 | 06:50 WIB", "<time>10 menit lalu</time>")
    part = read(html.replace("<head>", '<head><meta property="og:type" content="article">'))
    assert part.published_at is None


def test_a_redesigned_listing_still_yields_its_rows() -> None:
    cards = "".join(f'<div class="card"><a href="/lokal/read/{n}/x"><h5>Berita {n}</h5></a></div>' for n in (5, 3, 4))
    listing = read_list(
        f"<html><body><main>{cards}</main><footer><a href='/kategori/olahraga'>O</a></footer></body></html>"
    )
    assert listing.page_class == "generic-listing"
    assert [link.url.rpartition("/read/")[2] for link in listing.links if link.kind is LinkKind.SECTION] == [
        "5/x",
        "3/x",
        "4/x",
    ]
    assert listing.section_urls == ("https://radartegal.disway.id/kategori/olahraga",)
    assert read_list(f"<html><body>{row(1, 'A')}</body></html>").page_class == "disway-listing"


def test_rules_know_the_sites_of_these_pages() -> None:
    assert RULES.read("https://disway.id/read/88/x") is not None
