"""What a crawl archives is what was public: all of it, nothing else, once, and word for word."""

import gzip
import json
from collections import Counter
from collections.abc import Iterator

import pytest
from crawl_worlds import ASKED, CANDIDATE, PROBED, UNASKED, site_ids
from fixtures.crawls import ALL_TIME, Operator, Step, Story, pages_of
from truth_check import differences, show, token_f1

from replica.server import ReplicaServer
from replica.truth import TruthArticle


def public(step: Step) -> list[TruthArticle]:
    return [a for a in step.truth.articles if a.host in ASKED]


def test_it_ends_well(first: Step):
    assert first.ended.code == 0, first.ended.err
    facts = first.ended.facts
    assert (facts["outcome"], facts["exit_code"], facts["degraded"], facts["undelivered"]) == ("ok", 0, {}, 0)
    assert facts["counts"]["articles_new"] == len(public(first))
    assert "Traceback" not in first.ended.err


def test_every_article_is_archived_in_every_field(first: Step):
    found = differences(public(first), first.stock.articles)
    assert not found, show(found)


def test_every_body_is_there_to_the_word(first: Step):
    rows = first.stock.by_key
    scores = {a.key: token_f1("\n".join(a.body), rows[a.key]["body"]) for a in public(first)}
    assert min(scores.values()) == 1.0


def test_the_network_shows_what_the_rules_are_for(first: Step):
    """The comparison above says little if the replica is too plain."""
    articles = public(first)
    assert {min(a.parts, 3) for a in articles} >= {1, 2, 3}
    assert any(r.site not in site_ids(ASKED) for a in articles for r in a.related)
    hrefs = [r.href for a in articles for r in a.related]
    assert any("/amp/" in h for h in hrefs)
    assert any("utm_" in h for h in hrefs)
    assert any(h.startswith("http:") for h in hrefs)
    assert {a.place is None for a in articles} == {a.source is None for a in articles} == {True, False}


def test_no_part_is_asked_for_twice_and_nothing_needless(first: Step):
    asked = Counter((line.host, line.path) for line in first.log)
    assert not [what for what, times in asked.items() if times > 1]
    wanted = sum(a.parts for a in public(first))
    articles = [x for x in pages_of(first.log) if "/read/" in x.path or x.path.startswith("/catatan-harian-dahlan/")]
    assert len(articles) == wanted
    assert not [x.path for x in first.log if x.path.startswith("/amp/") or "utm_" in x.path]


def test_only_the_hosts_of_the_sites_asked_for_are_contacted(first: Step):
    assert {line.host for line in first.log} == set(ASKED)
    assert {line.scheme for line in first.log} == {"https"}
    assert {line.status for line in first.log} == {200, 404}
    assert {(x.host, x.path) for x in first.log if x.status == 404 and not x.path.startswith(PROBED)} == {
        ("palpos.disway.id", "/robots.txt")
    }


def test_every_sighted_article_is_in_one_state(first: Step):
    states = first.stock.states
    linked = {f"{r.site}/{r.id}" for a in public(first) for r in a.related}
    elsewhere = {key for key in linked if not key.startswith(tuple(f"{s}/" for s in site_ids(ASKED)))}
    assert {key.partition("/")[0] for key in elsewhere} == set(site_ids((UNASKED, CANDIDATE)))
    expected = {a.key: ("archived", None) for a in public(first)} | dict.fromkeys(elsewhere, ("pending", None))
    assert states == expected
    assert len(first.stock.ledger) == len(states)
    sighted = {f"{r['site']}/{r['article_id']}" for r in first.stock.sightings if r["article_id"] is not None}
    assert sighted == set(states)


def test_sightings_say_where_each_link_stood(first: Step, newsroom: Story):
    by_kind: dict[str, set[tuple[str, str]]] = {}
    for row in first.stock.sightings:
        if row["article_id"] is not None:
            by_kind.setdefault(row["kind"], set()).add((row["target_url"], row["via_url"]))
    assert by_kind["baca_juga"] == {(r.url, a.url) for a in public(first) for r in a.related}
    listings = {
        (s.profile.host, section.name): f"https://{s.profile.host}{section.path}"
        for s in newsroom.replica._state.network.sites
        for section in s.profile.sections
    }
    rows = {(a.url, listings[a.host, name]) for a in public(first) for name in a.listed_under}
    assert by_kind["section"] == rows
    assert {via for _, via in by_kind["home"]} == {f"https://{host}/" for host in ASKED}
    sitemaps = {target for target, via in by_kind["sitemap"] if "-news" not in via}
    whole = {s.profile.host for s in newsroom.replica._state.network.sites if (plan := s.profile.sitemap) and plan.path}
    assert sitemaps == {a.url for a in public(first) if a.host in whole}
    assert {"sidebar", "related_block", "feed"} <= by_kind.keys()
    assert by_kind.keys() <= {"baca_juga", "section", "home", "sidebar", "related_block", "feed", "sitemap"}


