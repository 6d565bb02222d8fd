"""Each fault does what it says, where and as often as it says."""

import gzip
import http.client
import socket
import ssl
import zlib
from time import monotonic

import pytest
from replica_client import Browser, open_tunnel, read_all, read_until

HOST = "radartegal.disway.id"
HOME = f"https://{HOST}/"


def _raw(replica, path: str = "/", coding: str = "identity") -> ssl.SSLSocket:
    connection = open_tunnel(replica, HOST)
    request = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nAccept-Encoding: {coding}\r\nConnection: close\r\n\r\n"
    connection.sendall(request.encode())
    return connection


def test_status_with_headers_on_one_host_only(replica, browser):
    replica.control.fault("status", HOST, status=429, headers={"Retry-After": "7"}, body="pelan")
    got = browser.get(HOME)
    assert (got.status, got.header("retry-after"), got.body) == (429, "7", b"pelan")
    assert browser.get("https://palpos.disway.id/").status == 200
    entry = replica.control.log()[0]
    assert (entry.fault, entry.status) == ("status", 429)


def test_count_every_and_prefix_bound_a_fault(replica, browser):
    replica.control.fault("status", HOST, "/kategori", count=2)
    assert [browser.get(f"{HOME}kategori/lokal").status for _ in range(3)] == [503, 503, 200]
    assert replica.control.faults() == []
    replica.control.fault("status", every=3, status=500)
    assert [browser.get(HOME).status for _ in range(6)] == [200, 200, 500, 200, 200, 500]
    replica.control.clear_faults()
    assert browser.get(HOME).status == 200


def test_cut_announces_more_than_it_sends(replica):
    replica.control.fault("cut", after_bytes=1000)
    with _raw(replica) as connection:
        head = read_until(connection, b"\r\n\r\n")
        body = read_all(connection)
    assert len(body) == 1000
    entry = replica.control.log()[-1]
    sent = replica.control.exchange(entry.n)
    assert f"Content-Length: {len(sent.entity)}\r\n".encode() in head
    assert len(sent.entity) > 50_000
    assert (sent.wire, entry.complete) == (head + body, False)


def test_cut_in_the_middle_of_chunks(replica, browser):
    replica.control.fault("cut", chunked=True)
    with pytest.raises(http.client.IncompleteRead):
        browser.get(HOME)


def test_reset_breaks_the_connection_without_a_byte(replica):
    replica.control.fault("reset")
    with _raw(replica) as connection, pytest.raises((ConnectionResetError, ssl.SSLError)):
        connection.recv(1)
    assert replica.control.log()[-1].bytes == 0


def test_unreachable_refuses_the_tunnel_and_breaks_an_open_one(replica, browser):
    assert browser.get(HOME).status == 200
    replica.control.fault("unreachable", HOST)
    with pytest.raises((OSError, http.client.HTTPException)):
        browser.get(HOME)
    with Browser(replica) as fresh, pytest.raises(OSError, match="502"):
        fresh.get(HOME)
    last = replica.control.log()[-1]
    assert (last.method, last.kind, last.fault) == ("CONNECT", "fault", "unreachable")
    assert browser.get("https://palpos.disway.id/").status == 200


def test_stall_never_answers(replica):
    replica.control.fault("stall")
    with _raw(replica) as connection:
        connection.settimeout(0.2)
        with pytest.raises(socket.timeout):
            connection.recv(1)
    assert replica.control.health()["ok"]


def test_slow_drips_the_true_answer(replica, browser):
    true = browser.get(f"{HOME}robots.txt").body
    replica.control.fault("slow", bytes_per_s=1000, delay_s=0.05)
    began = monotonic()
    assert browser.get(f"{HOME}robots.txt").body == true
    assert monotonic() - began > 0.2


def test_redirects_home_away_and_in_a_loop(replica, browser):
    replica.control.fault("redirect_home", HOST, "/read", count=1)
    assert browser.get(f"{HOME}read/1/x").header("location") == HOME
    replica.control.fault("redirect", HOST, "/read", location="https://contoh.invalid/", count=1)
    assert browser.get(f"{HOME}read/1/x").header("location") == "https://contoh.invalid/"
    replica.control.fault("redirect_loop", HOST)
    seen = [f"{HOME}kategori/lokal"]
    for _ in range(4):
        got = browser.get(seen[-1])
        assert got.status == 302
        seen.append(got.header("location"))
    assert seen[1] == seen[3] != seen[2] == seen[4]


def test_bomb_is_small_and_expands_to_what_it_says(replica):
    replica.control.fault("bomb", megabytes=1024)
    with _raw(replica) as connection:
        head, _, body = read_all(connection).partition(b"\r\n\r\n")
    assert b"Content-Encoding: gzip" in head
    assert len(body) < 4 << 20
    opener, size = zlib.decompressobj(wbits=31), 0
    data = body
    while data and not opener.eof and size < 64 << 20:
        size += len(opener.decompress(data, 1 << 20))
        data = opener.unconsumed_tail
    assert size >= 64 << 20


def test_a_bomb_is_one_whole_gzip_member(replica, browser):
    replica.control.fault("bomb", megabytes=3)
    assert len(browser.get(HOME).body) == 3 << 20


@pytest.mark.parametrize("chunked", [False, True])
def test_overlong_is_as_long_as_it_says(replica, browser, chunked):
    replica.control.fault("overlong", megabytes=5, chunked=chunked)
    assert len(browser.get(HOME).body) == 5 << 20


def test_html_and_soft_404_say_200(replica, browser):
    article = replica.control.truth().articles[0]
    replica.control.fault("soft_404", count=1)
    got = browser.get(article.url)
    assert got.status == 200
    assert "tidak ditemukan" in got.visible
    replica.control.fault("html", count=1)
    assert "pemeliharaan" in browser.get(article.url).visible


def test_garbage_is_no_http(replica, browser):
    replica.control.fault("garbage")
    with pytest.raises(http.client.HTTPException):
        browser.get(HOME)


def test_robots_fault_leaves_the_pages_alone(replica, browser):
    replica.control.fault("robots", HOST, status=200, body="<html>bukan robots</html>")
    assert browser.get(f"{HOME}robots.txt").body == b"<html>bukan robots</html>"
    assert browser.get(HOME).status == 200


def test_a_misspelt_fault_is_refused(replica):
    with pytest.raises(ValueError, match="kindd"):
        replica.control._ask("POST", "/fault", {"kindd": "status"})


def test_gzip_pages_still_open_after_a_cut_elsewhere(replica):
    replica.control.fault("cut", count=1)
    with _raw(replica, coding="gzip") as connection:
        _, _, body = read_all(connection).partition(b"\r\n\r\n")
    with pytest.raises((EOFError, zlib.error)):
        gzip.decompress(body)
    with Browser(replica) as fresh:
        assert "Terkini" in fresh.get(HOME).visible
