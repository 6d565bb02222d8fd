"""The replica's world found again through its own pages."""

import re

import pytest
from replica_client import Browser, Got

from news.site import Network as NewsNetwork
from news.site import Site
from news.url import UrlKind, UrlRules

ARTICLE = r"^https?://[^/]+/(?:[^/]+/)?(?:read/|catatan-harian-dahlan/)(\d+)/[^/?]+$"


@pytest.fixture(scope="module")
def rules(world):
    sites = [Site(id=s.profile.id, name=s.profile.name, host=s.profile.host) for s in world.sites]
    return UrlRules(NewsNetwork.of(sites))


def _listed(browser: Browser, host: str) -> set[str]:
    """Every article URL that the sections of `host` list, page after page."""
    home = browser.get(f"https://{host}/")
    found = set(home.links(ARTICLE))
    for section in dict.fromkeys(home.links(rf"^https://{host}/kategori/")):
        page: Got | None = browser.get(section)
        while page is not None:
            found |= set(page.links(rf"^https://{host}/.*\d+/"))
            further = re.findall(r'href="([^"]+)"[^>]*rel="next"', page.text)
            page = browser.get(further[0]) if further else None
    return found


def test_every_article_is_listed_and_every_paragraph_is_on_its_parts(big, rules):
    truth = big.control.truth().articles
    with Browser(big) as browser:
        keys = {
            str(read.key)
            for site in {a.host for a in truth}
            for url in _listed(browser, site)
            if (read := rules.read(url)) is not None and read.kind is UrlKind.ARTICLE
        }
        assert keys == {a.key for a in truth}
        for article in truth:
            first = browser.get(article.url)
            offsets = {int(m) for m in re.findall(rf'href="{re.escape(article.url)}/(\d+)" data-ci', first.text)}
            assert len(offsets) == min(article.parts - 1, 3)
            texts = [browser.get(f"{article.url}/{15 * n}").visible for n in range(1, article.parts)]
            seen = " ".join((first.visible, *texts))
            at = 0
            for paragraph in article.body:
                at = seen.find(paragraph, at)
                assert at >= 0, (article.url, paragraph)
            assert article.published_raw in first.visible
            assert article.caption_printed in first.visible
            assert f"Reporter: {article.reporter}|" in first.visible
        assert len(browser.tunnels) == len({a.host for a in truth})
    log = big.control.log()
    assert not [e for e in log if e.kind == "unknown_host"]
    assert {e.status for e in log} == {200}


def test_canonical_urls_are_what_the_url_rules_make_of_them(big, rules):
    for article in big.control.truth().articles:
        read = rules.read(article.url)
        assert read is not None
        assert (read.url, str(read.key)) == (article.url, article.key)
        for link in article.related:
            target = rules.read(link.href)
            assert target is not None
            assert (target.url, str(target.key)) == (link.url, f"{link.site}/{link.id}")


def test_tag_pages_list_what_carries_the_tag(big, world):
    host = "disway.id"
    truth = [a for a in big.control.truth().articles if a.host == host]
    tags = world.by_host[host].tags[:3]
    with Browser(big) as browser:
        for tag in tags:
            page = browser.get(f"https://{host}{tag.path}")
            rows = page.text.partition("<section>")[2].partition("</section>")[0]
            ids = {int(m) for m in re.findall(r'media-heading"><a href="[^"]+/(\d+)/', rows)}
            carriers = sorted((a for a in truth if tag.name in a.tags), key=lambda a: a.published_at, reverse=True)
            assert ids == {a.id for a in carriers[:30]}
            assert ids


def test_listings_are_newest_first_thirty_a_page_without_a_date(big):
    with Browser(big) as browser:
        page = browser.get("https://radartegal.disway.id/kategori/lokal")
    truth = {a.id: a for a in big.control.truth().articles if a.host == "radartegal.disway.id"}
    rows = page.text.partition("<section>")[2].partition("</section>")[0]
    ids = [int(m) for m in re.findall(r'media-heading"><a href="[^"]+/(\d+)/', rows)]
    assert len(ids) == 30
    times = [truth[i].published_at for i in ids]
    assert times == sorted(times, reverse=True)
    assert re.search(r"\d+ (menit|jam|hari) lalu", rows)
    assert "WIB" not in rows


def test_each_look_and_site_trait_shows(big):
    truth = big.control.truth().articles
    with Browser(big) as browser:

        def texts(host: str) -> list[str]:
            return [browser.get(a.url).text for a in truth if a.host == host and a.related][:6]

        assert all('<p class="blue-color">Baca Juga: <span' in t for t in texts("nomorsatukaltim.disway.id"))
        assert all("<p><strong>BACA JUGA:<a href=" in t for t in texts("rakyatbengkulu.disway.id"))
        assert all("<p><span style=" in t for t in texts("jateng.disway.id"))
        assert all("Catatan Dahlan Iskan" in t for t in texts("disway.id"))
        column = next(a for a in truth if "/catatan-harian-dahlan/" in a.url)
        assert browser.get(column.url).status == 200
        sizes = [len(browser.get(a.url).body) for a in truth[::40]]
    assert min(sizes) > 55_000
    assert max(sizes) < 115_000


def test_amp_pages_split_by_sixteen(big):
    article = next(a for a in big.control.truth().articles if a.amp_parts == 2)
    with Browser(big) as browser:
        root = f"https://{article.host}/amp/{article.id}/apa-saja"
        pages = [browser.get(root), browser.get(f"{root}/16")]
    assert f"Reporter : {article.reporter}" in pages[0].visible
    assert "Cek Berita" not in pages[0].visible
    seen = " ".join(p.visible for p in pages)
    assert all(paragraph in seen for paragraph in article.body)
    assert all("Kategori :" in p.visible for p in pages)
