"""An upgrade, and a way back, with a full spool and a lease that is held: nothing is lost."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.crawls import ALL_TIME, Operator, ended, network_of, once

from replica.server import ReplicaServer

EARLIER = str(Path(__file__).parents[1] / "storage" / "earlier_program")
FIRST, THEN = ("palpos",), ("radartegal",)
ALL = FIRST + THEN
ARTICLES = 25
_SAID_BEFORE = ("spool_id", "run_id", "archive")
"""Keys of spool.json before it said what its run is."""


@pytest.fixture
def replica() -> Iterator[ReplicaServer]:
    with ReplicaServer.start(network_of("radartegal.disway.id", "palpos.disway.id", articles=ARTICLES)) as server:
        yield server


def killed_in_mid_crawl(operator: Operator) -> Path:
    """Leaves a spool that nobody delivered, and a lease with half an hour to go. Returns the spool's folder."""
    before = len(operator.replica.control.log())
    process = operator.start_crawl(THEN, *ALL_TIME)
    once(
        lambda: sum(line.kind == "article" for line in operator.replica.control.log()[before:]) > ARTICLES // 2, process
    )
    process.kill()
    ended(process)
    (folder,) = operator.spool.glob("[!.]*/")
    return folder


def whole(operator: Operator) -> None:
    """The archive holds all that was published, once, and verifies."""
    truth = {article.key for article in operator.replica.control.truth().articles}
    stock = operator.stock()
    assert sorted(row["article_key"] for row in stock.versions) == sorted(truth)
    assert operator.run("verify").code == 0
    assert not list(operator.spool.glob("[!.]*/"))


def versions(folder: Path, replica: ReplicaServer) -> tuple[Operator, Operator]:
    """The same desk under the earlier program and under this one."""
    return Operator(folder, replica, further={"PYTHONPATH": EARLIER}), Operator(folder, replica)


def test_fault_50_an_upgrade_takes_over_what_the_earlier_program_left(replica, tmp_path):
    earlier, now = versions(tmp_path / "desk", replica)
    assert earlier.crawl(FIRST, *ALL_TIME).code == 0
    folder = killed_in_mid_crawl(earlier)
    meta = json.loads((folder / "spool.json").read_text())
    (folder / "spool.json").write_text(json.dumps({name: meta[name] for name in _SAID_BEFORE}))
    assert now.crawl(ALL, *ALL_TIME).facts["outcome"] == "ok"
    whole(now)
    runs = now.ask("SELECT outcome, reason, command, job FROM runs ORDER BY started_at")
    killed = {"outcome": "failed", "reason": "killed; its spool was recovered", "command": "crawl", "job": None}
    ok = {"outcome": "ok", "reason": None, "command": "crawl", "job": None}
    assert runs == [ok, killed, ok]


def test_fault_50_the_way_back_takes_over_what_the_later_program_left(replica, tmp_path):
    earlier, now = versions(tmp_path / "desk", replica)
    assert now.crawl(FIRST, *ALL_TIME).code == 0
    folder = killed_in_mid_crawl(now)
    meta = json.loads((folder / "spool.json").read_text())
    (folder / "spool.json").write_text(json.dumps(meta | {"weather": "of a later version"}))
    assert earlier.crawl(ALL, *ALL_TIME).facts["outcome"] == "ok"
    whole(earlier)
    assert now.crawl(ALL).facts["outcome"] == "ok"
    whole(now)
    outcomes = [row["outcome"] for row in now.ask("SELECT outcome FROM runs ORDER BY started_at")]
    assert outcomes == ["ok", "failed", "ok", "ok"]


def test_fault_50_a_spool_of_a_later_format_waits_for_its_program(replica, tmp_path):
    _, now = versions(tmp_path / "desk", replica)
    folder = killed_in_mid_crawl(now)
    meta = json.loads((folder / "spool.json").read_text())
    held = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder / "spool.json").write_text(json.dumps(meta | {"format": meta["format"] + 1}))
    done = now.crawl(ALL, *ALL_TIME, "--no-lease")
    assert (done.code, done.facts["undelivered"]) == (3, 1)
    assert "later version of disway" in done.err
    kept = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "spool.json"}
    assert kept.items() <= held.items()
    assert any(name.startswith("000001.warc.gz") for name in kept)
    (folder / "spool.json").write_text(json.dumps(meta))
    assert now.run("recover").code == 0
    whole(now)


def test_fault_50_rows_of_the_schedule_wait_for_their_program_too(replica, tmp_path):
    """A service of this version kept rows; the earlier program delivers them with the columns that it knows."""
    earlier, now = versions(tmp_path / "desk", replica)
    assert now.crawl(FIRST, *ALL_TIME).code == 0
    keep = (
        "import os; from pathlib import Path; from datetime import UTC, datetime; from crawler.config import load_config;"
        "from crawler.preparing import delivery_order; from crawler.report import run_row; from crawler.fire import Fire;"
        "from storage.run_rows import keep_run_rows; order = delivery_order(load_config(), os.environ);"
        "now = datetime.now(UTC); fire = Fire('20260305T010000Z-abcdef', 'poll', now);"
        "keep_run_rows(Path(order.spool_dir), order.archive, [run_row(fire.run_id, 'crawl', now, fire)"
        " | {'outcome': 'skipped', 'reason': 'missed'}])"
    )
    kept = now.run("-c", keep, program=Path(sys.executable).name)
    assert kept.code == 0, kept.err
    assert earlier.run("recover").code == 0
    (row,) = now.ask("SELECT outcome, reason FROM runs WHERE run_id = '20260305T010000Z-abcdef'")
    assert row == {"outcome": "skipped", "reason": "missed"}
    assert now.crawl(THEN, *ALL_TIME).code == 0
    whole(now)
