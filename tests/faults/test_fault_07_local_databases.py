"""The SQLite files of a machine: damaged, cut, emptied, locked. They are caches, and the archive stays as it is."""

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fixtures.crawls import ALL_TIME, Operator, network_of

from replica.server import ReplicaServer

HOST = "radartegal.disway.id"
SITES = ("radartegal",)
PAGE = 4_096


def garbage(data: bytearray) -> bytes:
    return random.Random(1).randbytes(len(data))


def flipped(data: bytearray) -> bytes:
    """Each page but the first begins with nonsense."""
    for start in range(PAGE, len(data), PAGE):
        data[start : start + 64] = random.Random(start).randbytes(64)
    return bytes(data)


HARMS: dict[str, Callable[[bytearray], bytes]] = {
    "garbage": garbage,
    "flipped": flipped,
    "cut": lambda data: bytes(data[: len(data) // 2]),
    "emptied": lambda _: b"",
}


@pytest.fixture(scope="module")
def replica() -> Iterator[ReplicaServer]:
    with ReplicaServer.start(network_of(HOST, articles=10)) as server:
        yield server


@pytest.fixture(scope="module")
def template(replica: ReplicaServer, desk: Callable[[], Path]) -> Path:
    """The archive of a machine that crawled once."""
    operator = Operator(desk(), replica)
    assert operator.crawl(SITES, *ALL_TIME).code == 0
    return Path(operator.uri)


@pytest.fixture
def operator(replica: ReplicaServer, template: Path, tmp_path: Path) -> Operator:
    """A machine with a copy of that archive, and all its local files."""
    shutil.copytree(template, tmp_path / "archive")
    operator = Operator(tmp_path, replica)
    assert operator.crawl(SITES).code == 0
    return operator


def articles_asked(replica: ReplicaServer, before: int) -> list[str]:
    return [line.path for line in replica.control.log()[before:] if line.kind == "article"]


@pytest.mark.parametrize("name", HARMS)
def test_fault_07_damaged_caches_are_made_anew(operator: Operator, replica: ReplicaServer, name: str) -> None:
    """All of them at once: the next run crawls on, fetches nothing twice, and the archive is what it was."""
    before = operator.stock().essence()
    for pattern in ("seen-*.sqlite", "robots.sqlite", "alerts-*.sqlite"):
        (path,) = operator.spool.glob(pattern)
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        path.write_bytes(HARMS[name](bytearray(path.read_bytes())))
    asked = len(replica.control.log())
    done = operator.crawl(SITES)
    assert done.code == 0, done.err
    assert done.facts["counts"]["fetched"] > 0, done.err
    assert articles_asked(replica, asked) == []
    assert operator.stock().essence() == before


def test_fault_07_a_locked_index_keeps_what_is_fetched(operator: Operator, replica: ReplicaServer) -> None:
    """Somebody holds the index: nothing is committed, and nothing is lost."""
    replica.control.advance(3 * 86_400)
    (path,) = operator.spool.glob("seen-*.sqlite")
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        done = operator.crawl(SITES, *ALL_TIME)
        assert done.code == 3, done.err
        assert "locked" in done.err
        holder.execute("ROLLBACK")
    assert list(operator.spool.glob("*/*.warc.gz"))
    assert operator.run("recover").code == 0
    keys = {article.key for article in replica.control.truth().articles if article.vanished_at is None}
    assert keys <= operator.stock().by_key.keys()
    assert operator.run("verify").code == operator.run("verify", "--ledger").code == 0


def test_fault_07_an_index_that_cannot_be_written(operator: Operator) -> None:
    """A folder lies where the index was: said loudly, in one line, with nothing done."""
    (path,) = operator.spool.glob("seen-*.sqlite")
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    path.mkdir()
    before = operator.stock().essence()
    done = operator.crawl(SITES, *ALL_TIME)
    assert done.code not in (0, 1)
    (line,) = done.err.splitlines()
    assert "database" in line
    path.rmdir()
    assert operator.crawl(SITES, *ALL_TIME).code == 0
    after = operator.stock().essence()
    assert after.pop("sightings") >= before.pop("sightings"), "a listing that is walked again may show more"
    assert after == before
