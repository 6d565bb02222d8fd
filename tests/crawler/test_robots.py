"""robots.txt is obeyed, and where it cannot be known the site is not crawled."""

import gzip
from collections.abc import Iterator
from typing import Any

import pytest
from crawl_once import crawl
from hypothesis import given
from hypothesis import strategies as st
from scripted import Script, ScriptedNetwork, Talk, answer, page

from crawler.robots_rules import READ_LIMIT, read_rules

PRODUCT = "disway-archive"
FORBIDS = b"User-agent: *\nDisallow: /closed\n"
ZIPPED = gzip.compress(FORBIDS)
OURS = b"User-agent: *\nDisallow: /\n\nUser-agent: Disway-Archive\nDisallow: /closed\n"
LATE = b"User-agent: *\n" + b"# remark remark remark remark\n" * 18_000 + b"Disallow: /closed\n"


def moved(*places: str) -> Script:
    """Each request is answered by a redirect to the next place."""
    left = list(places)

    def script(talk: Talk) -> None:
        page(b"", f"Location: {left.pop(0)}", status="301 Moved")(talk)

    return script


def hang(talk: Talk) -> None:
    talk.hang()


def drop(talk: Talk) -> None:
    talk.close()


def text(body: bytes) -> Script:
    return page(body)


KNOWN = {
    "rules": text(FORBIDS),
    "ours": text(OURS),
    "mark": text(b"\xef\xbb\xbf" + FORBIDS),
    "returns": text(FORBIDS.replace(b"\n", b"\r")),
    "late": text(LATE),
    "zipped": page(ZIPPED, "Content-Encoding: gzip"),
    "moved": moved("https://moved.test/robots2.txt"),
}
"""Hosts whose robots.txt forbids /closed and nothing else to us."""
FREE = {
    "empty": text(b""),
    "missing": page(b"<html>", status="404 Not Found"),
    "private": page(b"", status="403 Forbidden"),
    "gone": page(b"", status="410 Gone"),
    "no-content": answer("HTTP/1.1 204 No Content\r\n\r\n"),
}
UNKNOWN = {
    "many": (page(b"", status="429 Too Many"), "status"),
    "broken": (page(b"", status="500 Oops"), "status"),
    "busy": (page(b"", status="503 Busy"), "status"),
    "html": (text(b"\xef\xbb\xbf \r\n<!DOCTYPE html><html>Disallow: nothing</html>"), "html"),
    "slow": (hang, "timeout"),
    "dropped": (drop, "disconnected"),
    "loop": (moved(*(f"https://loop.test/robots.txt?{n}" for n in range(9))), "redirects"),
    "elsewhere": (moved("https://elsewhere.example/robots.txt"), "off_network"),
    "downgrade": (moved("ftp://downgrade.test/robots.txt"), "scheme"),
    "nowhere": (page(b"", status="302 Found"), "status"),
    "unlocated": (page(b"", "Location: http://[bad", status="302 Found"), "failed"),
    "secure": (text(FORBIDS), "tls"),
    "stale": (page(b"", status="500 Oops"), "status"),
}
"""Hosts whose rules cannot be known, and the word for it."""
REMEMBERED = {"held": page(b"", status="503 Busy")}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ScriptedNetwork, dict[str, Any]]]:
    with ScriptedNetwork(tmp_path_factory.mktemp("robots")) as network:
        everyone = KNOWN | FREE | {name: script for name, (script, _) in UNKNOWN.items()} | REMEMBERED
        for name, script in everyone.items():
            network.scripts[f"{name}.test"] = page(b"page of " + name.encode())
            network.scripts[f"{name}.test/robots.txt"] = script
        network.scripts["moved.test/robots2.txt"] = text(FORBIDS)
        network.certified_as["secure.test"] = "other.test"
        for query in range(9):
            network.scripts[f"loop.test/robots.txt?{query}"] = everyone["loop"]
        job = {
            "hosts": [f"{name}.test" for name in everyone],
            "requests": [f"https://{name}.test/{path}" for name in everyone for path in ("open", "closed", "open2")],
            "settings": {"RETRY_ENABLED": False, "DOWNLOAD_TIMEOUT": 2, "CONCURRENT_REQUESTS": 200},
            "config": {"politeness": {"site_delay_s": 0, "backend_rate_per_s": 0, "backoff_start_s": 0.05}},
            "robots_memory": {
                "https://held.test/robots.txt": [FORBIDS.decode(), 23.5],
                "https://stale.test/robots.txt": [FORBIDS.decode(), 24.5],
            },
        }
        yield network, crawl(job, network.environment())


def outcome(crawled: tuple[ScriptedNetwork, dict[str, Any]], url: str) -> dict[str, Any]:
    found: dict[str, Any] = next(o for o in crawled[1]["outcomes"] if o["url"] == url)
    return found


