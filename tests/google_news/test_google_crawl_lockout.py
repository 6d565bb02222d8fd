"""Google gives five pages away and then locks the crawler out. Nobody knocks before it is time, and nothing is lost."""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

import pytest
from google_world import HOUR, MINUTE, Reader, Run, newspapers, refusals

from replica.server import ReplicaServer

GENEROUS = {"articles_in_feed": 1, "p_old": 0, "missing_pubdate": 1}
"""Every item has to be decoded: its id is sealed, and without a date its headline proves nothing."""
DELAY_S = 0.1


class Lockout(NamedTuple):
    reader: Reader
    refused: Run
    soon_after: Run
    refused_again: Run
    after_an_hour: Run
    let_in: Run
    at_rest: Run
    states: list[dict[str, int]]
    """After each run: leads by state."""
    shown: int
    """Items that Google News has when it is asked first."""
    first_rows: list[dict[str, object]]
    """The leads after the first run."""
    closed: list[dict[str, object]]
    """The breaker's row after the first and the third run."""


@pytest.fixture(scope="module")
def story(desk) -> Iterator[Lockout]:
    network = newspapers(["wartapagi"], articles=12, days=1)
    with ReplicaServer.start(network) as replica:
        reader = Reader(desk(), replica, ["wartapagi"])
        states, closed = [], []

        def crawl(later: timedelta, **switches: object) -> Run:
            run = reader.wait(later).crawl(**switches)
            rows = reader.ask("SELECT state, count(*) AS n FROM leads GROUP BY state")
            states.append({row["state"]: row["n"] for row in rows})
            closed.extend(reader.ask("SELECT * FROM sources WHERE url LIKE '%/rss/articles'"))
            return run

        reader.operator.further["DISWAY_GOOGLE_NEWS__DECODE_DELAY_S"] = str(DELAY_S)
        refused = crawl(timedelta(), page_limit=5, **GENEROUS)
        shown, rows = len(reader.shown), reader.ask("SELECT * FROM leads")
        for index in reader.operator.spool.glob("seen-*.sqlite"):
            index.unlink()  # what is remembered lies in the archive
        yield Lockout(
            reader,
            refused,
            crawl(10 * MINUTE),
            crawl(51 * MINUTE, page_limit=0),
            crawl(61 * MINUTE),
            crawl(61 * MINUTE, page_limit=None),
            crawl(HOUR, unstable_guid=True),
            states,
            shown,
            rows,
            closed,
        )


def test_the_refusal_ends_all_asking_and_degrades_the_run(story: Lockout):
    run = story.refused
    assert (run.ended.code, run.ended.facts["outcome"]) == (1, "degraded")
    assert run.ended.facts["degraded"] == {"news.google.com": "too_many_requests"}
    assert run.kinds == {"feed": 1, "page": 6, "batch": 2}
    assert run.google[-1].status == 429
    counted = {name: run.counts[f"google_{name}"] for name in ("feeds", "pages", "batches")}
    assert counted == {"feeds": 1, "pages": 6, "batches": 2}
    assert refusals(run) == {"google_too_many_requests": 1}


def test_what_five_pages_allow_is_decoded_and_the_rest_waits(story: Lockout):
    """The batches grow: one article, two, then four, of which the refusal met the third."""
    counts, shown = story.refused.counts, story.shown
    assert (counts["google_items"], counts["google_decoded_rpc"], counts["google_unresolved"]) == (shown, 3, shown - 3)
    assert story.states[0] == {"decoded": 3, "pending": shown - 3}
    waiting = [row for row in story.first_rows if row["state"] == "pending"]
    assert {(row["attempts"], row["next_check"]) for row in waiting} == {(0, None)}


def test_the_breaker_is_kept_over_a_restart(story: Lockout):
    row = story.closed[0]
    assert (row["finding"], row["reason"], row["failures"]) == ("closed", "too_many_requests", 1)
    assert row["next_check"] - row["at"] == HOUR
    run = story.soon_after
    assert run.google == []
    assert (run.ended.code, run.ended.facts["outcome"]) == (0, "ok")
    assert run.counts["google_breaker_open"] == 1
    assert "left alone" in run.ended.err
    assert story.states[1] == story.states[0]


def test_after_an_hour_it_is_asked_again_and_the_pause_doubles(story: Lockout):
    run = story.refused_again
    assert run.kinds == {"feed": 1, "page": 1}
    assert run.ended.code == 1
    row = story.closed[2]
    assert (row["finding"], row["failures"]) == ("closed", 2)
    assert row["next_check"] - row["at"] == 2 * HOUR
    assert story.after_an_hour.google == []
    assert story.after_an_hour.ended.code == 0


def test_no_lead_is_lost(story: Lockout):
    run = story.let_in
    assert run.ended.code == 0
    assert refusals(run) == {}
    assert "google_unresolved" not in run.counts
    assert story.states[4] == {"decoded": len(story.reader.shown)}
    keys = set(story.reader.column("SELECT article_key FROM leads"))
    assert keys == {entry["key"] for entry in story.reader.shown}
    assert keys <= set(story.reader.column("SELECT article_key FROM articles"))
    assert story.closed[4]["finding"] == "alive"


def test_pages_are_asked_for_at_their_own_pace(story: Lockout):
    run = story.let_in
    (row,) = story.reader.ask(f"SELECT * FROM runs WHERE run_id = '{run.ended.facts['run_id']}'")
    assert len(run.pages) > 8
    assert (row["finished_at"] - row["started_at"]).total_seconds() >= len(run.pages) * DELAY_S


def test_nobody_knocked_while_locked_out(story: Lockout):
    """Two pages were refused, each after a time in which nothing was asked."""
    assert story.reader.replica.control.google_counts()["pages_locked_out"] == 2


def test_other_ids_of_the_same_items_make_no_lead_and_no_decode(story: Lockout):
    run = story.at_rest
    assert run.kinds == {"feed": 1}
    assert run.counts.get("google_items", 0) == len(story.reader.shown) - story.states[4]["decoded"] == 0
    assert story.states[5] == story.states[4]


def test_a_page_is_asked_again_only_when_its_signature_was_lost(story: Lockout):
    """Two were signed when the refusal came; a sixth and a seventh were refused."""
    asked = [token for run in story.reader.runs for token in run.pages]
    assert len(asked) == len(story.reader.shown) + 2 + 2
