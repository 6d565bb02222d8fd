"""Answers that are no articles, whatever their status says: each has its word, none becomes an article or a version."""

from collections.abc import Iterator

import pytest
from fixtures.crawls import ALL_TIME, Operator, network_of
from scripted_newspaper import HOST, LEAD, SITE, Newspaper, article, crawl, page

from replica.server import ReplicaServer

CHALLENGE = (
    "<html><head><title>Just a moment...</title></head><body><div id='challenge-form'></div>"
    "<script>window._cf_chl_opt={cvId:'3'};</script></body></html>"
)
LOGIN = "<html><head><title>Masuk</title></head><body><form><input type='password'></form></body></html>"
MAINTENANCE = (
    "<html><head><title>Pemeliharaan</title></head><body><h1>Situs sedang dalam pemeliharaan</h1></body></html>"
)
ABSENT = "<html><head><title>404</title></head><body><h1>Halaman tidak ditemukan</h1></body></html>"
SCRIPT_OF_A_CDN = '<script src="https://cdnjs.cloudflare.com/ajax/libs/jquery/3.7.1/jquery.min.js"></script>'


def answer(body: str, status: str = "200 OK", *fields: str):
    return page(body.encode(), *fields, status=status)


NOTICES = {
    "challenge, 200": (answer(CHALLENGE), "pending", "challenge"),
    "challenge, 403": (answer(CHALLENGE, "403 Forbidden"), "pending", "http_403"),
    "challenge, 503": (answer(CHALLENGE, "503 Service Unavailable"), "pending", "http_503"),
    "login wall": (answer(LOGIN), "pending", "login_wall"),
    "maintenance, 200": (answer(MAINTENANCE), "pending", "maintenance"),
    "forbidden": (answer("tidak boleh", "403 Forbidden"), "pending", "http_403"),
    "absent, 200": (answer(ABSENT), "refused", "soft_404"),
    "nothing, 200": (answer(""), "refused", "no_body"),
    "image": (page(b"\x89PNG\r\n\x1a\n" + bytes(500)), "refused", "not_html"),
}
SETTINGS = {
    "DISWAY_NETWORK__RETRIES": "0",
    "DISWAY_POLITENESS__BACKOFF_START_S": "0.1",
    "DISWAY_POLITENESS__BACKOFF_CAP_S": "0.2",
}


def test_fault_25_notices_are_told_from_articles(tmp_path):
    numbers = dict(enumerate(NOTICES, 900))
    with Newspaper(tmp_path) as newspaper:
        healthy = {n: article(f"Berita ke-{n} dari desa", head=SCRIPT_OF_A_CDN).encode() for n in range(1, 30)}
        newspaper.publish({**healthy, **{n: NOTICES[name][0] for n, name in numbers.items()}})
        operator = newspaper.operator(tmp_path / "desk", **SETTINGS)
        done = crawl(operator)
    assert "Traceback" not in done.err
    stock = operator.stock()
    found = {name: stock.states[f"{SITE}/{n}"] for n, name in numbers.items()}
    assert found == {name: (state, reason) for name, (_, state, reason) in NOTICES.items()}
    assert set(stock.by_key) == {f"{SITE}/{n}" for n in healthy}, "a script of a content network is no challenge"
    assert all(LEAD.split(" - ")[1] in row["body"] for row in stock.articles)
    assert HOST in {row["host"] for row in stock.articles}


BUSY, ELSEWHERE, CALM = "radartegal.disway.id", "rakyatbengkulu.disway.id", "palpos.disway.id"


@pytest.fixture
def replica() -> Iterator[ReplicaServer]:
    with ReplicaServer.start(network_of(BUSY, ELSEWHERE, CALM, articles=8)) as server:
        yield server


@pytest.mark.parametrize("asked", ["9999999999", "Fri, 31 Dec 9999 23:59:59 GMT"], ids=["seconds", "date"])
def test_fault_25_a_host_that_asks_for_an_absurd_pause_is_left_to_a_later_run(
    replica: ReplicaServer, tmp_path, asked: str
):
    replica.control.fault("status", BUSY, "/kategori", status=503, headers={"Retry-After": asked})
    operator = Operator(tmp_path / "desk", replica, further=SETTINGS | {"DISWAY_POLITENESS__MAX_WAIT_S": "2"})
    done = operator.crawl([h.split(".")[0] for h in (BUSY, CALM)], *ALL_TIME)
    assert done.code == 1, done
    assert set(done.facts["degraded"]) == {"radartegal"}
    states = operator.stock().states
    assert {state for key, (state, _) in states.items() if key.startswith("palpos/")} == {"archived"}
    replica.control.clear_faults()
    assert operator.crawl([h.split(".")[0] for h in (BUSY, CALM)], *ALL_TIME).code == 0
    truth = {a.key for a in replica.control.truth().articles if a.is_live and a.host in (BUSY, CALM)}
    assert truth <= operator.stock().by_key.keys()


def test_fault_25_too_many_requests_slow_all_hosts_of_the_backend(replica: ReplicaServer, tmp_path):
    """They share one server, which says so through one of them."""
    replica.control.fault("status", BUSY, "/kategori", status=429, count=2, headers={"Retry-After": "1"})
    operator = Operator(tmp_path / "desk", replica, further=SETTINGS | {"DISWAY_NETWORK__RETRIES": "3"})
    done = operator.crawl([h.split(".")[0] for h in (BUSY, ELSEWHERE, CALM)], *ALL_TIME)
    assert done.code == 0, done
    assert done.facts["counts"]["backed_off"] == 2
    assert "the whole backend pauses" in done.err
    truth = {a.key for a in replica.control.truth().articles if a.is_live}
    assert truth <= operator.stock().by_key.keys()