def test_no_sighting_is_written_twice(first: Step, later: Step):
    for step in (first, later):
        told = Counter((r["target_url"], r["via_url"], r["kind"]) for r in step.stock.sightings)
        assert told.most_common(1)[0][1] == 1


def test_articles_say_how_they_were_discovered(first: Step):
    kinds: dict[str, set[str]] = {}
    for row in first.stock.sightings:
        kinds.setdefault(f"{row['site']}/{row['article_id']}", set()).add(row["kind"])
    for row in first.stock.articles:
        assert row["discovered_via"], row["article_key"]
        assert set(row["discovered_via"]) <= kinds[row["article_key"]]
        assert {"section", "home"} & set(row["discovered_via"])
        assert row["first_seen_at"] <= row["captured_at"]


def test_the_run_is_told_by_site(first: Step, newsroom: Story):
    (run,) = first.stock.runs
    assert (run["run_id"], run["outcome"], run["command"]) == (first.ended.facts["run_id"], "ok", "crawl")
    assert set(run["sites"]) == set(site_ids(ASKED))
    new = {c["site"]: c["count"] for c in run["counts"] if c["counter"] == "articles_new"}
    assert new == Counter(a.site for a in public(first))
    fetched = {c["site"]: c["count"] for c in run["counts"] if c["counter"] == "fetched"}
    assert fetched == Counter(line.host.split(".")[0] for line in first.log)


def test_show_raw_gives_the_page_as_it_was_sent(first: Step, newsroom: Story):
    article = next(a for a in public(first) if a.parts == 2)
    for part, path_end in (("1", ""), ("2", "/15")):
        shown = newsroom.operator.start("show", article.key, "--raw", "--part", part)
        shown.stdout.reconfigure(newline="")
        text, said = shown.communicate()
        asked = next(x for x in first.log if f"https://{x.host}{x.path}" == article.url + path_end)
        sent = gzip.decompress(newsroom.replica.control.exchange(asked.n).entity)
        assert (shown.returncode, text, said) == (0, sent.decode(), "")


def test_the_archive_verifies(later: Step, newsroom: Story):
    verified = newsroom.operator.run("verify", "--json")
    assert verified.code == 0, verified.out
    assert verified.facts["findings"] == 0
    assert verified.facts["objects"] == 3


def test_runs_are_listed(later: Step, newsroom: Story):
    listed = json.loads(newsroom.operator.run("runs", "--json").out)
    assert listed["total"] == 3
    assert [r["outcome"] for r in listed["runs"]] == ["ok"] * 3
    assert len({r["run_id"] for r in listed["runs"]}) == 3


@pytest.fixture(scope="module")
def on_s3(control, desk, seaweed) -> Iterator[tuple[Story, Step]]:
    """The control's network crawled into a bucket."""
    with ReplicaServer.start(control.network) as replica:
        story = Story(Operator(desk(), replica, f"{seaweed.uri}/crawled", seaweed.environ), replica, control.sites)
        yield story, story.step(*ALL_TIME)


def test_a_bucket_holds_the_same(on_s3, control):
    story, step = on_s3
    assert step.ended.code == 0, step.ended.err
    found = differences(step.truth.articles, step.stock.articles)
    assert not found, show(found)
    assert step.stock.essence() == control.step.stock.essence()
    assert story.operator.run("verify", "--json").facts["findings"] == 0


def test_no_request_for_the_store_goes_through_the_proxy(on_s3, control):
    """The store is on loopback, the proxy's variables are set and no_proxy is empty."""
    story, step = on_s3
    environ = story.operator.environ
    assert environ["http_proxy"] == environ["https_proxy"] == story.replica.proxy_url
    assert environ["no_proxy"] == ""
    assert {line.host for line in step.log} == {f"{site}.disway.id" for site in control.sites}
