"""Addresses inside: whatever the name, spelling or way there, no packet reaches them, and it is counted."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_newspaper import HOST, SITE, Newspaper, article, ask, crawl, page

from crawler.addresses import is_public
from news.site import Network, Site
from news.url import UrlRules

PRIVATE = (
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.31.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1",
    "198.18.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
    "2002:a9fe:a9fe::", "2001:0:53aa:64c:0:0:f5ff:fffe", "64:ff9b:1::1",
)  # fmt: skip
SPELLED = (
    "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "127.1", "127.0.0.1.", "localhost", "localhost.",
    "LOCALHOST", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "127.0.0.1.nip.io", "169.254.169.254", "①②⑦.⓪.⓪.①",
    "metadata.google.internal", "127。0。0。1",
)  # fmt: skip
"""Hosts of URLs that all mean a machine inside."""


@pytest.mark.parametrize("address", PRIVATE)
def test_fault_36_addresses_that_are_not_public(address: str):
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_fault_36_no_disguise_of_an_address_makes_it_public(address):
    for disguise in (
        f"::ffff:{address}",
        f"64:ff9b::{address}",
        f"2002:{address.packed[:2].hex()}:{address.packed[2:].hex()}::",
    ):
        assert not is_public(disguise) or is_public(str(address))


@pytest.fixture(scope="module")
def listener() -> Iterator[list[tuple[str, int]]]:
    """Servers on the web's own ports of this machine; who connected."""
    connected: list[tuple[str, int]] = []
    sockets = []
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        for port in (80, 443):
            try:
                sockets.append(socket.create_server((address, port), family=family))
            except OSError as error:
                for one in sockets:
                    one.close()
                pytest.skip(f"port {port} of {address} cannot be listened on here: {error.strerror}")

    def serve(one: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = one.accept()
                connected.append(one.getsockname()[:2])
                connection.close()

    for one in sockets:
        threading.Thread(target=serve, args=(one,), daemon=True).start()
    yield connected
    for one in sockets:
        one.close()


def test_fault_36_no_packet_reaches_this_machine(listener):
    """Names of the network that resolve to it, redirects to it, and every spelling of it."""
    hosts = [f"n{number}.test" for number, _ in enumerate(PRIVATE)]
    spelled = [f"{scheme}://{host}/" for scheme in ("http", "https") for host in SPELLED]
    job = {
        "hosts": hosts,
        "requests": [*(f"{scheme}://{host}/" for host in hosts for scheme in ("http", "https")), *spelled],
        "addresses": dict(zip(hosts, PRIVATE, strict=True)),
        "settings": {"DOWNLOAD_TIMEOUT": 5, "RETRY_ENABLED": False, "CONCURRENT_REQUESTS": 100},
    }
    result = ask(job, {})
    robots = [e["error"] for o in result["outcomes"] if o["url"].endswith("/robots.txt") for e in o["exchanges"]]
    assert set(robots) == {"address"}
    assert len(robots) == 2 * len(hosts)
    refused = {o["url"]: o.get("reason") for o in result["outcomes"] if o["url"] in spelled}
    assert set(refused.values()) == {"off_network"}
    assert listener == [], "not a single connection"
    assert result["stats"]["guard_refused.address"] == 2 * len(hosts)
    assert result["stats"]["guard_refused.off_network"] == len(spelled)


def test_fault_36_a_name_that_changes_its_answer_gains_nothing(listener):
    """Rebinding: what is connected to is what is checked, each time anew."""
    job = {
        "hosts": ["alpha.test"],
        "requests": ["http://alpha.test/robots.txt", "http://alpha.test/a", "https://alpha.test/b"],
        "addresses": {"alpha.test": "127.0.0.1"},
        "settings": {"DOWNLOAD_TIMEOUT": 5, "RETRY_ENABLED": False},
        "robots_memory": {
            "http://alpha.test/robots.txt": ["User-agent: *\nDisallow:\n", 1],
            "https://alpha.test/robots.txt": ["User-agent: *\nDisallow:\n", 1],
        },
    }
    result = ask(job, {})
    pages = {o["url"]: [e["error"] for e in o["exchanges"]] for o in result["outcomes"]}
    assert pages["http://alpha.test/a"] == pages["https://alpha.test/b"] == ["address"]
    assert listener == []


INSIDE = "http://169.254.169.254/latest/meta-data/"


def test_fault_36_through_a_proxy_only_the_network_is_asked_for(tmp_path: Path):
    """By a redirect, a base element, a link, a canonical address, a feed, a sitemap, robots.txt."""
    with Newspaper(tmp_path) as newspaper:
        based = article(head=f'<base href="http://127.0.0.1/"><link rel="canonical" href="{INSIDE}">')
        newspaper.publish(
            {
                1: article().encode(),
                2: based.encode(),
                3: page(b"", f"Location: {INSIDE}", status="302 Found"),
                4: page(b"", "Location: //localhost/", status="302 Found"),
                5: page(b"", "Location: http://2130706433/", status="302 Found"),
                6: article(
                    body=f'<p><strong>BACA JUGA:<a href="{INSIDE}">x</a></strong></p><p>{"kata " * 60}</p>'
                ).encode(),
            }
        )
        item = f"<item><link>{INSIDE}</link></item>"
        newspaper.scripts[f"{HOST}/rss"] = page(f"<rss version='2.0'><channel>{item}</channel></rss>".encode())
        newspaper.scripts[f"{HOST}/sitemap.xml"] = page(
            f"<sitemapindex><sitemap><loc>{INSIDE}</loc></sitemap></sitemapindex>".encode()
        )
        newspaper.scripts[f"{HOST}/robots.txt"] = page(f"User-agent: *\nSitemap: {INSIDE}\n".encode())
        operator = newspaper.operator(tmp_path / "desk")
        site = tmp_path / "desk" / "sites" / f"{SITE}.toml"
        site.write_text(site.read_text().replace('off = ["feeds", "sitemaps"]', ""))
        done = crawl(operator)
        assert {asked.host for asked in newspaper.log} <= {HOST}
        assert {tunnel.split(b" ")[1] for tunnel in newspaper.tunnels} == {f"{HOST}:443".encode()}
    assert "Traceback" not in done.err
    states = operator.stock().states
    assert {n: states[f"{SITE}/{n}"] for n in (3, 4, 5)} == dict.fromkeys((3, 4, 5), ("refused", "redirect_offsite"))
    counts = {c["counter"]: c["count"] for c in operator.stock().runs[0]["counts"]}
    assert counts["guard_refused.off_network"] == 3


RULES = UrlRules(Network.of([Site(id=SITE, name="Koran Uji", host=HOST)]))


@pytest.mark.parametrize("host", [*SPELLED, *(f"[{a}]" if ":" in a else a for a in PRIVATE)])
def test_fault_36_no_spelling_is_inside_the_network(host: str):
    for scheme in ("http", "https"):
        assert RULES.read(f"{scheme}://{host}/read/1/x") is None
