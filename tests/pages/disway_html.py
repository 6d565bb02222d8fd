"""Small pages in the markup of the network, and the call that reads them."""

from datetime import UTC, datetime
from html import escape

from news.article import ArticlePart, Listing
from news.site import Network, Site
from news.url import UrlRules
from pages.registry import read_article, read_listing

RULES = UrlRules(
    Network.of(
        [
            Site(id="rakyatbengkulu", name="Rakyat Bengkulu", host="rakyatbengkulu.disway.id"),
            Site(id="radartegal", name="Radar Tegal", host="radartegal.disway.id", aliases=("radartegal.com",)),
            Site(id="disway", name="Disway", host="disway.id"),
            Site(id="timur", name="Timur", host="timur.disway.id", timezone="Asia/Makassar"),
        ]
    )
)
URL = "https://radartegal.disway.id/lokal/read/723001/warga-bangun-jembatan"
NOW = datetime(2026, 3, 6, tzinfo=UTC)
DATE_2022 = "Sabtu, 12 Feb 2022 - 14:06 WIB"
DATE_2023 = "Kamis 05-03-2026,06:50 WIB"
LEAD = "Warga membangun jembatan bambu sepanjang dua puluh meter di atas sungai yang meluap pekan lalu."
TEXT = (
    "Jembatan itu menghubungkan dua dusun yang selama ini terpisah bila hujan turun lebih dari tiga jam.",
    "Kepala dusun menyebut dana pembangunan terkumpul dari iuran warga dan sumbangan perantau di kota.",
    "Anak sekolah kini tidak perlu memutar jauh melewati jalan raya yang ramai kendaraan berat.",
)


def read(
    html: str | bytes, url: str = URL, captured_at: datetime = NOW, content_type: str | None = "text/html"
) -> ArticlePart:
    body = html if isinstance(html, bytes) else html.encode()
    return read_article(body, url=url, content_type=content_type, captured_at=captured_at, rules=RULES)


def read_list(html: str, url: str = "https://radartegal.disway.id/kategori/lokal") -> Listing:
    return read_listing(html.encode(), url=url, content_type="text/html", captured_at=NOW, rules=RULES)


def paragraphs(*texts: str) -> str:
    return "\n".join(f"<p>{escape(t, quote=False)}</p>" for t in texts)


def related(title: str = "Jalan Desa Diperbaiki", href: str = "https://radartegal.disway.id/lokal/read/7/jalan") -> str:
    return f'<p><strong>BACA JUGA:<a href="{href}">{title}</a></strong></p>'


def article_page(
    body: str = paragraphs(LEAD, *TEXT),
    *,
    title: str = "Warga Bangun Jembatan",
    date_line: str | None = DATE_2023,
    caption: str = "Jembatan bambu--Sari/radartegal.com",
    source: str = "",
    head: str = "",
    pagination: str = "",
    after: str = "",
) -> str:
    """A page as the CMS writes it; `body` is the markup between caption and footer."""
    date = f'<span class="date">{date_line}</span>' if date_line else ""
    return f"""<!DOCTYPE html><html lang="id"><head><meta charset="utf-8"><title>{title} - Radar Tegal</title>{head}</head><body>
<header><nav><a href="/kategori/lokal">Lokal</a><a href="/kategori/12/ekonomi">Ekonomi</a></nav></header>
<div class="container cont"><div class="row"><div class="col-sm-8">
<img src="/upload/awards.jpg" alt="Awards Disway"><img src="/upload/honda.jpg" alt="HONDA">
<section class="entry-box"><div class="entry-content">
<ul class="breadcrumb"><li><a href="/">Home</a></li><li><a href="/kategori/lokal">Lokal</a></li></ul>
<div class="post text-black-1"><h1 class="text-black">{title}</h1>
<div class="post-info bottom-15"><div class="text-grey">
<div class="author pull-left" id="author">Reporter: <strong>Sari Dewi</strong><span>|</span></div>
<div class="editor pull-left" id="editor">Editor: <strong>Budi</strong><span>|</span></div>{date}</div></div>
<div class="bottom-15"><img class="img-responsive img-rounded" src="/upload/abc.jpg" alt="{title}"></div>
<p class="text-grey"><small>{caption}</small></p>
{body}
<p>Cek Berita dan Artikel lainnya di <a href="https://news.google.com/publications/x">Google News</a></p>
{pagination}<p class="bottom-15"><small>Sumber: <span class="blue-color"><strong>{source}</strong></span></small></p>{after}</div>
<div class="news-tags">Tag: <ul class="list-inline"><li><a href="/listtag/5/jembatan">#jembatan</a></li>
<li><a href="/listtag/6/gotong-royong">#gotong royong</a></li></ul></div>
<div class="sharing-box">Share: <a href="https://www.facebook.com/sharer.php?u={URL}">Facebook</a></div>
<p>Silahkan login untuk berkomentar</p></div></section>
<section><div class="label-to"><h2>Berita Terkait</h2></div>{row(801, "Sawah Terendam Lagi")}</section>
</div><div class="col-sm-4 sidebar_area"><ul class="todo">
<li><a href="/lokal/read/901/populer"><span class="todo-number">1</span> Paling Populer</a></li></ul></div></div></div>
<script src="https://cdnjs.cloudflare.com/ajax/libs/jquery.js"></script>
<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script></body></html>"""


def row(number: int, title: str, section: str = "lokal") -> str:
    url = f"https://radartegal.disway.id/{section}/read/{number}/berita-{number}"
    return (
        f'<div class="bottom-15"><div class="media-body media-content media-middle"><p class="labelkanal">'
        f'<a href="/kategori/{section}"><span>{section}</span></a></p><h2 class="media-heading"><a href="{url}">{title}</a></h2>'
        f'<p class="date">10 menit lalu</p></div><div class="media-right thumb-post"><a href="{url}">'
        f'<img class="media-object" src="/upload/x.jpg"></a></div></div>'
    )


def pages_of(url: str, current: int, last: int, step: int = 15) -> str:
    """CodeIgniter's pagination."""
    items = []
    for n in range(1, last + 1):
        target = url if n == 1 else f"{url}/{(n - 1) * step}"
        items.append(
            f'<li class="active"><a href="#">{n}</a></li>'
            if n == current
            else f'<li><a href="{target}" data-ci-pagination-page="{n}">{n}</a></li>'
        )
    if current < last:
        items.append(
            f'<li><a href="{url}/{current * step}" data-ci-pagination-page="{current + 1}" rel="next">&gt;</a></li>'
        )
    return f'<div class="text-center"><ul class="pagination">{"".join(items)}</ul></div>'


def listing_page(rows: str, *, pagination: str = "", popular: int = 901) -> str:
    return f"""<!DOCTYPE html><html lang="id"><head><title>Lokal - Radar Tegal</title></head><body>
<nav><a href="/kategori/lokal">Lokal</a><a href="/kategori/12/ekonomi">Ekonomi</a><a href="/kategori/lokal/30">2</a></nav>
<div class="col-sm-8"><section>{rows}</section>{pagination}</div>
<div class="col-sm-4 sidebar_area"><ul class="todo"><li><a href="/read/{popular}/populer">Populer</a></li></ul></div>
</body></html>"""