@pytest.mark.parametrize("name", [*KNOWN, *FREE, *REMEMBERED])
def test_known_rules_are_obeyed(crawled: tuple[ScriptedNetwork, dict[str, Any]], name: str) -> None:
    assert outcome(crawled, f"https://{name}.test/open")["body"] == f"page of {name}"
    closed = outcome(crawled, f"https://{name}.test/closed")
    if name in FREE:
        assert closed["status"] == 200
    else:
        assert closed["reason"] == "robots_forbidden"
        assert "/closed" not in crawled[0].asked(f"{name}.test")


@pytest.mark.parametrize("name", UNKNOWN)
def test_without_rules_nothing_is_asked(crawled: tuple[ScriptedNetwork, dict[str, Any]], name: str) -> None:
    for path in ("open", "closed", "open2"):
        assert outcome(crawled, f"https://{name}.test/{path}")["reason"] == "robots_unavailable"
    assert all(path.startswith("/robots") for path in crawled[0].asked(f"{name}.test"))
    assert [name, f"{name}.test", UNKNOWN[name][1]] in crawled[1]["signalled"]


def test_the_signal_comes_once_a_host(crawled: tuple[ScriptedNetwork, dict[str, Any]]) -> None:
    assert sorted(host for _, host, _ in crawled[1]["signalled"]) == sorted(f"{name}.test" for name in UNKNOWN)


def test_every_drop_is_counted(crawled: tuple[ScriptedNetwork, dict[str, Any]]) -> None:
    assert crawled[1]["stats"]["robots_unavailable"] == 3 * len(UNKNOWN)
    assert crawled[1]["stats"]["robots_forbidden"] == len(KNOWN) + len(REMEMBERED)


def test_rules_are_asked_for_once_a_host_and_captured(crawled: tuple[ScriptedNetwork, dict[str, Any]]) -> None:
    for name in (*KNOWN, *FREE, *REMEMBERED, "broken", "html", "slow"):
        assert crawled[0].asked(f"{name}.test").count("/robots.txt") == 1
        kept = outcome(crawled, f"https://{name}.test/robots.txt")["exchanges"]
        assert len(kept) == 1
    assert outcome(crawled, "https://zipped.test/robots.txt")["exchanges"][0]["entity"] == ZIPPED


def test_five_redirects_are_followed_inside_the_network_only(crawled: tuple[ScriptedNetwork, dict[str, Any]]) -> None:
    assert len(crawled[0].asked("loop.test")) == 6
    assert crawled[0].asked("elsewhere.example") == []
    assert all(b"elsewhere.example" not in tunnel for tunnel in crawled[0].tunnels)


def test_good_copies_are_remembered(crawled: tuple[ScriptedNetwork, dict[str, Any]]) -> None:
    remembered = crawled[1]["remembered"]
    assert f"https://rules.test/robots.txt {len(FORBIDS)}" in remembered
    assert f"https://zipped.test/robots.txt {len(FORBIDS)}" in remembered
    assert not any(line.startswith(("https://html", "https://held", "https://broken")) for line in remembered)


def test_crawl_delay_reaches_the_gate(tmp_path_factory: pytest.TempPathFactory) -> None:
    with ScriptedNetwork(tmp_path_factory.mktemp("delay")) as network:
        network.scripts["calm.test"] = page()
        network.scripts["calm.test/robots.txt"] = text(b"User-agent: disway-archive\nCrawl-delay: 0.6\n")
        job = {"hosts": ["calm.test"], "requests": ["http://calm.test/1", "http://calm.test/2"]}
        result = crawl(job, network.environment())
    first, second = sorted(o["at"][0] for o in result["outcomes"] if "robots" not in o["url"])
    assert second - first >= 0.55


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read(body: bytes) -> None:
    rules = read_rules(body, PRODUCT)
    rules.allow("https://alpha.test/x")
    assert rules.crawl_delay_s is None or rules.crawl_delay_s >= 0


@given(st.sampled_from([b"\n", b"\r\n", b"\r"]), st.booleans())
def test_line_ends_and_mark_do_not_matter(end: bytes, mark: bool) -> None:
    body = (b"\xef\xbb\xbf" if mark else b"") + OURS.replace(b"\n", end)
    rules = read_rules(body, PRODUCT)
    assert not rules.allow("https://alpha.test/closed/1")
    assert rules.allow("https://alpha.test/open")


def test_at_least_500_kib_are_read_and_whole_lines_only() -> None:
    assert len(LATE) > 500 * 1024
    assert not read_rules(LATE, PRODUCT).allow("https://alpha.test/closed")
    long = b"User-agent: *\n" + b"#\n" * (READ_LIMIT // 2 - 10) + b"Disallow: /open-day-only\n"
    assert read_rules(long, PRODUCT).allow("https://alpha.test/open")
