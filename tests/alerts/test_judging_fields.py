"""Whether pages have what they used to have."""

from datetime import timedelta

import pytest
from histories import NOW, SITE, Past, article, pages, right, wrong

from crawler.alerting.judge_fields import judge_fields


@pytest.fixture
def past(tmp_path) -> Past:
    return Past(tmp_path)


def judged(past: Past, fills, **report):
    facts = past.facts(fills, **report)
    try:
        return list(judge_fields(facts))
    finally:
        facts.seen.close()


def raised(past: Past, fills) -> None:
    """Open in the book what is wrong with a run of the past, and let the index have that run."""
    for judgement in judged(past, fills):
        if judgement.wrong:
            past.book.open(judgement.finding, NOW - timedelta(days=1), "r")
    past.ran(NOW - timedelta(days=1), fills)


class TestDrops:
    def test_a_field_that_is_gone_is_told_with_figures_and_an_example(self, past):
        past.days(3, pages(20))
        found = wrong(judged(past, pages(6, 6, "reporter")))
        assert found == {
            ("layout", "reporter"): "reporter: 6 of 6 pages of this run lack it; before that 0 of 60. "
            "Example: https://radartegal.disway.id/read/0/judul"
        }

    def test_it_degrades_the_run_at_the_site(self, past):
        past.days(3, pages(20))
        (found,) = (j for j in judged(past, pages(6, 6, "reporter")) if j.wrong)
        assert (found.degrades, found.finding.site, found.finding.measure) == (True, SITE, "6/6")

    @pytest.mark.parametrize("lacking", [0, 1, 2])
    def test_a_page_or_two_are_no_alarm(self, past, lacking):
        past.days(3, pages(20))
        assert not wrong(judged(past, pages(lacking + 1, lacking, "reporter")))

    def test_a_field_that_is_rare_never_alarms(self, past):
        past.days(3, pages(40, 30, "caption"))
        assert not wrong(judged(past, pages(60, 60, "caption")))

    def test_the_run_counts_and_not_what_is_older_than_a_week(self, past):
        past.ran(NOW - timedelta(days=10), pages(200))
        assert not wrong(judged(past, pages(6, 6, "reporter")))

    def test_one_page_in_a_hundred_of_a_large_site(self, past):
        past.days(7, pages(700))
        assert ("layout", "reporter") in wrong(judged(past, pages(300, 3, "reporter")))

    def test_a_site_with_few_pages_in_a_run_alarms_within_the_day(self, past):
        past.days(7, pages(20))
        runs = 0
        while not wrong(judged(past, pages(1, 1, "reporter"))):
            past.ran(NOW, pages(1, 1, "reporter"))
            runs += 1
            assert runs < 8
        assert runs >= 2
        said = wrong(judged(past, pages(1, 1, "reporter")))["layout", "reporter"]
        assert said.startswith(
            f"reporter: 1 of 1 pages of this run ({runs + 1} of {runs + 1} with those of the runs before"
        )

    def test_a_class_that_hides_behind_another_is_named(self, past):
        both = pages(100)
        for number in range(10):
            both.article(article(number, page_class="amp"))
        past.days(3, both)
        now = pages(100)
        for number in range(5):
            now.article(article(number, page_class="amp", editor=None))
        found = wrong(judged(past, now))
        assert "editor: 5 of 5 pages of class amp of this run lack it; before that 0 of 30" in found["layout", "editor"]


class TestNobodyReads:
    def test_pages_that_no_class_reads_have_nothing(self, past):
        past.days(3, pages(20))
        now = pages(0)
        for number in range(4):
            now.not_had(SITE, "no_body", f"https://radartegal.disway.id/read/{number}/judul")
        found = wrong(judged(past, now))
        assert {subject for _, subject in found} >= {"title", "body", "reporter", "page_class"}

    def test_pages_that_the_general_class_reads(self, past):
        past.days(3, pages(20))
        found = wrong(judged(past, pages(6, page_class="generic")))
        assert set(found) == {("layout", "page_class")}
        assert "6 of 6 pages of this run are read by no class made for their layout" in found["layout", "page_class"]

    def test_on_the_first_day_of_a_site_the_stated_shares_stand(self, past):
        assert set(wrong(judged(past, pages(4, 4, "title", "published_at", "reporter")))) == {
            ("layout", "title"), ("layout", "published_at"),
        }  # fmt: skip

    def test_listings_that_link_nothing(self, past):
        good = pages(1)
        for number in range(8):
            good.listing(SITE, f"https://radartegal.disway.id/kategori/{number}", links=True)
        past.days(3, good)
        now = pages(0)
        for number in range(8):
            now.listing(SITE, f"https://radartegal.disway.id/kategori/{number}", links=False)
        assert "8 of 9 pages of this run link no article" in wrong(judged(past, now))["layout", "links"]


class TestStated:
    def test_a_stated_share_stands_beside_what_was_learned(self, past):
        past.expect = {"fields": {"caption": 0.9}}
        past.days(3, pages(40, 30, "caption"))
        assert set(wrong(judged(past, pages(30, 20, "caption")))) == {("layout", "caption")}

    def test_what_is_not_watched_never_alarms(self, past):
        past.expect = {"fields": {"body": 0, "reporter": 0}}
        past.days(3, pages(40))
        assert not wrong(judged(past, pages(9, 9, "reporter")))

    def test_an_alert_of_what_is_not_watched_any_more_is_over(self, past):
        past.days(3, pages(20))
        raised(past, pages(12, 12, "reporter"))
        past.expect = {"fields": {"reporter": 0}}
        assert right(judged(past, pages(4, 4, "reporter"))) == {("layout", "reporter")}


