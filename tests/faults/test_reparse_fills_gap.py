"""A site changes its layout: raw pages are kept, a page class is added, and `disway reparse` fills the gap."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fixtures.crawls import ALL_TIME, Operator, network_of

from replica.layout import Look
from replica.server import ReplicaServer

HOSTS = {"radartegal.disway.id": Look.BODY, "palpos.disway.id": Look.WHOLE, "jateng.disway.id": Look.BYLINE}
SITES = tuple(host.split(".")[0] for host in HOSTS)
UNCHANGED_SITE = "rakyatbengkulu"
NEW_LOOK = str(Path(__file__).parent / "new_look")
NEW_CLASS = "disway-2026"
FIELDS = ("title", "reporter", "editor", "published_at", "section", "place", "body", "caption", "tags", "source")
LATER_S = 3 * 86_400


@pytest.fixture
def replica() -> Iterator[ReplicaServer]:
    with ReplicaServer.start(network_of(*HOSTS, "rakyatbengkulu.disway.id", articles=12, seed=2)) as server:
        yield server


def with_new_class(operator: Operator) -> Operator:
    """The same archive, with a page class for the new look in every process."""
    path = os.pathsep.join(filter(None, [NEW_LOOK, os.environ.get("PYTHONPATH")]))
    return Operator(operator.folder, operator.replica, operator.uri, operator.store, {"PYTHONPATH": path})


def truth_of(replica: ReplicaServer) -> dict[str, dict[str, Any]]:
    """What the articles say that nobody edited, as rows have it."""
    return {
        a.key: {**{name: getattr(a, name) for name in FIELDS}, "body": "\n".join(a.body), "tags": list(a.tags)}
        for a in replica.control.truth().articles
        if a.vanished_at is None and len(a.versions) == 1
    }


def gaps(operator: Operator, truth: dict[str, dict[str, Any]]) -> dict[str, set[str]]:
    """Fields of articles that are not what the site says, by site; of an article that is missing all."""
    held = operator.stock().by_key
    found: dict[str, set[str]] = {}
    for key, expected in truth.items():
        row = held.get(key)
        wrong = {name for name in FIELDS if row is None or row[name] != expected[name]}
        found.setdefault(key.partition("/")[0], set()).update(wrong)
    return {site: fields for site, fields in found.items() if fields}


def by_row(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["row_id"]: row for row in rows}


def test_the_gap_is_filled(replica: ReplicaServer, tmp_path: Path) -> None:
    operator = Operator(tmp_path, replica)
    sites = (*SITES, UNCHANGED_SITE)
    assert operator.crawl(sites, *ALL_TIME).code == 0
    old = operator.stock()
    replica.control.advance(LATER_S)
    for host, look in HOSTS.items():
        replica.control.layout(host, look)
    assert operator.crawl(sites, *ALL_TIME).code in (0, 1)

    truth = truth_of(replica)
    broken = operator.stock()
    fresh = {row["article_key"] for row in broken.ledger} - old.by_key.keys()
    assert {key.partition("/")[0] for key in fresh} >= set(SITES), "each changed site brought something new"
    holes = gaps(operator, truth)
    assert {"reporter", "editor"} <= holes["jateng"]
    assert {"reporter", "editor", "tags"} <= holes["palpos"]
    assert "body" in holes["radartegal"]
    lost = {key: entry for key, entry in broken.states.items() if entry == ("refused", "no_body")}
    assert lost.keys() & truth.keys()
    kept = {f"{row['site']}/{row['article_id']}" for row in broken.captures if row["kind"] == "response"}
    assert lost.keys() <= kept, "raw kept"

    mended = with_new_class(operator)
    dry = mended.run("reparse", "--dry-run", "--json")
    assert dry.code == 0, dry.err
    assert dry.facts["new_articles"] + dry.facts["reopened"] == len(lost)
    assert dry.facts["new_articles"] > 0 < dry.facts["reopened"], "of some only the first part was fetched"
    assert dry.facts["fields"]["reporter"]["gained"] > 0
    assert dry.facts["fields"].keys() >= {"reporter", "editor", "tags"}
    assert not any(found["lost"] for found in dry.facts["fields"].values()), dry.facts
    assert by_row(operator.stock().versions) == by_row(broken.versions)
    done = mended.run("reparse", "--json")
    assert done.code == 0, done.err

    after = operator.stock()
    reopened = {key for key, (state, reason) in after.states.items() if (state, reason) == ("pending", "incomplete")}
    assert len(reopened) == dry.facts["reopened"]
    assert gaps(operator, {key: said for key, said in truth.items() if key not in reopened}) == {}
    for site in SITES:
        classes = {row["page_class"] for row in after.articles if row["site"] == site and row["article_key"] in fresh}
        assert classes == {NEW_CLASS}, site
    versions = {(row["article_key"], row["captured_at"]) for row in broken.versions}
    held = {(row["article_key"], row["captured_at"]) for row in after.versions}
    assert versions <= held
    assert sorted(key for key, _ in held - versions if key in lost) == sorted(lost.keys() - reopened), (
        "one version each"
    )
    unmoved = [row for row in after.versions if row["site"] == UNCHANGED_SITE]
    assert {row["page_class"] for row in unmoved} == {"disway-2023"}, "what reads alike has no other reading"
    assert operator.run("verify").code == operator.run("verify", "--ledger").code == 0

    assert mended.run("reparse", "--json").facts["differing"] == 0
    assert mended.crawl(sites, *ALL_TIME).code == 0
    assert gaps(operator, truth_of(replica)) == {}, "the parts that were missing are fetched"
