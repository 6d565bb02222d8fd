"""Each switch of Google News does what it says."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import datetime

import pytest
from google_client import LOCALE, ROOT, Reader, form_of, items_of, old_address, sample
from replica_client import Browser

from replica.google.kinds import RequestKind
from replica.google.switches import GoogleSwitches
from replica.network import Network
from replica.server import ReplicaServer

HOST = "radartegal.disway.id"
FEED = f"/rss/search?q=site:{HOST}&{LOCALE}"
CAPTCHA = "https://www.google.com/sorry/index?continue="


@pytest.fixture(scope="module")
def served() -> Iterator[ReplicaServer]:
    with ReplicaServer.start(Network.generate(5, sites=3, articles=40)) as server:
        yield server


@pytest.fixture
def news(served: ReplicaServer) -> Iterator[Reader]:
    served.control.reset_google()
    start = datetime.fromisoformat(served.control.health()["now"])
    with Browser(served) as browser:
        yield Reader(browser)
    served.control.move_to(start)


def _tokens(news: Reader, size: int, host: str = HOST) -> list[str]:
    items = [i for i in news.search(f"site:{host}") if old_address(i.id) is None]
    return [i.id for i in sample(items, size)]


def _pages(news: Reader, ids: list[str]) -> list[int]:
    return [news.page(i).status for i in ids]


def test_switches_add_up_until_they_are_reset(served, news):
    assert served.control.google() == GoogleSwitches()
    served.control.google(p_old=0.5, empty_feed_hosts=[HOST])
    both = served.control.google(escapes=False)
    assert both == GoogleSwitches(p_old=0.5, empty_feed_hosts=(HOST,), escapes=False)
    served.control.reset_google()
    assert served.control.google() == GoogleSwitches()


@pytest.mark.parametrize("wrong", [{"p_olds": 1}, {"p_old": 2}, {"rss_status": 200}, {"sorry": "ya"}], ids=str)
def test_what_is_no_switch_is_refused_and_changes_nothing(served, news, wrong):
    with pytest.raises(ValueError, match="validation error"):
        served.control.google(escapes=False, **wrong)
    assert served.control.google() == GoogleSwitches()
    with pytest.raises(ValueError, match="JSON object"):
        served.control._ask("POST", "/google", [1])


def test_shares_choose_more_of_the_same_articles(served, news):
    shown = []
    for share in (0, 0.3, 0.7, 1):
        served.control.google(articles_in_feed=share)
        shown.append({i.title for i in news.search(f"site:{HOST}")})
    assert shown[0] == set() < shown[1] < shown[2] < shown[3]


@pytest.mark.parametrize(("share", "forms"), [(0, {True}), (1, {False})])
def test_all_ids_of_one_form(served, news, share, forms):
    served.control.google(p_old=share)
    assert {old_address(i.id) is None for i in news.search(f"site:{HOST}")} == forms


def test_unstable_ids_differ_in_each_feed_and_all_decode(served, news):
    served.control.google(unstable_guid=True, p_old=0)
    first, second = (sorted(news.search(f"site:{HOST}")) for _ in range(2))
    assert [i.title for i in first] == [i.title for i in second]
    assert not {i.id for i in first} & {i.id for i in second}
    assert news.decode(first[0].id, first[1].id) == news.decode(second[0].id, second[1].id)


def test_too_many_pages_lock_out_and_each_further_one_begins_anew(served, news):
    ids = _tokens(news, 7)
    served.control.google(page_limit=5, retry_after=1200)
    assert _pages(news, ids) == [200] * 5 + [429] * 2
    assert news.page(ids[0]).header("retry-after") == "1200"
    served.control.advance(3599)
    assert news.page(ids[0]).status == 429
    served.control.advance(3599)
    assert news.page(ids[0]).status == 429
    served.control.advance(3600)
    assert news.page(ids[0]).status == 200
    counts = served.control.google_counts()
    assert (counts["page"], counts["pages_locked_out"]) == (11, 5)
    assert len(news.search(f"site:{HOST}")) > 10


def test_a_lock_out_may_end_in_spite_of_knocking_and_without_a_hint(served, news):
    (one,) = _tokens(news, 1)
    served.control.google(page_limit=1, window_s=10, lock_s=100, lock_extends=False)
    assert _pages(news, [one, one]) == [200, 429]
    served.control.advance(99)
    refused = news.page(one)
    assert (refused.status, refused.header("retry-after")) == (429, None)
    served.control.advance(1)
    assert news.page(one).status == 200


def test_slow_readers_are_never_locked_out(served, news):
    (one,) = _tokens(news, 1)
    served.control.google(page_limit=1, window_s=70)
    for _ in range(5):
        assert news.page(one).status == 200
        served.control.advance(70)


def test_the_wall_clock_does_not_care_for_the_replicas(served, news):
    (one,) = _tokens(news, 1)
    served.control.google(page_limit=1, wall_clock=True)
    assert news.page(one).status == 200
    served.control.advance(100_000)
    assert news.page(one).status == 429
    served.control.reset_google()
    assert news.page(one).status == 200


def test_a_burst_of_503_ends_after_its_number(served, news):
    for _ in range(2):
        served.control.google(rss_status=503, rss_status_requests=2)
        assert [news.get(FEED).status for _ in range(3)] == [503, 503, 200]
    served.control.google(rss_status=429, rss_status_requests=None, retry_after=60)
    got = news.get(FEED)
    assert (got.status, got.header("retry-after")) == (429, "60")
    served.control.google(rss_status=None)
    assert news.get(FEED).status == 200


def test_the_captcha_comes_by_redirect_or_as_a_short_page(served, news):
    (one,) = _tokens(news, 1)
    served.control.google(sorry="redirect")
    got = news.page(one)
    assert got.status == 302
    assert got.header("location").startswith(CAPTCHA)
    assert news.get(FEED).status == 200
    served.control.google(sorry="page", sorry_at=["feed", "page", "batch"])
    for got in (news.page(one), news.get(FEED), news.post(b"")):
        assert got.status == 200
        assert "/sorry/" in got.body.decode()
        assert len(got.body) < 2048


def test_consent_takes_two_hops_and_a_cookie_skips_it(served, news):
    (one,) = _tokens(news, 1)
    signed = news.sign(one)
    served.control.google(consent=True)
    for got in (news.get(FEED), news.page(one)):
        assert got.status == 302
        hop = got.header("location")
        assert hop.startswith("https://consent.google.com/ml?continue=https%3A%2F%2Fnews.google.com%2Frss")
        hop = news.browser.get(hop).header("location")
        assert hop.startswith("https://consent.google.com/m?continue=https%3A%2F%2Fnews.google.com%2Frss")
        assert "Before you continue" in news.browser.get(hop).text
    assert news.batch([signed])[0].url
    assert served.control.google_counts()["consent"] == 4
    with_cookie = Reader(news.browser, {"Cookie": "CONSENT=PENDING+987; SOCS=CAESHAgBEhIaAB"})
    assert with_cookie.sign(one)
    assert with_cookie.search(f"site:{HOST}")


def test_feeds_may_be_empty_for_all_or_for_some_hosts(served, news):
    served.control.google(empty_feed_hosts=[HOST])
    assert news.search(f"site:{HOST}") == []
    rest = {i.source_url for i in news.search("site:disway.id")}
    assert rest
    assert f"https://{HOST}" not in rest
    served.control.google(empty_feed=True)
    assert news.search("site:disway.id") == news.feed(f"/rss?{LOCALE}") == []


def test_html_in_place_of_a_feed(served, news):
    served.control.google(html_instead_of_xml=True)
    got = news.get(FEED)
    assert (got.status, got.header("content-type")) == (200, "text/html; charset=utf-8")
    with pytest.raises(ET.ParseError):
        items_of(got.body)


def test_a_cut_feed_begins_as_the_whole_one(served, news):
    whole = news.get(FEED).body
    served.control.google(truncated_xml=True)
    got = news.get(FEED)
    assert got.status == 200
    assert whole.startswith(got.body)
    assert b"</item>" in got.body
    assert len(got.body) < len(whole)


def test_every_feed_may_be_unsupported(served, news):
    served.control.google(unsupported=True)
    got = news.get(FEED)
    assert (got.status, got.header("location")) == (302, f"{ROOT}/rss/unsupported?{LOCALE}")
    assert news.get(f"/rss/unsupported?{LOCALE}").status == 200


def test_items_without_source_or_date(served, news):
    served.control.google(missing_source=0.5)
    items = news.search(f"site:{HOST}")
    assert {i.source is None for i in items} == {True, False}
    assert all((i.source is None) == (i.source_url is None) for i in items)
    served.control.google(missing_source=0, missing_pubdate=1)
    assert {i.published for i in news.search(f"site:{HOST}")} == {None}
    assert all(i.source_url for i in news.search(f"site:{HOST}"))


def test_rows_missing_in_order_and_refused(served, news):
    signed = [news.sign(i) for i in _tokens(news, 6)]
    served.control.google(shuffle=False)
    assert [row.tag for row in news.batch(signed)] == list("012345")
    served.control.google(drop_rows=2)
    assert len(news.batch(signed)) == len(news.batch(signed, "?rt=c")) == 4
    served.control.google(drop_rows=9)
    assert news.batch(signed) == []
    served.control.google(drop_rows=0, batch_error="[3]")
    assert {(row.url, *row.code) for row in news.batch(signed)} == {(None, 3)}
    served.control.google(batch_error="er")
    assert news.batch(signed) == []
    assert '"er",null,null,null,null,400' in news.post(b"f.req=x").text


def test_escapes_within_the_text_of_a_row(served, news):
    served.control.google(utm_target=1)
    signed = [news.sign(i) for i in _tokens(news, 2)]
    urls = {row.url for row in news.batch(signed)}
    assert all("?utm_source=google_news&utm_medium=" in u for u in urls)
    wire = news.post(form_of(signed)).text
    assert "utm_source\\\\u003dgoogle_news\\\\u0026utm_medium" in wire
    served.control.google(escapes=False)
    assert "utm_source=google_news&utm_medium" in news.post(form_of(signed)).text
    assert {row.url for row in news.batch(signed)} == urls


@pytest.mark.parametrize("p_old", [0, 1])
def test_long_addresses_come_whole_out_of_both_forms(served, news, p_old):
    served.control.google(p_old=p_old, long_urls=1, amp_target=0)
    ids = [i.id for i in sample(news.search(f"site:{HOST}"), 3)]
    urls = news.decode(*ids)
    assert all(len(u) > 256 for u in urls)
    assert [old_address(i) for i in ids] == (urls if p_old else [None] * 3)
    assert [news.browser.get(u).status for u in urls] == [200] * 3


def test_amp_addresses_lead_to_the_twin(served, news):
    served.control.google(amp_target=1)
    for url in news.decode(*_tokens(news, 4)):
        assert url.startswith(f"https://{HOST}/amp/")
        assert news.browser.get(url).status == 200


def test_a_fourth_element_gives_the_amp_address_of_some(served, news):
    served.control.google(amp_target=0)
    rows = news.batch([news.sign(i) for i in _tokens(news, 12)])
    assert {row.amp is None for row in rows} == {True, False}
    assert all(row.amp is None or row.amp.startswith(f"https://{HOST}/amp/") for row in rows)


def test_addresses_on_another_host_and_gone_ones(served, news):
    served.control.google(other_host=1, other_host_name="palpos.disway.id")
    items = sample(news.search(f"site:{HOST}"), 2)
    assert {i.source_url for i in items} == {f"https://{HOST}"}
    assert all(u.startswith("https://palpos.disway.id/") for u in news.decode(*(i.id for i in items)))
    served.control.google(other_host=0, gone_target=1)
    for url in news.decode(*_tokens(news, 3)):
        assert url.startswith(f"https://{HOST}/")
        assert news.browser.get(url).status == 404


def test_faults_meet_google_as_any_host(served, news):
    served.control.fault("status", "news.google.com", "/rss", status=500, count=1)
    assert [news.get(FEED).status for _ in range(2)] == [500, 200]
    assert served.control.google_counts()[RequestKind.FEED] == 2