class TestRecovery:
    def test_it_is_over_when_the_pages_have_it_again(self, past):
        past.days(3, pages(20))
        raised(past, pages(12, 12, "reporter"))
        assert right(judged(past, pages(4))) == {("layout", "reporter")}

    def test_it_goes_on_while_they_have_not(self, past):
        past.days(3, pages(20))
        raised(past, pages(12, 12, "reporter"))
        found = judged(past, pages(4, 4, "reporter"))
        assert (set(wrong(found)), right(found)) == ({("layout", "reporter")}, set())

    def test_what_fails_on_is_never_learned_as_usual(self, past):
        past.days(3, pages(20))
        raised(past, pages(12, 12, "reporter"))
        for hours in range(20, 0, -1):
            past.ran(NOW - timedelta(hours=hours), pages(30, 30, "reporter"))
        found = judged(past, pages(4, 4, "reporter"))
        assert (set(wrong(found)), right(found)) == ({("layout", "reporter")}, set())

    def test_one_page_in_a_hundred_is_not_over_with_a_small_run(self, past):
        past.days(7, pages(700))
        raised(past, pages(300, 3, "reporter"))
        assert judged(past, pages(20)) == []
        assert right(judged(past, pages(500))) == {("layout", "reporter")}


class TestReasons:
    def refused(self, reason: str, count: int, read: int = 0):
        fills = pages(read)
        for number in range(count):
            fills.not_had(SITE, reason, f"https://radartegal.disway.id/read/{number}/judul")
        return fills

    def test_a_reason_that_was_rare_is_told(self, past):
        past.days(3, self.refused("challenge", 1, 40))
        (found,) = judged(past, self.refused("challenge", 6, 4))
        assert (found.finding.kind, found.wrong, found.degrades) == ("refused", True, False)
        assert found.finding.message.startswith("challenge: 6 of 10 pages of this run; before that 4 of 143")

    def test_a_reason_that_never_occurred_is_told_too(self, past):
        past.days(3, pages(40))
        assert ("refused", "challenge") in wrong(judged(past, self.refused("challenge", 6, 4)))

    def test_one_that_is_usual_is_not(self, past):
        past.days(3, self.refused("not_found", 20, 20))
        assert not judged(past, self.refused("not_found", 9, 9))

    def test_a_few_among_many_are_not(self, past):
        past.days(7, pages(400))
        assert not judged(past, self.refused("not_found", 9, 200))

    def test_it_is_over_when_the_pages_are_had_again(self, past):
        past.days(3, pages(40))
        raised(past, self.refused("challenge", 6, 4))
        assert right(judged(past, pages(9))) == {("refused", "challenge")}

    def test_what_no_class_reads_is_told_once(self, past):
        past.days(3, pages(40))
        assert not [kind for kind, _ in wrong(judged(past, self.refused("no_body", 6, 4))) if kind == "refused"]


class TestAllSitesTogether:
    SITES = tuple(f"s{number}" for number in range(20))

    def network(self, lacking: dict[str, int], count: int = 10, **fields):
        """`count` pages of each site, of which so many lack the reporter."""
        fills = pages(0)
        for site in self.SITES:
            for number in range(count):
                without = {"reporter": None} if number < lacking.get(site, 0) else {}
                fills.article(article(number, site=site, **without, **fields))
        return fills

    @pytest.fixture
    def past(self, tmp_path) -> Past:
        past = Past(tmp_path, sites=(*self.SITES, SITE))
        past.days(7, self.network({}, 40))
        return past

    def test_one_page_in_a_hundred_of_all_is_told_though_no_site_shows_it(self, past):
        (found,) = judged(past, self.network({"s3": 1, "s7": 1, "s9": 1}))
        assert (found.finding.site, found.finding.subject, found.wrong) == (None, "reporter", True)
        assert found.finding.message.startswith(
            "on 3 sites (s3, s7, s9): reporter: 3 of 200 pages of this run lack it; before that 0 of 5600."
        )

    def test_what_one_site_shows_is_told_of_that_site_alone(self, past):
        found = judged(past, self.network({"s3": 9}))
        assert [(j.finding.site, j.finding.subject) for j in found] == [("s3", "reporter")]

    def test_other_sites_than_usual_are_no_alarm(self, tmp_path):
        """One site hardly ever has captions: a run of its pages alone is as usual."""
        past = Past(tmp_path, sites=(*self.SITES, SITE))
        past.days(7, self.network(dict.fromkeys(("s1", "s2"), 38), 40))
        assert not judged(past, self.network(dict.fromkeys(("s1", "s2"), 10)))

    def test_it_is_over_when_all_have_it_again(self, past):
        past.book.open(
            judged(past, self.network({"s3": 1, "s7": 1, "s9": 1}))[0].finding, NOW - timedelta(hours=1), "r"
        )
        assert judged(past, self.network({})) == []
        (over,) = judged(past, self.network({}, 30))
        assert (over.finding.site, over.finding.subject, over.wrong) == (None, "reporter", False)
