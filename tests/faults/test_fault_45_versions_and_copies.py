"""What an article is, and when it is another version: exact counts for each way in which pages resemble each other."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from asked_again import ask_again
from fixtures.crawls import Operator
from scripted_newspaper import HOST, LEAD, SITE, Newspaper, article, crawl, page

from news.site import load_network
from news.url import UrlRules

OTHER = f"<p>{LEAD.replace('jembatan', 'tanggul')}</p><p>Pekerjaan lain dimulai esok hari.</p>"
ADS = (
    '<div class="ads-slot"><a href="https://iklan.example/{0}">Iklan {0}</a></div><p class="dibaca">Dibaca {0} kali</p>'
)
COPY = article("Naskah yang terbit dua kali").encode()
RULES = UrlRules(load_network(Path(__file__).parents[2] / "spiders" / "sites"))


@pytest.fixture
def newspaper(tmp_path: Path) -> Iterator[Newspaper]:
    with Newspaper(tmp_path) as server:
        yield server


def with_ads(number: int) -> bytes:
    html = article("Berita dengan iklan", body=f"<p>{LEAD}</p><p>Selesai dalam tiga hari.</p>")
    return html.replace("</body>", f"{ADS.format(number)}</body>").encode()


DAYS = (
    {
        1: article("Judul lama").encode(),
        2: with_ads(1),
        3: article("Bolak-balik", f"<p>{LEAD}</p>").encode(),
        4: COPY,
        6: article("Naskah yang diganti").encode(),
    },
    {
        1: article("Judul baru").encode(),
        2: with_ads(2),
        3: article("Bolak-balik", OTHER).encode(),
        4: COPY,
        5: COPY,
        6: article("Naskah lain sama sekali", OTHER).encode(),
    },
    {
        1: article("Judul baru").encode(),
        2: with_ads(3),
        3: article("Bolak-balik", f"<p>{LEAD}</p>").encode(),
        4: COPY,
        5: COPY,
        6: article("Naskah lain sama sekali", OTHER).encode(),
    },
)
VERSIONS = {1: 2, 2: 1, 3: 3, 4: 1, 5: 1, 6: 2}
"""A headline that was edited; advertisements and counters; a text that came back; two ids of one text; another text."""


def test_fault_45_versions_of_pages_that_change(newspaper: Newspaper, tmp_path: Path) -> None:
    operator = newspaper.operator(tmp_path)
    for day in DAYS:
        newspaper.publish(day)
        done = crawl(operator)
        assert done.code == 0, done.err
        ask_again(operator)
    stock = operator.stock()
    assert Counter(row["article_id"] for row in stock.versions) == VERSIONS
    assert Counter(row["article_id"] for row in stock.articles) == dict.fromkeys(VERSIONS, 1)
    titles = {row["article_id"]: row["title"] for row in stock.articles}
    assert (titles[1], titles[6]) == ("Judul baru", "Naskah lain sama sekali")
    assert operator.run("verify").code == operator.run("verify", "--ledger").code == 0
    assert_kept_once(operator)


def assert_kept_once(operator: Operator) -> None:
    """Equal bytes are stored once; whoever has them later is a revisit, and reads like the first."""
    pages = operator.ask("SELECT * FROM captures WHERE article_id IS NOT NULL AND status = 200")
    held = Counter(row["payload_digest"] for row in pages if row["kind"] == "response")
    assert set(held.values()) == {1}
    assert {row["article_id"] for row in pages if row["kind"] == "revisit"} >= {4, 5}
    shown = operator.run("show", "--raw", f"{SITE}/5")
    assert shown.out == COPY.decode()
    again = operator.run("reparse", "--json")
    assert (again.code, again.facts["versions"], again.facts["differing"]) == (0, sum(VERSIONS.values()), 0), again.err


SPELLINGS = (
    "https://radartegal.disway.id/read/723002/judul",
    "http://radartegal.disway.id/read/723002/judul",
    "https://www.radartegal.disway.id/read/723002/judul",
    "https://radartegal.disway.id/lokal/read/723002/judul-lain",
    "https://radartegal.disway.id/amp/723002/judul",
    "https://radartegal.disway.id/read/723002/judul/15",
    "https://radartegal.disway.id/read/723002/judul?utm_source=x#komentar",
    "https://RADARTEGAL.disway.id/read/723002",
)


@pytest.mark.parametrize("url", SPELLINGS)
def test_fault_45_one_article_however_it_is_spelled(url: str) -> None:
    target = RULES.read(url)
    assert target is not None
    assert str(target.key) == "radartegal/723002"


def test_fault_45_links_of_many_spellings_make_one_fetch(newspaper: Newspaper, tmp_path: Path) -> None:
    newspaper.publish({1: article("Satu").encode()})
    links = "".join(
        f'<h2 class="media-heading"><a href="https://{HOST}{path}">Satu</a></h2>'
        for path in (
            "/read/1/lain",
            "/amp/1/berita-1",
            "/read/1/berita-1/15",
            "/lokal/read/1/x",
            "/read/1/berita-1?a=b",
        )
    )
    newspaper.scripts[f"{HOST}/"] = page(f'<html><body><div class="col-sm-8">{links}</div></body></html>'.encode())
    for path in ("/read/1/lain", "/lokal/read/1/x"):
        newspaper.scripts[f"{HOST}{path}"] = page(article("Satu").encode())
    operator = newspaper.operator(tmp_path)
    assert crawl(operator).code == 0
    assert [row["article_key"] for row in operator.stock().articles] == [f"{SITE}/1"]
    assert len([path for path in newspaper.asked(HOST) if "/1" in path]) == 1
