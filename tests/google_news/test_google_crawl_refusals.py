"""Every way in which Google refuses: told apart, counted, never stored, and made up for when it is over."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from google_world import HOUR, Reader, Run, newspapers, refusals

from replica.server import ReplicaServer

NAMES = ("wartaempat", "wartalima", "wartasatu", "wartatiga")
AT_REST: dict[str, Any] = {
    "articles_in_feed": 1,
    "p_old": 0.3,
    "missing_pubdate": 1,
    "consent": False,
    "sorry": None,
    "sorry_at": ("page",),
    "empty_feed": False,
    "empty_feed_hosts": (),
    "rss_status": None,
    "rss_status_requests": None,
    "retry_after": None,
    "html_instead_of_xml": False,
    "truncated_xml": False,
    "unsupported": False,
}


class Case(NamedTuple):
    switches: dict[str, Any]
    counted: dict[str, int]
    asked: dict[str, int]
    """Requests by kind: one refusal that is meant for us ends it, three useless answers do."""
    reason: str


CASES = {
    "consent": Case({"consent": True}, {"google_consent": 1}, {"feed": 1}, "consent"),
    "sorry_redirect": Case({"sorry": "redirect", "sorry_at": ("feed",)}, {"google_sorry": 1}, {"feed": 1}, "sorry"),
    "empty": Case({"empty_feed": True}, {"google_empty": 1}, {"feed": 2}, "empty"),
    "too_many": Case({"rss_status": 429}, {"google_too_many_requests": 1}, {"feed": 1}, "too_many_requests"),
    "unavailable": Case({"rss_status": 503}, {"google_unavailable": 3}, {"feed": 3}, "unavailable"),
    "unavailable_for_long": Case(
        {"rss_status": 503, "retry_after": 30 * 3600}, {"google_unavailable": 1}, {"feed": 1}, "unavailable"
    ),
    "html": Case({"html_instead_of_xml": True}, {"google_malformed": 3}, {"feed": 3}, "malformed"),
    "truncated": Case({"truncated_xml": True}, {"google_malformed": 3}, {"feed": 3}, "malformed"),
    "unsupported": Case({"unsupported": True}, {"google_unsupported": 3}, {"feed": 3}, "unsupported"),
    "forbidden": Case({"rss_status": 403}, {"google_http_error": 3}, {"feed": 3}, "http_error"),
    "sorry_at_pages": Case(
        {"sorry": "redirect", "sorry_at": ("page",)}, {"google_sorry": 1}, {"feed": 4, "page": 1}, "sorry"
    ),
    "sorry_at_the_call": Case(
        {"sorry": "page", "sorry_at": ("batch",)}, {"google_sorry": 1}, {"feed": 4, "page": 1, "batch": 1}, "sorry"
    ),
}
"""Each 36 hours after the one before: no pause that is asked for lasts longer."""
SHUT_OUT = ("consent", "sorry", "empty", "too_many_requests", "unavailable")
DELAY_S = 0.15
FEEDS, DECODES = "https://news.google.com/rss", "https://news.google.com/rss/articles"


class Past(NamedTuple):
    run: Run
    polled: dict[str, Any]
    """After the run: when each host's feed was read last."""
    doors: dict[str, dict[str, Any]]
    """After the run: the rows of the breakers."""


class Story(NamedTuple):
    reader: Reader
    first: Past
    bad: dict[str, Past]
    unreachable: Past
    burst: Past
    quiet: Past


@pytest.fixture(scope="module")
def story(desk) -> Iterator[Story]:
    network = newspapers(NAMES, articles=2, days=1, after_days=26, per_day=1)
    with ReplicaServer.start(network) as replica:
        reader = Reader(desk(), replica, NAMES)
        reader.operator.further["DISWAY_GOOGLE_NEWS__DECODES"] = "200"

        def day(**switches: Any) -> Past:
            run = reader.wait(36 * HOUR).crawl(**(AT_REST | switches))
            rows = {r["url"]: r for r in reader.ask("SELECT * FROM sources WHERE kind = 'google_news'")}
            return Past(
                run,
                {row["site"]: row["at"] for row in rows.values() if row["site"]},
                {url: rows[url] for url in (FEEDS, DECODES) if url in rows},
            )

        first = day()
        bad = {name: day(**case.switches) for name, case in CASES.items()}
        replica.control.fault("unreachable", "news.google.com")
        unreachable = day()
        replica.control.clear_faults()
        reader.operator.further["DISWAY_GOOGLE_NEWS__RSS_DELAY_S"] = str(DELAY_S)
        burst = day(rss_status=503, rss_status_requests=2)
        reader.operator.further["DISWAY_GOOGLE_NEWS__RSS_DELAY_S"] = "0"
        yield Story(reader, first, bad, unreachable, burst, day(empty_feed_hosts=("wartasatu.disway.id",)))


def before(story: Story, name: str) -> Past:
    """The run before that of case `name`."""
    names = list(story.bad)
    return story.bad[names[names.index(name) - 1]] if names.index(name) else story.first


