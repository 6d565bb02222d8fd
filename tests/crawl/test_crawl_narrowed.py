"""A crawl that follows only some kinds of sources, or takes the sites one by one: what a schedule asks for."""

import signal
from datetime import timedelta

import pytest
from crawl_worlds import SMALL, site_ids
from fixtures.crawls import ALL_TIME, Operator, interrupted, once

from cli.main import run

SITES = site_ids(SMALL)
POLL = ("--source", "sections", "--source", "feeds", "--source", "sitemaps")


@pytest.fixture
def operator(fresh, tmp_path) -> Operator:
    return Operator(tmp_path / "desk", fresh)


def asked(replica, since=0):
    """What was asked for and was there, but robots.txt."""
    return [line for line in replica.control.log()[since:] if line.status == 200 and line.kind != "robots"]


@pytest.mark.parametrize(
    ("source", "kind"), [("sections", "listing"), ("feeds", "feed"), ("sitemaps", "sitemap")], ids=str
)
def test_one_kind_asks_for_nothing_of_the_others(source, kind, operator, fresh):
    done = operator.crawl(SITES, *ALL_TIME, "--source", source)
    assert (done.code, done.facts["outcome"]) == (0, "ok")
    assert {line.kind for line in asked(fresh)} == {kind, "article"}
    assert operator.stock().articles


def test_a_poll_and_the_rest_make_a_whole_crawl(operator, fresh, control):
    for sources in (POLL, ("--source", "recheck")):
        assert operator.crawl(SITES, *ALL_TIME, *sources).code == 0
    assert operator.stock().essence() == control.step.stock.essence()


def test_rechecks_ask_for_articles_alone(operator, fresh):
    assert operator.crawl(SITES, *ALL_TIME, *POLL).code == 0
    before = len(fresh.control.log())
    assert operator.crawl(SITES, "--source", "recheck").facts["outcome"] == "ok"
    assert {line.kind for line in asked(fresh, before)} <= {"article"}


def test_google_news_is_a_source_only_where_it_is_turned_on(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(["crawl", "--source", "google_news"]) == 2
    assert "--source google_news: it is not turned on" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "option",
    [("--source", "wishes"), ("--spread", "soon"), ("--spread", "-2m")],
    ids=["source", "no span", "below zero"],
)
def test_what_means_nothing_is_said(option, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(["crawl", *option]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def first_of_each(replica):
    """Hosts in the order in which they were first asked for anything."""
    return list(dict.fromkeys(line.host for line in replica.control.log()))


def test_sites_start_one_by_one(operator, fresh):
    """Three sites over three seconds: the last one begins two seconds after the first."""
    done = operator.crawl(SITES, *ALL_TIME, "--spread", "3s")
    assert done.code == 0, done.err
    stock = operator.stock()
    begun = sorted(min(row["fetched_at"] for row in stock.captures if row["site"] == site) for site in SITES)
    assert begun[2] - begun[0] > timedelta(seconds=1)
    assert stock.articles


def test_the_order_is_another_one_each_run(operator, fresh):
    orders = set()
    for _ in range(6):
        before = len(fresh.control.log())
        operator.crawl(SITES, "--source", "sections", "--spread", "1s")
        orders.add(tuple(dict.fromkeys(line.host for line in fresh.control.log()[before:])))
        if len(orders) > 1:
            return
    raise AssertionError(f"six runs, and always {orders}")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)], ids=["Ctrl-C", "SIGTERM"])
def test_a_wait_between_sites_ends_with_the_run(number, code, operator, fresh):
    process = operator.start_crawl(SITES, *ALL_TIME, "--spread", "3h")
    once(lambda: bool(asked(fresh)), process)
    done = interrupted(process, number)
    assert (done.code, done.facts["outcome"]) == (code, "interrupted"), done.err
    assert "Traceback" not in done.err
    assert len(first_of_each(fresh)) == 1
    assert [row["outcome"] for row in operator.stock().runs] == ["interrupted"]
