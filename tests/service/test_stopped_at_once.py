"""A crawl that is told to stop while it still prepares: it ends at once, and its row says why."""

import fcntl
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fixtures.crawls import Operator, ended, network_of, once

from crawler.config import load_config
from crawler.fire import Fire
from crawler.preparing import delivery_order
from replica.server import ReplicaServer
from storage.run_rows import keep_run_rows

FIRE = Fire("20260305T010000Z-abcdef", "poll", datetime(2026, 3, 5, 1, tzinfo=UTC), note="a note")
EARLIER = {"run_id": "20260304T010000Z-abcdef", "command": "crawl", "started_at": "2026-03-04T01:00:00+00:00"}


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Operator]:
    with ReplicaServer.start(network_of("palpos.disway.id", articles=2)) as replica:
        yield Operator(tmp_path / "desk", replica, further=FIRE.to_environ())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_crawl_that_is_stopped_while_it_prepares_is_interrupted(operator, number):
    archive = delivery_order(load_config(environ={"DISWAY_ARCHIVE__URI": operator.uri}), {}).archive
    backlog = keep_run_rows(operator.spool, archive, [EARLIER | {"outcome": "ok", "undelivered": 0}])
    with (backlog / "delivery.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # what earlier runs left takes a long time to deliver
        process = operator.start_crawl(["palpos"])
        once(Path(operator.uri, "state", "lease", "crawl.json").exists, process)
        process.send_signal(number)
        assert ended(process).code == 130
    operator.further = {}
    assert operator.run("recover").code == 0
    rows = operator.ask("SELECT run_id, job, outcome, reason, finished_at FROM runs ORDER BY run_id")
    assert [(row["run_id"], row["outcome"]) for row in rows] == [
        (EARLIER["run_id"], "ok"),
        (FIRE.run_id, "interrupted"),
    ]
    assert rows[1]["reason"] == "a note; interrupted before it crawled; its spool was recovered"
    assert rows[1]["job"] == "poll"
    assert not list(operator.spool.glob("[!.]*/"))
    assert operator.crawl(["palpos"]).facts["outcome"] == "ok", "the lease is free"
