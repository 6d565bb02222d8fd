"""Feeds and sitemaps that attack their reader or lie: no file read, nobody called, nothing explodes, all is counted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from fixtures.crawls import ALL_TIME, Ended, Operator, Stock, network_of
from hostile_origin import measured

from replica.client import Logged
from replica.poison import STRANGER
from replica.server import ReplicaServer

LAUGHS, EXTERNAL, LONG, DEEP, LIES, PACKED, CALM = (
    "rakyatbengkulu.disway.id",
    "palpos.disway.id",
    "disway.id",
    "malang.disway.id",
    "pagaralampos.disway.id",
    "jateng.disway.id",
    "radarlampung.disway.id",
)
HOSTS = (LAUGHS, EXTERNAL, LONG, DEEP, LIES, PACKED, CALM)
MIB = 1 << 20
MOST_BYTES = 250 * MIB
MOST_FAKES = 50


@dataclass(frozen=True)
class Attacked:
    ended: Ended
    peak_bytes: int
    log: list[Logged]
    public: frozenset[str]
    stock: Stock
    operator: Operator

    @property
    def counts(self) -> Mapping[tuple[str, str], int]:
        (run,) = self.stock.runs
        return {(c["site"], c["counter"]): c["count"] for c in run["counts"]}

    def asked(self, host: str, beginning: str) -> list[Logged]:
        return [line for line in self.log if line.host == host and line.path.startswith(beginning)]


def id_of(host: str) -> str:
    return host.split(".", maxsplit=1)[0]


@pytest.fixture(scope="module")
def attacked(desk) -> Iterator[Attacked]:
    faults: dict[str, tuple[str, dict[str, Any]]] = {
        LAUGHS: ("billion_laughs", {}),
        EXTERNAL: ("xxe", {}),
        LONG: ("huge_feed", {"path_prefix": "/rss"}),
        DEEP: ("deep_index", {}),
        LIES: ("poisoned_sitemap", {"path_prefix": "/sitemap.xml", "entries": 100_000}),
        PACKED: ("bomb", {"path_prefix": "/sitemap", "megabytes": 512, "layers": 2}),
    }
    with ReplicaServer.start(network_of(*HOSTS, articles=10)) as replica:
        for host, (kind, options) in faults.items():
            replica.control.fault(kind, host, **options)
        operator = Operator(desk(), replica)
        done, peak = measured(operator, [id_of(host) for host in HOSTS], *ALL_TIME)
        public = frozenset(a.key for a in replica.control.truth().articles if a.is_live)
        yield Attacked(done, peak, replica.control.log(), public, operator.stock(), operator)


def test_fault_33_no_file_is_read_and_nobody_is_called(attacked: Attacked):
    assert {line.host for line in attacked.log} == set(HOSTS)
    assert not [line.path for line in attacked.log if "entitas-luar" in line.path or "passwd" in line.path]
    assert "root:" not in str(attacked.stock.sightings)


def test_fault_33_each_is_bounded_and_counted(attacked: Attacked):
    assert attacked.peak_bytes < MOST_BYTES, f"{attacked.peak_bytes / MIB:.0f} MiB"
    assert "Traceback" not in attacked.ended.err
    for host in (LAUGHS, EXTERNAL, DEEP):
        assert attacked.counts[id_of(host), "sources_cut"] > 0, host
    assert attacked.counts[id_of(LONG), "sources_failed"] > 0
    assert attacked.counts[id_of(PACKED), "bodies_bombed"] > 0
    deep = {line.path for line in attacked.asked(DEEP, "/sitemap-dalam")}
    assert len(deep) == 2 + 4 + 8, "three levels of two children each"


def test_fault_34_names_that_a_sitemap_makes_up_are_tried_some_dozens_of_times(attacked: Attacked):
    fakes = [line for line in attacked.log if line.host == LIES and "/read/" in line.path and line.status != 200]
    assert 0 < len(fakes) <= MOST_FAKES
    assert STRANGER not in {line.host for line in attacked.log}
    for counter, least in (("entries_repeated", 60_000), ("entries_offsite", 9_000), ("entries_malformed", 9_000)):
        assert attacked.counts[id_of(LIES), counter] >= least, counter
    assert attacked.counts[id_of(LIES), "entries_over_quota"] > 0


def test_fault_34_every_true_article_is_archived_all_the_same(attacked: Attacked):
    assert attacked.public == attacked.stock.by_key.keys()
    assert attacked.operator.run("verify", "--ledger", "--json").facts["findings"] == 0
