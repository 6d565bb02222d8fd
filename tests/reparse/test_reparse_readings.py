"""`disway reparse` over a whole archive: another reading of each version, and never another version."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from fixtures.crawls import ALL_TIME, Ended, Operator, Stock, ended, interrupted, network_of, once
from fixtures.spooled import size_of, spooled
from kept import index_content, rows_of

from replica.server import ReplicaServer
from storage.follow import follow
from storage.tables import Tables

HOSTS = (
    "radartegal.disway.id",
    "palpos.disway.id",
    "jateng.disway.id",
    "disway.id",
    "nomorsatukaltim.disway.id",
)
SITES = tuple(host.split(".")[0] for host in HOSTS)
BETTER = str(Path(__file__).parents[1] / "custody" / "better_reader")
EDITS_AFTER_S = 86_400
MARK = "(dibaca lebih baik)"


def better(operator: Operator) -> Operator:
    """The same archive, with better readers in every process."""
    path = os.pathsep.join(filter(None, [BETTER, os.environ.get("PYTHONPATH")]))
    return Operator(operator.folder, operator.replica, operator.uri, operator.store, {"PYTHONPATH": path})


@pytest.fixture(scope="module")
def replica() -> Iterator[ReplicaServer]:
    with ReplicaServer.start(network_of(*HOSTS, articles=8)) as server:
        yield server


@pytest.fixture(scope="module")
def template(replica: ReplicaServer, desk: Callable[[], Path]) -> Path:
    """An archive with versions of five sites: edits, parts, columns, the look of 2022."""
    operator = Operator(desk(), replica)
    assert operator.crawl(SITES, *ALL_TIME).code == 0
    replica.control.advance(EDITS_AFTER_S)
    assert operator.crawl(SITES, *ALL_TIME).code == 0
    return Path(operator.uri)


@pytest.fixture
def archived(replica: ReplicaServer, template: Path, tmp_path: Path) -> Operator:
    """A copy of that archive, on a machine that never saw it."""
    shutil.copytree(template, tmp_path / "archive")
    return Operator(tmp_path, replica)


def stored(operator: Operator) -> list[str]:
    return [row["row_id"] for row in rows_of(operator.options(), "articles")]


def told(stock: Stock) -> list[tuple[object, ...]]:
    """What no reading may change: versions, their numbers and their records."""
    columns = ("article_key", "version", "captured_at", "status", "captures", "first_seen_at", "discovered_via")
    return sorted(tuple(str(row[c]) for c in columns) for row in stock.versions)


def assert_sound(operator: Operator) -> None:
    assert operator.run("verify").code == 0
    assert operator.run("verify", "--ledger").code == 0
    heads = [row["article_key"] for row in operator.stock().articles]
    assert len(heads) == len(set(heads))


def test_a_story_of_readers(archived: Operator, tmp_path: Path) -> None:
    """The same readers find nothing; better ones find it once; a crawl then makes no version of it."""
    before, rows = archived.stock(), stored(archived)
    assert any(row["version"] > 1 for row in before.versions)
    same = archived.run("reparse", "--json")
    assert same.code == 0, same.err
    assert (same.facts["versions"], same.facts["differing"]) == (len(before.versions), 0), same.out
    assert (same.facts["visits"], same.facts["fields"]) == (0, {})

    improved = better(archived)
    read_today = {row["row_id"] for row in before.versions if row["page_class"] == "disway-2023"}
    dry = improved.run("reparse", "--dry-run", "--json")
    assert dry.code == 0, dry.err
    assert dry.facts["fields"]["title"]["changed"] == len(read_today) == dry.facts["differing"]
    assert dry.facts["run_id"] is None
    assert stored(archived) == rows, "a dry run writes nothing"
    assert len(archived.stock().runs) == len(before.runs) + 1

    one = improved.run("reparse", "--site", SITES[0])
    assert one.code == 0, one.err
    assert "title changed: " + SITES[0] in one.out
    assert MARK in one.out
    marked = {row["site"] for row in archived.stock().articles if MARK in row["title"]}
    assert marked == {SITES[0]}
    done = improved.run("reparse", "--json")
    assert done.code == 0, done.err

    after = archived.stock()
    assert told(after) == told(before)
    assert {row["title"].endswith(MARK) for row in after.versions if row["page_class"] == "disway-2023"} == {True}
    assert {row["reader_revision"] for row in after.versions if MARK in row["title"]} == {2}
    assert set(rows) < set(stored(archived)), "earlier readings are kept"
    assert len(stored(archived)) == len(rows) + len(read_today)
    assert_sound(archived)
    (run,) = [row for row in after.runs if row["run_id"] == done.facts["run_id"]]
    counts = {c["counter"]: 0 for c in run["counts"]}
    for count in run["counts"]:
        counts[count["counter"]] += count["count"]
    assert counts["readings_bettered"] == done.facts["differing"]
    assert counts["versions_reread"] == len(before.versions)

    again = improved.run("reparse", "--json")
    assert (again.code, again.facts["differing"]) == (0, 0), again.err
    crawled = improved.crawl(SITES, *ALL_TIME)
    assert crawled.code == 0, crawled.err
    assert told(archived.stock()) == told(before)
    (index,) = archived.spool.glob("seen-*.sqlite")
    follow(index, Tables(archived.options()))
    follow(tmp_path / "anew.sqlite", Tables(archived.options()))
    assert index_content(index) == index_content(tmp_path / "anew.sqlite")


def test_a_stretch_of_time(archived: Operator) -> None:
    """By publication, half-open."""
    stock = archived.stock()
    days = sorted(row["published_at"] for row in stock.versions)
    since, until = days[len(days) // 3], days[2 * len(days) // 3]
    wanted = [at for at in days if since <= at < until]
    done = archived.run("reparse", "--dry-run", "--json", "--since", since.isoformat(), "--until", until.isoformat())
    assert (done.code, done.facts["versions"]) == (0, len(wanted)), done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--site", "nobody"), "no such site"),
        (("--since", "kemarin"), "--since"),
        (("--json", "--format", "json"), "leave one out"),
    ],
    ids=["site", "since", "both"],
)
def test_wrong_usage(operator: Operator, arguments: tuple[str, ...], words: str) -> None:
    done = operator.run("reparse", *arguments)
    assert done.code == 2
    assert words in done.err


def test_no_archive(operator: Operator) -> None:
    done = operator.run("reparse")
    assert done.code == 2
    assert "no archive" in done.err
    assert operator.run("reparse", "--dry-run").code == 2
    assert list(operator.spool.glob("[!.]*/")) == []


MOMENTS: dict[str, Callable[[Operator], Callable[[], bool]]] = {
    "planned": lambda o: lambda: any(o.spool.glob(".scratch-*/plan.sqlite")),
    "kept": lambda o: lambda: size_of(spooled(o.spool, ".warc.gz.open")) > 2_000,
    "closed": lambda o: lambda: bool(spooled(o.spool, ".warc.gz")),
    "uploaded": lambda o: lambda: any(_notes(o)),
}


def _notes(operator: Operator) -> list[Path]:
    """WARC files of runs that fetched nothing."""
    fetched = {row["warc_key"] for row in rows_of(operator.options(), "captures")}
    found = Path(operator.uri, "warc").rglob("*.warc.gz")
    return [path for path in found if path.relative_to(operator.uri).as_posix() not in fetched]


def kill_when(process: "subprocess.Popen[str]", reached: Callable[[], bool]) -> None:
    """`kill -9` at that moment, or never when it ends first."""
    with suppress(AssertionError):
        once(reached, process)
    process.kill()
    process.communicate()


def test_killed_at_any_moment_the_next_one_does_the_rest(archived: Operator) -> None:
    """`kill -9` at each moment in turn, then undisturbed: as if nobody had been killed."""
    before = archived.stock()
    improved = better(archived)
    expected = improved.run("reparse", "--dry-run", "--json").facts["differing"]
    for moment in MOMENTS.values():
        kill_when(improved.start("reparse"), moment(archived))
    last = improved.run("reparse", "--json")
    assert last.code == 0, last.err
    after = archived.stock()
    assert told(after) == told(before)
    marked = [row for row in after.versions if MARK in row["title"]]
    assert len(marked) == expected
    ids = stored(archived)
    assert len(ids) == len(set(ids)) == len(before.versions) + expected, "no reading is there twice"
    assert_sound(archived)
    assert archived.run("maintain").code == 0
    assert len({row["run_id"] for row in after.runs}) == len(after.runs)


def test_interrupted_it_delivers_what_it_has(archived: Operator) -> None:
    improved = better(archived)
    process = improved.start("reparse")
    once(lambda: bool(spooled(archived.spool, ".warc.gz.open")), process)
    done = interrupted(process, signal.SIGINT)
    assert done.code in (0, 130), done.err  # it may have been at its end
    assert list(archived.spool.glob("*/*.warc.gz*")) == []
    assert improved.run("reparse").code == 0
    assert_sound(archived)


@pytest.fixture
def later() -> Iterator[ReplicaServer]:
    """The same sites, some days on."""
    with ReplicaServer.start(network_of(*HOSTS, articles=8)) as server:
        server.control.advance(4 * EDITS_AFTER_S)
        yield server


def test_beside_a_crawl_and_another_of_its_kind(archived: Operator, later: ReplicaServer) -> None:
    """Three at once write one head for each article."""
    before = archived.stock()
    archived.replica = later
    improved = better(archived)
    other = better(Operator(archived.folder / "other", later, archived.uri))
    processes = [
        improved.start("reparse", "--no-lease"),
        other.start("reparse", "--no-lease"),
        archived.start_crawl(SITES, *ALL_TIME),
    ]
    for process in processes:
        done = ended(process)
        assert done.code == 0, done.err
    assert improved.run("reparse").code == 0
    assert_sound(archived)
    after = archived.stock()
    assert set(told(before)) <= set(told(after))
    assert len(after.versions) > len(before.versions)
    assert {MARK in row["title"] for row in after.versions if row["page_class"] == "disway-2023"} == {True}


def test_a_second_one_is_skipped(archived: Operator, replica: ReplicaServer) -> None:
    improved = better(archived)
    first = improved.start("reparse")
    once(lambda: Path(archived.uri, "state", "lease", "reparse.json").exists(), first)
    second = better(Operator(archived.folder / "other", replica, archived.uri)).run("reparse")
    done = ended(first)
    assert done.code == second.code == 0
    assert "skipped" in second.err
    assert "reparse.json" not in second.err


def test_what_cannot_be_read_is_named_and_the_rest_is_read(archived: Operator) -> None:
    """A record that rots, and a page class that breaks on one page."""
    row = next(row for row in archived.stock().articles if row["site"] == SITES[1])
    path = Path(archived.uri, row["warc_key"])
    data = bytearray(path.read_bytes())
    middle = row["warc_offset"] + row["warc_length"] // 2
    data[middle] ^= 0xFF
    path.write_bytes(data)
    done: Ended = better(archived).run("reparse", "--json")
    assert (done.code, done.facts["outcome"], done.facts["unreadable"]) == (1, "degraded", 1), done.err
    assert row["article_key"] in done.err
    marked = {r["article_key"] for r in archived.stock().articles if MARK in r["title"]}
    assert row["article_key"] not in marked
    assert len(marked) > 10
