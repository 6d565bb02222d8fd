"""A poll that meets nothing of the poll before leaves a hole, unless the site's sections or sitemaps reach down."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from source_worlds import DAY, EVERYTHING, HOUR, SECTIONS, Desk, Run, desk_of, newspapers, without

from replica.catalogue import profile_for
from replica.life import Life
from replica.syndication import FeedPlan, SitemapPlan
from spiders.crawl import CrawlSpider
from spiders.feeds import Feeds
from spiders.holes import Holes
from spiders.sitemaps import Sitemaps

SHORT = FeedPlan(items=8)
NOTHING_REACHES = replace(profile_for("jogja.disway.id"), feed=SHORT, sitemap=None)
SECTIONS_REACH = replace(profile_for("malang.disway.id"), feed=SHORT, sitemap=None)
SITEMAPS_REACH = replace(profile_for("radarkaur.disway.id"), feed=SHORT, sitemap=SitemapPlan(news=False))
INDEX_IS_DAMAGED = replace(profile_for("papua.disway.id"), feed=SHORT, sitemap=SitemapPlan(news=False))


@dataclass(frozen=True)
class Stopped:
    """A service that ran, was stopped for three days, and ran again: once, and twice more."""

    desk: Desk
    caught_up: Run
    counted: dict[tuple[str, str], int]
    rows: list[dict[str, Any]]
    held: set[str]
    public: set[str]
    after: Run
    mended: Run


@pytest.fixture(scope="module")
def stopped(desk) -> Iterator[Stopped]:
    papers = (NOTHING_REACHES, SECTIONS_REACH, SITEMAPS_REACH, INDEX_IS_DAMAGED)
    life = Life(after_days=6, per_day=12, edited_share=0, vanished_share=0)
    with desk_of(desk(), newspapers(*papers, articles=16, days=4, life=life)) as crawler:
        crawler.crawl(*EVERYTHING)
        for paper in (NOTHING_REACHES, SITEMAPS_REACH, INDEX_IS_DAMAGED):
            without(crawler, *SECTIONS, host=paper.host)
        crawler.replica.control.fault("truncated_xml", INDEX_IS_DAMAGED.host, "/sitemap-2")
        caught_up = crawler.crawl(after=3 * DAY)
        counted, rows = crawler.counted(), crawler.ask('SELECT * FROM stored.backfill ORDER BY "at"')
        held, public = crawler.held(), crawler.public()
        after = crawler.crawl(after=HOUR)
        crawler.replica.control.clear_faults()
        yield Stopped(crawler, caught_up, counted, rows, held, public, after, crawler.crawl(after=HOUR))


def test_one_run_catches_up(stopped: Stopped):
    assert len(stopped.public) > 100
    assert stopped.public <= stopped.held
    assert stopped.held <= {article.key for article in stopped.desk.truth()}


@pytest.mark.parametrize("paper", [NOTHING_REACHES, INDEX_IS_DAMAGED], ids=lambda paper: paper.id)
def test_where_nothing_reaches_down_there_is_a_hole(stopped: Stopped, paper):
    opened, *later = [row for row in stopped.rows if row["site"] == paper.id]
    assert (opened["kind"], opened["state"], opened["reason"]) == ("hole", "open", "no_overlap")
    assert opened["source_url"] == f"https://{paper.host}/rss"
    start = stopped.desk.network.start
    assert start <= opened["from_at"] <= start + HOUR  # when the feed was read last
    assert start + 3 * DAY <= opened["to_at"] <= start + 3 * DAY + HOUR
    assert [(row["stretch_id"], row["state"]) for row in later] == [(opened["stretch_id"], "done")]
    assert stopped.counted[paper.id, "holes"] == 1
    assert stopped.counted[paper.id, "gaps_tried"] > 0


@pytest.mark.parametrize("paper", [SECTIONS_REACH, SITEMAPS_REACH], ids=lambda paper: paper.id)
def test_where_sections_or_sitemaps_reach_down_there_is_none(stopped: Stopped, paper):
    assert [row for row in stopped.rows if row["site"] == paper.id] == []
    assert (paper.id, "holes") not in stopped.counted
    assert (paper.id, "gaps_tried") not in stopped.counted


def test_a_hole_that_was_filled_stays_so(stopped: Stopped):
    assert {row["state"] for row in stopped.desk.holes()} == {"done"}
    assert "holes" not in {**stopped.after.counts, **stopped.mended.counts}
    assert "gaps_tried" not in {**stopped.after.counts, **stopped.mended.counts}


def test_sections_that_were_gone_are_asked_by_the_next_run(stopped: Stopped):
    for paper in (NOTHING_REACHES, SITEMAPS_REACH):
        sections = [line for line in stopped.mended.asked("/kategori", host=paper.host) if line.status == 200]
        assert sections
    assert stopped.caught_up.ended.code == 1
    assert stopped.mended.ended.code == 0, stopped.mended.ended.err


def test_a_hole_is_noted_before_what_its_poll_named():
    """Else a run that was killed in between would leave a poll that the next one overlaps with."""
    order = [CrawlSpider.source_classes.index(source) for source in (Holes, Feeds, Sitemaps)]
    assert order == sorted(order)
