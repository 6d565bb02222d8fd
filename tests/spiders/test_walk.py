"""How far down a section is walked."""

from datetime import UTC, datetime, timedelta

from news.plan import CrawlPlan
from news.site import Network, Site
from news.url import ArticleKey, UrlRules
from spiders.walk import EVERYTHING, Walk, bound
from storage.seen import SeenSection

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
SITE = Site(id="radartegal", name="Radar Tegal", host="radartegal.disway.id")
NETWORK = Network.of([SITE])
LISTING = UrlRules(NETWORK).read("https://radartegal.disway.id/kategori/lokal")
SECOND, THIRD = LISTING.page_url(30), LISTING.page_url(60)


def keys(*numbers):
    return [ArticleKey("radartegal", number) for number in numbers]


def walk(known=(), since=None, covered_to=NOW - timedelta(days=2)):
    grounds = set(keys(*known))
    return Walk(LISTING, grounds.__contains__, since, covered_to if known else None)


def read(walked, rows, next_url, resolved=()):
    walked.page_read(keys(*rows), next_url, NOW, set(keys(*resolved)).__contains__)


def dates(**days_ago):
    table = {ArticleKey("radartegal", int(k[1:])): NOW - timedelta(days=v) for k, v in days_ago.items()}
    return table.get


def test_a_page_of_known_ground_ends_the_walk():
    walked = walk(known=(1, 2, 3))
    read(walked, (1, 2, 3), SECOND)
    assert walked.step(dates()) is None
    assert walked.done


def test_known_ground_that_was_never_walked_so_far_back_is_walked_through():
    walked = walk(known=(1, 2, 3), since=NOW - timedelta(days=60))
    read(walked, (1, 2, 3), SECOND, resolved=(1, 2, 3))
    assert walked.step(dates(a1=0, a2=1, a3=1)) == SECOND
    read(walked, (4, 5, 6), THIRD, resolved=(4, 5, 6))
    assert walked.step(dates(a4=61, a5=61, a6=62)) is None
    assert walked.covered_to == NOW - timedelta(days=60)


def test_known_ground_that_was_walked_far_enough_back_ends_a_bounded_walk():
    walked = walk(known=(1, 2, 3), since=NOW - timedelta(days=60), covered_to=NOW - timedelta(days=61))
    read(walked, (1, 2, 3), SECOND)
    assert walked.done
    assert walked.covered_to == NOW - timedelta(days=61)


def test_one_unknown_row_leads_on_even_among_known_ones():
    walked = walk(known=(1, 3))
    read(walked, (1, 2, 3), SECOND)
    assert walked.step(dates()) == SECOND
    assert not walked.done


def test_to_known_ground_only_no_date_is_waited_for():
    walked = walk()
    read(walked, (1, 2), SECOND)
    assert walked.step(dates()) == SECOND


def test_a_bounded_walk_waits_for_the_dates_of_its_rows():
    walked = walk(since=NOW - timedelta(days=2))
    read(walked, (1, 2), SECOND, resolved=(2,))
    assert walked.step(dates(a1=0, a2=1)) is None
    assert not walked.done
    walked.row_resolved(keys(1)[0])
    assert walked.step(dates(a1=0, a2=1)) == SECOND


def test_a_page_that_reaches_below_the_bound_ends_the_walk():
    walked = walk(since=NOW - timedelta(days=2))
    read(walked, (1, 2, 3, 4), SECOND, resolved=(1, 2, 3, 4))
    assert walked.step(dates(a1=0, a2=3, a3=4, a4=5)) is None
    assert walked.done


def test_an_old_row_pinned_on_top_does_not_end_the_walk():
    walked = walk(since=NOW - timedelta(days=2))
    read(walked, (9, 1, 2, 3), SECOND, resolved=(9, 1, 2, 3))
    assert walked.step(dates(a9=400, a1=0, a2=0.5, a3=1)) == SECOND


def test_rows_that_cannot_be_had_do_not_stop_the_walk():
    walked = walk(since=NOW - timedelta(days=2))
    read(walked, (1, 2), SECOND, resolved=(1, 2))
    assert walked.step(dates()) == SECOND


