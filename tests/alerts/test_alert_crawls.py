"""Crawls that meet a changed layout, or a store that is away: told once, recovered once, and nothing leaks."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fixtures.crawls import ALL_TIME, Operator, network_of
from fixtures.webhook import Webhook

from replica.server import ReplicaServer

SITE, HOST = "radartegal", "radartegal.disway.id"
OTHER, OTHER_HOST = "harian", "harian.disway.id"
DAY_S = 86_400


@pytest.fixture(scope="module")
def replica() -> Iterator[ReplicaServer]:
    """Two sites, each with articles before the clock and after it."""
    network = network_of(HOST, OTHER_HOST, articles=120, days=6)
    with ReplicaServer.start(network) as server:
        yield server


@pytest.fixture(scope="module")
def crawled(replica, desk) -> Path:
    """An archive of both sites, of one run in which all was well."""
    operator = Operator(desk(), replica)
    assert operator.crawl([SITE, OTHER], *ALL_TIME).code == 0
    return operator.folder / "archive"


@pytest.fixture
def operator(tmp_path, replica, crawled, webhook) -> Operator:
    """A day later, with a webhook and that archive."""
    replica.control.reset_layouts()
    replica.control.move_to(replica._state.network.start + timedelta(days=1))
    operator = Operator(tmp_path / "desk", replica, further={"DISWAY_ALERTS__URLS": webhook.url})
    shutil.copytree(crawled, operator.folder / "archive")
    return operator


def states(operator: Operator) -> set[tuple[str, str, str, str]]:
    rows = operator.ask("SELECT kind, site, subject, state FROM alerts")
    return {(row["kind"], row["site"], row["subject"], row["state"]) for row in rows}


def test_a_layout_that_changed_is_told_in_the_first_run(operator, replica, webhook):
    replica.control.layout(HOST, "byline")
    met = operator.crawl([SITE, OTHER])
    assert met.code == 1, met
    assert met.facts["degraded"] == {SITE: "layout reporter, layout editor"}
    (told,) = webhook.taken
    assert told["type"] == "failure"
    (read,) = operator.ask(
        "SELECT count(*) AS n FROM versions WHERE site = ? AND run_id = ?", SITE, met.facts["run_id"]
    )
    for field in ("reporter", "editor"):
        (line,) = [line for line in told["message"].splitlines() if line.startswith(f"- {field}: ")]
        assert f"{read['n']} of {read['n']} pages of this run lack it; before that 0 of " in line
        example = line.rpartition("Example: ")[2]
        assert example in {row["url"] for row in operator.ask("SELECT url FROM articles WHERE reporter IS NULL")}
    assert f"ALERT {SITE}: " in told["message"]
    assert f"disway reparse --site {SITE} --dry-run" in told["message"]
    assert OTHER not in told["message"]
    assert states(operator) == {("layout", SITE, "reporter", "open"), ("layout", SITE, "editor", "open")}


def test_it_is_told_once_and_its_recovery_once(operator, replica, webhook):
    replica.control.layout(HOST, "body")
    for _ in range(2):
        assert operator.crawl([SITE]).code == 1
        replica.control.advance(DAY_S / 2)
    assert len(webhook.taken) == 1
    assert "body: " in webhook.taken[0]["message"]
    assert "page_class: " in webhook.taken[0]["message"]
    replica.control.layout(HOST, None)
    replica.control.advance(DAY_S / 2)
    back = operator.crawl([SITE])
    assert back.code == 0, back
    assert [message["type"] for message in webhook.taken] == ["failure", "success"]
    assert webhook.taken[1]["message"].startswith(f"RECOVERED {SITE}: ")
    assert {state for *_, state in states(operator)} == {"recovered"}


def test_what_is_not_taken_is_told_by_the_next_run(operator, replica, webhook):
    replica.control.layout(HOST, "whole")
    webhook.status = 503
    met = operator.crawl([SITE])
    assert met.code == 1, met
    assert "alerts were not told to JSON, and will be next time: it answered 503" in met.err
    assert webhook.token not in met.err + met.out
    webhook.status = 200
    operator.crawl([SITE])
    (told,) = webhook.taken
    assert told["message"] == webhook.heard[0]["message"]
    for path in operator.spool.rglob("alerts-*"):
        assert webhook.token.encode() not in path.read_bytes(), "a secret lies on the disk"


def test_without_services_alerts_are_logged(operator, replica, webhook):
    operator.further = {"DISWAY_ALERTS__REPORTS": "false"}
    replica.control.layout(HOST, "byline")
    met = operator.crawl([SITE])
    assert met.err.count("alert open: radartegal: pages lack what they used to have: ") == 2
    assert "reporter: " in met.err
    assert not webhook.heard
    assert "alert open" not in operator.crawl([SITE]).err
    reports = sorted(path.suffix for path in (operator.folder / "archive" / "reports").iterdir())
    assert reports == [".html", ".txt"], "of the first run alone"


def test_a_store_that_fails_is_told_once_and_its_return_once(operator, webhook):
    """A file stands where the folder of WARC files was: nothing can be put there, and then no run can begin."""
    warc, aside = operator.folder / "archive" / "warc", operator.folder / "aside"
    warc.rename(aside)
    warc.write_bytes(b"")
    assert [operator.crawl([SITE]).code for _ in range(3)] == [3, 2, 2]
    undelivered, refused = webhook.heard
    assert "ALERT not delivered to the archive (since " in undelivered["message"]
    assert "wait in the spool" in undelivered["message"]
    assert "Do not delete the spool" in undelivered["message"]
    assert "ALERT the store refuses (since " in refused["message"]
    warc.unlink()
    aside.rename(warc)
    for _ in range(2):
        assert operator.crawl([SITE]).code == 0
    assert [message["type"] for message in webhook.heard] == ["failure", "failure", "success"]
    assert webhook.heard[2]["message"].count("RECOVERED ") == 2
    ended = {("undelivered", None, "", "recovered"), ("store", None, "", "recovered")}
    assert states(operator) == ended, "noted by the run after it was told"


def test_a_webhook_that_is_nobody_is_no_failure_of_the_run(operator, replica):
    with Webhook() as gone:
        url = gone.url
    operator.further["DISWAY_ALERTS__URLS"] = f"{url},nosuch://{gone.token}"
    replica.control.layout(HOST, "byline")
    met = operator.crawl([SITE])
    assert met.code == 1
    report = operator.folder / "archive" / "reports" / f"{met.facts['run_id']}.txt"
    assert "reporter: " in report.read_text()
    assert not list(operator.spool.glob("*/report.*"))
    assert "alerts were not told to JSON, and will be next time: it cannot be reached" in met.err
    assert "alerts were not told to nosuch, and will be next time: apprise knows no such service" in met.err
    assert gone.token not in met.err + met.out


def test_a_day_below_its_floor_degrades_the_first_run_after_it(tmp_path, webhook):
    """disway.id is expected to publish 60 articles a day; this one publishes a few."""
    with ReplicaServer.start(network_of("disway.id", articles=12, days=6)) as replica:
        start = replica._state.network.start
        operator = Operator(tmp_path / "desk", replica, further={"DISWAY_ALERTS__URLS": webhook.url})
        codes = []
        for hours in (0, 60, 61):
            operator.clock = lambda now=start + timedelta(hours=hours): now
            replica.control.move_to(operator.clock())
            codes.append(operator.crawl(["disway"]).code)
    assert codes == [0, 1, 0], "the day is judged once, by the run after it"
    (told,) = webhook.heard
    assert "ALERT disway: too few articles (since " in told["message"]
    assert "; at least 60 are expected (its site file says)" in told["message"]
    (run,) = operator.ask("SELECT outcome, reason FROM runs WHERE outcome <> 'ok'")
    assert run == {"outcome": "degraded", "reason": "disway: floor"}
