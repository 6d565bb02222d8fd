"""Nothing is asked of Google unless an operator wants it, and nothing that its robots.txt forbids unless he says so."""

from collections.abc import Iterator

import pytest
from google_world import HOUR, Reader, newspapers

from replica.server import ReplicaServer


@pytest.fixture(scope="module")
def reader(desk) -> Iterator[Reader]:
    with ReplicaServer.start(newspapers(["wartapagi"], articles=4, days=1)) as replica:
        yield Reader(desk(), replica, ["wartapagi"])


def warnings(err: str) -> list[str]:
    return [line for line in err.splitlines() if "WARNING" in line and "google" in line.lower()]


def test_what_robots_txt_forbids_is_not_asked(reader: Reader):
    reader.operator.further["DISWAY_GOOGLE_NEWS__OVERRIDE_ROBOTS"] = "false"
    run = reader.crawl()
    assert [(line.host, line.path) for line in run.google] == [("news.google.com", "/robots.txt")]
    assert (run.ended.code, run.ended.facts["outcome"]) == (0, "ok")
    assert {k: v for k, v in run.counts.items() if k.startswith("google_")} == {"google_robots_blocked": 1}
    (line,) = warnings(run.ended.err)
    assert "override_robots = true" in line


def test_what_is_not_turned_on_is_not_asked(reader: Reader):
    run = reader.wait(HOUR).crawl("--since", "1d")
    assert run.google == []
    assert run.ended.code == 0
    assert not [name for name in run.counts if name.startswith("google_")]
    assert warnings(run.ended.err) == []


def test_the_override_is_said_once_and_counted_each_time(reader: Reader):
    reader.operator.further["DISWAY_GOOGLE_NEWS__OVERRIDE_ROBOTS"] = "true"
    run = reader.wait(HOUR).crawl(missing_pubdate=1, p_old=0, articles_in_feed=1)
    assert "robots" not in run.kinds
    assert run.counts["google_robots_overridden"] == len(run.google) > 3
    assert len(warnings(run.ended.err)) == 1
    assert run.ended.code == 0
