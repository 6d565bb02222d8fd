"""robots.txt in every state: obeyed, taken for none, or a reason not to crawl at all."""

from collections.abc import Iterator
from typing import Any

import pytest
from fixtures.crawls import ALL_TIME, Operator, Step, Story, network_of

from replica.server import ReplicaServer

FORBIDS = "User-agent: *\nDisallow: /\n"
LONG = "User-agent: *\n" + "# " + "catatan " * 60_000 + "\nDisallow: /\n"
STATES: dict[str, tuple[dict[str, Any], str | None]] = {
    "radartegal.disway.id": ({"status": 503}, "robots_status"),
    "rakyatbengkulu.disway.id": ({"status": 429, "headers": {"Retry-After": "1"}}, "robots_status"),
    "palpos.disway.id": ({"status": 404}, None),
    "jateng.disway.id": ({"status": 403}, None),
    "malang.disway.id": ({"status": 200, "body": "<html><body>Beranda</body></html>"}, "robots_html"),
    "sumeks.disway.id": ({"status": 200, "body": FORBIDS}, "forbidden"),
    "radarlampung.disway.id": ({"status": 200, "body": LONG}, "forbidden"),
    "magelangekspres.disway.id": ({"status": 200, "body": "\ufeff" + FORBIDS.replace("\n", "\r")}, "forbidden"),
    "pagaralampos.disway.id": ({"status": 200, "body": "Crawl-delay: NaN\nUser-agent: *\nCrawl-delay: -1\n"}, None),
}
"""By host: what its robots.txt answers, and why it is not crawled then; None: it is."""


def id_of(host: str) -> str:
    return host.split(".", maxsplit=1)[0]


@pytest.fixture(scope="module")
def step(desk) -> Iterator[Step]:
    with ReplicaServer.start(network_of(*STATES, articles=6)) as replica:
        for host, (answer, _) in STATES.items():
            replica.control.fault("robots", host, **answer)
        settings = {"DISWAY_POLITENESS__BACKOFF_START_S": "0.1", "DISWAY_NETWORK__RETRIES": "0"}
        operator = Operator(desk(), replica, further=settings)
        yield Story(operator, replica, tuple(map(id_of, STATES))).step(*ALL_TIME)


@pytest.mark.parametrize("host", STATES)
def test_fault_29_each_state_of_robots_txt(step: Step, host: str):
    why = STATES[host][1]
    asked = [line.path for line in step.log if line.host == host and line.path != "/robots.txt"]
    degraded = step.ended.facts["degraded"].get(id_of(host))
    archived = {key for key in step.stock.by_key if key.startswith(f"{id_of(host)}/")}
    if why is None:
        assert archived == {a.key for a in step.truth.articles if a.host == host and a.is_live}
        assert degraded is None
        return
    assert asked == [], "nothing but robots.txt was asked for"
    assert not archived
    assert degraded == ("robots_forbidden" if why == "forbidden" else why)
