"""What ids are decoded to: every kind of address comes to the right article, and what is none comes to nothing."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from google_world import DAY, MINUTE, Reader, Run, newspapers, refusals

from replica.server import ReplicaServer

NAMES = ("wartapagi", "wartasore")
BENT = {
    "articles_in_feed": 1,
    "p_old": 0.3,
    "unstable_guid": True,
    "missing_pubdate": 0.8,
    "missing_source": 0.3,
    "amp_target": 0.25,
    "utm_target": 0.25,
    "long_urls": 0.3,
    "gone_target": 0.15,
    "other_host": 0.15,
    "other_host_name": "wartasore.disway.id",
}
OFF_THE_NETWORK = {"other_host": 1, "other_host_name": "example.org", "gone_target": 0}


def key_of(url: str) -> str:
    """The article that an address of the network names."""
    found = re.match(r"https://(\w+)\.disway\.id/(?:read|amp)/(\d+)/", url)
    assert found, url
    return f"{found[1]}/{found[2]}"


def named(site: str, title: str) -> tuple[str, str]:
    """How the row of an item is told from others: its headline is shown with the host or without."""
    return site, title.removesuffix(f" - {site}.disway.id")


class Bent(NamedTuple):
    reader: Reader
    first: Run
    shown: dict[tuple[str, str], dict[str, Any]]
    """What Google News showed in the first run."""
    leads: dict[tuple[str, str], dict[str, Any]]
    """The leads after it."""
    second: Run


@pytest.fixture(scope="module")
def bent(desk) -> Iterator[Bent]:
    network = newspapers(NAMES, articles=24, days=1, per_day=10)
    with ReplicaServer.start(network) as replica:
        reader = Reader(desk(), replica, NAMES)
        first = reader.crawl(**BENT)
        shown = {named(e["host"].partition(".")[0], e["headline"]): e for e in reader.shown}
        leads = {named(row["site"], row["title"]): row for row in reader.ask("SELECT * FROM leads")}
        yield Bent(reader, first, shown, leads, reader.wait(DAY).crawl(**OFF_THE_NETWORK))


def test_every_item_is_resolved_to_the_article_it_leads_to(bent: Bent):
    assert bent.first.ended.code == 0
    assert len(bent.shown) > 40
    assert bent.leads.keys() == bent.shown.keys()
    wrong = {
        title: (row["article_key"], bent.shown[title]["url"])
        for title, row in bent.leads.items()
        if row["how"] != "title" and row["article_key"] != key_of(bent.shown[title]["url"])
    }
    assert wrong == {}
    assert {row["state"] for row in bent.leads.values()} == {"decoded", "matched"}


def test_old_ids_cost_no_request(bent: Bent):
    """Addresses of more than 256 bytes stand in ids of both forms."""
    by_form = {form: [bent.leads[t] for t, e in bent.shown.items() if e["old_form"] is form] for form in (True, False)}
    assert {row["how"] for row in by_form[True]} <= {"offline", "title"}
    assert {row["how"] for row in by_form[False]} <= {"rpc", "title"}
    counts = Counter(row["how"] for row in bent.leads.values())
    assert bent.first.counts["google_pages"] == counts["rpc"] == len(set(bent.first.pages))
    assert bent.first.counts["google_decoded_offline"] == counts["offline"] > 5
    assert bent.first.counts["google_batches"] < counts["rpc"]
    for form in (True, False):
        assert any(
            len(e["url"]) > 256 and bent.leads[title]["how"] != "title"
            for title, e in bent.shown.items()
            if e["old_form"] is form
        )


def test_an_address_is_made_canonical(bent: Bent):
    decoded = [(t, row) for t, row in bent.leads.items() if row["how"] != "title"]
    assert any("/amp/" in bent.shown[title]["url"] for title, _ in decoded)
    assert any("utm_" in bent.shown[title]["url"] for title, _ in decoded)
    for _, row in decoded:
        assert re.fullmatch(r"https://\w+\.disway\.id/read/\d+/[^/?]+", row["url"])
    asked = [line.path for line in bent.first.log if line.host.endswith(".disway.id")]
    assert not [path for path in asked if "/amp/" in path or "?" in path]


def test_an_address_that_is_not_there_is_refused_by_its_newspaper(bent: Bent):
    there = {article.key for article in bent.reader.replica.control.truth().articles}
    ledger = {row["article_key"]: row for row in bent.reader.ask("SELECT * FROM ledger")}
    keys = {row["article_key"] for row in bent.leads.values()}
    assert len(keys - there) > 3
    assert {(ledger[key]["state"], ledger[key]["reason"]) for key in keys - there} == {("refused", "not_found")}
    assert {ledger[key]["state"] for key in keys & there} == {"archived"}


def test_what_only_google_news_knows_is_archived(bent: Bent):
    ways = bent.reader.column("SELECT discovered_via FROM articles")
    assert ["google_news"] in ways
    found = "SELECT count(*) FROM sightings WHERE kind = 'google_news' AND via_url LIKE 'https://news.google.com/rss/%'"
    assert bent.reader.column(found)[0] >= len(bent.leads) - 5  # some lead to one article


def test_an_address_off_the_network_is_not_followed(bent: Bent):
    run = bent.second
    assert run.ended.code == 0
    refused = bent.reader.ask("SELECT * FROM leads WHERE state = 'refused'")
    assert {row["reason"] for row in refused} == {"offsite"}
    shown = {named(e["host"].partition(".")[0], e["headline"]): e["url"] for e in bent.reader.shown}
    assert {row["url"] for row in refused} == {shown[named(row["site"], row["title"])] for row in refused}
    assert all(row["url"].startswith("https://example.org/") for row in refused)
    assert any("?utm_source=google_news&utm_medium=rss&" in row["url"] for row in refused if row["how"] == "rpc")
    assert any(len(row["url"]) > 256 for row in refused)
    assert not [line for line in run.log if line.host == "example.org"]
    assert bent.reader.column("SELECT count(*) FROM sightings WHERE target_url LIKE '%example.org%'") == [0]


def test_no_id_is_decoded_twice(bent: Bent):
    """Although every feed names each item by another id."""
    asked = [token for run in (bent.first, bent.second) for token in run.pages]
    assert len(asked) == len(set(asked))
    rpc = bent.reader.column("SELECT count(*) FROM leads WHERE how = 'rpc'")
    assert rpc == [len(asked)]
    assert bent.reader.column("SELECT count(*) FROM leads") == [len(bent.leads) + bent.second.counts["google_items"]]


class Batches(NamedTuple):
    reader: Reader
    error: Run
    refused: Run
    dropped: Run
    whole: Run
    after: list[list[dict[str, Any]]]
    """The leads after each run."""


@pytest.fixture(scope="module")
def batches(desk) -> Iterator[Batches]:
    network = newspapers(["wartamalam"], articles=14, days=1)
    with ReplicaServer.start(network) as replica:
        reader = Reader(desk(), replica, ["wartamalam"])
        after: list[list[dict[str, Any]]] = []

        def crawl(later: timedelta, **switches: Any) -> Run:
            run = reader.wait(later).crawl(**switches)
            after.append(reader.ask("SELECT * FROM leads"))
            return run

        yield Batches(
            reader,
            crawl(timedelta(), articles_in_feed=1, p_old=0, missing_pubdate=1, batch_error="er"),
            crawl(10 * MINUTE, batch_error="[3]"),
            crawl(10 * MINUTE, batch_error=None, drop_rows=1),
            crawl(DAY, drop_rows=0),
            after,
        )


def tried(rows: list[dict[str, Any]]) -> Counter[tuple[str, int]]:
    """Leads that were tried in vain, by reason and attempts."""
    return Counter((row["reason"], row["attempts"]) for row in rows if row["attempts"] and row["state"] == "pending")


def test_an_error_of_the_whole_call_ends_the_decodes(batches: Batches):
    assert batches.error.kinds == {"feed": 1, "page": 1, "batch": 1}
    assert batches.error.ended.code == 1
    assert refusals(batches.error) == {"google_http_error": 1}
    assert tried(batches.after[0]) == {("http_error", 1): 1}
    waits = next(row for row in batches.after[0] if row["attempts"])
    assert timedelta(minutes=59) < waits["next_check"] - waits["at"] <= timedelta(hours=1)


def test_ids_that_are_refused_one_by_one_are_tried_later(batches: Batches):
    """Three in vain are enough, and the one of the run before is not due."""
    assert batches.refused.kinds == {"feed": 1, "page": 3, "batch": 2}
    assert batches.refused.ended.code == 0
    assert tried(batches.after[1]) == {("http_error", 1): 1, ("code_3", 1): 3}
    assert set(batches.refused.pages).isdisjoint(batches.error.pages)


def test_a_row_that_is_missing_is_tried_later(batches: Batches):
    """One of each batch: of one article, of two, of four, and of what is left."""
    run, rows = batches.dropped, batches.after[2]
    assert run.ended.code == 0
    assert tried(rows)[("row_missing", 1)] == run.kinds["batch"] == 4
    assert run.counts["google_decoded_rpc"] == run.kinds["page"] - 4
    assert run.counts["google_unresolved"] == 4
    assert {row["state"] for row in rows} == {"decoded", "pending"}


def test_in_the_end_each_has_its_own_article(batches: Batches):
    """Rows come shuffled."""
    shown = {named("wartamalam", entry["headline"]): entry["key"] for entry in batches.reader.shown}
    rows = {named(row["site"], row["title"]): row for row in batches.after[3]}
    assert {title: row["article_key"] for title, row in rows.items()} == shown
    assert {row["state"] for row in rows.values()} == {"decoded"}
    assert "google_unresolved" not in batches.whole.counts
    assert refusals(batches.whole) == {}
