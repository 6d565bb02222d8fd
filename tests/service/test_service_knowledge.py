"""What the archive says of earlier runs, asked by the real command; also when a clock was wrong for a while."""

from datetime import UTC, datetime, timedelta

import pytest
from fixtures.crawls import NOBODY

from crawler.service.children import Launcher
from crawler.service.clocks import Reading
from crawler.service.knowledge import Learner
from crawler.service.telemetry import Telemetry
from storage.tables import AppId, Tables

SITES = ["palpos", "radartegal"]
HOUR = 3600.0


def learnt(options, tmp_path, *ends: tuple[str, timedelta]) -> dict[str, float]:
    """What is known of the freshness of sites whose runs ended so long ago."""
    now = datetime.now(UTC)
    rows = [
        {
            "run_id": f"{number:08d}",
            "command": "crawl",
            "started_at": (now - ago).isoformat(),
            "finished_at": (now - ago).isoformat(),
            "outcome": "ok",
            "job": "poll",
            "fired_at": (now - ago).isoformat(),
            "sites": [site],
            "degraded_sites": [],
            "undelivered": 0,
        }
        for number, (site, ago) in enumerate(ends)
    ]
    Tables(options).append("runs", rows, AppId("runs", 1))
    environ = {"DISWAY_ARCHIVE__URI": options.uri, "http_proxy": NOBODY, "PATH": "/usr/bin"}
    telemetry = Telemetry(SITES, 0.0)
    learner = Learner(Launcher(environ, tmp_path), telemetry)
    learner.ask()
    learner._process.wait()
    learner.look(Reading(now, 1000 * HOUR, 2000 * HOUR))
    assert learner.knowledge.newest_fires == {"poll": max(now - ago for _, ago in ends)}
    return telemetry.freshness_s(1000 * HOUR)


def test_a_run_of_the_future_is_no_good_run(local_options, tmp_path):
    month, hour = timedelta(days=30), timedelta(hours=1)
    found = learnt(local_options, tmp_path, ("palpos", -month), ("palpos", hour), ("radartegal", -month))
    assert found == {"palpos": pytest.approx(HOUR)}, "the one before it counts, and where there is none nothing does"


def test_a_clock_that_is_a_little_ahead_is_borne(local_options, tmp_path):
    found = learnt(local_options, tmp_path, ("palpos", timedelta(seconds=-20)), ("radartegal", timedelta(seconds=20)))
    assert found == {"palpos": 0.0, "radartegal": pytest.approx(20.0)}
