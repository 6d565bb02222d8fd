"""Articles in parts, when a part is missing, ignored by the server, one of many, or added later."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from asked_again import ask_again
from fixtures.crawls import Operator
from scripted_newspaper import HOST, LEAD, Newspaper, article, crawl, page

MANY = 60


@pytest.fixture
def newspaper(tmp_path: Path) -> Iterator[Newspaper]:
    with Newspaper(tmp_path) as server:
        yield server


def part(number: int, title: str, text: str, parts: int) -> bytes:
    """A page of an article in parts, with the pagination that leads to all of them."""
    links = "".join(
        f'<li><a href="https://{HOST}/read/{number}/berita-{number}/{15 * k}">{k + 1}</a></li>' for k in range(parts)
    )
    body = f'<p>{text}</p><ul class="pagination">{links}</ul>' if parts > 1 else f"<p>{text}</p>"
    return article(title, body).encode()


def publish(newspaper: Newspaper, number: int, texts: list[str], *, parts: int | None = None) -> None:
    """Put an article in as many parts as `texts` behind the links of the home page; `parts`: what it links."""
    linked = parts or len(texts)
    pages = [part(number, f"Berita {number}", text, linked) for text in texts]
    newspaper.scripts[f"{HOST}/read/{number}/berita-{number}"] = page(pages[0])
    newspaper.scripts[f"{HOST}/read/{number}/berita-{number}/0"] = page(pages[0])
    for k, later in enumerate(pages[1:], start=1):
        newspaper.scripts[f"{HOST}/read/{number}/berita-{number}/{15 * k}"] = page(later)


def rows(operator: Operator) -> dict[int, dict]:
    return {row["article_id"]: row for row in operator.stock().articles}


def text(word: str) -> str:
    return LEAD.replace("jembatan", word)


def test_fault_47_parts(newspaper: Newspaper, tmp_path: Path) -> None:
    """Whole articles are joined once and in order; others wait until they are whole, and are fetched again."""
    newspaper.publish(dict.fromkeys((1, 2, 3, 4, 5), b""))
    publish(newspaper, 1, [text("satu"), text("dua")])
    newspaper.scripts[f"{HOST}/read/1/berita-1/15"] = page(b"<h1>404</h1>", status="404 Not Found")
    publish(newspaper, 2, [text("satu"), text("satu")])
    publish(newspaper, 3, [f"{text('bagian')} Bagian ke-{k}." for k in range(MANY)])
    publish(newspaper, 4, [text("tunggal")])
    publish(newspaper, 5, [text("satu"), text("dua")])
    newspaper.scripts[f"{HOST}/read/5/berita-5/15"] = page(b"rusak", status="500 Internal Server Error")
    operator = newspaper.operator(tmp_path)
    assert crawl(operator).code == 0
    held = rows(operator)
    assert held.keys() == {2, 3, 4}
    assert operator.stock().states["koran-uji/1"] == ("pending", "part_2_not_found")
    assert operator.stock().states["koran-uji/5"] == ("pending", "part_2_http_500")
    assert held[2]["body"].count("memperbaiki satu") == held[4]["body"].count("memperbaiki tunggal") == 1
    assert [line.rpartition("ke-")[2] for line in held[3]["body"].split("\n")] == [f"{k}." for k in range(MANY)]
    assert (held[3]["parts"], held[3]["parts_expected"], len(held[3]["captures"])) == (MANY, MANY, MANY)

    for number in (1, 5):
        publish(newspaper, number, [text("satu"), text("dua")])
    publish(newspaper, 4, [text("tunggal"), text("tambahan")])
    ask_again(operator)
    assert crawl(operator).code == 0
    held = rows(operator)
    assert held.keys() == {1, 2, 3, 4, 5}
    assert {number: row["version"] for number, row in held.items()} == {1: 1, 2: 1, 3: 1, 4: 2, 5: 1}
    assert {held[number]["parts"] for number in (1, 4, 5)} == {2}
    assert "tambahan" in held[4]["body"]
    assert held[1]["body"].index("memperbaiki satu") < held[1]["body"].index("memperbaiki dua")
    assert operator.run("verify").code == operator.run("verify", "--ledger").code == 0
    again = operator.run("reparse", "--json")
    assert (again.code, again.facts["differing"], again.facts["new_versions"]) == (0, 0, 0), again.err
