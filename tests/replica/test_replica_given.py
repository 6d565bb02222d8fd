"""Given articles are served under their own URLs, part by part."""

import json
import re
from pathlib import Path

import pytest
from replica_client import Browser

from news.errors import UsageError
from replica.network import Network
from replica.server import ReplicaServer

REAL = Path(__file__).parents[3] / "shared" / "real" / "radartegal_articles.jsonl"
OURS = {
    "url": "https://radarkaur.disway.id/daerah/read/654900/jembatan-gantung-selesai",
    "title": "Jembatan Gantung Selesai",
    "date_line": "Kamis 05-03-2026,06:50 WIB",
    "tags": ["jembatan", "kaur"],
    "parts": [
        ["Warga menyeberang.-Ratna-", "KAUR, radarkaur.co.id - Jembatan itu dibuka.", "Warga <senang> & lega."],
        ["Warga menyeberang.-Ratna-", "Biayanya\u00a0 Rp90 juta."],
    ],
}


def _clean(text: str) -> str:
    return " ".join(text.split())


def _check(path: Path) -> int:
    """Serve `path`, walk it from the home page, and find every line of every part on its own page."""
    given = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    with ReplicaServer.start(Network.from_articles(path)) as server, Browser(server) as browser:
        for host in {a["url"].split("/")[2] for a in given}:
            listed = set(browser.get(f"https://{host}/").links("/kategori/"))
            found: set[str] = set()
            for section in sorted(listed):
                for offset in ("", "/30", "/60", "/90"):
                    found |= set(browser.get(section + offset).links(r"/read/\d+/"))
            assert {a["url"] for a in given if a["url"].split("/")[2] == host} <= found
        for article in given:
            for number, lines in enumerate(article["parts"]):
                page = browser.get(article["url"] + (f"/{15 * number}" if number else ""))
                assert page.status == 200
                seen, at = page.visible, 0
                for line in map(_clean, lines):
                    at = seen.find(line, at)
                    assert at >= 0, (article["url"], number, line)
                links = len(re.findall("data-ci-pagination-page", page.text))
                assert bool(links) == (len(article["parts"]) > 1)
            assert article["date_line"] in page.visible
        truth = server.control.truth().articles
        assert {a.url for a in truth} == {a["url"] for a in given}
        assert {a.url: a.parts for a in truth} == {a["url"]: len(a["parts"]) for a in given}
        return len(truth)


def test_articles_of_our_own(tmp_path):
    path = tmp_path / "articles.jsonl"
    path.write_text(json.dumps(OURS) + "\n", encoding="utf-8")
    assert _check(path) == 1


def test_truth_of_given_articles(tmp_path):
    path = tmp_path / "articles.jsonl"
    path.write_text(json.dumps(OURS) + "\n", encoding="utf-8")
    with ReplicaServer.start(Network.from_articles(path)) as server:
        (article,) = server.control.truth().articles
    assert article.place == "KAUR"
    assert article.body == ("Jembatan itu dibuka.", "Warga <senang> & lega.", "Biayanya Rp90 juta.")
    assert article.tags == ("jembatan", "kaur")
    assert article.published_at.isoformat() == "2026-03-05T06:50:00+07:00"


@pytest.mark.skipif(not REAL.exists(), reason=f"the real articles are not here ({REAL.name})")
def test_the_real_articles():
    assert _check(REAL) == 60


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"url": "https://radarkaur.disway.id/tentang-kami"}, "no article URL"),
        ({"date_line": "kemarin sore"}, "no date line"),
        ({"parts": []}, "parts"),
    ],
)
def test_a_line_that_cannot_be_served_is_named(tmp_path, change, named):
    path = tmp_path / "articles.jsonl"
    path.write_text(json.dumps(OURS) + "\n" + json.dumps(OURS | change) + "\n", encoding="utf-8")
    with pytest.raises(UsageError, match=rf"line 2.*{named}") as caught:
        Network.from_articles(path)
    assert str(path) in str(caught.value)


def test_a_missing_or_empty_file_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        Network.from_articles(tmp_path / "tidak-ada.jsonl")
    empty = tmp_path / "kosong.jsonl"
    empty.write_text("\n")
    with pytest.raises(UsageError, match="holds no article"):
        Network.from_articles(empty)
