"""Whether days, sites, runs, deliveries and the spool are as they should be."""

import signal
from datetime import UTC, date, datetime, timedelta

import pytest
from histories import NOW, SITE, Past, pages, right, wrong

from crawler.alerting.judge_days import judge_days, judge_silence
from crawler.alerting.judge_runs import GOOGLE_NEWS, judge_google, judge_run, judge_sites
from crawler.alerting.judge_spool import judge_delivery, judge_room
from crawler.config_sections import SpoolSettings
from crawler.fills import Fills
from crawler.report import RunReport
from storage.follow import index
from storage.seen_rows import TAKE

YESTERDAY = date(2026, 11, 22)
LONG_AGO = NOW - timedelta(days=60)


@pytest.fixture
def past(tmp_path) -> Past:
    past = Past(tmp_path)
    past.ran(LONG_AGO)
    return past


def judged(judge, past: Past, fills: Fills | None = None, **report):
    facts = past.facts(fills or pages(1), **report)
    try:
        return list(judge(facts))
    finally:
        facts.seen.close()


class TestDays:
    def weeks(self, past: Past, *counts: int) -> None:
        for week, count in enumerate(counts, 1):
            past.published_on(YESTERDAY - timedelta(weeks=week), count)

    def test_a_stated_floor_that_is_broken_degrades(self, past):
        past.expect = {"articles_a_day": [10, 30]}
        past.published_on(YESTERDAY, 9)
        low, high = judged(judge_days, past)
        assert (low.finding.kind, low.wrong, low.degrades) == ("floor", True, True)
        assert low.finding.message == (
            "9 articles were published on Sunday, 2026-11-22; at least 10 are expected (its site file says)"
        )
        assert not high.wrong

    def test_a_ceiling_that_is_passed_warns(self, past):
        past.expect = {"articles_a_day": [10, 30]}
        past.published_on(YESTERDAY, 31)
        low, high = judged(judge_days, past)
        assert (low.wrong, high.finding.kind, high.wrong, high.degrades) == (False, "ceiling", True, False)

    def test_both_are_met_on_their_bounds(self, past):
        past.expect = {"articles_a_day": [10, 30]}
        past.published_on(YESTERDAY, 10)
        assert right(judged(judge_days, past)) == {("floor", ""), ("ceiling", "")}

    def test_articles_of_this_run_count(self, past):
        past.expect = {"articles_a_day": [2, 30]}
        past.published_on(YESTERDAY, 1)
        fills = pages(1)
        fills.born(SITE, YESTERDAY)
        assert not wrong(judged(judge_days, past, fills))

    def test_a_day_is_that_of_the_site(self, past):
        """Midnight in Jakarta is 17:00 UTC."""
        past.expect = {"articles_a_day": [2, 30]}
        begin = datetime(2026, 11, 21, 17, tzinfo=UTC)
        past.published(
            begin - timedelta(seconds=1), begin, begin + timedelta(days=1, seconds=-1), begin + timedelta(days=1)
        )
        assert not wrong(judged(judge_days, past))
        past.expect = {"articles_a_day": [3, 30]}
        past.book.judge_day(SITE, YESTERDAY - timedelta(days=1))
        assert "2 articles" in wrong(judged(judge_days, past))["floor", ""]

    def test_what_is_not_stated_is_learned(self, past):
        self.weeks(past, 100, 90, 110, 100)
        past.published_on(YESTERDAY, 30)
        assert wrong(judged(judge_days, past)) == {
            (
                "floor",
                "",
            ): "30 articles were published on Sunday, 2026-11-22; at least 34 are expected (the last 4 same "
            "weekdays tell)"
        }

    def test_nothing_is_learned_of_two_weeks(self, past):
        past.folder = past.folder / "new"
        past.folder.mkdir()
        past.ran(NOW - timedelta(days=16))
        self.weeks(past, 100, 100, 100, 100)
        assert judged(judge_days, past) == []

    def test_a_clock_that_was_ahead_keeps_no_day_from_being_judged(self, past):
        past.expect = {"articles_a_day": [10, 30]}
        past.book.judge_day(SITE, YESTERDAY + timedelta(days=5000))
        assert wrong(judged(judge_days, past))
        assert judged(judge_days, past) == []

    def test_a_day_is_judged_once(self, past):
        past.expect = {"articles_a_day": [10, 30]}
        assert wrong(judged(judge_days, past))
        assert judged(judge_days, past) == []

    @pytest.mark.parametrize(
        "report", [{"undelivered": 1}, {"delivery_trouble": "no answer"}, {"stopped": "interrupted"}, {"degraded": {SITE: "home"}}],
        ids=["undelivered", "store away", "interrupted", "site fails"],
    )  # fmt: skip
    def test_it_waits_until_the_index_has_all(self, past, report):
        past.expect = {"articles_a_day": [10, 30]}
        assert judged(judge_days, past, **report) == []
        assert wrong(judged(judge_days, past)), "it is judged by the next run then"

    def test_it_waits_for_a_run_that_asks_for_listings(self, past):
        past.expect = {"articles_a_day": [10, 30]}
        assert judged(judge_days, past, Fills()) == []
        assert wrong(judged(judge_days, past))

    def test_a_site_that_was_not_crawled_from_the_beginning_of_the_day_is_not_judged(self, tmp_path):
        past = Past(tmp_path / "fresh", {"articles_a_day": [10, 30]})
        past.folder.mkdir()
        past.ran(datetime(2026, 11, 21, 18, tzinfo=UTC))
        assert judged(judge_days, past) == []


