"""Bytes that are no clean text: decoded or marked, rows always UTF-8, and the bytes themselves as they came."""

import json
from typing import NamedTuple

import pytest
from scripted_newspaper import LEAD, SITE, Newspaper, article, crawl, page

QUOTED = "\u201cKami tetap di sini\u201d \u2013 kata protégé itu"
BODY = f"<p>{LEAD}</p><p>{QUOTED}</p>"


class Case(NamedTuple):
    body: bytes
    charset: str
    text: str | None
    """What the body must hold; None: anything that is UTF-8, or a refusal."""


CASES = {
    "utf-8 said to be latin-1": Case(article(body=BODY).encode(), "iso-8859-1", QUOTED),
    "windows-1252 said to be utf-8": Case(article(body=BODY).encode("cp1252"), "utf-8", QUOTED),
    "utf-16 with a mark": Case(b"\xff\xfe" + article(body=BODY).encode("utf-16-le"), "utf-8", QUOTED),
    "utf-16 without a mark": Case(article(body=BODY).encode("utf-16-le"), "utf-8", None),
    "two charsets": Case(article(body=BODY).replace('"utf-8"', '"windows-1252"').encode(), "gbk", QUOTED),
    "gbk": Case(article(body="<p>" + "新闻" * 60 + "</p>").encode("gbk"), "gbk", None),
    "zero bytes": Case(article(body=BODY.replace("kata", "ka\0ta")).encode(), "utf-8", None),
    "lone surrogates": Case(article(body=BODY).encode().replace(b"kata", b"\xed\xa0\x80kata"), "utf-8", None),
    "entities of surrogates": Case(
        article(body=BODY + "<p>&#xD800; &#0; &#x110000; &#xFFFF;</p>").encode(), "utf-8", QUOTED
    ),
    "right to left and nothing wide": Case(
        article(title="Berita \u202e\u200b\u2066tersembunyi\ufeff", body=BODY).encode(), "utf-8", QUOTED
    ),
    "cut in a character": Case(article(body=BODY).encode() + b"\xe2\x80", "utf-8", QUOTED),
    "every byte": Case(
        article(body=f"<p>{LEAD}</p><p>@@</p>").encode().replace(b"@@", bytes(range(256)) * 4), "x-unknown", None
    ),
}


@pytest.fixture(scope="module")
def crawled(desk):
    folder = desk()
    folder.mkdir(parents=True)
    with Newspaper(folder) as newspaper:
        pages = {}
        for number, case in enumerate(CASES.values(), 1):
            lines = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset={case.charset}\r\n"
            head = f"{lines}Content-Length: {len(case.body)}\r\n\r\n".encode()
            pages[number] = lambda talk, data=head + case.body: talk.send(data)
        newspaper.publish(pages)
        operator = newspaper.operator(folder / "desk")
        done = crawl(operator)
    assert "Traceback" not in done.err, done.err
    assert done.facts["undelivered"] == 0, done
    return operator, operator.stock()


@pytest.mark.parametrize("name", CASES)
def test_fault_31_text_is_decoded_or_refused(crawled, name: str):
    _, stock = crawled
    number, case = [*CASES].index(name) + 1, CASES[name]
    row = stock.by_key.get(f"{SITE}/{number}")
    if case.text is None and row is None:
        assert stock.states[f"{SITE}/{number}"][0] == "refused"
        return
    assert row is not None
    json.dumps(row, default=str, ensure_ascii=False).encode()
    if case.text is not None:
        assert case.text in row["body"]
    assert "\0" not in row["body"] + row["title"]


def test_fault_31_the_bytes_are_as_they_came(crawled):
    operator, stock = crawled
    assert operator.run("verify", "--json").facts["findings"] == 0
    sizes = {row["article_id"]: row["bytes"] for row in stock.captures if row["article_id"]}
    assert sizes == {number: len(case.body) for number, case in enumerate(CASES.values(), 1)}


def test_fault_31_exports_are_utf8(crawled, tmp_path):
    operator, stock = crawled
    for form in ("jsonl", "csv"):
        done = operator.run("export", "--format", form, "-o", str(tmp_path / f"all.{form}"))
        assert done.code == 0, done
        text = (tmp_path / f"all.{form}").read_bytes().decode("utf-8", "strict")
        assert len(text) > 1000
    lines = (tmp_path / "all.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["article_key"] for line in lines} == set(stock.by_key)
    assert page
