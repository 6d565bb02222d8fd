"""Fault 30: the layout of a site changes on 1, 50 or 100 % of its pages. Alarm in the first run, raw pages kept."""

import gzip
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fixtures.crawls import ALL_TIME, Operator, network_of
from fixtures.webhook import Webhook

from news.watched import ARTICLE_FIELDS
from replica.layout import Look
from replica.server import ReplicaServer
from storage.opening import open_store
from storage.tables import AppId, Tables

SITES = {"radartegal": "radartegal.disway.id", "harian": "harian.disway.id"}
SITE = "radartegal"
KNOWN = 5_000
"""Pages of each site in the week before: one changed page in a hundred tells something only where much is known."""
USUAL = dict.fromkeys((*ARTICLE_FIELDS, "page_class"), KNOWN) | dict.fromkeys(("place", "credit"), KNOWN * 3 // 4)
"""As the replica's reporters have it: some articles have no dateline, some photographs no credit."""


@pytest.fixture(scope="module")
def replica() -> Iterator[ReplicaServer]:
    with ReplicaServer.start(network_of(*SITES.values(), articles=60, days=40)) as server:
        yield server


@pytest.fixture(scope="module")
def crawled(replica, desk) -> Path:
    """An archive in which all was well."""
    operator = Operator(desk(), replica)
    assert operator.crawl([*SITES], *ALL_TIME).code == 0
    return operator.folder / "archive"


@pytest.fixture
def operator(tmp_path, replica, crawled) -> Operator:
    """The archive, and a replica with some weeks of new articles."""
    replica.control.reset_layouts()
    replica.control.move_to(replica._state.network.start + timedelta(days=35))
    operator = Operator(tmp_path / "desk", replica)
    shutil.copytree(crawled, operator.folder / "archive")
    return operator


def met(operator: Operator, *arguments: str) -> tuple[dict[str, str], set[str]]:
    """The first run after the change: what is said of each field, and which sites are degraded."""
    with Webhook() as webhook:
        operator.further["DISWAY_ALERTS__URLS"] = webhook.url
        run = operator.crawl([*SITES], *arguments)
    (told,) = webhook.heard
    lines = re.findall(r"^- (.*)$", told["message"], re.MULTILINE)
    fields = {re.search(r"\b([a-z_]+): \d+ of \d+ pages", line)[1]: line for line in lines}
    return fields, set(run.facts["degraded"])


def check_raw_is_kept(operator: Operator, line: str) -> None:
    """The page that an alert names as its example can be read in the archive."""
    example = line.rpartition("Example: ")[2]
    capture, *_ = operator.ask("SELECT status, warc_key, warc_offset, warc_length FROM captures WHERE url = ?", example)
    place = [capture[name] for name in ("warc_key", "warc_offset", "warc_length")]
    record = gzip.decompress(open_store(operator.options()).get_range(*place))
    assert capture["status"] == 200
    assert example.encode() in record


@pytest.mark.parametrize("share", [0.5, 1.0], ids=["half", "all"])
@pytest.mark.parametrize("look", list(Look), ids=[look.value for look in Look])
def test_fault_30_a_layout_that_changes_alarms_in_the_first_run(operator, replica, look, share):
    replica.control.layout(SITES[SITE], look, share)
    said, degraded = met(operator)
    field = {Look.BYLINE: "reporter", Look.BODY: "body", Look.WHOLE: "page_class"}[look]
    assert degraded == {SITE}
    check_raw_is_kept(operator, said[field])


def test_fault_30_one_page_in_a_hundred_of_all_sites(tmp_path):
    """What the archive knows of the week before is written into it; the pages and the run are real."""
    fills = [
        {"site": site, "page_class": "disway-2023", "field": field, "articles": KNOWN, "filled": had, "example_url": None}
        for site in SITES
        for field, had in USUAL.items()
    ]  # fmt: skip
    day_before = datetime.now(UTC) - timedelta(days=1)
    week = {
        "run_id": "20261101T000000Z-000000", "command": "crawl", "started_at": day_before.isoformat(), "outcome": "ok",
        "sites": [*SITES], "degraded_sites": [], "fills": fills,
    }  # fmt: skip
    with ReplicaServer.start(network_of(*SITES.values(), articles=400)) as replica:
        operator = Operator(tmp_path / "desk", replica)
        Tables(operator.options()).append("runs", [week], AppId("week", 1))
        for host in SITES.values():
            replica.control.layout(host, Look.BYLINE, 0.01)
        said, _ = met(operator, *ALL_TIME)
    assert set(said) == {"reporter", "editor"}
    check_raw_is_kept(operator, said["reporter"])
    lacking, pages = map(int, re.search(r"(\d+) of (\d+) pages of this run", said["reporter"]).groups())
    assert 3 <= lacking <= pages / 80
