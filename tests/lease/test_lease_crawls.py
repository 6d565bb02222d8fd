"""Crawls that meet: one crawls, the others leave a row that says why they did not."""

import json
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fixtures.crawls import ALL_TIME, Operator, ended, interrupted, network_of, once

from crawler.fire import Fire
from replica.server import ReplicaServer

HOST = "radartegal.disway.id"
SITES = ("radartegal",)
FIRE = Fire("20260305T010000Z-abcdef", "poll", datetime(2026, 3, 5, 1, tzinfo=UTC), datetime(2026, 3, 5, tzinfo=UTC))


@pytest.fixture
def replica() -> Iterator[ReplicaServer]:
    with ReplicaServer.start(network_of(HOST, articles=12)) as server:
        yield server


@pytest.fixture
def one(replica: ReplicaServer, tmp_path: Path) -> Operator:
    return Operator(tmp_path / "one", replica)


@pytest.fixture
def other(one: Operator, tmp_path: Path) -> Operator:
    """Another machine that writes to the same archive."""
    return Operator(tmp_path / "other", one.replica, one.uri)


def lease_of(operator: Operator, name: str = "crawl") -> dict[str, str]:
    return json.loads(Path(operator.uri, "state", "lease", f"{name}.json").read_text())


def begun(operator: Operator) -> Callable[[], bool]:
    """Whether an article is in the spool of a crawl that is under way."""
    return lambda: any(line.kind == "article" for line in operator.replica.control.log())


@pytest.fixture
def stopped(one: Operator) -> Iterator[str]:
    """The id of a run that is under way and does not get on."""
    process = one.start_crawl(SITES, *ALL_TIME)
    try:
        once(begun(one), process)
        process.send_signal(signal.SIGSTOP)
        yield lease_of(one)["run_id"]
    finally:
        process.send_signal(signal.SIGCONT)
        assert ended(process).code == 0


def test_the_second_is_skipped_and_says_why(stopped, one, other):
    asked = len(one.replica.control.log())
    skipped = other.crawl(SITES)
    assert skipped.code == 0
    since = datetime.fromisoformat(lease_of(one)["acquired_at"])
    reason = f"lease: run {stopped} on {lease_of(one)['host']} since {since:%Y-%m-%d %H:%M:%S} UTC"
    assert {name: skipped.facts[name] for name in ("outcome", "reason", "exit_code", "undelivered")} == {
        "outcome": "skipped",
        "reason": reason,
        "exit_code": 0,
        "undelivered": 0,
    }
    run_id = skipped.facts["run_id"]
    assert skipped.err == f"run {run_id}: skipped; {reason}\n"
    (row,) = one.ask("SELECT * FROM runs")
    assert (row["run_id"], row["command"], row["outcome"], row["reason"]) == (run_id, "crawl", "skipped", reason)
    assert row["started_at"] <= row["finished_at"]
    assert not list(other.spool.glob("[!.]*/"))
    assert len(one.replica.control.log()) == asked, "it asked nothing of anyone"
    assert not list(Path(one.uri).rglob("*.warc.gz")), "and left no WARC file without a record"


def test_a_skipped_fire_has_the_row_of_its_fire(stopped, one, other):
    other.further |= FIRE.to_environ()
    assert other.crawl(SITES).facts["run_id"] == FIRE.run_id
    (row,) = one.ask("SELECT run_id, outcome, job, fired_at, covers_from FROM runs")
    assert row == {
        "run_id": FIRE.run_id,
        "outcome": "skipped",
        "job": "poll",
        "fired_at": FIRE.fired_at,
        "covers_from": FIRE.covers_from,
    }


def test_people_see_it(stopped, one, other):
    other.crawl(SITES)
    assert "due (UTC)" not in one.run("runs").out, "nothing of a schedule"
    other.further |= FIRE.to_environ()
    other.crawl(SITES)
    shown = one.run("runs", "--job", "poll", "--outcome", "skipped", "--outcome", "failed", "--since", "1d")
    assert shown.code == 0
    (line,) = shown.out.splitlines()[2:]
    assert line.startswith(FIRE.run_id)
    assert "2026-03-05 01:00, and since 2026-03-05 00:00" in line
    assert f"lease: run {stopped}" in line
    assert json.loads(one.run("runs", "--outcome", "ok", "--json").out) == {"runs": [], "total": 0}


