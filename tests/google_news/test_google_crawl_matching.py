"""With a newspaper's own sources on, hardly an item of Google News has to be decoded."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from google_world import DAY, MINUTE, Reader, Run, newspapers, refusals

from replica.server import ReplicaServer

NAMES = ("radartegal", "palpos")
LEAST_SHARE = 0.7


class Followed(NamedTuple):
    reader: Reader
    first: Run
    next_day: Run
    soon_after: Run
    """By configuration, not by the option that asks at once."""


@pytest.fixture(scope="module")
def followed(desk) -> Iterator[Followed]:
    with ReplicaServer.start(newspapers(NAMES, articles=24, days=1.5, per_day=10)) as replica:
        reader = Reader(desk(), replica, NAMES, unlisted=False)
        first = reader.crawl(missing_pubdate=0.1, missing_source=0.2)
        next_day = reader.wait(DAY).crawl(unstable_guid=True)
        reader.operator.further["DISWAY_GOOGLE_NEWS__ENABLED"] = "true"
        yield Followed(reader, first, next_day, reader.wait(10 * MINUTE).crawl("--since", "1d"))


@pytest.mark.parametrize("which", ["first", "next_day"])
def test_most_items_are_matched_by_their_headline(followed: Followed, which: str):
    run: Run = getattr(followed, which)
    counts = run.counts
    assert run.ended.code == 0
    assert refusals(run) == {}
    assert counts["google_items"] > 8
    assert counts["google_matched"] / counts["google_items"] >= LEAST_SHARE
    resolved = sum(counts.get(f"google_{way}", 0) for way in ("matched", "decoded_offline", "decoded_rpc"))
    assert resolved == counts["google_items"]


def test_a_match_is_the_right_article(followed: Followed):
    keys = {
        (e["host"].partition(".")[0], e["headline"].removesuffix(f" - {e['host']}")): e["key"]
        for e in followed.reader.shown
    }
    rows = followed.reader.ask("SELECT * FROM leads WHERE how = 'title'")
    assert len(rows) > 30
    assert [row for row in rows if row["article_key"] != keys[row["site"], row["title"]]] == []


def test_google_news_adds_nothing_wrong(followed: Followed):
    truth = {article.key for article in followed.reader.replica.control.truth().articles}
    held = followed.reader.column("SELECT article_key FROM articles")
    assert len(held) == len(set(held))
    assert set(held) <= truth
    assert {e["key"] for e in followed.reader.shown} <= set(held)


def test_a_host_is_asked_once_an_hour(followed: Followed):
    assert followed.soon_after.google == []
    assert followed.soon_after.ended.code == 0


def test_the_next_query_begins_the_day_before_the_last(followed: Followed):
    """In days of the US Pacific zone, which begin 15 hours later than those of Indonesia: a day more on either side."""
    assert sorted(followed.next_day.queries) == [
        "site:palpos.disway.id after:2026-03-03 before:2026-03-07",
        "site:radartegal.disway.id after:2026-03-03 before:2026-03-07",
    ]
