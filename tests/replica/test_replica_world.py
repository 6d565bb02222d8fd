"""The replica's world as values."""

import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.errors import UsageError
from replica.catalogue import PROFILES
from replica.network import DEFAULT_START, Network
from replica.newsroom import related_of
from replica.pages import Pages
from replica.slugs import slug_of
from replica.truth import truth_of
from replica.world import Gap, Look, Paragraph, Related


def test_equal_seeds_make_equal_worlds_and_pages(world):
    again = Network.generate(1)
    assert again == world
    host, item = "disway.id", world.by_host["disway.id"].articles[0]
    for path in ("/", f"/read/{item.id}/apa-saja", f"/amp/{item.id}/apa-saja", "/kategori/nasional"):
        first, second = (Pages(n, n.start).render(host, path, "") for n in (world, again))
        assert first is not None
        assert first == second


def test_another_process_with_other_hashes_makes_the_same_world(world):
    code = "from replica.network import Network as N; from replica.truth import truth_of as t; n = N.generate(1); "
    code += "print(hash('x')); print(t(n, n.start).model_dump_json())"
    told = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": "4711"}, capture_output=True, check=True
    ).stdout.partition(b"\n")
    assert told[0] != str(hash("x")).encode()
    assert told[2].strip() == truth_of(world, world.start).model_dump_json().encode()


def test_another_seed_makes_another_world(world):
    other = Network.generate(2)
    assert other.by_host.keys() == world.by_host.keys()
    assert not {v.body for v in _versions(other)} & {v.body for v in _versions(world)}


def test_each_site_has_published_what_was_asked_for_and_holds_more_back(world):
    for site in world.sites:
        out = [a for a in site.articles if a.published <= world.start]
        assert len(out) == 60
        assert len(site.articles) == 72
        assert len(site.by_id) == 72


def test_ids_are_not_in_date_order_and_mostly_dense(world):
    for site in world.sites:
        by_date = [a.id for a in sorted(site.articles, key=lambda a: a.published)]
        assert by_date != sorted(by_date)
        assert max(by_date) - min(by_date) < 6 * len(by_date)


def test_no_paragraph_and_no_headline_is_written_twice(world):
    texts = [p.text for s in world.sites for a in s.articles for p in a.versions[0].blocks if isinstance(p, Paragraph)]
    long = [t for t in texts if len(t) > 45]
    assert len(long) > 5000
    assert len(set(long)) == len(long)
    titles = [v.title for v in _versions(world) if v.at]
    assert len(set(titles)) > 0.95 * len(titles)


def test_parts_follow_the_splitting_rules_and_shares_of_the_facts(world):
    versions = [a.versions[0] for s in world.sites for a in s.articles]
    for version in versions:
        for size, parts in ((15, version.parts()), (16, version.parts(amp=True))):
            assert all(len(p) == size for p in parts[:-1])
            assert 1 <= len(parts[-1]) <= size
            assert sum(parts, ()) == version.blocks
    counts = Counter(len(v.parts()) for v in versions)
    assert 0.36 < 1 - counts[1] / len(versions) < 0.50
    assert set(counts) == {1, 2, 3, 4}
    assert any(isinstance(part[0], Related) for v in versions for part in v.parts()[1:])
    assert any(isinstance(b, Gap) for v in versions for b in v.blocks)
    assert max(sum(isinstance(b, Related) for b in part) for v in versions for part in v.parts()) <= 8


def test_related_links_mean_articles_that_were_out_before(world):
    forms = Counter()
    for site in world.sites:
        for article in site.articles:
            for link in related_of(article.versions[0]):
                target = world.by_host[link.host].by_id[link.article_id]
                assert target.published < article.published
                assert link.url.startswith(f"https://{link.host}/")
                assert "?" not in link.url
                assert "/amp/" not in link.url
                forms["amp"] += "/amp/" in link.href
                forms["http"] += link.href.startswith("http://")
                forms["utm"] += "?utm_" in link.href
                forms["cross"] += link.host != article.host
                forms["plain"] += link.href == link.url
    assert set(forms) == {"amp", "http", "utm", "cross", "plain"}
    assert min(forms.values()) > 20


