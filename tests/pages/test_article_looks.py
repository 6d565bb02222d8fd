"""The web article page in both looks: every field."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from disway_html import DATE_2022, LEAD, NOW, TEXT, URL, article_page, pages_of, paragraphs, read, related

from news.article import LinkKind, RelatedLink

JAKARTA = ZoneInfo("Asia/Jakarta")


def test_every_field_of_the_look_of_2023() -> None:
    body = paragraphs("TEGAL, radartegal.com - " + LEAD, TEXT[0]) + related() + paragraphs(TEXT[1])
    part = read(article_page(body, source="BMKG", pagination=pages_of(URL, 1, 3)))
    assert (part.url, part.article_id, part.part, part.title) == (URL, 723001, 1, "Warga Bangun Jembatan")
    assert (part.reporter, part.editor) == ("Sari Dewi", "Budi")
    assert part.published_at == datetime(2026, 3, 5, 6, 50, tzinfo=JAKARTA)
    assert (part.published_raw, part.timezone) == ("Kamis 05-03-2026,06:50 WIB", "Asia/Jakarta")
    assert (part.section, part.place) == ("Lokal", "TEGAL")
    assert part.paragraphs == (LEAD, TEXT[0], TEXT[1])
    assert (part.caption, part.credit) == ("Jembatan bambu", "Sari/radartegal.com")
    assert part.image_url == "https://radartegal.disway.id/upload/abc.jpg"
    assert part.tags == ("jembatan", "gotong royong")
    assert (part.source, part.language) == ("BMKG", "id")
    assert part.related == (
        RelatedLink("Jalan Desa Diperbaiki", "https://radartegal.disway.id/lokal/read/7/jalan", "radartegal/7"),
    )
    assert part.part_urls == (f"{URL}/15", f"{URL}/30")
    assert part.page_class == "disway-2023"
    assert part.canonical_url == URL


def test_links_have_kinds_and_leave_out_the_article_itself_and_the_outside() -> None:
    part = read(article_page(paragraphs(LEAD) + related(), pagination=pages_of(URL, 1, 2)))
    found = {(link.kind, link.url.rpartition("disway.id")[2]): link.text for link in part.links}
    assert found == {
        (LinkKind.SECTION, "/kategori/lokal"): "Lokal",
        (LinkKind.SECTION, "/kategori/12/ekonomi"): "Ekonomi",
        (LinkKind.BACA_JUGA, "/lokal/read/7/jalan"): "Jalan Desa Diperbaiki",
        (LinkKind.TAG, "/listtag/5/jembatan"): "#jembatan",
        (LinkKind.TAG, "/listtag/6/gotong-royong"): "#gotong royong",
        (LinkKind.RELATED_BLOCK, "/lokal/read/801/berita-801"): "Sawah Terendam Lagi",
        (LinkKind.SIDEBAR, "/lokal/read/901/populer"): "1 Paling Populer",
    }
    assert [link.position for link in part.links if link.kind is LinkKind.TAG] == [0, 1]


@pytest.mark.parametrize("day", [datetime(2022, 6, 1, tzinfo=UTC), NOW])
def test_the_look_of_2022_is_read_whatever_the_day(day: datetime) -> None:
    juga = (
        '<p class="blue-color">Baca Juga: <span class="blue-color"><strong>'
        '<a href="http://www.radartegal.com/read/9/lama?utm_source=x">Berita Lama</a></strong></span></p>'
    )
    part = read(article_page(paragraphs(LEAD) + juga, date_line=DATE_2022), captured_at=day)
    assert part.published_at == datetime(2022, 2, 12, 14, 6, tzinfo=JAKARTA)
    assert part.paragraphs == (LEAD,)
    assert part.related == (RelatedLink("Berita Lama", "https://radartegal.disway.id/read/9/lama", "radartegal/9"),)
    assert part.page_class == ("disway-2022" if day.year == 2022 else "disway-2023")


def test_captions_of_further_images_are_no_body() -> None:
    figure = "<figure><img src='/upload/b.jpg'><figcaption>Foto kedua-Sari-</figcaption></figure>"
    assert read(article_page(paragraphs(LEAD) + figure + paragraphs(TEXT[0]))).paragraphs == (LEAD, TEXT[0])


def test_nothing_is_made_up_where_the_page_is_silent() -> None:
    html = article_page(paragraphs(LEAD), date_line=None, caption="")
    html = html.replace("Sari Dewi", "-").replace("Budi", "").replace(' lang="id"', "")
    part = read(html.replace('<ul class="breadcrumb">', "<ul>"))
    assert (part.reporter, part.editor, part.published_at, part.published_raw) == (None, None, None, None)
    assert (part.section, part.place, part.caption, part.credit, part.source, part.language) == (None,) * 6


@pytest.mark.parametrize(
    ("head", "raw"),
    [
        ('<meta name="pubdate" content="2026-02-23 17:18:45">', "2026-02-23 17:18:45"),
        (
            '<script type="application/ld+json">{"@type":"NewsArticle","datePublished":"2026-02-23T17:18:45+07:00"}</script>',
            "2026-02-23T17:18:45+07:00",
        ),
        ('<meta property="article:published_time" content="2026-02-23T10:18:45Z">', "2026-02-23T10:18:45Z"),
        ('<script>dataLayer=[{"published_date": "2026-02-23 17:18:45"}]</script>', "2026-02-23 17:18:45"),
    ],
)
def test_the_date_comes_from_the_page_s_data_when_no_line_is_printed(head: str, raw: str) -> None:
    for line in (None, "Senin 30-02-2026,10:00 WIB"):
        part = read(article_page(head=head, date_line=line))
        assert part.published_at == datetime(2026, 2, 23, 17, 18, 45, tzinfo=JAKARTA)
        assert part.published_raw == raw


def test_an_impossible_date_line_is_kept_but_not_understood() -> None:
    part = read(article_page(date_line="Senin 30-02-2026,10:00 WIB"))
    assert (part.published_at, part.published_raw) == (None, "Senin 30-02-2026,10:00 WIB")


def test_the_visible_line_wins_and_names_its_zone() -> None:
    head = '<meta name="pubdate" content="2026-02-23 17:18:45">'
    part = read(article_page(head=head, date_line="Kamis 05-03-2026,06:50 WIT"))
    assert (part.published_raw, part.timezone) == ("Kamis 05-03-2026,06:50 WIT", "Asia/Jayapura")


def test_a_line_without_zone_is_in_the_site_s() -> None:
    url = "https://timur.disway.id/read/4/judul"
    part = read(article_page(date_line="Kamis 05-03-2026,06:50"), url=url)
    assert part.published_at == datetime(2026, 3, 5, 6, 50, tzinfo=ZoneInfo("Asia/Makassar"))


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("https://radartegal.disway.id/lokal/read/723001/judul-baru", "judul-baru"),
        ("http://www.radartegal.com/lokal/read/723001/judul-baru?x=1", "judul-baru"),
        ("https://radartegal.disway.id/amp/723001/judul-baru", "warga-bangun-jembatan"),
        ("https://radartegal.disway.id/lokal/read/5/lain", "warga-bangun-jembatan"),
        ("https://kompas.com/lokal/read/723001/judul-baru", "warga-bangun-jembatan"),
    ],
)
def test_the_canonical_url_is_the_page_s_own_only_for_this_article(claim: str, expected: str) -> None:
    part = read(article_page(head=f'<link rel="canonical" href="{claim}">'), url=f"{URL}/15?utm_source=x")
    assert part.canonical_url == f"https://radartegal.disway.id/lokal/read/723001/{expected}"
    assert part.part == 2
