"""Real articles, put into the network's markup and read back: nothing lost, nothing added.

The texts belong to their publishers and are no part of this project; without their folder the tests are skipped.
"""

import json
from collections import Counter
from html import escape
from pathlib import Path
from typing import Any

import pytest
from disway_html import RULES, URL, article_page, pages_of, paragraphs, read, related

from news.dates import parse_date_line
from news.text import clean
from pages.join import join_parts
from pages.printed import split_dateline

REAL = Path(__file__).parents[3] / "shared" / "real"
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason=f"the real texts are not here ({REAL})")


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (REAL / name).read_text(encoding="utf-8").splitlines()]


def token_f1(found: str, expected: str) -> float:
    a, b = Counter(found.split()), Counter(expected.split())
    return 2 * (a & b).total() / (a.total() + b.total())


def with_related(lines: list[str]) -> str:
    """The paragraphs with two BACA JUGA lines behind every third, advertisements and empty paragraphs."""
    blocks = []
    for number, line in enumerate(lines, 1):
        blocks.append(f"<p><span>{escape(line)}</span></p>" if number % 2 else paragraphs(line))
        if number % 3 == 0:
            blocks += [
                related(),
                '<div class="ads-slot">Advertisement</div>',
                related("Lain", "/read/9/lain"),
                "<p>&nbsp;</p>",
            ]
    return "\n".join(blocks)


def test_radar_tegal_articles() -> None:
    places = captions = 0
    for article in rows("radartegal_articles.jsonl"):
        url, date_line = article["url"], article["date_line"]
        parts, expected = [], []
        for number, lines in enumerate(article["parts"], 1):
            captioned = split_dateline(clean(lines[0])) is None  # two articles have no caption: the text begins at once
            body = lines[1:] if captioned else lines
            expected += [text for line in body if (text := clean(line))]
            html = article_page(
                with_related(body),
                title=escape(article["title"]),
                date_line=date_line,
                caption=escape(lines[0]) if captioned else "",
                pagination=pages_of(url, number, len(article["parts"])),
            )
            html = html.replace("#jembatan", "#" + escape(article["tags"][0]))
            parts.append(read(html, url=url if number == 1 else f"{url}/{15 * (number - 1)}"))
            captions += captioned and parts[-1].caption is not None
        found = join_parts(parts, RULES.network.sites["radartegal"])
        first = split_dateline(expected[0])
        if first is not None:
            places += found.place is not None and expected[0].startswith(found.place)
            expected[0] = first.rest
        assert found.body.split("\n") == expected
        assert token_f1(found.body, " ".join(expected)) >= 0.995
        assert found.title == clean(article["title"])
        assert found.tags[0] == article["tags"][0]
        assert found.published_raw == date_line
        day = parse_date_line(date_line, "Asia/Jakarta")
        assert day is not None
        assert found.published_at == day.at
        assert f"{found.published_at:%d-%m-%Y,%H:%M}" in date_line
        assert found.parts == found.parts_expected == len(article["parts"])
    assert places == len(rows("radartegal_articles.jsonl"))
    assert captions >= places - 2


def page_texts() -> list[tuple[str, list[str]]]:
    texts = [(r["url"], r["visible_text"]) for r in rows("page_texts.jsonl") if "/read/" in r["url"]]
    seed = (REAL / "seed_page_text.txt").read_text(encoding="utf-8").partition("\n\n")[2]
    texts.append(("https://rakyatbengkulu.disway.id/read/645736/x", seed))
    return [(url, [line for line in map(clean, text.split("\n")) if line]) for url, text in texts]


def test_visible_texts_of_web_pages() -> None:
    seen = 0
    for _, lines in page_texts():
        title = lines[0]
        rest = [line for line in lines[1:] if line != title and not line.startswith("[image alt")]
        caption, body = rest[0], rest[1:]
        markup = "".join(
            related(escape(line.partition(":")[2], quote=False)) if line.startswith("BACA JUGA:") else paragraphs(line)
            for line in body
            if not line.startswith("Sumber:")
        )
        part = read(article_page(markup, title=escape(title), caption=escape(caption)))
        labels = ("BACA JUGA:", "Cek Berita dan Artikel", "Sumber:")
        expected = [line for line in body if not line.startswith(labels)]
        opening = split_dateline(expected[0])
        if opening is not None:
            expected[0] = opening.rest
        assert list(part.paragraphs) == expected
        assert [r.title for r in part.related] == [clean(x[10:]) for x in body if x.startswith("BACA JUGA:")]
        assert part.caption is not None
        assert caption.startswith(part.caption)
        seen += 1
    assert seen >= 10


def test_the_seed_page_is_a_part_with_a_dateline_and_a_credit() -> None:
    _, lines = page_texts()[-1]
    part = read(article_page(paragraphs(*lines[3:]), title=escape(lines[0]), caption=escape(lines[2])), url=URL)
    assert (part.place, part.credit, part.source) == ("BENGKULU", lines[2].partition("--")[2], None)
