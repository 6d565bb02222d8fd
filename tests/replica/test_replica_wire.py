"""What goes over the wire: proxying, keep-alive, exact bytes, conditional requests, refusals."""

import gzip
import re
import ssl

import pytest
from replica_client import Browser, open_proxy, open_tunnel, read_all, read_until

from replica.world import RobotsKind


def _asked(target: str, host: str, *headers: str) -> bytes:
    return "\r\n".join((f"GET {target} HTTP/1.1", f"Host: {host}", *headers, "", "")).encode()


@pytest.mark.parametrize("coding", ["identity", "gzip"])
@pytest.mark.parametrize("path", ["/", "/kategori/lokal", "/robots.txt", "/tidak/ada", "/upload/x.jpg"])
def test_the_log_holds_exactly_the_bytes_that_were_sent(replica, path, coding):
    host = "radartegal.disway.id"
    with open_tunnel(replica, host) as connection:
        connection.sendall(_asked(path, host, f"Accept-Encoding: {coding}", "Connection: close"))
        got = read_all(connection)
    (entry,) = replica.control.log()
    sent = replica.control.exchange(entry.n)
    assert got == sent.wire
    assert entry.bytes == len(got)
    assert entry.complete
    head, _, body = got.partition(b"\r\n\r\n")
    assert sent.head == head + b"\r\n\r\n"
    if b"Transfer-Encoding: chunked" in head:
        assert _unchunked(body) == sent.entity
    else:
        assert body == sent.entity
        assert b"Content-Length: %d" % len(body) in head
    if b"Content-Encoding: gzip" in head:
        assert gzip.decompress(sent.entity)


def _unchunked(body: bytes) -> bytes:
    whole = b""
    while size := int(body.partition(b"\r\n")[0], 16):
        start = body.index(b"\r\n") + 2
        whole += body[start : start + size]
        body = body[start + size + 2 :]
    return whole


def test_requests_are_logged_with_header_order_and_case(replica):
    host = "palpos.disway.id"
    with open_tunnel(replica, host) as connection:
        connection.sendall(_asked("/?x=1", host, "X-zEbra: satu", "accept: */*", "x-Zebra: dua", "Connection: close"))
        read_all(connection)
    (entry,) = replica.control.log()
    assert entry.url == f"https://{host}/?x=1"
    assert entry.request_headers[1:4] == (("X-zEbra", "satu"), ("accept", "*/*"), ("x-Zebra", "dua"))


