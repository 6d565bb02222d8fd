"""Google News refuses, or changes what it answers: the newspapers' own pages, feeds and sitemaps are crawled on."""

import sys
from pathlib import Path

import pytest

from replica.server import ReplicaServer

sys.path.append(str(Path(__file__).parents[1] / "google_news"))
from google_world import HOUR, UNLISTED, Reader, newspapers, refusals

LISTED, UNLISTED_SITE = "radartegal", "wartasatu"
"""One has pages of its own, of the other nobody but Google News names an article."""
NAMES = (LISTED, UNLISTED_SITE)
AT_REST = {
    "articles_in_feed": 1,
    "p_old": 0,
    "consent": False,
    "rss_status": None,
    "html_instead_of_xml": False,
    "sorry": None,
    "batch_error": None,
    "page_limit": None,
}
CASES = {
    "consent": ({"consent": True}, "consent"),
    "too many requests": ({"rss_status": 429}, "too_many_requests"),
    "another format": ({"html_instead_of_xml": True}, "malformed"),
    "a wall before the link pages": ({"sorry": "redirect", "sorry_at": ("page",)}, "sorry"),
    "decoding is refused": ({"batch_error": "er"}, "http_error"),
}
UNDECODED = ("sorry", "http_error")
"""Refusals after the feeds were read."""


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """A good run at first; then one for each way to refuse, new articles each time; then Google is well again."""
    network = newspapers(NAMES, articles=6, days=2, after_days=12, per_day=2)
    with ReplicaServer.start(network) as replica:
        reader = Reader(tmp_path_factory.mktemp("google"), replica, NAMES, unlisted=False)
        sites = reader.folder / "sites"
        sites.mkdir()
        host = f"{UNLISTED_SITE}.disway.id"
        (sites / f"{UNLISTED_SITE}.toml").write_text(UNLISTED.format(id=UNLISTED_SITE, host=host))
        reader.operator.further |= {"DISWAY_SITES__DIR": str(sites), "DISWAY_GOOGLE_NEWS__DECODES": "200"}
        reader.crawl("--google-news", "--since", "2020-01-01", **AT_REST)
        bad = {}
        for name, (switches, _) in CASES.items():
            run = reader.wait(36 * HOUR).crawl(**(AT_REST | switches))
            archived = set(reader.column("SELECT article_key FROM articles"))
            waiting = reader.column("SELECT count(*) FROM leads WHERE state = 'pending'")[0]
            bad[name] = (run, archived, truth(replica), waiting)
        yield reader, bad


def truth(replica) -> set[str]:
    """Keys of what the newspapers list at this moment."""
    return {article.key for article in replica.control.truth().articles if article.key.startswith(LISTED)}


@pytest.mark.parametrize("name", CASES)
def test_fault_44_google_refuses_and_all_other_discovery_goes_on(story, name):
    _, bad = story
    run, archived, there, waiting = bad[name]
    reason = CASES[name][1]
    assert there <= archived, "what the newspaper itself lists is there"
    assert run.google, "Google was asked"
    assert run.ended.code == 1
    assert run.ended.facts["degraded"]["news.google.com"] == reason
    if reason in UNDECODED:
        assert waiting > 0, "what cannot be decoded is kept as pending"


def test_fault_44_google_recovers_and_nothing_stays_pending(story):
    reader, _ = story
    run = reader.wait(36 * HOUR).crawl(**AT_REST)
    assert refusals(run) == {}
    assert "news.google.com" not in run.ended.facts["degraded"]
    assert reader.column("SELECT count(*) FROM leads WHERE state = 'pending'") == [0]
    archived = set(reader.column("SELECT article_key FROM articles"))
    shown = {entry["key"] for entry in reader.shown}
    assert {key for key in shown if key.startswith(UNLISTED_SITE)} <= archived
    assert reader.operator.run("verify", "--ledger").code == 0
