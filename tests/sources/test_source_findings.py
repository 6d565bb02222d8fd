"""When a source is asked again: one that is dead ever more rarely, one that was alive soon, and none is forgotten."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.article import LinkKind
from news.item import Finding, SourceFound
from news.plan import CrawlPlan
from news.site import Network, Site
from spiders.findings import Findings, pause

SITE = Site(id="uji", name="Uji", host="uji.contoh.id")
FEED = "https://uji.contoh.id/rss"
NOW = datetime(2026, 3, 5, tzinfo=UTC)
DEAD = (Finding.ABSENT, Finding.FAILING, Finding.REFUSED)


class Remembered:
    """What an archive keeps of one run for the next."""

    def __init__(self) -> None:
        self.row: SourceFound | None = None

    def source(self, url: str) -> SourceFound | None:
        return self.row if self.row is not None and self.row.url == url else None


class Runs:
    """Runs at instants of their own over one memory."""

    def __init__(self) -> None:
        self.memory = Remembered()

    def findings(self, at: datetime) -> Findings:
        return Findings(self.memory, CrawlPlan("run", at, Network.of([SITE]), (SITE,)))

    def alive(self, at: datetime, **what: object) -> list[SourceFound]:
        return self._kept(list(self.findings(at).alive(FEED, LinkKind.FEED, SITE, **what)))

    def dead(self, at: datetime, finding: Finding | None = None) -> SourceFound:
        findings = self.findings(at)
        found = findings.absence_of(FEED) if finding is None else finding
        (row,) = self._kept(list(findings.not_alive(FEED, LinkKind.FEED, SITE, found, "http_404")))
        return row

    def _kept(self, rows: list[SourceFound]) -> list[SourceFound]:
        for row in rows:
            self.memory.row = row
        return rows


@given(st.sampled_from(DEAD), st.integers(1, 10_000))
def test_pauses_only_grow_and_end_somewhere(finding: Finding, failures: int):
    assert pause(finding, failures) <= pause(finding, failures + 1) <= timedelta(days=90)
    assert pause(finding, failures) > timedelta(0)


def test_what_never_was_there_is_left_alone_for_a_week():
    runs = Runs()
    row = runs.dead(NOW)
    assert (row.finding, row.failures) == (Finding.ABSENT, 1)
    assert row.next_check is not None
    assert timedelta(days=7) == row.next_check - row.at
    assert not runs.findings(row.at + timedelta(days=6)).is_due(FEED)
    assert runs.findings(row.at + timedelta(days=7)).is_due(FEED)


def test_what_was_alive_is_failing_and_asked_by_the_next_runs():
    runs = Runs()
    runs.alive(NOW)
    rows = [runs.dead(NOW) for _ in range(8)]
    assert [row.finding for row in rows] == [Finding.FAILING] * 8
    assert [row.failures for row in rows] == list(range(1, 9))
    pauses = [row.next_check - row.at for row in rows if row.next_check is not None]
    assert pauses[:3] == [timedelta(0)] * 3
    assert pauses[3:] == sorted(pauses[3:])
    assert timedelta(0) < pauses[3] <= timedelta(hours=2)


@pytest.mark.parametrize("finding", DEAD, ids=lambda finding: finding.value)
def test_however_long_dead_it_is_asked_again_and_found(finding: Finding):
    runs = Runs()
    for _ in range(50):
        row = runs.dead(NOW, finding)
    assert row.next_check is not None
    assert runs.findings(row.at + timedelta(days=90)).is_due(FEED)
    (found,) = runs.alive(row.at)
    assert (found.finding, found.failures, found.next_check) == (Finding.ALIVE, 0, None)
    assert runs.findings(found.at).is_due(FEED)


def test_a_row_is_written_when_something_is_new():
    runs = Runs()
    assert len(runs.alive(NOW, learned_from="robots")) == 1
    assert runs.alive(NOW) == []
    (moved,) = runs.alive(NOW, modified_at=NOW)
    assert moved.learned_from == "robots"
    assert runs.alive(NOW, modified_at=NOW) == []
    (remarked,) = runs.alive(NOW, modified_at=NOW, reason="stale_validators")
    assert runs.findings(NOW).remark(FEED) == "stale_validators"
    assert list(runs.findings(NOW).remarked(FEED, "stale_validators")) == []
    (cleared,) = runs.findings(NOW).remarked(FEED, None)
    assert (cleared.modified_at, cleared.learned_from, cleared.reason) == (NOW, "robots", None)
    assert remarked.learned_from == "robots"


def test_why_a_source_fails_is_no_remark_on_one_that_is_alive():
    runs = Runs()
    runs.dead(NOW, Finding.FAILING)
    assert runs.findings(NOW).remark(FEED) is None
    assert list(runs.findings(NOW).remarked(FEED, "false_names")) == []
