"""Feeds and sitemaps that mean harm: each does what it says, on the addresses of sources only, and ends."""

import gzip
import re
from collections import Counter
from urllib.parse import urlsplit

import pytest
from lxml import etree
from replica_client import Browser

from replica.faults import SOURCE_FAULTS

HOST = "radartegal.disway.id"
ROOT = f"https://{HOST}"
SITEMAP = f"{ROOT}/sitemap_index.xml"
FEED = f"{ROOT}/rss"


def strictly(body: bytes) -> etree._Element:
    """Parsed without entities, network or DTD."""
    return etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))


def locations(body: bytes) -> list[str]:
    return [node.text for node in strictly(body).iter("{*}loc")]


@pytest.mark.parametrize("kind", SOURCE_FAULTS, ids=str)
def test_a_fault_of_sources_leaves_pages_alone_and_meets_absent_sources_too(replica, browser, kind):
    replica.control.fault(kind, HOST, megabytes=1, entries=1000)
    paths = {"/", "/kategori/lokal", "/robots.txt", "/rss", "/feed/lokal", "/sitemap_index.xml", "/sitemap-7.xml.gz"}
    for path in paths:
        assert browser.get(ROOT + path).status in (200, 404)
    assert browser.get("https://palpos.disway.id/sitemap.xml").status == 200
    met = {urlsplit(e.url).path for e in replica.control.log() if e.fault == kind}
    assert met == {p for p in paths if p.startswith(SOURCE_FAULTS[kind])}
    assert met


def test_a_prefix_takes_the_place_of_the_usual_paths(replica, browser):
    replica.control.fault("html_feed", HOST, "/rss/lokal")
    browser.get(FEED)
    browser.get(f"{FEED}/lokal")
    assert [e.fault for e in replica.control.log()] == [None, "html_feed"]


def test_a_poisoned_sitemap_has_as_many_entries_as_it_says(replica, browser):
    replica.control.fault("poisoned_sitemap", HOST, entries=25_001, article_id=722_999)
    for accept_gzip in (True, False):
        browser.accept_gzip = accept_gzip
        told = locations(browser.get(SITEMAP).body)
        assert len(told) == len(set(told)) == 25_001
        kinds = Counter()
        for url in told:
            pieces = urlsplit(url)
            number = re.match(r"/read/(\d+)/", pieces.path)
            kinds[pieces.scheme, pieces.hostname, number and min(int(number[1]), 10**12)] += 1
        fake, huge = kinds["https", HOST, 722_999], kinds["https", HOST, 10**12]
        assert 17_000 < fake < 18_000
        assert huge == 2500
        assert kinds["javascript", None, None] == kinds["data", None, None] == 1250
        assert sum(n for (_, host, _), n in kinds.items() if host not in (HOST, None)) == 2500


def test_a_poisoned_sitemap_ends_at_its_megabytes(replica, browser):
    replica.control.fault("poisoned_sitemap", HOST, megabytes=3)
    body = browser.get(SITEMAP).body
    assert (2 << 20) < len(body) < (3 << 20) + 1000
    assert strictly(body).tag.endswith("urlset")
    assert replica.control.log()[0].bytes < len(body) / 4


def test_a_gzip_file_is_poisoned_as_one(replica, browser):
    replica.control.fault("poisoned_sitemap", HOST, entries=100)
    got = browser.get(f"{ROOT}/sitemap-2026-03.xml.gz")
    assert (got.header("content-type"), got.header("content-encoding")) == ("application/gzip", None)
    assert len(locations(gzip.decompress(got.body))) == 100


def test_billion_laughs_would_expand_to_gigabytes(replica, browser):
    replica.control.fault("billion_laughs", HOST)
    body = browser.get(FEED).body
    assert len(body) < 2000
    declared = dict(re.findall(rb'<!ENTITY (\w+) "([^"]*)">', body))
    size, name = 1, re.search(rb"read/1/&(\w+);", body)[1]
    while (inner := re.findall(rb"&(\w+);", declared[name])) and len(set(inner)) == 1:
        size, name = size * len(inner), inner[0]
    assert size * len(declared[name]) > 1 << 30
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(body)


def test_external_entities_name_a_file_and_addresses_of_the_host(replica, browser):
    replica.control.fault("xxe", HOST)
    body = browser.get(SITEMAP).body
    systems = re.findall(r'SYSTEM "([^"]+)"', body.decode())
    assert "file:///etc/passwd" in systems
    assert len([s for s in systems if s.startswith(f"http://{HOST}/entitas-luar/")]) == 3
    assert re.findall(rb"&(\w+);", body) == [b"berkas", b"web"]
    assert strictly(body).tag.endswith("urlset")


def test_a_cycle_names_itself_and_never_leaves_its_circle(replica, browser):
    replica.control.fault("sitemap_cycle", HOST)
    reached, waiting = set(), [SITEMAP]
    while waiting:
        url = waiting.pop()
        children = locations(browser.get(url).body)
        assert url in children
        reached.add(url)
        waiting += set(children) - reached - set(waiting)
    assert len(reached) == 3


def test_a_deep_index_goes_on_without_end_or_repeat(replica, browser):
    replica.control.fault("deep_index", HOST)
    reached, level = [SITEMAP], [SITEMAP]
    for _ in range(6):
        level = [child for url in level for child in locations(browser.get(url).body)]
        reached += level
    assert len(reached) == len(set(reached)) == 2**7 - 1
    far = f"{ROOT}/sitemap-dalam-{10**12}.xml"
    assert len(locations(browser.get(far).body)) == 2


def test_a_huge_feed_is_one_line_of_xml(replica, browser):
    replica.control.fault("huge_feed", HOST, megabytes=4)
    body = browser.get(FEED).body
    assert (4 << 20) <= len(body) < (5 << 20)
    assert b"\n" not in body
    assert strictly(body).tag == "rss"


def test_html_comes_as_xml(replica, browser):
    replica.control.fault("html_feed", HOST)
    got = browser.get(FEED)
    assert (got.status, got.header("content-type")) == (200, "application/xml; charset=UTF-8")
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(got.body)


@pytest.mark.parametrize("path", ["/rss", "/sitemap_index.xml", "/sitemap.xml"])
def test_truncated_xml_is_whole_as_far_as_http_can_tell(replica, browser, path):
    true = browser.get(ROOT + path)
    replica.control.fault("truncated_xml", HOST)
    got = browser.get(ROOT + path)
    assert got.status == 200
    if true.status == 200:
        assert got.body == true.body[: len(true.body) // 2]
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(got.body)


def test_who_stops_reading_stops_the_stream(replica, browser):
    """The rest of a million entries is not sent to a client that went away, and the replica goes on."""
    replica.control.fault("poisoned_sitemap", HOST, count=1)
    browser.accept_gzip = False
    connection = browser._connection("https", HOST)
    connection.request("GET", "/sitemap.xml", headers={"Accept-Encoding": "identity"})
    with connection.getresponse() as answer:
        assert answer.read(100_000)
    connection.close()
    with Browser(replica) as fresh:
        assert fresh.get(f"{ROOT}/robots.txt").status == 200
    entry = replica.control.log()[0]
    assert not entry.complete
    assert entry.bytes < 40 << 20
