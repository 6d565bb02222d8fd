"""A clock that is set while a crawl goes on: delays are not reckoned by it, and the archive comes out the same."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from fixtures.crawls import ALL_TIME, Operator, clock_of, ended, network_of, once

from replica.server import ReplicaServer

HOSTS = ("radartegal.disway.id", "palpos.disway.id")
SITES = ("radartegal", "palpos")
JUMPS = {"forward": timedelta(days=1), "back": -timedelta(hours=1), "far back": -timedelta(days=20_000)}


@pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS)
def test_fault_15_a_clock_that_is_set_while_a_crawl_goes_on(tmp_path, jump):
    network = network_of(*HOSTS, seed=9, articles=10)
    with ReplicaServer.start(network) as replica:
        control = Operator(tmp_path / "control", replica)
        assert control.crawl(SITES, *ALL_TIME).code == 0
    with ReplicaServer.start(network) as replica:
        clock = tmp_path / "clock"
        clock.write_text("+0")
        operator = Operator(tmp_path / "desk", replica)
        moved = {name: value for name, value in clock_of(datetime.now(UTC)).items() if name != "FAKETIME"}
        operator.further = moved | {
            "FAKETIME_TIMESTAMP_FILE": str(clock),
            "FAKETIME_NO_CACHE": "1",
            "DISWAY_POLITENESS__SITE_DELAY_S": "0.05",
        }
        replica.control.fault("slow", HOSTS[0], every=8, count=1, delay_s=2.0, bytes_per_s=10_000_000)
        process = operator.start_crawl(SITES, *ALL_TIME)
        once(lambda: any(line.fault for line in replica.control.log()), process)
        clock.write_text(f"{jump.total_seconds():+.0f}")
        done = ended(process)
        assert done.code == 0, done.err
        asked = Counter(line.url for line in replica.control.log() if line.kind == "article")
        assert max(asked.values()) == 1
        operator.further = {}
        stock = operator.stock()
        assert operator.crawl(SITES).code == 0, "the next run goes on"
    assert operator.run("verify").code == 0
    assert stock.essence() == control.stock().essence()
    (row,) = stock.runs
    assert row["outcome"] == "ok"
    fetched = [capture["fetched_at"] for capture in stock.captures]
    assert max(fetched) - min(fetched) > abs(jump) / 2, "the clock was indeed set"
