"""A Parquet file with a flipped bit, cut or gone: each command says which, none says that the store is away."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fixtures.crawls import ALL_TIME, Ended, Operator, network_of
from fixtures.spooled import spooled

from replica.server import ReplicaServer

SITES = ("radartegal",)
HARMS: dict[str, Callable[[Path], object]] = {
    "flipped": lambda path: path.write_bytes(path.read_bytes()[:-3] + b"\xbe" + path.read_bytes()[-2:]),
    "cut": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "gone": lambda path: path.unlink(),
}


@pytest.fixture(scope="module")
def replica() -> Iterator[ReplicaServer]:
    with ReplicaServer.start(network_of("radartegal.disway.id", articles=8)) as server:
        yield server


@pytest.fixture(scope="module")
def template(replica: ReplicaServer, desk: Callable[[], Path]) -> Path:
    """The folder of a machine that crawled twice."""
    operator = Operator(desk(), replica)
    for _ in range(2):
        assert operator.crawl(SITES, *ALL_TIME).code == 0
        replica.control.advance(86_400)
    return operator.folder


@pytest.fixture
def operator(replica: ReplicaServer, template: Path, tmp_path: Path) -> Operator:
    shutil.copytree(template / "archive", tmp_path / "archive")
    return Operator(tmp_path, replica)


def told(done: Ended, key: str, code: int) -> None:
    assert done.code == code, done
    assert key in done.out + done.err, done
    for word in ("Traceback", "internal error", "does not answer", "cannot be reached"):
        assert word not in done.err, done


def newest_file(operator: Operator, table: str) -> Path:
    return max(Path(operator.uri, "tables", table).glob("*.parquet"), key=lambda path: path.stat().st_mtime_ns)


@pytest.mark.parametrize("name", HARMS)
@pytest.mark.parametrize("table", ["captures", "sightings"])
def test_fault_11_a_damaged_table_is_named_by_every_command(operator: Operator, table: str, name: str) -> None:
    """And by none as a store that is away. A machine that knows the archive crawls on, and delivers once it is mended."""
    assert operator.crawl(SITES).code == 0, "this machine knows the archive"
    path = newest_file(operator, table)
    key, kept = path.relative_to(operator.uri).as_posix(), path.with_name("copy")
    shutil.copy(path, kept)
    HARMS[name](path)
    told(operator.run("verify"), key, 1)
    told(operator.run("reparse"), key, 1)
    told(operator.run("reparse", "--dry-run"), key, 1)
    told(operator.run("recover"), key, 1)
    told(operator.run("sql", f"SELECT * FROM {table}"), path.name, 1)
    told(operator.run("maintain"), key, 1)
    operator.replica.control.advance(86_400)
    crawled = operator.crawl(SITES)
    told(crawled, key, 3)
    assert spooled(operator.spool, ".warc.gz"), "what was fetched waits"
    told(operator.run("recover"), key, 3)
    fresh = Operator(operator.folder / "fresh", operator.replica, operator.uri)
    told(fresh.crawl(SITES), key, 1)
    kept.replace(path)
    done = operator.run("recover", "--json")
    assert (done.code, done.facts["undelivered"]) == (0, 0), done
    assert operator.run("verify").code == 0
    assert crawled.facts["run_id"] in {row["run_id"] for row in operator.stock().runs}


def test_fault_11_a_damaged_table_keeps_no_other_from_being_kept(operator: Operator) -> None:
    """`sightings` comes first: those behind it are compacted all the same, and nothing of it is removed."""
    path = newest_file(operator, "sightings")
    HARMS["flipped"](path)
    before = sorted(file.name for file in path.parent.glob("*.parquet"))
    done = operator.run("maintain", "--json")
    told(done, path.relative_to(operator.uri).as_posix(), 1)
    after = {kept["name"]: kept["files_after"] for kept in done.facts["tables"]}
    assert after.pop("sightings") == len(before) > 1
    assert set(after.values()) == {1}
    assert sorted(file.name for file in path.parent.glob("*.parquet")) == before
    row = operator.ask("SELECT * FROM runs ORDER BY started_at")[-1]
    assert (row["command"], row["outcome"]) == ("maintain", "degraded")
    assert path.name in row["reason"]
