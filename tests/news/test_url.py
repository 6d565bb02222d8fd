"""Identity: whatever the URL, (site, article id); and nothing that is not the network's is taken for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.site import Network, Site
from news.url import ArticleKey, UrlKind, UrlRules

RULES = UrlRules(
    Network.of(
        [
            Site(id="radartegal", name="Radar Tegal", host="radartegal.disway.id", aliases=("radartegal.com",)),
            Site(id="disway", name="Disway", host="disway.id"),
        ]
    )
)
SLUGS = st.from_regex(r"[a-z][a-z0-9-]{0,30}", fullmatch=True)
IDS = st.integers(1, 10**12)


@pytest.mark.parametrize(
    ("url", "canonical", "part"),
    [
        ("https://radartegal.disway.id/read/7/a-b", "https://radartegal.disway.id/read/7/a-b", 1),
        ("http://www.radartegal.disway.id/lokal/read/7/a-b/15", "https://radartegal.disway.id/lokal/read/7/a-b", 2),
        ("https://radartegal.disway.id/read/7/a-b/45?utm_source=x#y", "https://radartegal.disway.id/read/7/a-b", 4),
        ("https://radartegal.disway.id/amp/7/a-b", "https://radartegal.disway.id/read/7/a-b", 1),
        ("https://radartegal.disway.id/amp/7/a-b/32", "https://radartegal.disway.id/read/7/a-b", 3),
        ("https://RADARTEGAL.disway.id:443//read/7/a-b/", "https://radartegal.disway.id/read/7/a-b", 1),
        ("https://radartegal.com/read/7/a-b", "https://radartegal.disway.id/read/7/a-b", 1),
        ("https://radartegal.disway.id/read/7", "https://radartegal.disway.id/read/7", 1),
        ("https://radartegal.disway.id/read/7/2024", "https://radartegal.disway.id/read/7/2024", 1),
    ],
)
def test_one_article_under_many_urls(url, canonical, part):
    found = RULES.read(url)
    assert (str(found.key), found.url, found.part) == ("radartegal/7", canonical, part)


def test_the_column_of_disway_has_no_read_in_its_path():
    found = RULES.read("https://disway.id/catatan-harian-dahlan/913/judul/15")
    assert (str(found.key), found.part) == ("disway/913", 2)
    assert found.url == "https://disway.id/catatan-harian-dahlan/913/judul"


@given(IDS, SLUGS, SLUGS, st.integers(1, 20), st.sampled_from(["", "lokal/", "gaya-hidup/"]))
def test_identity_does_not_depend_on_slug_section_or_part(number, slug, other_slug, part, section):
    here = RULES.read(f"https://radartegal.disway.id/{section}read/{number}/{slug}/{15 * (part - 1)}")
    amp = RULES.read(f"https://radartegal.disway.id/amp/{number}/{other_slug}/{16 * (part - 1)}")
    assert here.key == amp.key == ArticleKey("radartegal", number)
    assert here.part == amp.part == part


@given(IDS, SLUGS, st.integers(1, 20))
def test_canonical_is_idempotent_and_part_urls_come_back(number, slug, part):
    found = RULES.read(f"http://disway.id/read/{number}/{slug}?page=2")
    assert RULES.read(found.url) == found
    again = RULES.read(found.part_url(part))
    assert (again.key, again.part, again.url) == (found.key, part, found.url)


@pytest.mark.parametrize(
    ("path", "kind", "offset"),
    [
        ("/", UrlKind.HOME, 0),
        ("/kategori/lokal", UrlKind.SECTION, 0),
        ("/kategori/lokal/60", UrlKind.SECTION, 60),
        ("/kategori/458/lampung-raya", UrlKind.SECTION, 0),
        ("/kategori/458/lampung-raya/30", UrlKind.SECTION, 30),
        ("/listtag/224235/saldo-dana-gratis", UrlKind.TAG, 0),
        ("/network", UrlKind.OTHER, 0),
        ("/a/b/read/7/x", UrlKind.OTHER, 0),
        ("/read/7/slug/halaman", UrlKind.OTHER, 0),
        ("/read/" + "9" * 19 + "/x", UrlKind.OTHER, 0),
    ],
)
def test_kinds_of_pages(path, kind, offset):
    found = RULES.read(f"https://disway.id{path}")
    assert (found.kind, found.offset) == (kind, offset)
    assert (found.key is None) is (kind is not UrlKind.ARTICLE)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/read/7/x",
        "https://notdisway.id/read/7/x",
        "https://disway.id.example.org/read/7/x",
        "https://user@disway.id/read/7/x",
        "https://disway.id:8443/read/7/x",
        "ftp://disway.id/read/7/x",
        "javascript:alert(1)//disway.id/read/7/x",
        "//disway.id/read/7/x",
        "https://disway.id\\@example.org/read/7/x",
        "https://disway.id/read/7/\tx",
        "https://disway.id/read/7/x\r\nHost: example.org",
        "https://disway.id:port/read/7/x",
        "https://[disway.id/read/7/x",
        "https://disway.id/read/7/" + "x" * 3000,
        "",
    ],
)
def test_what_is_no_url_of_the_network(url):
    assert RULES.read(url) is None


@given(st.text(max_size=200))
def test_any_text_is_survived(text):
    for url in (text, f"https://disway.id/{text}", f"https://{text}/read/1/x"):
        found = RULES.read(url)
        assert found is None or found.url.startswith(("https://disway.id/", "https://radartegal.disway.id/"))


@given(IDS)
def test_a_key_prints_and_is_read_back(number):
    key = ArticleKey("radartegal", number)
    assert ArticleKey.parse(str(key)) == key


@pytest.mark.parametrize("text", ["", "7", "/7", "radartegal/", "radartegal/x", "radartegal/٧", "radartegal/-7"])
def test_what_is_no_key(text):
    with pytest.raises(ValueError, match="write SITE/ID"):
        ArticleKey.parse(text)
