"""Long lives: what happens to articles over weeks, in the truth and on their pages alike."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from news.article import Article
from news.errors import UsageError
from news.site import Network as Sites
from news.site import Site
from news.url import UrlRules
from pages.join import join_parts
from pages.registry import read_article
from replica.fate import Change, Departure
from replica.life import Life
from replica.network import Network
from replica.page import Page
from replica.pages import Pages
from replica.server import ReplicaServer
from replica.truth import TruthVersion, truth_of

DAY = timedelta(days=1)
BUSY = Life(after_days=14, quiet=(4, 9), edited_share=0.5, vanished_share=0.3)
SHOWN = {
    Change.HEADLINE: {"title", "url"},
    Change.PARAGRAPH: {"body"},
    Change.LONGER: {"body", "parts", "amp_parts"},
    Change.LATER_PART: {"body"},
    Change.CAPTION: {"caption", "credit", "caption_printed"},
    Change.TAGS: {"tags"},
    Change.MORE_PARTS: {"body", "parts", "amp_parts"},
}
"""What each change may alter in the truth; beyond these, BYLINE alters one name and the rest may alter anything."""
FIELDS = set(TruthVersion.model_fields) - {"version", "at", "until", "change"}


def network(seed: int, life: Life, *, sites: int = 2, articles: int = 30) -> Network:
    return Network.generate(seed, sites=sites, articles=articles, days=6, life=life)


def articles_of(world: Network):
    return [a for s in world.sites for a in s.articles]


@pytest.fixture(scope="module")
def long() -> Network:
    return network(1, BUSY, sites=8)


@given(
    seed=st.integers(1, 10_000),
    after_days=st.integers(7, 20),
    quiet=st.sets(st.integers(0, 6), max_size=4),
    gap=st.integers(1, 40),
    settle=st.integers(0, 72),
)
@settings(max_examples=15, deadline=None)
def test_changes_keep_their_distance_and_end_in_time(seed, after_days, quiet, gap, settle):
    life = Life(
        after_days,
        quiet=tuple(quiet),
        gap=timedelta(hours=gap),
        settle=timedelta(hours=settle),
        edited_share=0.4,
        vanished_share=0.2,
    )
    world = network(seed, life)
    end = world.start + after_days * DAY
    for article in articles_of(world):
        first, *later = article.turns()
        assert first == article.published < end
        assert all(b - a >= life.gap for a, b in pairwise((max(first, world.start), *later)))
        assert all(t <= end - life.settle for t in later)
        assert not {(t - world.start) // DAY for t in article.turns() if t > world.start} & quiet


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_everything_that_can_happen_happens(seed):
    every = articles_of(network(seed, BUSY, sites=8))
    assert {v.change for a in every for v in a.versions} == {None, *Change}
    away = [a.absence for a in every if a.absence]
    assert {(x.how, x.until is None) for x in away} == {(how, stays) for how in Departure for stays in (True, False)}
    back = [a for a in every if a.absence and a.absence.until]
    assert {a.versions[-1].at == a.absence.until for a in back} == {True, False}
    assert any(len(a.versions) > 1 and a.versions[1].at < a.absence.at for a in every if a.absence)


def test_a_revert_is_the_text_before_the_edit(long):
    reverted = [a for a in articles_of(long) if a.versions[-1].change is Change.REVERT]
    assert len(reverted) > 10
    for article in truth_of(long, long.start + 14 * DAY).articles:
        if article.versions[-1].change == Change.REVERT:
            a, b, again = ({f: getattr(v, f) for f in FIELDS} for v in article.versions)
            assert a == again != b


def test_shares_and_pace_are_as_asked():
    life = Life(after_days=10, quiet=(3,), edited_share=0.25, vanished_share=0.1)
    world = network(3, life, articles=60)
    for site in world.sites:
        assert len(site.articles) == 60 + 10 * 9
        assert sum(len(a.versions) > 1 and a.absence is None for a in site.articles) == 37
        assert sum(a.absence is not None for a in site.articles) == 15
    later = network(3, Life(after_days=8, per_day=25), articles=60)
    assert {sum(a.published > later.start for a in s.articles) for s in later.sites} == {200}


def test_equal_seeds_make_equal_lives(long):
    assert network(1, BUSY, sites=8) == long
    assert network(2, BUSY, sites=8) != long


def test_the_truth_at_an_instant_is_what_the_truth_of_later_has_up_to_it(long):
    whole = {a.key: a for a in truth_of(long, long.start + 14 * DAY).articles}
    for days in (0, 2.5, 7, 11):
        now = long.start + days * DAY
        told = truth_of(long, now).articles
        assert {a.key for a in told} == {k for k, a in whole.items() if a.published_at <= now}
        for article in told:
            final = whole[article.key]
            states = [s.model_copy(update={"until": None}) for s in final.states if s.since <= now]
            assert article.states[-1] == states[-1]
            assert [s.since for s in article.states] == [s.since for s in states]
            assert all(a.until == b.since for a, b in pairwise(article.states))
            assert article.is_live == (article.states[-1].version is not None)
            shown = {s.version for s in states} - {None}
            assert {v.version for v in article.versions} == shown


def test_a_version_ends_when_the_next_state_begins(long):
    ends = Counter()
    for article in truth_of(long, long.start + 14 * DAY).articles:
        for version, following in pairwise(article.versions):
            away = article.vanished_at
            left = away is not None and version.at < away < following.at
            assert version.until == (away if left else following.at)
        last = article.versions[-1]
        assert last.until == (None if article.is_live else article.vanished_at)
        ends[article.vanished_how, article.returned_at is not None, article.is_live] += 1
    assert {k for k in ends if k[0]} == {(how, back, back) for how in Departure for back in (True, False)}


def test_an_edit_changes_what_it_says_and_nothing_else(long):
    seen = Counter()
    for article in truth_of(long, long.start + 14 * DAY).articles:
        for old, new in pairwise(article.versions):
            differing = {f for f in FIELDS if getattr(old, f) != getattr(new, f)}
            assert differing
            seen[new.change] += 1
            if new.change == Change.BYLINE:
                assert differing in ({"reporter"}, {"editor"})
            elif new.change in SHOWN:
                assert differing <= SHOWN[new.change]
            if new.change == Change.MORE_PARTS:
                assert new.parts == old.parts + 1
            elif new.change == Change.LATER_PART:
                assert old.body[:5] == new.body[:5]
            elif new.change == Change.REPLACED:
                assert not set(old.body) & {p for p in new.body if len(p) > 60}
    assert set(seen) == set(Change)


class Reader:
    """Reads articles off the pages of a network at one instant."""

    def __init__(self, world: Network) -> None:
        self.world = world
        self.sites = Sites.of(Site(id=s.profile.id, name=s.profile.name, host=s.profile.host) for s in world.sites)
        self.rules = UrlRules(self.sites)

    def page(self, pages: Pages, url: str) -> Page:
        pieces = urlsplit(url)
        page = pages.render(pieces.hostname or "", pieces.path, pieces.query)
        assert page is not None
        return page

    def article(self, pages: Pages, site: str, url: str) -> Article:
        parts, wanted = {}, [url]
        while wanted:
            at = wanted.pop()
            page = self.page(pages, at)
            part = read_article(
                page.body, url=at, content_type=page.content_type, captured_at=pages.now, rules=self.rules
            )
            parts[at] = part
            wanted += [u for u in part.part_urls if u not in parts and u not in wanted]
        return join_parts(list(parts.values()), self.sites.sites[site])


def test_pages_show_every_state(long):
    reader = Reader(long)
    final = truth_of(long, long.start + 14 * DAY)
    eventful = [a for a in final.articles if len(a.states) > 1][::5]
    seen = Counter()
    for article in eventful:
        for state in article.states[1:]:
            pages = Pages(long, state.since)
            answer = reader.page(pages, article.url)
            if state.version is None:
                expected = {"404": 404, "410": 410, "home": 302, "soft_404": 200}[state.departure]
                assert answer.status == expected
                assert (answer.location == f"https://{article.host}/") == (state.departure == "home")
                assert article.title.encode() not in answer.body
                seen[state.departure] += 1
                continue
            version = article.versions[state.version - 1]
            found = reader.article(pages, article.site, version.url)
            assert found.body.split("\n") == list(version.body)
            for name in ("url", "title", "reporter", "editor", "caption", "credit", "tags"):
                assert getattr(found, name) == getattr(version, name), (name, version.url)
            seen["live"] += 1
    assert set(seen) == {"live", *Departure}
    assert seen["live"] > 50


def test_what_moves_with_the_hour_is_no_edit(world):
    """Counters, advertisements, ages and sidebars: other bytes, the same article; at one instant the same bytes."""
    reader = Reader(world)
    hour = timedelta(hours=1)
    still = {
        s.profile.host: next(a for a in s.articles if len(a.turns()) == 1 and a.published < world.start)
        for s in world.sites
    }
    for host, article in still.items():
        url = f"https://{host}/read/{article.id}/apa-saja"
        times = [Pages(world, world.start + n * hour) for n in range(4)]
        bodies = [reader.page(p, url).body for p in times]
        assert reader.page(Pages(world, world.start), url).body == bodies[0]
        assert len(set(bodies)) == 4
        found = [reader.article(p, host.partition(".")[0], url) for p in times]
        essence = [(f.title, f.body, f.caption, f.reporter, f.editor, f.tags, f.related) for f in found]
        assert all(e == essence[0] for e in essence)
        counters = {b.partition(b">dibaca ")[2].partition(b" kali")[0] for b in bodies}
        assert len(counters) == (4 if world.by_host[host].profile.counter else 1)
        adverts = {b.partition(b"iklan-slot-")[2].partition(b".jpg")[0] for b in bodies}
        assert all(adverts)
    assert {s.profile.counter for s in world.sites} == {True, False}


def test_the_truth_of_a_long_life_comes_through_the_control():
    world = network(5, BUSY, articles=10)
    with ReplicaServer.start(world) as server:
        server.control.move_to(world.start + 14 * DAY)
        assert server.control.truth() == truth_of(world, world.start + 14 * DAY)


def test_a_short_life_can_be_quiet_too():
    world = network(6, Life(after_days=3, quiet=(1,)))
    days = {(t - world.start) // DAY for a in articles_of(world) for t in a.turns() if t > world.start}
    assert days == {0, 2}


@pytest.mark.parametrize("life", [{"after_days": 0}, {"after_days": 2, "quiet": (0, 1)}], ids=["no-day", "all-quiet"])
def test_a_life_without_a_day_is_refused(life):
    with pytest.raises(UsageError, match="at least one day"):
        Life(**life)
