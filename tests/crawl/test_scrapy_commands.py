"""Scrapy's own commands work on the project: what they fetch goes the same way into the archive."""

from pathlib import Path

import pytest
from fixtures.crawls import Operator, network_of
from truth_check import differences, show

from replica.server import ReplicaServer

ROOT = Path(__file__).parents[2]


def test_the_spiders_are_listed(tmp_path):
    done = in_project(Operator(tmp_path / "desk"), "list")
    assert (done.code, done.out.split()) == (0, ["backfill", "crawl", "feeds", "google_news", "recheck", "sections"]), (
        done
    )


def test_a_spider_fills_the_archive(tmp_path):
    with ReplicaServer.start(network_of("radartegal.disway.id", "palpos.disway.id", articles=5)) as replica:
        operator = Operator(tmp_path / "desk", replica)
        done = in_project(operator, "crawl", "sections", "-a", "site=radartegal")
        truth = replica.control.truth()
        hosts = {line.host for line in replica.control.log()}
    assert done.code == 0, done
    assert "Traceback" not in done.err
    assert hosts == {"radartegal.disway.id"}
    stock = operator.stock()
    found = differences((a for a in truth.articles if a.site == "radartegal"), stock.articles)
    assert not found, show(found)
    assert [r["outcome"] for r in stock.runs] == ["ok"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("backfill",), "a backfill needs to know which days: use `disway backfill "),
        (("crawl", "-a", "site=radarbulan"), "--site radarbulan: no such site"),
        (("sections", "-a", "site=radartegal,radarseluma"), "--site radarseluma: its status is candidate"),
    ],
    ids=["a backfill", "an unknown site", "a candidate"],
)
def test_a_mistake_is_said_in_the_last_line(arguments, said, tmp_path):
    operator = Operator(tmp_path / "desk")
    done = in_project(operator, "crawl", *arguments)
    assert done.code == 2
    assert "Traceback" not in done.err
    line = done.err.splitlines()[-1]  # Scrapy has its own to say before
    assert line.startswith("disway: ")
    assert said in line
    assert not list(operator.folder.iterdir())


def in_project(operator, *arguments):
    return operator.run(*arguments, program="scrapy", cwd=ROOT)