class TestSilence:
    def days(self, past: Past, *, until: int) -> None:
        for day in range(14, until, -1):
            past.published_on(YESTERDAY - timedelta(days=day - 1), 12)

    def test_twice_the_longest_pause_is_told(self, past):
        self.days(past, until=3)
        message = wrong(judged(judge_silence, past))["silent", ""]
        assert message.startswith("nothing was published since 2026-11-19 ")
        assert message.endswith("the longest pause of the 14 days before was 9 hours")

    def test_a_night_is_not(self, past):
        self.days(past, until=0)
        assert judged(judge_silence, past) == []

    def test_a_site_of_which_little_is_known_is_not(self, past):
        past.published(NOW - timedelta(days=9), NOW - timedelta(days=8, hours=23))
        assert judged(judge_silence, past) == []

    def test_it_is_over_with_an_article_of_today(self, past):
        self.days(past, until=3)
        fills = pages(1)
        fills.born(SITE, NOW.date())
        assert right(judged(judge_silence, past, fills)) == {("silent", "")}

    def test_one_of_long_ago_ends_nothing(self, past):
        self.days(past, until=3)
        fills = pages(1)
        fills.born(SITE, date(2019, 1, 1))
        assert wrong(judged(judge_silence, past, fills))

    def test_a_site_that_fails_is_not_silent(self, past):
        self.days(past, until=3)
        assert judged(judge_silence, past, degraded={SITE: "home_http_503"}) == []


class TestSites:
    def bad(self, past: Past, count: int) -> None:
        for hours in range(count, 0, -1):
            past.ran(NOW - timedelta(hours=hours), good=False)

    @pytest.mark.parametrize("before", [0, 1])
    def test_fewer_than_three_bad_runs_are_not_told(self, past, before):
        self.bad(past, before)
        assert judged(judge_sites, past, degraded={SITE: "home_http_503"}) == []

    def test_the_third_is(self, past):
        self.bad(past, 2)
        message = wrong(judged(judge_sites, past, degraded={SITE: "home_http_503"}))["site", ""]
        assert message == "degraded in the last 3 runs or more; in this one: home_http_503"

    def test_runs_that_only_this_machine_knows_count(self, past):
        """With the store gone the index does not learn of them."""
        for hours in (1, 2):
            past.book.ran(f"local{hours}", NOW - timedelta(hours=hours), [(SITE, False)])
        assert wrong(judged(judge_sites, past, degraded={SITE: "home_http_503"}))

    @pytest.mark.parametrize("good", [True, False])
    def test_runs_of_a_clock_that_was_ahead_say_nothing(self, past, good):
        """For a day, at an interval of a quarter of an hour: in the index, and in the book."""
        for number in range(96):
            at = NOW + timedelta(days=400, minutes=15 * number)
            past.ran(at, good=good)
            past.book.ran(f"r{past._runs}", at, [(SITE, good)])
        assert judged(judge_sites, past, degraded={SITE: "home_http_503"}) == []
        self.bad(past, 2)
        message = wrong(judged(judge_sites, past, degraded={SITE: "home_http_503"}))["site", ""]
        assert message == "degraded in the last 3 runs or more; in this one: home_http_503"

    def test_a_book_that_is_full_of_them_learns_anew(self, past):
        """With the store gone."""
        for number in range(20):
            past.book.ran(f"ahead{number}", NOW + timedelta(days=400, minutes=number), [(SITE, True)])
        for hours in (2, 1):
            past.book.ran(f"local{hours}", NOW - timedelta(hours=hours), [(SITE, False)])
        assert wrong(judged(judge_sites, past, degraded={SITE: "home_http_503"}))

    def test_a_good_run_in_between_begins_anew(self, past):
        self.bad(past, 5)
        past.ran(NOW - timedelta(minutes=30))
        assert judged(judge_sites, past, degraded={SITE: "home_http_503"}) == []

    def test_a_good_run_is_right(self, past):
        assert right(judged(judge_sites, past)) == {("site", "")}

    def test_a_run_that_did_not_ask_for_listings_says_nothing(self, past):
        assert judged(judge_sites, past, Fills()) == []


