"""Disks that are full, small, read-only or broken: nothing half, nothing lost, said clearly, and room made where it can."""

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.crawls import ALL_TIME, Ended, Operator, ended, network_of, once
from fixtures.loopback import FaultFront, s3_error

from replica.server import ReplicaServer

BROKEN = str(Path(__file__).with_name("broken_disk"))
HOSTS = ("radartegal.disway.id", "rakyatbengkulu.disway.id")
SITES = tuple(host.split(".", maxsplit=1)[0] for host in HOSTS)
MIB = 1 << 20


@pytest.fixture(scope="module")
def replica() -> Iterator[ReplicaServer]:
    with ReplicaServer.start(network_of(*HOSTS, articles=10)) as server:
        yield server


@pytest.fixture(scope="module")
def whole(replica: ReplicaServer, desk) -> dict:
    """What an undisturbed crawl comes to."""
    operator = Operator(desk(), replica)
    assert operator.crawl(SITES, *ALL_TIME).code == 0
    return operator.stock().essence()


def asked(replica: ReplicaServer, operator: Operator, *arguments: str) -> tuple[Ended, int]:
    """A crawl, and how many requests it sent."""
    before = len(replica.control.log())
    done = operator.crawl(SITES, *ALL_TIME, *arguments)
    assert "Traceback" not in done.err, done.err
    return done, len(replica.control.log()) - before


def assert_made_up_for(operator: Operator, whole: dict) -> None:
    """With a disk that works, the next run brings the archive to what it should be."""
    done = operator.crawl(SITES, *ALL_TIME)
    assert done.code == 0, done
    assert operator.stock().essence() == whole
    assert operator.run("verify", "--json").facts["findings"] == 0
    assert operator.run("verify", "--ledger", "--json").facts["findings"] == 0


def test_fault_13_nothing_is_fetched_below_the_floor(replica: ReplicaServer, whole: dict, tmp_path: Path):
    free = os.statvfs(tmp_path)
    operator = Operator(tmp_path / "desk", replica, further={"DISWAY_SPOOL__WAIT_S": "0"})
    operator.further["DISWAY_SPOOL__FLOOR_BYTES"] = str(free.f_blocks * free.f_frsize + 1)
    done, requests = asked(replica, operator)
    assert requests == 0
    assert (done.code, done.facts["outcome"], done.facts["reason"]) == (1, "failed", "spool_full"), done
    assert "[spool] floor_bytes" in done.err
    assert "bytes are free" in done.err
    del operator.further["DISWAY_SPOOL__FLOOR_BYTES"]
    assert_made_up_for(operator, whole)


def test_fault_13_nothing_is_fetched_without_inodes(replica: ReplicaServer, small_disk, whole: dict, tmp_path: Path):
    place = small_disk("size=256m,nr_inodes=600")
    operator = Operator(tmp_path / "desk", replica, further={"DISWAY_SPOOL__WAIT_S": "0"})
    operator.further |= {"DISWAY_SPOOL__DIR": str(place / "spool"), "DISWAY_SPOOL__FLOOR_BYTES": "1"}
    done, requests = asked(replica, operator)
    assert requests == 0
    assert (done.code, done.facts["reason"]) == (1, "spool_full"), done
    assert "inodes are free" in done.err
    subprocess.run(["mount", "-o", "remount,nr_inodes=60000", place], check=True)
    assert_made_up_for(operator, whole)


