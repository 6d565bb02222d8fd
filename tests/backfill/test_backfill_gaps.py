"""Ids that no source names: each is tried once, and ends in the ledger as what it is."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from backfill_worlds import BEGIN, FEEDS, NOW, SEARCH, SECTIONS, SITEMAPS, TAGS, TEGAL, Desk, asked, newspapers, wrong
from hypothesis import given
from hypothesis import strategies as st

from replica.network import Network
from replica.server import ReplicaServer
from replica.world import Article, Related
from spiders.gaps import ALWAYS_TRIED, IDS_A_DAY, Known, is_plausible

ABSURD = 10**12
BUDGET = 5
LATE = timedelta(hours=5)


@pytest.fixture(scope="module")
def odd_network() -> Network:
    """The newest article has an absurd id and links the oldest; another comes out later than its neighbours."""
    network = newspapers(TEGAL, articles=120)
    (site,) = network.sites
    out = sorted((a for a in site.articles if a.is_live(NOW)), key=lambda a: a.published)
    oldest, late, newest = out[0], next(a for a in out if a.published > BEGIN + timedelta(days=9)), out[-1]
    changed = {
        late.id: _published(late, NOW + LATE),
        newest.id: replace(_linking(newest, oldest), id=ABSURD),
    }
    return Network(NOW, (replace(site, articles=tuple(changed.get(a.id, a) for a in site.articles)),))


def _linking(article: Article, linked: Article) -> Article:
    slug = linked.versions[0].slug
    url = f"https://{linked.host}/{linked.section.slug}/read/{linked.id}/{slug}"
    link = Related(linked.versions[0].title, url, url, linked.host, linked.id)
    versions = (replace(v, blocks=(*v.blocks[:2], link, *v.blocks[2:])) for v in article.versions)
    return replace(article, versions=tuple(versions))


def _published(article: Article, at: datetime) -> Article:
    return replace(article, published=at, versions=(replace(article.versions[0], at=at),))


@pytest.fixture(scope="module")
def gaps_desk(odd_network: Network, desk) -> Iterator[Desk]:
    """Only ids lead to what the first crawl did not find."""
    with ReplicaServer.start(odd_network) as replica:
        alone = Desk(desk(), replica)
        alone.crawl()
        alone.without(*SECTIONS, *SITEMAPS, *FEEDS, *TAGS, *SEARCH)
        yield alone


def known_ids(desk: Desk) -> set[int]:
    return {row["article_id"] for row in desk.operator.ask("SELECT article_id FROM ledger")}


def test_the_budget_leaves_the_stretch_open_and_the_next_run_goes_on(gaps_desk: Desk):
    desk = gaps_desk
    before = known_ids(desk)
    lowest, highest = min(before), max(before - {ABSURD})
    assert ABSURD in before
    assert lowest < min(a.id for a in desk.public())
    done, log = desk.backfill("--gaps", "--budget", str(BUDGET))
    assert done.facts["counts"]["gaps_tried"] == BUDGET
    assert len(known_ids(desk) - before) == BUDGET
    assert desk.stretches("/read/") == {"/read/": "open"}
    assert f"{done.facts['counts']['gaps_left']} such ids wait" in done.err
    tried = asked(log, "article") + asked(log, "not_found")

    done, log = desk.backfill("--gaps")
    assert desk.stretches("/read/") == {"/read/": "done"}
    assert done.facts["counts"]["gaps_too_wide"] == ABSURD - highest - 1
    assert "ids were not tried" in done.err
    assert known_ids(desk) >= {*range(min(a.id for a in desk.public()), highest + 1), ABSURD}
    tried += asked(log, "article") + asked(log, "not_found")
    assert set(tried.values()) == {1}
    public = desk.public()
    assert len(public) - len([a for a in public if a.id in before]) > 25
    assert not wrong(desk)
    states = Counter((r["state"], r["reason"]) for r in desk.operator.ask("SELECT state, reason FROM ledger"))
    assert set(states) == {("archived", None), ("refused", "not_found")}
    assert not desk.operator.ask("SELECT url FROM articles WHERE url LIKE '%/berita'")

    done, log = desk.backfill("--gaps")
    assert "gaps_tried" not in done.facts["counts"]
    assert not asked(log, "not_found")


def test_an_id_that_was_absent_is_asked_again_once_somebody_names_it(gaps_desk: Desk, odd_network: Network):
    desk = gaps_desk
    (site,) = odd_network.sites
    late = next(a for a in site.articles if a.published == NOW + LATE)
    key = f"{desk.site}/{late.id}"
    assert desk.operator.stock().states[key] == ("refused", "not_found")
    desk.replica.control.clear_faults()
    desk.now = NOW + 2 * LATE
    desk.replica.control.move_to(desk.now)
    assert desk.operator.crawl([desk.site]).code == 0
    assert desk.operator.stock().states[key] == ("archived", None)
    assert desk.operator.run("verify", "--ledger").code == 0


@given(low=st.integers(0, 10**6), wide=st.integers(1, 10**13), days=st.floats(0, 3000))
def test_a_gap_is_plausible_when_its_days_can_have_filled_it(low, wide, days):
    at = NOW - timedelta(days=4000)
    here, there = Known(low, at), Known(low + wide, at + timedelta(days=days))
    swapped = Known(low, there.at), Known(low + wide, here.at)
    assert is_plausible(here, there) == is_plausible(*swapped) == (wide <= ALWAYS_TRIED + days * IDS_A_DAY)
