"""Titles, addresses and texts that would write to a terminal or a log: one line each, and no control character."""

import re

import pytest
from scripted_newspaper import HOST, SITE, Newspaper, article, crawl, page

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x9b\u202a-\u202e\u2066-\u2069]")
TITLES = {
    1: "Merah \x1b[31mdarah\x1b[0m \x1b]0;diambil alih\x07 \x9b2J",
    2: "Dua baris\r\n2026-01-01T00:00:00Z ERROR crawler: palsu",
    3: "%s %d %(nama)s {0} {nama} %n%n%n",
    4: "Panjang " + "sekali " * 140_000,
    5: "Kanan ke kiri \u202edisembunyikan\u202c \u2066x\u2069",
    6: '<script>alert(1)</script>&lt;b&gt; =HYPERLINK("x") \'kutip\' "dua"',
}


@pytest.fixture(scope="module")
def crawled(desk):
    folder = desk()
    folder.mkdir(parents=True)
    with Newspaper(folder) as newspaper:
        newspaper.publish({n: article(title).encode() for n, title in TITLES.items()})
        bad = f"https://{HOST}/kategori/\x1b[31m%0d%0aERROR%20palsu"
        newspaper.scripts[f"{HOST}/rss"] = page(b"\x1b[31m<rss>")
        newspaper.publish(
            {n: article(title, head=f'<link rel="canonical" href="{bad}">').encode() for n, title in TITLES.items()}
        )
        operator = newspaper.operator(folder / "desk")
        done = crawl(operator, "-v")
    assert "Traceback" not in done.err, done.err
    return operator, done


def test_fault_40_the_log_has_whole_lines_of_its_own_and_nothing_else(crawled):
    _, done = crawled
    lines = done.err.splitlines()
    assert not [line for line in lines if CONTROL.search(line)]
    assert not [line for line in lines if line.startswith("2026-01-01T00:00:00Z")]
    assert max(map(len, lines)) < 20_000


@pytest.mark.parametrize("number", TITLES)
def test_fault_40_nothing_that_is_shown_writes_to_the_terminal(crawled, number: int):
    operator, _ = crawled
    key = f"{SITE}/{number}"
    for arguments in (("show", key), ("show", key, "--json"), ("show", key, "--text"), ("show", key, "--versions")):
        shown = operator.run(*arguments)
        assert not CONTROL.search(shown.out.replace("\t", " ")), (arguments, CONTROL.findall(shown.out)[:5])
        assert not CONTROL.search(shown.err)


def test_fault_40_tables_have_one_line_a_row(crawled):
    operator, _ = crawled
    shown = operator.run("sql", "SELECT article_key, left(title, 200) AS title FROM articles ORDER BY 1")
    assert shown.code == 0
    assert not CONTROL.search(shown.out)
    for arguments in (("runs",), ("coverage",), ("sites",)):
        assert not CONTROL.search(operator.run(*arguments).out)