def test_another_kind_of_crawl_goes_on_meanwhile(stopped, one, other):
    filled = other.run("backfill", "--site", *SITES, "--from", "2026-01-01", "--json")
    assert (filled.code, filled.facts["outcome"]) == (0, "ok")
    assert lease_of(one, "backfill")["run_id"] == filled.facts["run_id"]
    assert other.crawl(SITES).facts["outcome"] == "skipped"


def test_who_does_not_mind_crawls(stopped, other):
    done = other.crawl(SITES, *ALL_TIME, "--no-lease")
    assert done.facts["outcome"] == "ok"
    assert done.facts["counts"]["articles_new"] == 12


def test_it_is_given_back(one, other):
    assert one.crawl(SITES).code == 0
    assert other.crawl(SITES).facts["outcome"] == "ok"
    assert not Path(one.uri, "state", "lease", "backfill.json").exists()


def test_a_crawl_that_was_interrupted_gives_it_back(one, other):
    process = one.start_crawl(SITES, *ALL_TIME)
    once(begun(one), process)
    assert interrupted(process, signal.SIGTERM).code == 0
    assert other.crawl(SITES).facts["outcome"] == "ok"


def test_a_crawl_that_was_killed_holds_nothing(one):
    """Its lease has half an hour to go; the next run of the same spool folder sees that it is dead."""
    one.further = FIRE.to_environ()
    process = one.start_crawl(SITES, *ALL_TIME)
    once(begun(one), process)
    process.kill()
    ended(process)
    one.further = {}
    assert datetime.fromisoformat(lease_of(one)["expires_at"]) > datetime.now(UTC) + timedelta(minutes=20)
    assert one.crawl(SITES, *ALL_TIME).facts["outcome"] == "ok"
    first = one.ask("SELECT * FROM runs WHERE job IS NOT NULL")
    assert [(r["run_id"], r["command"], r["job"], r["outcome"], r["reason"]) for r in first] == [
        (FIRE.run_id, "crawl", "poll", "failed", "killed; its spool was recovered")
    ]
    assert (first[0]["fired_at"], first[0]["covers_from"]) == (FIRE.fired_at, FIRE.covers_from)
    assert len(one.stock().articles) == 12


def test_a_run_that_is_killed_as_soon_as_it_begins_has_a_row(one):
    """Before it asked the store for anything, or the newspapers."""
    assert one.crawl(SITES).code == 0
    one.further = FIRE.to_environ()
    process = one.start_crawl(SITES)
    once(lambda: bool(list(one.spool.glob("[!.]*/"))), process)
    process.kill()
    ended(process)
    one.further = {}
    assert one.run("recover").code == 0
    (row,) = one.ask("SELECT command, job, fired_at, outcome FROM runs WHERE run_id = ?", FIRE.run_id)
    assert row == {"command": "crawl", "job": "poll", "fired_at": FIRE.fired_at, "outcome": "failed"}
    assert not list(one.spool.glob("[!.]*/"))


def test_a_long_run_keeps_it(one, other):
    """Its lease lasts two seconds, and it takes longer."""
    one.further = {"DISWAY_SCHEDULE__LEASE": "2s", "DISWAY_POLITENESS__SITE_DELAY_S": "0.15"}
    process = one.start_crawl(SITES, *ALL_TIME)
    once(begun(one), process)
    first = lease_of(one)
    once(lambda: lease_of(one)["expires_at"] > first["expires_at"], process)
    lasts = datetime.fromisoformat(lease_of(one)["expires_at"]) - datetime.fromisoformat(first["acquired_at"])
    assert lasts > timedelta(seconds=2)
    assert other.crawl(SITES).facts["outcome"] == "skipped"
    assert ended(process).code == 0


def test_who_lost_it_goes_on(one, other):
    """The second had reason to take it over; the first is told, and brings its crawl to an end."""
    process = one.start_crawl(SITES, *ALL_TIME)
    try:
        once(begun(one), process)
        process.send_signal(signal.SIGSTOP)
        other.clock = lambda: datetime.now(UTC) + timedelta(hours=1)
        assert other.crawl(SITES, *ALL_TIME).facts["outcome"] == "ok"
    finally:
        process.send_signal(signal.SIGCONT)
    done = ended(process)
    assert (done.code, done.facts["outcome"]) == (0, "ok")
    assert "the lease went to another run" in done.err
    assert len(one.stock().articles) == 12


def test_nothing_is_left_of_a_run_that_is_refused(operator):
    operator.further = {"DISWAY_ARCHIVE__URI": "s3://no-such-bucket/x", "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9"}
    operator.further |= {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    assert operator.run("crawl").code == 2
    assert not list(operator.spool.glob("[!.]*/"))