def test_fault_13_a_disk_near_its_floor_is_delivered_empty_and_the_crawl_goes_on(
    replica: ReplicaServer, small_disk, whole: dict, tmp_path: Path
):
    """3 MiB, most of which must stay free: the crawl pauses again and again, and ends well."""
    place = small_disk("size=3m")
    operator = Operator(tmp_path / "desk", replica, further={"DISWAY_SPOOL__DIR": str(place / "spool")})
    operator.further["DISWAY_SPOOL__FLOOR_BYTES"] = "0"
    assert operator.crawl(SITES[:1], "--since", "1d").code == 0, "the index has its size"
    free = os.statvfs(place)
    operator.further["DISWAY_SPOOL__FLOOR_BYTES"] = str((free.f_bavail * free.f_frsize - 250_000) * 10 // 11)
    done, _ = asked(replica, operator)
    assert (done.code, done.facts["undelivered"]) == (0, 0), done
    assert done.facts["counts"]["spool_pauses"] > 0
    assert operator.stock().essence()["versions"] == whole["versions"]


def test_fault_13_a_full_disk_ends_the_run_and_nothing_that_was_kept_is_lost(
    replica: ReplicaServer, small_disk, whole: dict, tmp_path: Path
):
    place = small_disk("size=2m")
    ballast = place / "ballast"
    ballast.write_bytes(bytes(1_500_000))
    operator = Operator(tmp_path / "desk", replica, further={"DISWAY_SPOOL__FLOOR_BYTES": "0"})
    operator.further["DISWAY_SPOOL__DIR"] = str(place / "spool")
    done, _ = asked(replica, operator)
    assert done.code != 0, done
    assert "No space left on device" in done.err
    subprocess.run(["mount", "-o", "remount,size=200m", place], check=True)
    assert_made_up_for(operator, whole)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "free some space"),
        (errno.EDQUOT, "raise the quota"),
        (errno.EROFS, "made read-only"),
        (errno.EIO, "the disk fails"),
    ],
    ids=["ENOSPC", "EDQUOT", "EROFS", "EIO"],
)
def test_fault_13_a_disk_that_refuses_in_the_middle(
    replica: ReplicaServer, whole: dict, tmp_path: Path, number: int, said: str
):
    operator = Operator(tmp_path / "desk", replica, further={"DISK_ERRNO": str(number), "DISK_AFTER": "12"})
    operator.further["PYTHONPATH"] = os.pathsep.join(filter(None, [BROKEN, os.environ.get("PYTHONPATH")]))
    done, requests = asked(replica, operator)
    assert requests > 5
    assert done.code in (1, 3), done
    assert done.facts["outcome"] == "failed"
    assert done.facts["reason"] == "spool_failed"
    assert os.strerror(number) in done.err
    assert said in done.err, "what to do"
    for name in ("DISK_ERRNO", "DISK_AFTER"):
        del operator.further[name]
    assert_made_up_for(operator, whole)


def test_fault_13_a_spool_that_nobody_empties_pauses_the_run_and_then_ends_it(
    replica: ReplicaServer, seaweed, whole: dict, tmp_path: Path
):
    """The store goes away: crawling goes on up to the budget, pauses, and ends with 3; all is delivered in order later."""
    with FaultFront(seaweed.environ) as front:
        operator = Operator(tmp_path / "desk", replica, f"{seaweed.uri}/pause", front.environ)
        operator.further |= {"DISWAY_SPOOL__MAX_BYTES": "500000", "DISWAY_SPOOL__WAIT_S": "1"}
        replica.control.clear_log()
        process = operator.start_crawl(SITES, *ALL_TIME)
        once(lambda: len(replica.control.log()) > 2, process)
        front.rule = lambda _: s3_error(503, "ServiceUnavailable")
        done = ended(process)
        assert (done.code, done.facts["outcome"], done.facts["reason"]) == (3, "failed", "spool_full"), done
        assert "crawling pauses until delivery makes some" in done.err
        assert "[spool] max_bytes = 500000 is reached; delivery made none in 1 s" in done.err
        assert "Traceback" not in done.err
        held = [path.stat().st_size for path in operator.spool.glob("*/*.warc.gz")]
        assert sum(held) < 500_000 + MIB, "rows, which are small, go over it by a little"
        sent = len(replica.control.log())
        again = operator.crawl(SITES, *ALL_TIME)
        assert again.code == 3, again
        assert len(replica.control.log()) == sent, "with no room nothing is fetched"
        front.rule = lambda _: None
        assert_made_up_for(operator, whole)
        outcomes = [row["outcome"] for row in sorted(operator.stock().runs, key=lambda row: row["run_id"])]
        assert outcomes == ["failed", "failed", "ok"]
