"""Home, section, tag and search pages."""

import pytest
from disway_html import listing_page, pages_of, read_list, row

from news.article import LinkKind
from pages.listing import link_set_digest

BASE = "https://radartegal.disway.id"
ROWS = "".join(row(n, f"Berita {n}") for n in (30, 29, 28))


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", LinkKind.HOME),
        ("/kategori/lokal", LinkKind.SECTION),
        ("/kategori/12/ekonomi/30", LinkKind.SECTION),
        ("/listtag/5/jembatan", LinkKind.TAG),
        ("/search/kata/?c=jembatan", LinkKind.SEARCH),
    ],
)
def test_kind_and_rows(path: str, kind: LinkKind) -> None:
    listing = read_list(listing_page(ROWS), url=BASE + path)
    rows = [link for link in listing.links if link.kind is kind]
    assert listing.kind is kind
    assert [(r.position, r.text, r.url) for r in rows] == [
        (n, f"Berita {30 - n}", f"{BASE}/lokal/read/{30 - n}/berita-{30 - n}") for n in range(3)
    ]
    assert list(listing.links[:3]) == rows
    assert {link.kind for link in listing.links[3:]} == {LinkKind.SIDEBAR}
    assert listing.section_urls == (f"{BASE}/kategori/lokal", f"{BASE}/kategori/12/ekonomi")


@pytest.mark.parametrize(
    ("path", "current", "last", "expected"),
    [
        ("/kategori/lokal", 1, 3, "/kategori/lokal/30"),
        ("/kategori/lokal/30", 2, 3, "/kategori/lokal/60"),
        ("/kategori/lokal/60", 3, 3, None),
        ("/kategori/lokal", 1, 1, None),
        ("/listtag/5/jembatan", 1, 2, "/listtag/5/jembatan/30"),
    ],
)
def test_next_page(path: str, current: int, last: int, expected: str | None) -> None:
    base = BASE + path.removesuffix("/30").removesuffix("/60")
    for pagination in (pages_of(base, current, last, 30), pages_of(base, current, last, 30).replace(' rel="next"', "")):
        listing = read_list(listing_page(ROWS, pagination=pagination), url=BASE + path)
        assert listing.next_url == (expected and BASE + expected)


def test_search_goes_on_by_rel_next() -> None:
    url = f"{BASE}/search/kata/?c=a"
    link = f'<ul class="pagination"><li><a rel="next" href="{BASE}/search/kata/30/30/?c=a&amp;num=">&gt;</a></li></ul>'
    assert read_list(listing_page(ROWS, pagination=link), url=url).next_url == f"{BASE}/search/kata/30/30/?c=a&num="


def test_the_digest_is_of_the_rows_in_order() -> None:
    base = link_set_digest(read_list(listing_page(ROWS)))
    assert base == link_set_digest(read_list(listing_page(ROWS.replace("10 menit", "1 jam"), popular=77)))
    assert base == link_set_digest(read_list(listing_page(ROWS.replace("berita-30", "berita-30?utm_source=x"))))
    assert base != link_set_digest(read_list(listing_page(row(31, "Baru") + ROWS)))
    assert base != link_set_digest(read_list(listing_page("".join(row(n, f"Berita {n}") for n in (29, 30, 28)))))


def test_an_empty_listing_is_no_error() -> None:
    listing = read_list(listing_page(""), url=f"{BASE}/kategori/lokal/990")
    assert [link for link in listing.links if link.kind is LinkKind.SECTION] == []
