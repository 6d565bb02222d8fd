"""The host's zone, and its changes to and from summer time, are nothing to the schedule."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from fixtures.crawls import ALL_TIME, Operator
from fixtures.schedules import scheduled

from replica.catalogue import profile_for
from replica.network import Network
from replica.newsroom import write_sites
from replica.server import ReplicaServer

JAKARTA = timedelta(hours=7)
CHANGES = {
    "America/New_York": datetime(2026, 3, 8, 7, 0, tzinfo=UTC),  # 02:00 becomes 03:00
    "Europe/Berlin": datetime(2026, 10, 25, 1, 0, tzinfo=UTC),  # 03:00 becomes 02:00
    "Asia/Makassar": datetime(2026, 3, 8, 16, 0, tzinfo=UTC),  # midnight there, 23:00 in Jakarta
    "Nowhere/Such": datetime(2026, 3, 8, 19, 30, tzinfo=UTC),  # 02:30 in Jakarta: maintain
}


@pytest.mark.parametrize("zone", CHANGES)
def test_fault_19_the_zone_of_the_host_changes_no_fire(tmp_path, monkeypatch, zone):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    begin, end = CHANGES[zone] - timedelta(minutes=44), CHANGES[zone] + timedelta(minutes=44)
    operator = Operator(tmp_path / "desk")
    try:
        with scheduled(operator, begin) as machine:
            machine.start()
            machine.until(end)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert operator.run("recover").code == 0
    rows = operator.ask("SELECT * FROM runs ORDER BY fired_at")
    assert {row["outcome"] for row in rows} == {"ok"}
    fired = [row["fired_at"] for row in rows if row["job"] == "poll"]
    first = begin.replace(minute=begin.minute // 15 * 15, second=0)
    assert fired == [first + number * timedelta(minutes=15) for number in range(len(fired))]
    assert len(fired) == 6
    nightly = [
        (row["job"], f"{row['fired_at'] + JAKARTA:%H:%M}") for row in rows if row["job"] not in ("poll", "recheck")
    ]
    assert nightly == ([("maintain", "02:30")] if zone == "Nowhere/Such" else [])


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Makassar", "Nowhere/Such"])
def test_fault_19_the_zone_of_the_host_moves_no_article(tmp_path, zone):
    """Newspapers that print WIB, WITA and WIT; published on both sides of each midnight."""
    hosts = {"radartegal.disway.id": "WIB", "palpos.disway.id": "WITA", "jateng.disway.id": "WIT"}
    start = datetime(2026, 3, 6, 0, 30, tzinfo=UTC)
    profiles = [replace(profile_for(host), zone=label) for host, label in hosts.items()]
    network = Network(start, write_sites(profiles, 3, 24, start, 3.0))
    with ReplicaServer.start(network) as replica:
        operator = Operator(tmp_path / "desk", replica, further={"TZ": zone})
        done = operator.crawl([host.split(".")[0] for host in hosts], *ALL_TIME)
        assert done.code == 0, done.err
        truth = replica.control.truth().articles
    held = {row["article_key"]: row for row in operator.stock().articles}
    assert {key: row["published_at"] for key, row in held.items()} == {a.key: a.published_at for a in truth}
    days = {a.key: a.published_at.date() for a in truth}
    zones = {key: row["published_at"].astimezone(ZoneInfo(row["timezone"])).date() for key, row in held.items()}
    assert zones == days, "the day that the newspaper printed"
    assert len({a.published_at.utcoffset() for a in truth}) == 3
    assert any(a.published_at.date() != a.published_at.astimezone(UTC).date() for a in truth)
