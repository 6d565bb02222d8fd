"""The report of a run: true, harmless whatever is in it, and of one piece."""

import re
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.alerting.alert import OPEN, RECOVERED, Alert, AlertKind
from crawler.fire import Fire
from crawler.report import RunReport
from crawler.report_page import report_text
from news.plan import CrawlPlan
from news.site import Network, Site

START = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
END = START + timedelta(minutes=12, seconds=34)
JAKARTA = ZoneInfo("Asia/Jakarta")
HOSTILE = "<script>alert(1)</script>\x1b[31m\n\"'><img src=x onerror=alert(1)>{{ 7 * 7 }}"
VOID = {"meta", "br", "img", "link", "hr", "input"}


class Page(HTMLParser):
    """The elements of a page, with those that are open at each."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open[-1:] != ["style"]:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def report(text: str = "home_http_503", url: str = "https://radartegal.disway.id/read/1/judul") -> RunReport:
    sites = [Site(id=name, name=name, host=f"{name}.disway.id") for name in ("radartegal", "palpos", "betv")]
    plan = CrawlPlan("20261123T070500Z-abcdef", START, Network.of(sites), tuple(sites))
    common = {
        "subject": "reporter",
        "message": f"{text} Example: {url}",
        "measure": None,
        "since": START,
        "at": START,
        "run_id": "r",
    }
    return RunReport(
        plan,
        Fire(plan.run_id, "poll", START),
        sites=frozenset({"radartegal", "palpos", "betv"}),
        counts={"articles_new": 1234, "articles_new/radartegal": 1234, "articles_refused": 3, "articles_refused/palpos": 3},
        degraded={"palpos": text},
        undelivered=2,
        delivery_trouble=text,
        fills=[
            {"site": "palpos", "page_class": "", "field": f"refused.{text}", "articles": 9, "filled": 6, "example_url": url},
            {"site": "palpos", "page_class": "", "field": "decided", "articles": 9, "filled": 6, "example_url": url},
        ],
        alerts=[
            Alert(alert_id="a", kind=AlertKind.LAYOUT, site="palpos", state=OPEN, **common),
            Alert(alert_id="b", kind=AlertKind.SPOOL, site=None, state=RECOVERED, **common),
        ],
    )  # fmt: skip


def html(run: RunReport) -> str:
    return report_text(run, "s3://news/disway", END, JAKARTA, suffix=".html")


def text(run: RunReport) -> str:
    return report_text(run, "s3://news/disway", END, JAKARTA, suffix=".txt")


@pytest.mark.parametrize("form", [html, text], ids=["html", "txt"])
def test_it_tells_the_run(form):
    told = form(report())
    told = Page(told).text if form is html else told
    told = " ".join(told.split())
    for part in (
        "Run 20261123T070500Z-abcdef", "degraded", "job poll of 2026-11-23 14:05 WIB", "(0:12:34)", "s3://news/disway",
        "1,234", "palpos: pages lack what they used to have", "since 2026-11-23 14:05 WIB", "disway reparse --site palpos",
        "room for what is fetched", "2 segments of earlier runs waited in the spool: home_http_503",
        "https://radartegal.disway.id/read/1/judul", "Nothing came of 1 sites: betv",
    ):  # fmt: skip
        assert part in told, part


def test_the_text_is_aligned_and_plain():
    told = text(report())
    (line,) = [line for line in told.splitlines() if line.startswith("radartegal  ")]
    (head,) = [line for line in told.splitlines() if line.split()[:2] == ["new", "changed"]]
    assert line.index("1234") + 4 == head.index("new") + 3
    assert "\n\n\n" not in told


class TestHarmless:
    def test_what_is_hostile_is_shown_as_text(self):
        page = Page(html(report(HOSTILE, "javascript:alert(1)//" + HOSTILE)))
        assert not page.all("script")
        assert not page.all("img")
        assert "(script)alert(1)(/script)" in page.text
        assert "{{ 7 * 7 }}" in page.text
        assert all(element["href"].startswith("https://") for element in page.all("a"))

    def test_the_text_has_no_control_characters(self):
        told = text(report(HOSTILE))
        assert all(line.isprintable() for line in told.splitlines())

    @settings(max_examples=30)
    @given(st.text(max_size=80), st.text(max_size=80))
    def test_whatever_is_told_the_elements_are_the_same(self, why, url):
        plain, odd = Page(html(report())), Page(html(report(why or "a", url)))
        assert {tag for tag, _ in odd.elements} <= {tag for tag, _ in plain.elements} | {"code"}
        assert all(not name.startswith("on") for _, attributes in odd.elements for name in attributes)

    def test_it_asks_for_nothing_and_its_policy_says_so(self):
        told = html(report())
        page = Page(told)
        (policy,) = [m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy"]
        (style,) = re.findall(r"<style>(.*?)</style>", told, re.DOTALL)
        digest = b64encode(sha256(style.encode()).digest()).decode()
        assert policy == (f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'")
        assert not [
            name for _, attributes in page.elements for name in attributes if name in ("src", "srcset", "style")
        ]
        assert "url(" not in style
        assert "@import" not in style
        assert {element["rel"] for element in page.all("a")} == {"noreferrer noopener"}


def test_a_run_in_which_nothing_happened_is_short():
    run = report()
    quiet = RunReport(run.plan, sites=run.sites)
    told = text(quiet)
    assert "Nothing came of 3 sites: betv, palpos, radartegal" in told
    assert "ALERTS" not in told
    assert "NOT HAD" not in told
    assert Page(html(quiet)).all("table") == []
