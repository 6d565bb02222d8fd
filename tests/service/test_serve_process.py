"""`disway serve` as its operator runs it: a process, its runs, signals, and what it answers over HTTP."""

import json
import re
import signal
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from fixtures.crawls import NOBODY, Operator, network_of
from fixtures.serving import SELDOM, Served

from replica.client import Logged
from replica.server import ReplicaServer

HOSTS = ("radartegal.disway.id", "palpos.disway.id")
SITES = ("palpos", "radartegal")
"""All other sites of the network are not there; they degrade each run, and are soon done with."""


@pytest.fixture
def replica() -> Iterator[ReplicaServer]:
    with ReplicaServer.start(network_of(*HOSTS, seed=6, articles=8)) as server:
        yield server


@pytest.fixture
def operator(replica, tmp_path) -> Operator:
    return Operator(tmp_path / "desk", replica, further=dict(SELDOM))


def delayed(replica: ReplicaServer, host: str = HOSTS[0], delay_s: float = 2.0) -> None:
    """The eighth answer of a site takes so long that the run is still going on then."""
    replica.control.fault("slow", host, every=8, count=1, delay_s=delay_s, bytes_per_s=10_000_000)


def asked(replica: ReplicaServer) -> list[Logged]:
    """What the sites that are there were asked for."""
    return [line for line in replica.control.log() if line.kind != "unknown_host"]


def test_it_polls_tells_and_ends(operator, replica):
    victim = next(article for article in replica.control.truth().articles if article.host == HOSTS[0])
    replica.control.fault("soft_404", HOSTS[0], urlsplit(victim.url).path)
    served = Served.start(operator)
    ended = re.compile(r'^disway_runs_total\{job="poll",outcome="degraded"\} 1.0$', re.MULTILINE)
    served.once(lambda: served.health().get("jobs"))
    served.once(lambda: ended.search(served.get("/metrics")[1]))

    status, body = served.get("/healthz")
    health = json.loads(body)
    assert (status, health["healthy"], health["red"]) == (200, True, [])
    assert set(health["jobs"]) == {"poll", "recheck", "maintain", "verify", "coverage"}
    assert served.get("/livez") == (200, '{"alive": true}\n')
    assert served.get("/")[0] == served.get("/healthz/../metrics")[0] == 404

    metrics = served.get("/metrics")[1]
    series = dict(re.findall(r"^(\w+(?:\{.*\})?) (\S+)$", metrics, re.MULTILINE))
    stock = operator.stock()
    for site in SITES:
        captured = sum(row["site"] == site for row in stock.captures)
        assert float(series[f'disway_fetched_total{{site="{site}"}}']) == captured > 0
        new = sum(row["site"] == site for row in stock.articles)
        assert float(series[f'disway_articles_new_total{{site="{site}"}}']) == new > 0
        assert float(series[f'disway_committed_total{{site="{site}"}}']) == new
        assert 0 <= float(series[f'disway_freshness_seconds{{site="{site}"}}']) < 60
    refused = operator.ask("SELECT site, reason, count(*) AS n FROM ledger WHERE state = 'refused' GROUP BY ALL")
    told = {name: float(value) for name, value in series.items() if name.startswith("disway_refused_total{")}
    assert told == {f'disway_refused_total{{reason="{r["reason"]}",site="{r["site"]}"}}': r["n"] for r in refused}
    assert 'disway_refused_total{reason="soft_404",site="radartegal"}' in told
    assert float(series["disway_undelivered_bytes"]) == 0
    assert float(series["disway_healthy"]) == 1
    assert 'disway_freshness_seconds{site="disway"}' not in series, "a site that had no good run has no age"

    second = operator.run("serve")
    assert second.code == 2
    assert f"another `disway serve` (process {served.process.pid}) uses it" in second.err

    code, facts = served.end(signal.SIGTERM)
    assert (code, facts) == (0, {"undelivered": 0, "forced": False, "exit_code": 0})
    assert "Traceback" not in served.said
    assert re.search(r"next fires, by the clocks of Asia/Jakarta: poll \d\d \w{3} \d\d:\d\d", served.said)
    (row,) = operator.ask("SELECT * FROM runs")
    assert (row["command"], row["job"], row["outcome"], row["covers_from"]) == ("crawl", "poll", "degraded", None)
    assert timedelta(0) < row["started_at"] - row["fired_at"] < timedelta(weeks=4)
    assert row["fired_at"].timestamp() % timedelta(weeks=4).total_seconds() == 0