def test_the_last_page_ends_the_walk():
    walked = walk()
    read(walked, (1, 2), None)
    assert walked.step(dates()) is None
    assert walked.done
    assert walked.covered_to == EVERYTHING


def test_a_cms_that_ignores_the_offset_ends_the_walk():
    walked = walk()
    read(walked, (1, 2), SECOND)
    assert walked.step(dates()) == SECOND
    read(walked, (1, 2), THIRD)
    assert walked.step(dates()) is None
    assert walked.done


def test_each_next_page_is_given_once():
    walked = walk()
    read(walked, (1, 2), SECOND)
    assert (walked.step(dates()), walked.step(dates())) == (SECOND, None)


def test_a_listing_that_shows_nothing_tells_nothing():
    walked = walk()
    read(walked, (), None)
    assert walked.done
    assert walked.barren


class TestBound:
    span = timedelta(days=2)

    def plan(self, since=None):
        return CrawlPlan("run", NOW, NETWORK, (SITE,), since)

    def test_a_section_never_seen_before_is_walked_two_days_back(self):
        assert bound(self.plan(), None, self.span) == NOW - self.span

    def test_a_section_walked_whole_before_is_walked_to_known_ground_or_where_walks_reached(self):
        reached = NOW - timedelta(days=11)
        section = SeenSection(NOW - timedelta(days=9), NOW - timedelta(days=1), reached)
        assert bound(self.plan(), section, self.span) == reached

    def test_one_walked_to_its_end_has_no_bound(self):
        assert bound(self.plan(), SeenSection(NOW, NOW, EVERYTHING), self.span) is None

    def test_a_first_walk_that_was_cut_is_made_up_for_however_late(self):
        first = NOW - timedelta(days=9)
        assert bound(self.plan(), SeenSection(first, None, None), self.span) == first - self.span

    def test_what_the_operator_says_comes_first(self):
        since = NOW - timedelta(days=30)
        assert bound(self.plan(since), None, self.span) == since
        assert bound(self.plan(since), SeenSection(NOW, NOW, EVERYTHING), self.span) == since


def test_a_page_of_rows_that_were_all_met_before_is_the_end():
    """In whatever order: some listings show their first rows again past their end."""
    walked = walk(since=NOW - timedelta(days=60))
    read(walked, (1, 2, 3), SECOND, resolved=(1, 2, 3))
    assert walked.step(dates(a1=0, a2=1, a3=1)) == SECOND
    read(walked, (3, 1, 2), THIRD, resolved=(1, 2, 3))
    assert walked.done
    assert walked.covered_to == EVERYTHING
    assert not walked.endless


def endless(walked, date_of):
    """How many pages of ever new rows are read until the walk is given up."""
    for page in range(1, 500):
        rows = range(page * 3, page * 3 + 3)
        read(walked, rows, LISTING.page_url(page * 30), resolved=rows)
        if walked.step(date_of) is None:
            return page
    return None


def test_a_listing_that_comes_no_further_back_is_given_up():
    walked = walk(since=NOW - timedelta(days=60))
    assert endless(walked, lambda _: NOW) == 61
    assert walked.endless
    assert walked.covered_to != EVERYTHING


def test_a_listing_of_rows_that_are_no_articles_is_given_up():
    walked = walk(since=NOW - timedelta(days=60))
    assert endless(walked, lambda _: None) == 60
    assert walked.endless


def test_a_long_listing_that_goes_back_in_time_is_walked_to_its_bound():
    walked = walk(since=NOW - timedelta(days=400))
    assert endless(walked, lambda row: NOW - timedelta(days=row.article_id / 3)) == 401
    assert not walked.endless


def test_a_walk_that_waits_for_no_dates_waits_when_it_becomes_long():
    walked = walk()
    for page in range(1, 22):
        assert not walked.waiting
        read(walked, (page * 3, page * 3 + 1), LISTING.page_url(page * 30))
    assert walked.waiting == set(keys(63, 64))
