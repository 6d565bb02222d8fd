"""An honest Google News: feeds of what was published, ids that decode, signatures that expire."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlencode

import pytest
from google_client import LOCALE, ROOT, Reader, form_of, old_address, rows_of, sample, signed_of
from replica_client import Browser

from replica.google.robots import robots_txt
from replica.network import Network
from replica.server import ReplicaServer

_REAL_ROBOTS = Path(__file__).parents[3] / "shared/real/news.google.com_robots.txt"


@pytest.fixture(scope="module")
def served() -> Iterator[ReplicaServer]:
    with ReplicaServer.start(Network.generate(5, sites=4, articles=40)) as server:
        server.control.advance(7200)
        yield server


@pytest.fixture
def news(served: ReplicaServer) -> Iterator[Reader]:
    served.control.reset_google()
    served.control.clear_log()
    with Browser(served) as browser:
        yield Reader(browser)


def test_robots_forbid_all_but_the_reading_pages(news):
    got = news.get("/robots.txt")
    assert (got.status, got.body) == (200, robots_txt())
    assert len(got.body) == 484


@pytest.mark.skipif(not _REAL_ROBOTS.exists(), reason="the original is not here")
def test_robots_are_the_original_byte_for_byte():
    assert robots_txt() == _REAL_ROBOTS.read_bytes()


def test_a_search_for_a_host_finds_most_of_its_articles_and_nothing_else(served, news):
    truth = served.control.truth()
    for host in {a.host for a in truth.articles}:
        mine = [a for a in truth.articles if a.host == host]
        items = news.search(f"site:{host}")
        assert 0.6 * len(mine) < len(items) < len(mine)
        assert {i.source_url for i in items} == {f"https://{host}"}
        titles = {i.title for i in items}
        assert len(titles & {t for a in mine for t in _shown(a, items[0].source)}) == len(items)


def _shown(article, publisher: str) -> set[str]:
    return {
        f"{title}{host} - {publisher}"
        for title in {v.title for v in article.versions}
        for host in ("", f" - {article.host}")
    }


def test_titles_carry_the_host_on_some_sites_and_several_hosts_share_a_label(news):
    items = news.search("site:disway.id")
    with_host = {i.source_url for i in items if f" - {i.source_url.removeprefix('https://')} - " in i.title}
    assert with_host
    assert with_host < {i.source_url for i in items}
    labels = Counter(source for _, source in {(i.source_url, i.source) for i in items})
    assert labels["Disway"] > 1
    assert len(labels) > 1


def test_a_feed_is_one_line_unsorted_and_dated_in_gmt(news):
    body = news.get(f"/rss/search?q=site:disway.id&{LOCALE}").text
    assert "\n" not in body
    assert body.startswith('<?xml version="1.0" encoding="UTF-8" standalone="yes"?><rss version="2.0"')
    assert '<title>"site:disway.id" - Google News</title>' in body
    items = news.search("site:disway.id")
    dates = [i.published for i in items]
    assert sorted(dates) != dates != sorted(dates, reverse=True)
    assert body.count(" GMT</pubDate>") == len(items)
    for item in items:
        assert item.link == f"{ROOT}/rss/articles/{item.id}?oc=5"
        assert item.id.startswith("CBMi")
        assert item.linked == [item.id]


def test_a_feed_ends_at_100_items_and_its_days_add_up_to_more(served, news):
    assert len(served.control.google_articles()) > 100
    items = news.search("site:disway.id")
    assert len(items) == 100
    now = datetime.fromisoformat(served.control.health()["now"]).date()
    slices = [
        {i.id for i in news.search(f"site:disway.id after:{day} before:{day + timedelta(days=1)}")}
        for day in (now - timedelta(days=n) for n in range(-1, 15))
    ]
    assert sum(map(len, slices)) == len(set().union(*slices)) == len(served.control.google_articles())


def test_articles_are_noticed_minutes_to_two_hours_after_publication(served, news):
    shown = {a["key"]: datetime.fromisoformat(a["noticed_at"]) for a in served.control.google_articles()}
    truth = {a.key: a for a in served.control.truth().articles}
    delays = [noticed - truth[key].published_at for key, noticed in shown.items()]
    assert all(timedelta(minutes=3) <= d <= timedelta(hours=2) for d in delays)
    assert max(delays) - min(delays) > timedelta(hours=1)


def test_a_missing_locale_redirects_to_the_same_address_with_it(news):
    for path in ("/rss", "/rss/search?q=site:disway.id", "/rss/articles/CBMiAA?oc=5", "/rss/search?q=a&hl=id"):
        got = news.get(path)
        target = got.header("location")
        assert got.status == 302
        assert target.startswith(f"{ROOT}{path}")
        assert all(target.count(f"{name}=") == 1 for name in ("hl", "gl", "ceid"))
        assert target.endswith("gl=ID&ceid=ID:id")


def test_another_language_finds_nothing(news):
    for locale in ("hl=ko&gl=KR&ceid=KR:ko", "hl=&gl=ID&ceid=ID:id"):
        assert news.search("site:disway.id", locale) == []


def test_clusters_name_their_other_stories_with_ids_of_their_own(news):
    for path in ("/rss", "/rss/headlines/section/topic/NATION", "/rss/topics/CAAqBwgKMM"):
        items = news.feed(f"{path}?{LOCALE}")
        assert all(i.description.startswith("<ol><li>") for i in items)
        assert all(i.linked[0] == i.id for i in items)
        ids = [one for i in items for one in i.linked]
        assert len(set(ids)) == len(ids)
    assert any(len(i.linked) > 1 for i in news.feed(f"/rss?{LOCALE}"))


def test_places_and_topics_that_do_not_exist_are_unsupported(news):
    assert news.feed(f"/rss/headlines/section/geo/Tegal?{LOCALE}")
    for path in ("geo/Atlantis", "topic/PERTANIAN"):
        got = news.get(f"/rss/headlines/section/{path}?{LOCALE}")
        assert (got.status, got.header("location")) == (302, f"{ROOT}/rss/unsupported?{LOCALE}")
    assert news.feed(f"/rss/unsupported?{LOCALE}") == []


def test_every_id_leads_to_its_article_whatever_its_form(served, news):
    served.control.google(p_old=0.4)
    items = sample(news.search("site:disway.id"), 24)
    known = {(f"https://{a.host}", a.id) for a in served.control.truth().articles}
    assert {old_address(i.id) is None for i in items} == {True, False}
    for item, url in zip(items, news.decode(*(i.id for i in items)), strict=True):
        assert old_address(item.id) in (None, url)
        assert url.startswith(f"{item.source_url}/")
        assert (item.source_url, int(re.search(r"/(\d{5,})/", url)[1])) in known
        assert news.browser.get(url.partition("?")[0]).status == 200


def test_old_ids_are_a_tenth_and_hold_the_amp_address_or_nothing(served, news):
    shown = served.control.google_articles()
    assert 0.03 < sum(a["old_form"] for a in shown) / len(shown) < 0.2
    by_url = {a["url"] for a in shown if a["old_form"]}
    items = [i for host in {a["host"] for a in shown} for i in news.search(f"site:{host}")]
    assert {old_address(i.id) for i in items} - {None} == by_url


def test_ids_come_in_every_length_of_a_length(news):
    sizes = {len(i.id) for i in news.search("site:disway.id")}
    assert min(sizes) < 128 * 4 / 3
    assert max(sizes) > 512 * 4 / 3


def test_the_page_is_half_a_megabyte_with_the_tag_at_its_end_and_a_decoy_before(news):
    (item,) = sample([i for i in news.search("site:disway.id") if old_address(i.id) is None], 1)
    got = news.page(item.id)
    assert len(got.body) > 500_000
    assert got.header("content-encoding") == "gzip"
    at = got.text.index("data-n-a-")
    assert at > 0.99 * len(got.text)
    decoy = got.text[at : at + 40]
    _, rendered, signature = signed_of(got.text)
    assert decoy.startswith("data-n-a-ts")
    assert f'"{rendered}"' not in decoy
    assert len(signature) == 28
    with Browser(news.browser.replica, accept_gzip=False) as plain:
        assert Reader(plain).page(item.id).body == got.body
    assert news.browser.get(item.link.replace("oc=5", LOCALE), Range="bytes=-2000").status == 200


def test_pages_differ_in_order_place_and_escapes_of_the_attributes(news):
    pages = [news.page(i.id).text[-6000:] for i in sample(news.search("site:disway.id"), 30)]
    orders = {tuple(sorted(("-id=", "-ts=", "-sg="), key=page.rindex)) for page in pages}
    assert len(orders) > 3
    assert len({"<c-wiz jsrenderer" in p and '<div jscontroller="aLI87"' in p for p in pages}) == 2
    assert len({"&#" in p for p in pages}) == 2


@pytest.mark.parametrize("path", ["/articles/", "/read/"])
def test_the_addresses_for_browsers_lead_to_the_captcha(served, news, path):
    got = news.get(f"{path}CBMiAA?{LOCALE}")
    assert got.status == 302
    assert got.header("location").startswith("https://www.google.com/sorry/index?continue=https%3A%2F%2Fnews.google")
    followed = news.browser.get(got.header("location"))
    assert followed.status == 429
    assert "/sorry/" in followed.text
    assert [e.kind for e in served.control.log()] == ["google_old_page", "google_sorry"]


def test_rows_come_back_shuffled_with_the_tags_that_were_sent(news):
    signed = [news.sign(i.id) for i in sample(news.search("site:disway.id"), 12)]
    rows = news.batch(signed)
    tags = [row.tag for row in rows]
    assert sorted(tags, key=int) == [str(n) for n in range(12)] != tags
    again = {row.tag: row.url for row in news.batch(signed)}
    assert again == {row.tag: row.url for row in rows}
    assert {row.tag: row.url for row in news.batch(signed, "?rpcids=Fbv4je&rt=c")} == again


def test_a_call_without_a_tag_is_answered_with_an_empty_one(news):
    (item,) = sample(news.search("site:disway.id"), 1)
    inner = json.dumps(["garturlreq", [], *news.sign(item.id)])
    (row,) = rows_of(news.post(urlencode({"f.req": json.dumps([[["Fbv4je", inner]]])}).encode()).text)
    assert row.tag == ""
    assert row.url


def test_a_signature_is_good_for_ten_minutes(served, news):
    (item,) = sample(news.search("site:disway.id"), 1)
    signed = news.sign(item.id)
    start = datetime.fromisoformat(served.control.health()["now"])
    try:
        served.control.advance(600)
        assert news.batch([signed])[0].url
        served.control.advance(1)
        (row,) = news.batch([signed])
        assert (row.url, row.code) == (None, [3])
        assert news.decode(item.id)[0]
    finally:
        served.control.move_to(start)


def test_only_a_whole_signature_of_the_same_id_is_good(news):
    one, other = (news.sign(i.id) for i in sample(news.search("site:disway.id"), 2))
    wrong = [
        (one[0], one[1], other[2]),
        (one[0], one[1] - 1, one[2]),
        (one[0], one[1], ""),
        (one[0], one[1], "é"),
        (one[0], None, one[2]),
        (one[0],),
        (one[0][:-6] + "AAAAAA", one[1], one[2]),
        ("CBMiAA", one[1], one[2]),
    ]
    rows = news.batch([*wrong, (one[0], str(one[1]), one[2])])
    found = {row.tag: (row.url is not None, row.code) for row in rows}
    assert found == {str(n): (False, [3]) for n in range(len(wrong))} | {str(len(wrong)): (True, None)}


@pytest.mark.parametrize(
    "body",
    [b"", b"f.req=", b"f.req=%5B%5D", b"f.req=%5B%5B%5D%5D", b"x=1", b"f.req=" + b"%5B" * 20_000, form_of([])],
    ids=["nothing", "empty", "list", "no-call", "other-field", "deep", "no-calls"],
)
def test_a_malformed_call_is_refused_whole(news, body):
    got = news.post(body)
    assert got.text.startswith(')]}\'\n\n[["er",null,null,null,null,400,')
    assert news.post(body, "?rt=c").text.count('["er",') == 1


def test_requests_are_counted_by_kind_and_logged_like_any_other(served, news):
    items = sample(news.search("site:disway.id"), 3)
    news.decode(*(i.id for i in items))
    news.get("/tidak-ada")
    news.browser.get("https://consent.google.com/m?continue=x")
    counts = served.control.google_counts()
    assert counts == {
        **dict.fromkeys(counts, 0),
        "feed": 1,
        "page": 3,
        "batch": 1,
        "other": 1,
        "consent": 1,
        "ids_asked": 3,
        "ids_decoded": 3,
    }
    kinds = [e.kind for e in served.control.log()]
    assert kinds == ["google_feed", *["google_page"] * 3, "google_batch", "google_other", "google_consent"]
    served.control.reset_google()
    assert set(served.control.google_counts().values()) == {0}


def test_plain_http_is_sent_to_https_and_other_methods_are_refused(news):
    got = news.browser.get("http://news.google.com/rss?x=1")
    assert (got.status, got.header("location")) == (301, f"{ROOT}/rss?x=1")
    assert news.browser.get(f"{ROOT}/rss", "DELETE").status == 405
    assert news.browser.get(f"{ROOT}/_/DotsSplashUi/data/batchexecute").status == 405
    assert news.browser.get(f"{ROOT}/rss?{LOCALE}", "HEAD").body == b""


def test_ids_are_the_same_after_a_restart_and_at_another_hour(served, news):
    before = {i.title: i.id for i in news.search("site:radartegal.disway.id")}
    with ReplicaServer.start(Network.generate(5, sites=4, articles=40)) as second, Browser(second) as browser:
        second.control.advance(9000)
        after = {i.title: i.id for i in Reader(browser).search("site:radartegal.disway.id")}
    shared = before.keys() & after.keys()
    assert len(shared) > 20
    assert all(before[t] == after[t] for t in shared)


def test_a_vanished_article_stays_for_a_day():
    zone = timezone(timedelta(hours=7))
    network = Network.generate(7, sites=2, articles=40, start=datetime(2026, 3, 5, 7, tzinfo=zone))
    with ReplicaServer.start(network) as server, Browser(server) as browser:
        server.control.google(articles_in_feed=1)
        server.control.advance(49 * 3600)
        gone = {a.key: a.vanished_at for a in server.control.truth().articles if a.vanished_at}
        now = datetime.fromisoformat(server.control.health()["now"])
        shown = {a["key"] for a in server.control.google_articles()}
        old = {key for key, at in gone.items() if now - at > timedelta(days=1)}
        assert old
        assert not old & shown
        server.control.move_to(min(gone.values()) + timedelta(hours=1))
        first = min(gone, key=gone.__getitem__)
        listed = {a["key"]: a["url"] for a in server.control.google_articles()}
        assert browser.get(listed[first].partition("?")[0]).status == 404