def test_one_signal_drains(operator, replica):
    delayed(replica)
    served = Served.start(operator)
    run_id = served.once(lambda: served.running("poll"))
    served.once(lambda: any(line.fault for line in replica.control.log()))
    code, facts = served.end(signal.SIGTERM)
    assert (code, facts) == (0, {"undelivered": 0, "forced": False, "exit_code": 0}), served.said
    (row,) = operator.ask("SELECT * FROM runs")
    assert (row["run_id"], row["job"], row["outcome"]) == (run_id, "poll", "interrupted")
    captured = operator.ask("SELECT count(*) AS n FROM captures WHERE site IN ('palpos', 'radartegal')")[0]["n"]
    assert captured == len(asked(replica))
    assert operator.run("verify", "--json").facts["findings"] == 0


def test_a_second_signal_ends_at_once_and_loses_nothing(operator, replica):
    delayed(replica, delay_s=60.0)
    served = Served.start(operator)
    run_id = served.once(lambda: served.running("poll"))
    served.once(lambda: any(line.fault for line in replica.control.log()))
    served.process.send_signal(signal.SIGTERM)
    served.once(lambda: served.health().get("stopping"))
    code, facts = served.end(signal.SIGTERM)
    assert (code, facts["forced"]) == (3, True), served.said
    assert facts["undelivered"] == 1
    assert operator.run("recover").code == 0
    (row,) = operator.ask("SELECT * FROM runs")
    assert (row["run_id"], row["job"], row["outcome"]) == (run_id, "poll", "interrupted")
    assert row["reason"] == "the service was stopped; its spool was recovered", "as the log and the metrics have it"
    whole = [line for line in asked(replica) if line.complete]
    captured = operator.ask("SELECT count(*) AS n FROM captures WHERE site IN ('palpos', 'radartegal')")[0]["n"]
    assert captured >= len(whole) - len(HOSTS), "but for what was under way"


def test_a_store_that_refuses_ends_it(operator, seaweed):
    operator.uri, operator.store = "s3://no-such-bucket/x", seaweed.environ
    done = operator.run("serve", "--json")
    assert (done.code, done.out) == (2, ""), done
    assert done.err.splitlines()[-1].startswith("disway: ")
    assert "no-such-bucket" in done.err


def test_a_store_that_is_out_of_reach_is_borne(operator, seaweed):
    operator.uri = "s3://news/x"
    operator.store = {**seaweed.environ, "AWS_ENDPOINT_URL_S3": NOBODY, "AWS_ENDPOINT_URL": NOBODY}
    served = Served.start(operator)
    served.once(lambda: 'disway_runs_total{job="poll"' in (served.health() and served.get("/metrics")[1]))
    code, _ = served.end(signal.SIGTERM)
    assert code == 0, served.said
    assert "the store cannot be used for now" in served.said
    assert len(list(operator.spool.glob("rows-*"))) == 1, "the row of the poll waits"


def test_a_bad_configuration_is_said_in_one_line(operator):
    operator.further["DISWAY_SCHEDULE__POLL"] = "sometimes"
    done = operator.run("serve", "--json")
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert "DISWAY_SCHEDULE__POLL" in done.err


def test_without_anybody_to_alert_the_test_alert_says_so(operator):
    done = operator.run("serve", "--test-alert")
    assert done.code == 2
    assert "[alerts] urls" in done.err
