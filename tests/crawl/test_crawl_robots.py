"""robots.txt: obeyed, and a site whose rules cannot be known is not crawled and makes the run degraded."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from crawl_worlds import site_ids
from fixtures.crawls import ALL_TIME, Operator, Step, Story, network_of, pages_of
from truth_check import differences, show

from replica.server import ReplicaServer

PLAIN, FORBIDDING, MISSING = "radartegal.disway.id", "rakyatbengkulu.disway.id", "nomorsatukaltim.disway.id"
UNKNOWN: dict[str, tuple[dict[str, Any], str]] = {
    "palpos.disway.id": ({"kind": "robots", "status": 503}, "robots_status"),
    "jateng.disway.id": ({"kind": "robots", "status": 200}, "robots_html"),
    "disway.id": ({"kind": "stall", "path_prefix": "/robots.txt"}, "robots_timeout"),
    "radarlampung.disway.id": ({"kind": "reset", "path_prefix": "/robots.txt"}, "robots_disconnected"),
    "radarkaur.disway.id": ({"kind": "unreachable"}, "robots_proxy"),
    "pagaralampos.disway.id": (
        {"kind": "redirect", "path_prefix": "/robots.txt", "location": "https://example.org/robots.txt"},
        "robots_off_network",
    ),
    "jogja.disway.id": ({"kind": "redirect_loop", "path_prefix": "/robots.txt"}, "robots_redirects"),
}
"""Host, what befalls its robots.txt, and the word for it."""
HOSTS = (PLAIN, FORBIDDING, MISSING, *UNKNOWN)
DEGRADED = {host.split(".")[0]: word for host, (_, word) in UNKNOWN.items()}


class Met(NamedTuple):
    """The crawl with the faults, the one after them, and whom the rules forbid."""

    step: Step
    after: Step
    forbidden: str
    story: Story


@pytest.fixture(scope="module")
def met(desk) -> Iterator[Met]:
    settings = {
        "DISWAY_NETWORK__TIMEOUT_S": "3",
        "DISWAY_NETWORK__RETRIES": "0",
        "DISWAY_POLITENESS__BACKOFF_START_S": "0.1",
    }
    with ReplicaServer.start(network_of(*HOSTS, articles=6)) as replica:
        control = replica.control
        for host, (fault, _) in UNKNOWN.items():
            control.fault(host=host, **fault)
        victim = next(a for a in control.truth().articles if a.host == FORBIDDING)
        rules = f"User-agent: *\nDisallow: /read/{victim.id}/\n"
        control.fault("robots", FORBIDDING, status=200, body=rules)
        control.fault("robots", MISSING, status=404)
        story = Story(Operator(desk(), replica, further=settings), replica, site_ids(HOSTS))
        step = story.step(*ALL_TIME)
        control.clear_faults()
        yield Met(step, story.step(*ALL_TIME), victim.key, story)


def test_the_run_is_degraded_and_names_who_failed(met: Met):
    facts = met.step.ended.facts
    assert met.step.ended.code == facts["exit_code"] == 1
    assert facts["outcome"] == "degraded"
    assert facts["degraded"] == DEGRADED
    for site in DEGRADED:
        assert re.search(rf"^  \w+: .*\b{site}\b", met.step.ended.err, re.MULTILINE)
    (run,) = met.step.stock.runs
    assert (run["outcome"], run["degraded_sites"]) == ("degraded", sorted(DEGRADED))
    assert "Traceback" not in met.step.ended.err


def test_nothing_else_is_fetched_of_them(met: Met):
    of_them = {line.path.partition("?")[0] for line in met.step.log if line.host in UNKNOWN and line.method == "GET"}
    assert of_them == {"/robots.txt"}
    assert "example.org" not in {line.host for line in met.step.log}
    assert {r["site"] for r in met.step.stock.articles} == set(site_ids((PLAIN, FORBIDDING, MISSING)))


def test_a_missing_robots_txt_allows_everything(met: Met):
    rows = [r for r in met.step.stock.articles if r["host"] == MISSING]
    found = differences((a for a in met.step.truth.articles if a.host == MISSING), rows)
    assert not found, show(found)


def test_what_is_disallowed_is_not_fetched(met: Met):
    number = met.forbidden.partition("/")[2]
    assert not [line.path for line in met.step.log if line.host == FORBIDDING and f"/{number}/" in line.path]
    assert met.step.stock.states[met.forbidden] == ("refused", "robots")
    assert met.step.ended.facts["counts"]["robots_forbidden"] >= 1


def test_links_to_a_site_without_known_rules_stay_pending(met: Met):
    of_unknown = {key: state for key, state in met.step.stock.states.items() if key.partition("/")[0] in DEGRADED}
    assert set(of_unknown.values()) <= {("pending", None)}


def test_a_later_run_crawls_them(met: Met):
    assert met.after.ended.code == 0, met.after.ended.err
    found = differences((a for a in met.after.truth.articles if a.key != met.forbidden), met.after.stock.articles)
    assert not found, show(found)
    assert met.story.operator.run("verify", "--json").facts["findings"] == 0


def test_a_crawl_delay_is_kept(desk):
    """A second, as its robots.txt asks, though the configuration asks for none."""
    host = "sumeks.disway.id"
    with ReplicaServer.start(network_of(host, articles=1)) as replica:
        step = Story(Operator(desk(), replica), replica, site_ids((host,))).step(*ALL_TIME)
    assert step.ended.code == 0, step.ended.err
    found = differences(step.truth.articles, step.stock.articles)
    assert not found, show(found)
    times = sorted(r["fetched_at"] for r in step.stock.captures if not r["url"].endswith("/robots.txt"))
    assert len(times) == len(pages_of(step.log)) > 4
    gaps = [after - before for before, after in pairwise(times)]
    assert min(gaps) >= timedelta(seconds=0.98)