def test_datelines_and_captions_come_in_every_form(world):
    versions = [v for s in world.sites for a in s.articles for v in a.versions]
    assert all(v.caption.printed.startswith(v.caption.text) for v in versions)
    assert all(v.caption.credit is None or v.caption.credit.strip("()") in v.caption.printed for v in versions)
    endings = [v.caption.printed.removeprefix(v.caption.text) for v in versions]
    for wanted in ("", "--", "--Net", " (Istimewa)"):
        assert wanted in endings
    printed = [v.dateline.printed for v in versions if v.dateline]
    assert len(printed) < len(versions)
    assert any(v.dateline and v.dateline.place is None for v in versions)
    assert {p.rstrip()[-1] for p in printed} >= {"-", "\u2013", "\u2014"}
    assert any(p.startswith("TEGAL, radartegal.com") for p in printed)


def test_events_after_the_start_edit_and_remove(world):
    edited = [a for s in world.sites for a in s.articles if len(a.versions) > 1]
    gone = [a for s in world.sites for a in s.articles if a.vanished_at]
    assert len(edited) >= 2 * len(world.sites)
    assert len(gone) >= len(world.sites)
    for article in edited:
        old, new = article.versions
        assert new.at > world.start
        assert (old.title != new.title) == (old.slug != new.slug)
        assert old.title != new.title or old.body != new.body
    assert all(a.vanished_at > world.start for a in gone)


def test_a_start_in_2022_puts_every_site_in_the_old_look():
    old = Network.generate(1, sites=3, articles=3, start=datetime(2022, 2, 12, 7, 6, tzinfo=UTC))
    assert {s.profile.look for s in old.sites} == {Look.TEMPLATE_2022}
    truth = truth_of(old, old.start).articles[0]
    assert f"{truth.published_at:%d %b %Y - %H:%M} WIB" in truth.published_raw


def test_a_site_can_print_another_zone_for_the_same_instant():
    host = "nomorsatukaltim.disway.id"
    usual, central = Network.generate(1), Network.generate(1, zones={host: "WITA"})
    at_home = [a for a in truth_of(usual, usual.start).articles if a.host == host]
    shifted = [a for a in truth_of(central, central.start).articles if a.host == host]
    assert [a.published_at for a in at_home] == [a.published_at for a in shifted]
    assert all(a.published_raw.endswith("WITA") for a in shifted)
    assert {a.published_at.utcoffset() for a in shifted} == {timedelta(hours=8)}


def test_more_sites_than_the_catalogue_are_refused():
    with pytest.raises(UsageError, match=f"1 to {len(PROFILES)} sites"):
        Network.generate(1, sites=len(PROFILES) + 1)


def test_the_whole_catalogue_can_stand_up():
    network = Network.generate(5, sites=len(PROFILES), articles=2)
    assert len(network.by_host) == len(PROFILES)


def test_truth_grows_with_the_clock(world):
    before, after = (truth_of(world, DEFAULT_START + timedelta(days=d)).articles for d in (0, 4))
    assert len(before) == 60 * len(world.sites)
    assert len(after) == 72 * len(world.sites)
    assert not any(a.vanished_at for a in before)
    assert {len(a.versions) for a in before} == {1}


@given(st.text())
def test_a_slug_is_stable_and_fits_in_a_path(headline):
    slug = slug_of(headline)
    assert slug_of(slug) == slug
    assert not set(slug) & set(" /?#%'\"")


@pytest.mark.parametrize(
    ("headline", "slug"),
    [
        ("Kabupaten/Kota Baru, Ini Daftarnya!", "kabupatenkota-baru-ini-daftarnya"),
        ("Harga Rp112.000  per Kilo", "harga-rp112000-per-kilo"),
        ("Cari_Aman & Protégé", "cari_aman-protégé"),
    ],
)
def test_slugs_as_the_cms_makes_them(headline, slug):
    assert slug_of(headline) == slug


def _versions(network):
    return [v for s in network.sites for a in s.articles for v in a.versions]
