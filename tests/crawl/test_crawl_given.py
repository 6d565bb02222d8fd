"""Real articles, served as they were printed: every paragraph is found again."""

import json
import unicodedata
from pathlib import Path

import pytest
from fixtures.crawls import ALL_TIME, Operator, Story
from truth_check import token_f1

from replica.network import Network
from replica.server import ReplicaServer

REAL = Path(__file__).parents[3] / "shared" / "real" / "radartegal_articles.jsonl"
OURS = {
    "url": "https://radartegal.disway.id/lokal/read/722900/jembatan-gantung-selesai",
    "title": "Jembatan Gantung Selesai",
    "date_line": "Kamis 05-03-2026,06:50 WIB",
    "tags": ["jembatan", "tegal"],
    "parts": [
        ["Warga menyeberang.-Ratna-", "TEGAL, radartegal.com - Jembatan itu dibuka.", "Warga <senang> & lega."],
        ["Warga menyeberang.-Ratna-", "Biayanya\u00a0 Rp90 juta."],
    ],
}


def compared(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def check(path: Path, desk: Path) -> None:
    """Crawl the articles of the file and find each line of each part in its article, in order, and no other."""
    given = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    with ReplicaServer.start(Network.from_articles(path)) as replica:
        step = Story(Operator(desk, replica), replica, ("radartegal",)).step(*ALL_TIME)
    assert step.ended.code == 0, step.ended.err
    rows = {row["article_id"]: row for row in step.stock.articles}
    truth = {article.id: article for article in step.truth.articles}
    assert len(rows) == len(given) == len(truth)
    assert {row["published_raw"] for row in rows.values()} == {article["date_line"] for article in given}
    for article in given:
        row = next(r for r in rows.values() if r["url"] == article["url"])
        assert compared(row["title"]) == compared(article["title"])
        assert row["parts"] == len(article["parts"])
        assert {t.casefold() for t in row["tags"]} <= {t.lstrip("#").casefold() for t in article["tags"]}
        text, at = compared(row["body"]), 0
        for number, line in enumerate(lines_of(article)):
            # The dateline of the first went to `place`.
            forms = (line, compared(truth[row["article_id"]].body[0])) if number == 0 else (line,)
            found = next((form for form in forms if text.find(form, at) >= 0), None)
            assert found is not None, (article["url"], line)
            at = text.find(found, at) + len(found)
        wanted = "\n".join(compared(p) for p in truth[row["article_id"]].body)
        assert token_f1(wanted, text) >= 0.995, article["url"]


def lines_of(article: dict) -> list[str]:
    caption = article["parts"][0][0]
    lines = [compared(line) for part in article["parts"] for n, line in enumerate(part) if n or line != caption]
    return [line for line in lines if line]


def test_given_articles_come_through(tmp_path: Path):
    file = tmp_path / "articles.jsonl"
    file.write_text(json.dumps(OURS) + "\n", encoding="utf-8")
    check(file, tmp_path / "desk")


@pytest.mark.skipif(not REAL.exists(), reason=f"the real articles are not here: {REAL}")
def test_every_paragraph_of_the_real_articles_is_found(tmp_path: Path):
    check(REAL, tmp_path / "desk")
