"""Links to oneself, in circles, by the thousand, to what is gone, in every spelling: each edge once, and no loop."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from scripted_newspaper import HOST, LEAD, SITE, Newspaper, article, crawl, page

MANY = 10_000


@pytest.fixture
def newspaper(tmp_path: Path) -> Iterator[Newspaper]:
    with Newspaper(tmp_path) as server:
        yield server


def linked(title: str, *hrefs: str) -> bytes:
    links = "".join(f'<p><strong>BACA JUGA: <a href="{href}">Berita lain</a></strong></p>' for href in hrefs)
    return article(title, f"<p>{LEAD}</p>{links}").encode()


def test_fault_48_links_in_circles_and_by_the_thousand(newspaper: Newspaper, tmp_path: Path) -> None:
    itself = (f"https://{HOST}/read/1/berita-1", "/read/1/berita-1", f"//{HOST}/read/1/berita-1", "berita-1", "#atas")
    newspaper.publish(
        {
            1: linked(
                "Satu", *itself, "/read/2/berita-2", "../2/berita-2", "/read/404/hilang", "https://lain.example/x"
            ),
            2: linked("Dua", "/read/3/berita-3", "/read/1/berita-1"),
            3: linked("Tiga", "/read/1/berita-1", "javascript:void(0)", "mailto:a@b.example"),
            4: linked(
                "Banyak", *(f"https://{HOST}/read/2/berita-2?ke={k}" for k in range(MANY)), "/read/5/hanya-di-sini"
            ),
        }
    )
    newspaper.scripts[f"{HOST}/read/5/hanya-di-sini"] = page(linked("Lima", "/read/4/berita-4"))
    newspaper.scripts[f"{HOST}/read/404/hilang"] = page(b"<h1>404</h1>", status="404 Not Found")
    operator = newspaper.operator(tmp_path)
    done = crawl(operator)
    assert done.code == 0, done.err
    asked = Counter(path for path in newspaper.asked(HOST) if "/read/" in path)
    assert set(asked.values()) == {1}, "nothing is asked twice"
    assert set(asked) == {f"/read/{n}/berita-{n}" for n in (1, 2, 3, 4)} | {"/read/5/hanya-di-sini", "/read/404/hilang"}
    stock = operator.stock()
    assert {row["article_id"] for row in stock.articles} == {1, 2, 3, 4, 5}
    assert stock.states[f"{SITE}/404"] == ("refused", "not_found")
    edges = Counter((row["target_url"], row["via_url"], row["kind"]) for row in stock.sightings)
    assert set(edges.values()) == {1}, "each edge once"
    related = {row["article_id"]: row["related"] for row in stock.articles}
    assert len(related[4]) == 2
    assert {link["article_key"] for link in related[1]} <= {f"{SITE}/1", f"{SITE}/2", f"{SITE}/404", None}
    before = len(newspaper.log)
    again = crawl(operator)
    assert again.code == 0
    assert not [a.path for a in newspaper.log[before:] if "/read/" in a.path and "404" not in a.path], "and none later"
    assert Counter((r["target_url"], r["via_url"], r["kind"]) for r in operator.stock().sightings) == edges