@pytest.mark.parametrize("name", CASES)
def test_a_refusal_is_told_apart_and_degrades_the_run(story: Story, name: str):
    run, case = story.bad[name].run, CASES[name]
    assert refusals(run) == case.counted
    assert run.kinds == case.asked
    assert run.ended.code == 1
    assert run.ended.facts["degraded"] == {"news.google.com": case.reason}


@pytest.mark.parametrize("name", CASES)
def test_a_feed_that_was_not_read_is_not_called_read(story: Story, name: str):
    polled, past = story.bad[name].polled, before(story, name).polled
    if "page" in CASES[name].asked:
        assert all(polled[site] > past[site] for site in NAMES)
    else:
        assert polled == past


@pytest.mark.parametrize("name", CASES)
def test_who_is_shut_out_waits_and_a_fault_shuts_nobody_out(story: Story, name: str):
    case, past = CASES[name], story.bad[name]
    row = past.doors.get(DECODES if "page" in case.asked else FEEDS)
    if case.reason not in SHUT_OUT:
        assert row is None or row["at"] < past.run.at
        return
    assert row is not None
    assert (row["finding"], row["reason"]) == ("closed", case.reason)
    assert row["at"] >= past.run.at
    assert row["next_check"] - row["at"] >= HOUR


def test_the_server_is_taken_at_its_word(story: Story):
    row = story.bad["unavailable_for_long"].doors[FEEDS]
    assert row["next_check"] - row["at"] == 30 * HOUR


def test_refusals_in_a_row_double_the_pause(story: Story):
    """Up to a day; a run that was let in begins anew."""
    rows = [past.doors[FEEDS] for past in story.bad.values() if FEEDS in past.doors]
    hours = list(
        dict.fromkeys((row["at"], (row["next_check"] - row["at"]) / HOUR) for row in rows if row["next_check"])
    )
    assert [pause for _, pause in hours] == [1, 2, 4, 8, 16, 30]
    assert story.bad["sorry_at_pages"].doors[FEEDS]["finding"] == "alive"


def test_who_cannot_be_reached_is_tried_three_times(story: Story):
    run = story.unreachable.run
    assert run.ended.code == 1
    assert run.ended.facts["degraded"] == {"news.google.com": "http_error"}
    assert refusals(run) == {"google_http_error": 3}
    assert run.counts["google_feeds"] == 3
    assert story.unreachable.polled == list(story.bad.values())[-1].polled
    assert all(row["at"] < run.at for row in story.unreachable.doors.values())


def test_a_short_burst_is_borne(story: Story):
    run = story.burst.run
    assert (run.ended.code, run.ended.facts["outcome"]) == (0, "ok")
    assert refusals(run) == {"google_unavailable": 2}
    assert run.kinds["feed"] == len(NAMES) + 2


def test_a_feed_is_asked_again_after_a_pause(story: Story):
    """Two and then six times the usual delay, which follows the other feeds but the last."""
    run = story.burst.run.ended.facts["run_id"]
    (row,) = story.reader.ask(f"SELECT started_at, finished_at FROM runs WHERE run_id = '{run}'")
    assert (row["finished_at"] - row["started_at"]).total_seconds() >= (2 + 6 + len(NAMES) - 1) * DELAY_S


def test_after_all_that_nothing_is_missing(story: Story):
    """The first good run asks for all days since the last one; what was shown in between became leads."""
    run = story.burst.run
    start = story.first.run.at
    shown = {e["key"] for e in story.reader.shown if start.isoformat() < e["noticed_at"] < run.at.isoformat()}
    assert len(shown) > 20
    resolved = story.reader.ask("SELECT article_key FROM leads WHERE state = 'decoded'")
    assert shown <= {row["article_key"] for row in resolved}
    assert story.reader.column("SELECT count(*) FROM leads WHERE state = 'pending'") == [0]
    assert shown <= set(story.reader.column("SELECT article_key FROM articles"))


def test_a_host_without_news_is_no_refusal(story: Story):
    """Its feed is empty and the front page is not: that is asked once."""
    past = story.quiet
    assert past.run.ended.code == 0
    assert refusals(past.run) == {}
    assert "" in past.run.queries
    assert past.run.kinds["feed"] == len(NAMES) + 1
    assert all(at >= past.run.at for at in past.polled.values())
    empty = story.reader.ask("SELECT site, reason FROM sources WHERE kind = 'google_news' AND site IS NOT NULL")
    assert {row["site"]: row["reason"] for row in empty} == dict.fromkeys(NAMES) | {"wartasatu": "empty"}


def test_nothing_of_google_is_kept(story: Story):
    reader = story.reader
    assert reader.column("SELECT count(*) FROM captures WHERE url LIKE '%google%'") == [0]
    assert reader.column("SELECT count(*) FROM articles WHERE url LIKE '%google%'") == [0]
    assert reader.column("SELECT count(*) FROM sightings WHERE target_url LIKE '%google%'") == [0]
    assert reader.column("SELECT count(*) FROM leads WHERE url LIKE '%google.com%'") == [0]
    assert {line.host for run in reader.runs for line in run.google} == {"news.google.com"}
