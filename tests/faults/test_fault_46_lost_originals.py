"""A record that repeats another needs that other: it is committed first, and when it is lost the bytes are kept anew."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from asked_again import ask_again
from fixtures.crawls import ALL_TIME, Operator, ended, once
from fixtures.spooled import size_of, spooled
from kept import index_content
from scripted_newspaper import SITE, Newspaper, article, crawl

from storage.follow import follow
from storage.tables import Tables

PAGES = {number: article(f"Berita {number}").encode() for number in (1, 2, 3)}


@pytest.fixture
def newspaper(tmp_path: Path) -> Iterator[Newspaper]:
    with Newspaper(tmp_path) as server:
        server.publish(PAGES)
        yield server


def kinds(operator: Operator, run_id: str) -> set[str]:
    rows = operator.ask("SELECT kind FROM captures WHERE run_id = ? AND article_id IS NOT NULL", run_id)
    return {row["kind"] for row in rows}


def lose(operator: Operator) -> None:
    """All WARC objects go, as an expiry rule of a bucket does it."""
    for path in Path(operator.uri, "warc").rglob("*.warc.gz"):
        path.unlink()


@pytest.mark.parametrize("maintained", [False, True], ids=["unknown", "maintained"])
def test_fault_46_bytes_whose_record_is_lost_are_kept_anew(
    newspaper: Newspaper, tmp_path: Path, maintained: bool
) -> None:
    """`disway maintain` finds the loss and writes it down; from then on nothing repeats what is gone."""
    operator = newspaper.operator(tmp_path)
    assert crawl(operator).code == 0
    lose(operator)
    if maintained:
        found = operator.run("maintain", "--json")
        assert (found.code, found.facts["lost"]) == (1, 1), found.err
        (row,) = operator.ask("SELECT outcome, reason FROM runs WHERE command = 'maintain'")
        assert (row["outcome"], row["reason"].split(":")[0]) == ("degraded", "1 WARC objects are lost")
        again = operator.run("maintain", "--json")
        assert (again.code, again.facts["lost"]) == (0, 0), "told once"
    ask_again(operator)
    done = crawl(operator)
    assert done.code == 0, done.err
    assert kinds(operator, done.facts["run_id"]) == ({"response"} if maintained else {"revisit"})
    shown = [operator.run("show", "--raw", f"{SITE}/{number}") for number in PAGES]
    assert [s.code for s in shown] == ([0, 0, 0] if maintained else [1, 1, 1])
    if maintained:
        assert [s.out.encode() for s in shown] == list(PAGES.values()), "equal bytes stand in for those that are lost"
    verified = operator.run("verify")
    assert verified.code == 1, "what is lost stays named"
    assert len(operator.stock().versions) == len(PAGES)


def test_fault_46_followed_or_made_anew_the_index_knows_of_the_loss(newspaper: Newspaper, tmp_path: Path) -> None:
    operator = newspaper.operator(tmp_path)
    assert crawl(operator).code == 0
    lose(operator)
    assert operator.run("maintain").code == 1
    ask_again(operator)
    assert crawl(operator).code == 0
    assert operator.run("recover").code == 0
    (index,) = operator.spool.glob("seen-*.sqlite")
    anew = tmp_path / "anew.sqlite"
    follow(anew, Tables(operator.options()))
    assert index_content(index) == index_content(anew)


def test_fault_46_nothing_repeats_what_is_not_committed(newspaper: Newspaper, tmp_path: Path) -> None:
    """A crawl is killed with its pages in the spool; another machine fetches them too. Either keeps the bytes itself."""
    one = newspaper.operator(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    other = newspaper.operator(tmp_path / "elsewhere")
    other.uri = one.uri
    process = one.start_crawl([SITE], *ALL_TIME, "--no-lease")
    once(lambda: size_of(spooled(one.spool, ".warc.gz.open")) > 3_000, process)
    process.kill()
    process.communicate()
    done = ended(other.start_crawl([SITE], *ALL_TIME, "--no-lease"))
    assert done.code == 0, done.err
    assert one.run("recover").code == 0
    rows = one.ask("SELECT kind FROM captures WHERE article_id IS NOT NULL AND status = 200")
    assert {row["kind"] for row in rows} == {"response"}
    assert len(one.stock().versions) == len(PAGES)
    assert one.run("verify").code == 0