class TestRuns:
    def test_one_that_ended_early_is_told(self, past):
        found = wrong(judged(judge_run, past, stopped="spool_failed"))
        assert found == {("run", "crawl"): "run r-now ended before its work did: spool_failed"}

    def test_one_that_was_interrupted_is_nobodys_fault(self, past):
        found = judged(judge_run, past, stopped="interrupted", interrupted_by=signal.SIGTERM)
        assert {(j.finding.kind.value, j.wrong) for j in found} == {("store", False)}

    def test_one_that_did_its_work_is_right(self, past):
        assert right(judged(judge_run, past)) == {("run", "crawl"), ("store", "")}

    def test_a_store_that_does_not_answer_is_not_said_to_be_well(self, past):
        assert right(judged(judge_run, past, delivery_trouble="no answer")) == {("run", "crawl")}

    def test_google_news_that_refuses(self, past):
        found = wrong(judged(judge_google, past, degraded={GOOGLE_NEWS: "too_many_requests"}))
        assert found == {
            ("google_news", ""): "refused (too_many_requests); it is left alone for a while, and its items wait"
        }
        assert judged(judge_google, past) == []
        assert right(judged(judge_google, past, counts={"google_feeds": 1})) == {("google_news", "")}


class TestSpool:
    @pytest.fixture
    def settings(self, tmp_path) -> SpoolSettings:
        folder = tmp_path / "spool" / "a1"
        folder.mkdir(parents=True)
        (folder / "000001.warc.gz").write_bytes(bytes(3_000))
        (folder / "000002.warc.gz.open").write_bytes(bytes(1_000))
        return SpoolSettings(dir=folder.parent, max_bytes=10_000, floor_bytes=0)

    def test_what_waits_is_told_with_its_size_and_why(self, settings):
        message = wrong(list(judge_delivery(settings, 2, "the store does not answer")))["undelivered", ""]
        assert message.startswith("2 segments (0.0 MiB), the oldest of ")
        assert message.endswith(" UTC, wait in the spool: the store does not answer")

    def test_nothing_waits(self, settings):
        assert right(list(judge_delivery(settings, 0, ""))) == {("undelivered", "")}

    @pytest.mark.parametrize(("budget", "is_wrong"), [(10_000, False), (4_999, True), (5_001, False)])
    def test_a_spool_that_is_nearly_full_is_told(self, settings, past, budget, is_wrong):
        found = list(judge_room(settings.model_copy(update={"max_bytes": budget}), RunReport(past.plan)))
        assert bool(wrong(found)) == is_wrong

    def test_a_disk_that_is_nearly_full_is_told(self, settings, past):
        found = list(judge_room(settings.model_copy(update={"floor_bytes": 1 << 60}), RunReport(past.plan)))
        assert "MiB free, of which" in wrong(found)["spool", ""]

    def test_a_pause_is_told_though_there_is_room_again(self, settings, past):
        report = RunReport(past.plan, counts={"spool_pauses": 1})
        assert "crawling paused for want of room" in wrong(list(judge_room(settings, report)))["spool", ""]


def test_an_article_of_this_run_that_is_delivered_already_counts_once(past):
    """A long run delivers while it goes on, and the index follows."""
    past.expect = {"articles_a_day": [0, 1]}
    fills = pages(1)
    fills.born(SITE, YESTERDAY)
    with index(past.path) as db:
        row = {
            "row_id": "now", "site": SITE, "article_id": 9, "url": "u", "title": "t", "content_digest": "d",
            "published_at": NOW - timedelta(hours=20), "captured_at": NOW + timedelta(minutes=5), "page_class": "p",
            "reader_revision": 1, "reading": None, "captures": [],
        }  # fmt: skip
        TAKE["articles"](db, [row])
    assert not wrong(judged(judge_days, past, fills))