def test_many_requests_share_one_tunnel_and_one_plain_connection(replica):
    host = "radartegal.disway.id"
    with open_tunnel(replica, host) as connection:
        for _ in range(3):
            connection.sendall(_asked("/robots.txt", host))
            head = read_until(connection, b"\r\n\r\n")
            length = int(re.search(rb"Content-Length: (\d+)", head)[1])
            assert len(connection.recv(length)) == length
    with open_proxy(replica) as connection:
        for _ in range(2):
            connection.sendall(_asked(f"http://{host}/read/1/x?y=2", host))
            head = read_until(connection, b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 301 Moved Permanently\r\n")
            assert f"Location: https://{host}/read/1/x?y=2\r\n".encode() in head
            connection.recv(int(re.search(rb"Content-Length: (\d+)", head)[1]))
    assert len(replica.control.log()) == 5


def test_each_server_has_its_own_header_order_and_case(replica, browser):
    heads = {}
    for host in ("radartegal.disway.id", "rakyatbengkulu.disway.id", "palpos.disway.id"):
        browser.get(f"https://{host}/")
        heads[host] = replica.control.exchange(replica.control.log()[-1].n).head.decode()
    assert heads["radartegal.disway.id"].splitlines()[1] == "Server: nginx"
    assert "\r\nContent-Type: text/html\r\n" in heads["radartegal.disway.id"]
    assert "\r\nset-cookie: ci_session=" in heads["rakyatbengkulu.disway.id"]
    assert heads["palpos.disway.id"].splitlines()[1].startswith("Date: ")
    assert "Content-Type: text/html; charset=UTF-8" in heads["palpos.disway.id"]
    for head in heads.values():
        assert len(re.findall(r"(?i)^set-cookie:", head, re.MULTILINE)) == 2


def test_articles_and_listings_are_framed_differently(replica, browser):
    article = next(a for a in replica.control.truth().articles if a.host == "radartegal.disway.id")
    assert browser.get(f"https://{article.host}/").header("transfer-encoding") == "chunked"
    assert browser.get(article.url).header("content-length") is not None
    palpos = next(a for a in replica.control.truth().articles if a.host == "palpos.disway.id")
    assert browser.get(palpos.url).header("transfer-encoding") == "chunked"


def test_a_host_off_the_network_gets_502_and_is_noted(replica):
    with open_proxy(replica) as connection:
        connection.sendall(b"CONNECT berita.example:443 HTTP/1.1\r\nHost: berita.example:443\r\n\r\n")
        assert read_all(connection).startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    with open_proxy(replica) as connection:
        connection.sendall(_asked("http://contoh.invalid/", "contoh.invalid"))
        assert read_all(connection).startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    assert [(e.kind, e.host) for e in replica.control.log()] == [
        ("unknown_host", "berita.example"),
        ("unknown_host", "contoh.invalid"),
    ]


def test_any_slug_and_any_form_find_the_article_and_an_unknown_id_does_not(replica, browser):
    article = replica.control.truth().articles[0]
    root = f"https://{article.host}"
    for path in (
        f"/read/{article.id}/slug-lama",
        f"/bagian/read/{article.id}/x",
        f"/read/{article.id}/x?utm_source=wa",
    ):
        assert article.title in browser.get(root + path).visible
    for path in (
        "/read/999/x",
        "/amp/999/x",
        "/kategori/tidak-ada",
        "/listtag/1/x",
        f"/read/{article.id}",
        "/sitemap.xml",
    ):
        assert browser.get(root + path).status == 404
    assert browser.get(f"{article.url}/600").status == 200


def test_www_goes_to_the_bare_host(browser):
    got = browser.get("https://www.sumeks.disway.id/read/1/x")
    assert (got.status, got.header("location")) == (301, "https://sumeks.disway.id/read/1/x")


def test_head_sends_the_head_alone_and_post_is_refused(replica, browser):
    article = replica.control.truth().articles[0]
    full, head = browser.get(article.url), browser.get(article.url, method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert full.header("content-length") == head.header("content-length")
    assert browser.get(article.url, method="POST").status == 405


def test_conditional_requests_are_answered_304_where_the_site_has_validators(replica, browser):
    truth = replica.control.truth().articles
    url = next(a.url for a in truth if a.host == "sumeks.disway.id")
    first = browser.get(url)
    etag, modified = first.header("etag"), first.header("last-modified")
    assert etag is not None
    assert modified is not None
    assert browser.get(url, If_None_Match=etag).status == 304
    assert browser.get(url, If_None_Match='"lain"').status == 200
    assert browser.get(url, If_Modified_Since=modified).status == 304
    assert browser.get(url, If_Modified_Since="Mon, 01 Jan 2001 00:00:00 GMT").status == 200
    assert browser.get(url, If_Modified_Since="kemarin").status == 200
    bare = browser.get(next(a.url for a in truth if a.host == "radartegal.disway.id"))
    assert bare.header("etag") is None


def test_robots_of_several_kinds(big, world):
    with Browser(big) as browser:
        answers = {s.profile.robots: browser.get(f"https://{s.profile.host}/robots.txt") for s in world.sites}
    assert set(answers) == set(RobotsKind)
    assert answers[RobotsKind.MISSING].status == 404
    assert answers[RobotsKind.EMPTY].body == b""
    assert answers[RobotsKind.CRLF_BOM].body.startswith(b"\xef\xbb\xbfUser-agent: *\r\n")
    assert b"Crawl-delay: 1" in answers[RobotsKind.CRAWL_DELAY].body
    assert b"Disallow: /search" in answers[RobotsKind.DISALLOW_SEARCH].body


def test_a_client_without_the_ca_is_not_served(replica):
    with open_proxy(replica) as raw:
        raw.sendall(b"CONNECT radartegal.disway.id:443 HTTP/1.1\r\nHost: radartegal.disway.id\r\n\r\n")
        read_until(raw, b"\r\n\r\n")
        stranger = ssl.create_default_context()
        with pytest.raises(ssl.SSLCertVerificationError):
            stranger.wrap_socket(raw, server_hostname="radartegal.disway.id")
    assert replica.control.log() == []


@pytest.mark.parametrize("nonsense", [b"bukan http\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET " + b"x" * 200_000])
def test_what_is_no_request_gets_400(replica, nonsense):
    with open_proxy(replica) as connection:
        connection.sendall(nonsense)
        assert connection.recv(64).startswith(b"HTTP/1.1 400 ")
    assert replica.control.health()["ok"]


def test_search_lists_titles_with_the_word(replica, browser):
    article = replica.control.truth().articles[0]
    word = article.title.split()[-1].strip('"?!')
    got = browser.get(f"https://{article.host}/search/kata/?c={word}")
    assert f'Kata Pencarian "{word}"' in got.visible
    assert article.url in got.links(".")


def test_search_pages_by_offset_and_limit(big):
    with Browser(big) as browser:
        first = browser.get("https://disway.id/search/kata/?c=a")
        (further,) = set(first.links(r"/search/kata/30/"))
        assert further == "https://disway.id/search/kata/30/30/?c=a"
        second = browser.get(further)
    rows = [set(p.text.partition("<section>")[2].partition("</section>")[0].split('"')) for p in (first, second)]
    urls = [{u for u in r if re.search(r"/\d{6}/", u)} for r in rows]
    assert len(urls[0]) == 30
    assert urls[1]
    assert not urls[0] & urls[1]
