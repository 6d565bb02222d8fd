"""The store is away for a whole day: the newspapers are crawled on into the spool, until it is full."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from fixtures.crawls import ALL_TIME, Ended, Operator, Stock, pages_of
from fixtures.kills import spools
from fixtures.loopback import FaultFront
from fixtures.spooled import size_of, spooled
from fixtures.webhook import Webhook
from s3_fault_proxy import S3FaultProxy

from replica.catalogue import profile_for
from replica.client import Logged
from replica.life import Life
from replica.network import DEFAULT_START, Network
from replica.newsroom import write_sites
from replica.server import ReplicaServer

SITES = ("radartegal", "palpos")
HOUR = timedelta(hours=1)
AWAY = (5, 11, 17, 23)
"""Hours of the runs while the store is away."""
BACK = 26
LIFE = Life(after_days=2, per_day=16, edited_share=0, vanished_share=0)
ROOM = 60_000
"""Bytes that the third of them finds left: for some pages."""
UNDELIVERED, FULL = "not delivered to the archive", "room for what is fetched"


@dataclass
class Past:
    """A run: when, how it ended, what it asked for, and how much waited in the spool after it."""

    hour: int
    ended: Ended
    log: list[Logged]
    waiting: int


@dataclass
class Day:
    operator: Operator
    hook: Webhook
    runs: dict[int, Past] = field(default_factory=dict)
    uploads: list[str] = field(default_factory=list)
    stock: Stock | None = None
    truth: set[str] = field(default_factory=set)

    def run(self, hour: int) -> None:
        control = self.operator.replica.control
        self.operator.clock = lambda: at(hour)
        control.move_to(at(hour))
        control.clear_log()
        ended = self.operator.crawl(SITES, *ALL_TIME)
        assert "Traceback" not in ended.err, ended
        waiting = size_of(spooled(self.operator.spool, ".warc.gz", ".warc.gz.open"))
        self.runs[hour] = Past(hour, ended, pages_of(control.log()), waiting)


def at(hour: float) -> datetime:
    return DEFAULT_START + hour * HOUR


@pytest.fixture(scope="module")
def proxy(seaweed):
    """Before a front that signs each request anew: the store's clock is the real one, and it refuses any other."""
    with FaultFront(seaweed.environ) as front, S3FaultProxy(front.environ) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def day(proxy, seaweed, tmp_path_factory):
    profiles = [profile_for(f"{site}.disway.id") for site in SITES]
    network = Network(DEFAULT_START, write_sites(profiles, 7, 6, DEFAULT_START, 2, life=LIFE))
    with ReplicaServer.start(network) as replica, Webhook() as hook:
        uri = f"{seaweed.uri}/{uuid4().hex}"
        operator = Operator(tmp_path_factory.mktemp("day"), replica, uri, proxy.environ)
        operator.further |= {
            "DISWAY_ALERTS__URLS": hook.url,
            "DISWAY_SPOOL__WAIT_S": "0",
            "DISWAY_RECHECK__AFTER": "3650d",  # only what is new is fetched
        }
        told = Day(operator, hook)
        told.run(0)
        proxy.go_away()
        for place, hour in enumerate(AWAY):
            if place == 2:
                operator.further["DISWAY_SPOOL__MAX_BYTES"] = str(told.runs[AWAY[1]].waiting + ROOM)
            told.run(hour)
        proxy.come_back()
        proxy.asked.clear()
        told.run(BACK)
        keys = [a.path.rpartition("/")[2] for a in proxy.asked if a.method == "PUT" and "/warc/" in a.path]
        told.uploads = [key for key in keys if key.endswith(".warc.gz")]
        told.stock = operator.stock()
        told.truth = {article.key for article in replica.control.truth().articles}
        yield told


def test_fault_08_a_day_away_is_crawled_into_the_spool(day):
    assert day.runs[0].ended.code == 0
    first, second = (day.runs[hour] for hour in AWAY[:2])
    for past in (first, second):
        assert past.ended.code == 3, past.ended
        assert any(line.kind == "article" for line in past.log), "new articles were fetched"
        assert "the next run or `disway recover` delivers" in past.ended.err
    assert 0 < first.waiting < second.waiting


def test_fault_08_a_day_away_fills_the_spool_and_crawling_pauses(day):
    second, filling, full = (day.runs[hour] for hour in AWAY[1:])
    assert filling.ended.code == full.ended.code == 3
    assert filling.ended.facts["counts"]["spool_pauses"] == 1
    assert second.waiting < filling.waiting <= second.waiting + 2 * ROOM, "rows of what is kept have room all the same"
    assert not [line for line in full.log if line.kind == "article"], "it pauses before it fetches"
    assert len(full.log) < len(second.log) / 2, "what still has room are some listings"


def test_fault_08_a_day_away_is_delivered_in_order(day):
    back = day.runs[BACK]
    assert (back.ended.code, back.ended.facts["undelivered"]) in ((0, 0), (1, 0)), back.ended
    assert day.uploads == sorted(day.uploads), "the oldest run first"
    assert len(day.uploads) >= len(AWAY)
    assert not spools(day.operator)
    assert {row["article_key"] for row in day.stock.articles} == day.truth, "nothing was missed"
    assert len(day.stock.versions) == len(day.stock.articles), "nothing is there twice"
    assert len({row["run_id"] for row in day.stock.runs}) == len(day.stock.runs) == len(day.runs)
    for arguments in ([], ["--ledger"]):
        assert day.operator.run("verify", *arguments).code == 0


@pytest.mark.parametrize("about", [UNDELIVERED, FULL])
def test_fault_08_a_day_away_is_told_once_and_so_is_its_end(day, about):
    told = [message for message in day.hook.taken if about in message["message"] + message["title"]]
    assert len(told) == 2, day.hook.taken
    alert, recovery = told
    assert "recovered" in (recovery["message"] + recovery["title"]).lower()
    assert "recovered" not in (alert["message"] + alert["title"]).lower()
