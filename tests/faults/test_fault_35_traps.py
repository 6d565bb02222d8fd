"""Listings and articles that lead on for ever: bounded, counted, said; and the rest of the network is crawled as ever."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from fixtures.crawls import ALL_TIME, Operator, Step, Story, network_of

from replica.client import Logged
from replica.server import ReplicaServer
from spiders.base import MOST_PARTS
from spiders.sections import SECTIONS_A_RUN

SAME, INVENTED, SECTIONS, PARTS, CALM = (
    "radartegal.disway.id",
    "rakyatbengkulu.disway.id",
    "palpos.disway.id",
    "malang.disway.id",
    "jateng.disway.id",
)
HOSTS = (SAME, INVENTED, SECTIONS, PARTS, CALM)
ROWS = 30
MOST_PAGES_IN_VAIN = 60


@dataclass(frozen=True)
class Trapped:
    """The crawl of a network with a trap on every newspaper but one."""

    story: Story
    step: Step
    endless_key: str

    def asked(self, host: str, *beginnings: str) -> list[Logged]:
        return [line for line in self.step.log if line.host == host and line.path.startswith(beginnings)]


def id_of(host: str) -> str:
    return host.split(".", maxsplit=1)[0]


@pytest.fixture(scope="module")
def trapped(desk) -> Iterator[Trapped]:
    with ReplicaServer.start(network_of(*HOSTS, articles=16)) as replica:
        endless = next(a for a in replica.control.truth().articles if a.host == PARTS and a.parts == 1)
        first = min(a.id for a in replica.control.truth().articles if a.host == SAME)
        replica.control.fault("endless_listing", SAME, "/kategori/", article_id=first)
        replica.control.fault("invented_listing", INVENTED, "/kategori/")
        replica.control.fault("invented_sections", SECTIONS, "/kategori/")
        replica.control.fault("endless_parts", PARTS, endless.url.removeprefix(f"https://{PARTS}"))
        story = Story(Operator(desk(), replica), replica, tuple(map(id_of, HOSTS)))
        yield Trapped(story, story.step(*ALL_TIME), endless.key)


def test_fault_35_pages_that_show_the_same_articles_again_end_their_listing(trapped: Trapped):
    sections = {line.path.split("/")[2] for line in trapped.asked(SAME, "/kategori/")}
    pages = trapped.asked(SAME, "/kategori/")
    assert len(pages) <= 2 * len(sections)
    assert id_of(SAME) not in trapped.step.ended.facts["degraded"], "a listing that repeats itself has ended"


def test_fault_35_addresses_without_end_are_none_of_the_network(trapped: Trapped):
    """Pages by query, calendars, session ids, paths that repeat themselves: all were linked, none was asked for."""
    strange = ("/kalender", "/arsip", "/index.php")
    assert not trapped.asked(SAME, *strange)
    assert not [line.path for line in trapped.step.log if "page=" in line.path or "PHPSESSID" in line.path]


def test_fault_35_a_listing_that_comes_no_further_back_is_given_up(trapped: Trapped):
    sections = {line.path.split("/")[2] for line in trapped.asked(INVENTED, "/kategori/")}
    pages = trapped.asked(INVENTED, "/kategori/")
    assert len(sections) < len(pages) <= len(sections) * (MOST_PAGES_IN_VAIN + 2)
    assert trapped.step.ended.facts["degraded"][id_of(INVENTED)] == "trap"
    (run,) = trapped.step.stock.runs
    traps = {c["site"]: c["count"] for c in run["counts"] if c["counter"] == "traps"}
    assert traps[id_of(INVENTED)] == len(sections)
    assert "has no end" in trapped.step.ended.err
    refused = [reason for key, (state, reason) in trapped.step.stock.states.items() if key.startswith(id_of(INVENTED))]
    assert "not_found" in refused


def test_fault_35_sections_without_end_are_walked_up_to_a_number(trapped: Trapped):
    assert len(trapped.asked(SECTIONS, "/kategori/")) <= SECTIONS_A_RUN
    assert trapped.step.ended.facts["degraded"][id_of(SECTIONS)] == "trap"
    assert f"more than {SECTIONS_A_RUN} sections" in trapped.step.ended.err


def test_fault_35_an_article_without_end_is_refused(trapped: Trapped):
    number = trapped.endless_key.partition("/")[2]
    parts = [line for line in trapped.step.log if line.host == PARTS and f"/read/{number}/" in line.path]
    assert len(parts) <= MOST_PARTS
    assert trapped.step.stock.states[trapped.endless_key] == ("refused", "trap")
    assert trapped.endless_key not in trapped.step.stock.by_key


def test_fault_35_everything_else_is_archived_and_the_ledger_is_whole(trapped: Trapped):
    truth = {a.key for a in trapped.step.truth.articles if a.is_live and a.host in (CALM, PARTS)}
    assert truth - {trapped.endless_key} <= trapped.step.stock.by_key.keys()
    assert trapped.step.ended.code == 1
    assert trapped.story.operator.run("verify", "--ledger", "--json").facts["findings"] == 0
