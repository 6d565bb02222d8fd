"""Google gives a hundred items a query. What has more is asked again in smaller slices of days, also by a backfill."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from google_world import HOUR, Reader, Run, newspapers, refusals

from replica.network import DEFAULT_START
from replica.server import ReplicaServer

NAME = "wartapagi"
PACIFIC = ZoneInfo("America/Los_Angeles")
OFFLINE = {"articles_in_feed": 1, "p_old": 1}
"""Ids of the old form: what is asked of Google is feeds only."""
ELSEWHERE = {"other_host": 1, "other_host_name": "example.org"}
"""Nothing is fetched: the addresses are off the network."""
CEILING = 100


def slices(run: Run) -> list[tuple[date, date]]:
    """The days of each query, the second exclusive."""
    found = [re.fullmatch(rf"site:{NAME}\.disway\.id after:(\S+) before:(\S+)", query) for query in run.queries]
    assert all(found), run.queries
    return [(date.fromisoformat(m[1]), date.fromisoformat(m[2])) for m in found if m]


@pytest.fixture(scope="module")
def prolific(desk) -> Iterator[Reader]:
    with ReplicaServer.start(newspapers([NAME], articles=190, days=1.5)) as replica:
        reader = Reader(desk(), replica, [NAME])
        reader.crawl(**OFFLINE, **ELSEWHERE)
        yield reader


def test_a_full_slice_is_asked_again_day_by_day(prolific: Reader):
    (run,) = prolific.runs
    whole, *days = slices(run)
    assert days == [(day, day + timedelta(days=1)) for day in sorted((after for after, _ in days), reverse=True)]
    assert (days[-1][0], days[0][1]) == whole
    assert len(days) > 2
    assert run.ended.code == 0


def test_what_is_beyond_the_ceiling_of_a_day_is_counted(prolific: Reader):
    """All of a day that is not full is known, and the hundred that were shown of one that is."""
    (run,) = prolific.runs
    keys = {entry["key"] for entry in prolific.shown}
    published = {a.key: a.published_at for a in prolific.replica.control.truth().articles}
    on = Counter(published[key].astimezone(PACIFIC).date() for key in keys)
    full = [day for day, count in on.items() if count > CEILING]
    assert run.counts.get("google_truncated_slices", 0) == len(full) == 1
    lost = sum(on[day] - CEILING for day in full)
    assert len(keys) - lost <= run.counts["google_items"] <= len(keys)
    rows = prolific.ask("SELECT * FROM leads")
    assert run.counts["google_items"] == len(rows) == len({row["lead_id"] for row in rows})
    named = {f"{NAME}/{re.search(r'/(?:read|amp)/([0-9]+)/', row['url'])[1]}" for row in rows}
    assert {key for key in keys if published[key].astimezone(PACIFIC).date() not in full} <= named


class Backfill(NamedTuple):
    reader: Reader
    stopped: Run
    resumed: Run
    again: Run


@pytest.fixture(scope="module")
def backfill(desk) -> Iterator[Backfill]:
    """The third query is answered 429."""
    with ReplicaServer.start(newspapers([NAME], articles=115, days=30)) as replica:
        reader = Reader(desk(), replica, [NAME])
        reader.operator.further["DISWAY_GOOGLE_NEWS__ENABLED"] = "true"
        stretch = ("--from", "2026-02-01", "--to", "2026-03-04")
        replica.control.fault("status", "news.google.com", "/rss/search", status=429, every=3, count=1)
        stopped = reader.backfill(*stretch, **OFFLINE)
        resumed = reader.wait(2 * HOUR).backfill(*stretch)
        yield Backfill(reader, stopped, resumed, reader.wait(2 * HOUR).backfill(*stretch))


def test_a_long_stretch_is_halved(backfill: Backfill):
    """The newest days come first."""
    whole, *parts = slices(backfill.stopped)
    assert whole == (date(2026, 1, 31), date(2026, 3, 6))
    assert parts[0] == (date(2026, 2, 17), date(2026, 3, 6))


def test_a_backfill_goes_on_where_it_was_stopped(backfill: Backfill):
    assert backfill.stopped.ended.code == 1
    assert refusals(backfill.stopped) == {"google_too_many_requests": 1}
    done = slices(backfill.stopped)[-1]
    assert slices(backfill.resumed) == [(date(2026, 1, 31), done[0])]
    assert backfill.resumed.ended.code == 0
    assert backfill.again.google == []
    states = backfill.reader.column("SELECT state FROM backfill WHERE source_url LIKE '%google%'")
    assert states == ["done"]


def test_all_that_google_has_of_the_stretch_is_archived(backfill: Backfill):
    published = {a.key: a.published_at for a in backfill.reader.replica.control.truth().articles}
    begin = DEFAULT_START - timedelta(days=32)
    asked = {
        e["key"] for e in backfill.reader.shown if begin <= published[e["key"]] < DEFAULT_START - timedelta(hours=7)
    }
    assert len(asked) > CEILING
    assert asked <= set(backfill.reader.column("SELECT article_key FROM articles"))
