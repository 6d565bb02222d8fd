"""Pages that answer 200 and are no article, and articles that only sound like such."""

import pytest
from disway_html import LEAD, TEXT, URL, article_page, listing_page, paragraphs, read, read_list, row

from news.errors import NotAnArticle, PageUnreadable, RefusalReason


def bare(title: str, body: str = "", head: str = "") -> str:
    return f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>"


CHALLENGE = bare("Just a moment...", "<div id='challenge-error-text'>Enable JavaScript</div>")
OPTIONS = bare("radartegal.disway.id", "<h1>radartegal.disway.id</h1><script>window._cf_chl_opt={cvId:'3'}</script>")


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        (CHALLENGE, RefusalReason.CHALLENGE),
        (OPTIONS, RefusalReason.CHALLENGE),
        (bare("404 Page Not Found", "<h1>404 Page Not Found</h1><p>x</p>"), RefusalReason.SOFT_404),
        (bare("Radar Tegal", "<h2>Maaf, halaman yang Anda cari tidak ditemukan</h2>"), RefusalReason.SOFT_404),
        (bare("Halaman Tidak Ditemukan - Radar Tegal"), RefusalReason.SOFT_404),
        (bare("Under Maintenance", "<h1>Situs sedang dalam perbaikan</h1>"), RefusalReason.MAINTENANCE),
        (bare("Radar Tegal", "<h1>A Database Error Occurred</h1>"), RefusalReason.MAINTENANCE),
        (bare("Radar Tegal", "<h1>Maaf, kami sedang dalam pemeliharaan</h1>"), RefusalReason.MAINTENANCE),
        (bare("Login"), RefusalReason.LOGIN_WALL),
        (bare("Radar Tegal", "<form><input name=u><input type=password></form>"), RefusalReason.LOGIN_WALL),
        (listing_page("".join(row(n, f"Berita {n}") for n in range(1, 9))), RefusalReason.LISTING),
        (
            bare("Radar Tegal", "<h1>Radar Tegal</h1>", '<link rel="canonical" href="https://radartegal.disway.id/">'),
            RefusalReason.HOMEPAGE,
        ),
        (bare("", "<p>x</p>", '<meta property="og:type" content="article">'), RefusalReason.NO_TITLE),
        (article_page(title=""), RefusalReason.NO_TITLE),
        (article_page(""), RefusalReason.NO_BODY),
        (article_page("<p>&nbsp;</p>"), RefusalReason.NO_BODY),
        (article_page("", title="Halaman tidak ditemukan"), RefusalReason.SOFT_404),
        (
            article_page(
                paragraphs("Maaf, berita tersebut tidak tersedia."), title="Halaman Tidak Ditemukan", date_line=None
            ),
            RefusalReason.SOFT_404,
        ),
        (article_page(paragraphs("Silakan login untuk membaca artikel ini.")), RefusalReason.LOGIN_WALL),
        (
            article_page(head='<meta property="og:url" content="https://radartegal.disway.id/">', date_line=None),
            RefusalReason.HOMEPAGE,
        ),
        ('{"status": "ok"}', RefusalReason.NOT_HTML),
        ("%PDF-1.7 <html>", RefusalReason.NOT_HTML),
        ("   ", RefusalReason.NO_BODY),
    ],
)
def test_refused_with_its_reason(html: str, reason: RefusalReason) -> None:
    with pytest.raises(NotAnArticle) as caught:
        read(html)
    assert caught.value.reason is reason


@pytest.mark.parametrize(
    "title",
    [
        "404 Rumah Terendam, Warga Mengungsi",
        "Halaman Tidak Ditemukan? Begini Cara Mengatasinya",
        "Login Akun Bansos, Ini Caranya",
        "Maintenance Jalur Kereta Selesai",
        "Tunggu Sebentar, Bantuan Cair Pekan Depan",
    ],
)
def test_a_dated_article_may_have_any_headline(title: str) -> None:
    assert read(article_page(title=title)).title == title


def test_pages_that_load_cloudflare_scripts_are_fine() -> None:
    assert "challenge-platform" in article_page()
    assert read(article_page()).title


def test_a_site_whose_canonical_link_is_always_home_keeps_its_articles() -> None:
    head = '<link rel="canonical" href="https://radartegal.disway.id/">'
    assert read(article_page(head=head)).canonical_url == URL


def test_a_teaser_that_mentions_login_in_a_long_body_is_an_article() -> None:
    line = "Warga harus login ke aplikasi untuk membaca konten bantuan."
    assert read(article_page(paragraphs(LEAD, *TEXT, *TEXT, line))).paragraphs[-1] == line


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://radartegal.disway.id/", RefusalReason.REDIRECT_HOME),
        ("https://kompas.com/read/1/x", RefusalReason.REDIRECT_OFFSITE),
    ],
)
def test_an_answer_from_elsewhere(url: str, reason: RefusalReason) -> None:
    with pytest.raises(NotAnArticle) as caught:
        read(article_page(), url=url)
    assert caught.value.reason is reason


def test_a_listing_url_is_read_as_a_listing() -> None:
    with pytest.raises(PageUnreadable, match="listing"):
        read(article_page(), url="https://radartegal.disway.id/kategori/lokal")


def test_listings_refuse_notices_too() -> None:
    with pytest.raises(NotAnArticle) as caught:
        read_list(CHALLENGE)
    assert caught.value.reason is RefusalReason.CHALLENGE
    with pytest.raises(PageUnreadable):
        read_list(listing_page(""), url="https://kompas.com/kategori/x")
