"""Pages that hang their reader, break it, or kill the process: each is set aside, and everything else goes on."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures.crawls import Operator
from scripted_newspaper import HOST, SITE, Newspaper, article, crawl, page

READERS = str(Path(__file__).with_name("poison_reader"))
HEALTHY = range(1, 9)
SETTINGS = {"DISWAY_LIMITS__READER_S": "0.5"}


@pytest.fixture
def desk_of(tmp_path: Path) -> Callable[[dict[int, str]], tuple[Newspaper, Operator]]:
    """A newspaper with healthy articles and some whose address names a deed, and its operator."""
    opened = []

    def make(deeds: dict[int, str]) -> tuple[Newspaper, Operator]:
        newspaper = Newspaper(tmp_path)
        newspaper.__enter__()
        opened.append(newspaper)
        newspaper.publish({n: article(f"Berita ke-{n} dari desa").encode() for n in [*deeds, *HEALTHY]})
        for number, deed in deeds.items():
            old, new = f"{HOST}/read/{number}/berita-{number}", f"{HOST}/read/{number}/berita-{number}-{deed}"
            newspaper.scripts[new] = newspaper.scripts.pop(old)
        rows = [f"/read/{n}/berita-{n}" + (f"-{deeds[n]}" if n in deeds else "") for n in [*deeds, *HEALTHY]]
        links = "".join(f'<h2 class="media-heading"><a href="https://{HOST}{row}">Berita</a></h2>' for row in rows)
        newspaper.scripts[f"{HOST}/"] = page(f"<html><body><div class='col-sm-8'>{links}</div></body></html>".encode())
        operator = newspaper.operator(tmp_path / "desk", **SETTINGS)
        operator.further["PYTHONPATH"] = os.pathsep.join(filter(None, [READERS, os.environ.get("PYTHONPATH")]))
        return newspaper, operator

    yield make
    for newspaper in opened:
        newspaper.__exit__(None, None, None)


def assert_healthy(operator: Operator) -> None:
    stock = operator.stock()
    assert {f"{SITE}/{n}" for n in HEALTHY} == set(stock.by_key)
    assert operator.run("verify", "--ledger", "--json").facts["findings"] == 0
    assert operator.run("verify", "--json").facts["findings"] == 0


def test_fault_04_a_page_that_hangs_in_c_code_costs_one_run(desk_of):
    _, operator = desk_of({900: "gantung"})
    first = crawl(operator)
    assert first.code < 0, "the process was ended"
    second = crawl(operator)
    assert second.code == 0, second
    assert f"died while it read https://{HOST}/read/900/berita-900-gantung" in second.err
    assert operator.stock().states[f"{SITE}/900"] == ("refused", "poison")
    assert second.facts["counts"]["pages_poisoned"] == 1
    assert [row["bytes"] > 0 for row in operator.stock().captures if row["article_id"] == 900] == [True, True]
    assert_healthy(operator)
    asked = [row for row in operator.stock().runs if row["outcome"] == "failed"]
    assert len(asked) == 1
    assert crawl(operator).code == 0, "it is not asked for again"


def test_fault_04_a_page_over_which_the_process_dies_is_set_aside_the_fourth_time(desk_of):
    newspaper, operator = desk_of({900: "mati"})
    codes = [crawl(operator).code for _ in range(4)]
    assert codes == [-9, -9, -9, 0]
    assert operator.stock().states[f"{SITE}/900"] == ("refused", "poison")
    assert_healthy(operator)
    before = len(newspaper.log)
    assert crawl(operator).code == 0
    assert not [asked for asked in newspaper.log[before:] if "/900/" in asked.path]
    assert [row["outcome"] for row in sorted(operator.stock().runs, key=lambda r: r["run_id"])] == [
        *["failed"] * 3,
        *["ok"] * 2,
    ]


def test_fault_06_readers_that_raise_or_never_end_cost_their_page_only(desk_of):
    _, operator = desk_of({900: "salah", 901: "putaran"})
    done = crawl(operator)
    assert done.code == 0, done
    stock = operator.stock()
    assert stock.states[f"{SITE}/900"] == ("refused", "unreadable")
    assert stock.states[f"{SITE}/901"] == ("refused", "poison")
    for number in (900, 901):
        (kept,) = [row for row in stock.captures if row["article_id"] == number]
        assert kept["warc_key"], "the page itself is kept"
    assert done.facts["counts"]["reader_errors"] == 1
    assert done.facts["counts"]["pages_poisoned"] == 1
    assert_healthy(operator)
