"""Feeds and sitemaps that mean harm or are broken cost a bounded time, and neither an article nor a stranger's visit."""

import pytest
from source_worlds import POISON, Poisoned

MOST_BYTES = 250 * 2**20
MOST_FAKES_A_DOCUMENT = 50
"""As spiders.claims has it."""


def of(poisoned: Poisoned, host: str, counter: str) -> int:
    return poisoned.counted.get((host.split(".", maxsplit=1)[0], counter), 0)


def test_every_true_article_is_archived_all_the_same(poisoned: Poisoned):
    assert poisoned.first.ended.code == 0, poisoned.first.ended.err
    assert {key.split("/")[0] for key in poisoned.public} == set(poisoned.desk.sites)
    assert poisoned.held == poisoned.public


def test_memory_is_bounded(poisoned: Poisoned):
    assert poisoned.peak_bytes < MOST_BYTES, f"{poisoned.peak_bytes / 2**20:.0f} MiB"


def test_nothing_outside_the_network_is_asked_for(poisoned: Poisoned):
    log = [*poisoned.first.log, *poisoned.healed.log]
    assert {line.host for line in log} == set(poisoned.hosts)
    assert not [line.path for line in log if "/entitas-luar" in line.path or "passwd" in line.path]


def test_no_file_of_ours_comes_into_the_archive(poisoned: Poisoned):
    """What an entity would have stood for: `root:x:0:0` of /etc/passwd."""
    rows = poisoned.desk.ask(
        "SELECT target_url FROM sightings WHERE target_url LIKE '%root:%' OR anchor_text LIKE '%root:%'"
    )
    assert rows == []


@pytest.mark.parametrize(
    ("host", "counter", "least"),
    [
        ("radartegal.disway.id", "sources_failed", 1),  # too long for a body
        ("pagaralampos.disway.id", "entries_repeated", 69_999),  # seven of ten are slugs of one id
        ("pagaralampos.disway.id", "entries_offsite", 10_000),
        ("pagaralampos.disway.id", "entries_malformed", 10_000),  # javascript: and data:
        ("pagaralampos.disway.id", "entries_over_quota", 9_000),  # ids of 10^12
        ("rakyatbengkulu.disway.id", "sources_cut", 3),
        ("palpos.disway.id", "sources_cut", 3),
        ("malang.disway.id", "sources_cut", 1),  # what lies deeper is not asked for
        ("disway.id", "sources_failed", 1),
        ("magelangekspres.disway.id", "sources_cut", 3),
    ],
    ids=str,
)
def test_each_is_counted(poisoned: Poisoned, host: str, counter: str, least: int):
    assert of(poisoned, host, counter) >= least


def test_invented_articles_are_asked_for_some_dozens_of_times(poisoned: Poisoned):
    fakes = [line for line in poisoned.first.articles("pagaralampos.disway.id") if line.status != 200]
    assert 0 < len(fakes) <= MOST_FAKES_A_DOCUMENT
    assert not [line for line in poisoned.healed.articles("pagaralampos.disway.id") if line.status != 200]


def test_indexes_without_end_come_to_one(poisoned: Poisoned):
    cycle = [line.path for line in poisoned.first.asked("/sitemap", host="sumeks.disway.id")]
    assert sorted(cycle) == ["/sitemap-lingkar.xml", "/sitemap-news.xml", "/sitemap.xml", "/sitemap_index.xml"]
    deep = [line.path for line in poisoned.first.asked("/sitemap-dalam", host="malang.disway.id")]
    assert len(set(deep)) == len(deep) == 2 + 4 + 8  # three levels of two children each


def test_html_is_no_feed(poisoned: Poisoned):
    """A finding of the first run: of a site whose feeds were never any but pages."""
    rows = poisoned.desk.ask(
        "SELECT DISTINCT finding, reason FROM stored.sources WHERE site = 'nomorsatukaltim' AND learned_from = 'usual_name'"
    )
    assert rows == [{"finding": "absent", "reason": "no_xml"}]


def test_the_next_run_is_clean(poisoned: Poisoned):
    assert poisoned.healed.ended.code == 0, poisoned.healed.ended.err
    counts = poisoned.healed.counts
    assert not {name for name in counts if name in ("sources_cut", "entries_over_quota", "entries_repeated", "holes")}
    assert {key.split("/")[0] for key in poisoned.desk.held()} == set(poisoned.desk.sites)
    assert poisoned.desk.held() == poisoned.desk.public()


def test_what_was_poisoned_is_alive_again(poisoned: Poisoned):
    """But for what answered a page where never a feed was known: that is asked again in a week."""
    sources = poisoned.desk.sources()
    true = {
        "https://radartegal.disway.id/sitemap_index.xml",
        "https://pagaralampos.disway.id/sitemap.xml",
        "https://rakyatbengkulu.disway.id/feed",
        "https://palpos.disway.id/sitemap.xml",
        "https://sumeks.disway.id/sitemap.xml",
        "https://malang.disway.id/sitemap.xml",
        "https://disway.id/rss",
        "https://magelangekspres.disway.id/rss",
    }
    assert {url: sources[url]["finding"] for url in true} == dict.fromkeys(true, "alive")
    assert {url.split("/")[2] for url in true} == set(POISON) - {"nomorsatukaltim.disway.id"}
