"""The readers against the replica's Google News, which writes the same grammar by other code: feed to URL."""

import gzip
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from news.google import GoogleRefusal
from pages.google_batch import BATCH_URL, NotDecoded, batch_body, read_batch
from pages.google_feed import GoogleFeed, read_google_feed
from pages.google_ids import offline_url
from pages.google_page import Signature, read_article_page
from pages.google_query import article_page_url, canary_url, search_url
from pages.google_refusal import refusal_of
from replica.answers import Answer
from replica.google.desk import GoogleDesk
from replica.incoming import Request
from replica.network import Network

WORLD = Network.generate(seed=5, sites=3, articles=40)
NOW = WORLD.start + timedelta(days=1)


@pytest.fixture
def desk() -> GoogleDesk:
    return GoogleDesk(WORLD)


def ask(desk: GoogleDesk, url: str, form: bytes | None = None) -> Answer:
    pieces = urlsplit(url)
    target = f"{pieces.path}?{pieces.query}" if pieces.query else pieces.path
    method = "GET" if form is None else "POST"
    return desk.answer(Request(method, "https", pieces.netloc, target, (), body=form or b""), NOW)


def header(answer: Answer, name: str) -> str | None:
    lines = (line.partition(": ") for line in answer.head.decode("latin-1").split("\r\n")[1:])
    return next((value for key, _, value in lines if key.lower() == name), None)


def refused(answer: Answer) -> GoogleRefusal | None:
    return refusal_of(answer.status, header(answer, "location"), answer.entity, header(answer, "content-type"))


def feed_of(desk: GoogleDesk, host: str) -> GoogleFeed:
    answer = ask(desk, search_url(host))
    assert refused(answer) is None
    return read_google_feed(answer.entity)


def signed(desk: GoogleDesk, token: str) -> Signature:
    answer = ask(desk, article_page_url(token))
    assert refused(answer) is None
    found = read_article_page(
        gzip.decompress(answer.entity) if answer.entity[:2] == b"\x1f\x8b" else answer.entity, token
    )
    assert isinstance(found, Signature)
    return found


@pytest.mark.parametrize("query", ["", "?rt=c"])
def test_every_lead_of_a_host_becomes_its_url(desk, query):
    desk.change({"p_old": 0.3, "long_urls": 0.3, "utm_target": 0.3, "amp_target": 0.3, "unstable_guid": True})
    truth = {article["url"]: article for article in desk.articles(NOW)}
    found, offline = set(), 0
    for host in {article["host"] for article in truth.values()}:
        leads = feed_of(desk, host).leads
        urls = {lead.token: offline_url(lead.token) for lead in leads}
        offline += sum(url is not None for url in urls.values())
        sealed = [token for token, url in urls.items() if url is None]
        decoded = read_batch(
            ask(desk, BATCH_URL + query, batch_body([signed(desk, t) for t in sealed])).entity, len(sealed)
        )
        urls |= {sealed[place]: url for place, url in decoded.items()}
        assert {truth[urls[lead.token]]["host"] for lead in leads} == {lead.host for lead in leads} == {host}
        assert all(truth[urls[lead.token]]["headline"].startswith(lead.title) for lead in leads)
        assert {truth[urls[lead.token]]["publisher"] for lead in leads} == {lead.publisher for lead in leads}
        found |= set(urls.values())
    assert found == set(truth)
    assert 0 < offline < len(truth)


def test_the_front_page_names_more_articles_than_items(desk):
    read = read_google_feed(ask(desk, canary_url()).entity)
    assert len(read.leads) > read.items > 0


def test_rows_that_are_missing_or_refused(desk):
    host = desk.articles(NOW)[0]["host"]
    desk.change({"p_old": 0, "drop_rows": 2})
    tokens = [lead.token for lead in feed_of(desk, host).leads][:6]
    signatures = [signed(desk, token) for token in tokens]
    forged = [*signatures[:5], signatures[5]._replace(signature="x")]
    decoded = read_batch(ask(desk, BATCH_URL, batch_body(forged)).entity, 6)
    assert len(decoded) == 4
    assert decoded.get(5, NotDecoded(3)) == NotDecoded(3)


@pytest.mark.parametrize(
    ("switches", "reason"),
    [
        ({"rss_status": 503}, GoogleRefusal.UNAVAILABLE),
        ({"rss_status": 429}, GoogleRefusal.TOO_MANY_REQUESTS),
        ({"rss_status": 500}, GoogleRefusal.HTTP_ERROR),
        ({"sorry": "redirect", "sorry_at": ["feed"]}, GoogleRefusal.SORRY),
        ({"sorry": "page", "sorry_at": ["feed"]}, GoogleRefusal.SORRY),
        ({"consent": True}, GoogleRefusal.CONSENT),
        ({"unsupported": True}, GoogleRefusal.UNSUPPORTED),
        ({}, None),
    ],
    ids=str,
)
def test_refusals_by_their_kind(desk, switches, reason):
    desk.change(switches)
    assert refused(ask(desk, search_url("disway.id"))) is reason


@pytest.mark.parametrize(
    "url", ["https://consent.google.com/m?continue=x", "https://www.google.com/sorry/index?continue=x"]
)
def test_walls_are_known_when_one_stands_before_them(desk, url):
    assert refused(ask(desk, url)) in (GoogleRefusal.CONSENT, GoogleRefusal.TOO_MANY_REQUESTS)
