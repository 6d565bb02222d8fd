"""No secret of the operator is in any log line, record, row, report, file or error, however a run fails."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType
from fixtures.crawls import Ended, Operator
from fixtures.loopback import FaultFront, s3_error
from scripted_newspaper import HOST, SITE, Newspaper, article, crawl, page

PROXY_WORD, ALERT_WORD, STORE_WORD, COOKIE = (
    "sandi-proksi-8f3",
    "kunci-alarm-77c",
    "rahasia-toko-c1e",
    "kuki-peladen-4b9",
)
USERINFO = "sandi-di-tautan-e02"
SET_COOKIE = f"Set-Cookie: ci_session={COOKIE}; path=/"


def pages() -> dict:
    return {
        1: article().encode(),
        2: page(b"", f"Location: https://siapa:{USERINFO}@{HOST}/", status="302 Found"),
        3: lambda talk: talk.hang(),
        4: lambda talk: talk.reset(),
        5: page(b"tidak", status="500 Internal Server Error"),
        6: page(b"\x1f\x8bbukan gzip", "Content-Encoding: gzip"),
    }


@contextmanager
def newspaper_of(folder: Path, **further: str) -> Iterator[tuple[Newspaper, Operator]]:
    """A newspaper behind a proxy with a password, and an operator with every other secret there is."""
    folder.mkdir(parents=True, exist_ok=True)
    with Newspaper(folder) as newspaper:
        newspaper.publish(pages(), SET_COOKIE)
        operator = newspaper.operator(folder / "desk", DISWAY_NETWORK__TIMEOUT_S="3", **further)
        for name in ("http_proxy", "https_proxy"):
            operator.further[name] = newspaper.url.replace("://", f"://juru:{PROXY_WORD}@")
        operator.further["DISWAY_ALERTS__URLS"] = f"json://juru:{ALERT_WORD}@127.0.0.1:9/alarm"
        operator.further["DISWAY_DEBUG"] = "1"
        yield newspaper, operator


def said(done: Ended) -> str:
    return done.out + done.err


def everything_on_disk(folder: Path) -> bytes:
    """All that lies below `folder`, unpacked where it is packed; the sites' own files and the authority left out."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            found.append(data)
            if data[:2] == b"\x1f\x8b":
                found.append(gzip.decompress(data))
    return b"\0".join(found)


WORDS = (PROXY_WORD, ALERT_WORD, STORE_WORD)


def assert_none_in(text: str, *further: str) -> None:
    found = [word for word in (*WORDS, *further) if word in text]
    assert not found, [text[max(0, text.index(word) - 200) : text.index(word) + 100] for word in found]


def test_fault_42_a_crawl_of_servers_that_fail_in_each_way(tmp_path: Path):
    with newspaper_of(tmp_path) as (newspaper, operator):
        done = crawl(operator, "-v")
        shown = [
            operator.run(*command)
            for command in (("runs",), ("show", f"{SITE}/1", "--json"), ("show", f"{SITE}/1", "--raw"), ("coverage",))
        ]
        requests = [asked.head for asked in newspaper.log]
    assert done.code in (0, 1), done
    for word in (said(done), *map(said, shown[:2])):
        assert_none_in(word, USERINFO)
    assert_none_in(said(shown[2]))
    stored = everything_on_disk(operator.folder).decode("latin-1")
    assert_none_in(stored)
    assert not [head for head in requests if b"\r\ncookie:" in head.lower()], "cookies are never sent back"
    assert_none_in(str(operator.stock()), COOKIE)
    for path in Path(operator.uri).glob("warc/**/*.warc.gz"):
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream, parse_http=False):
                block = record.reader.read()
                if record.record_type == WarcRecordType.request:
                    assert COOKIE.encode() not in block
                    assert not [h for h in (b"authorization", b"cookie:") if h in block.lower()]
    assert COOKIE in stored, "what a server says is kept as it said it"


@pytest.mark.parametrize("kind", ["proxy refuses", "no proxy there", "TLS fails"])
def test_fault_42_ways_to_the_servers_that_fail(tmp_path: Path, kind: str):
    with newspaper_of(tmp_path, DISWAY_NETWORK__RETRIES="0") as (newspaper, operator):
        match kind:
            case "proxy refuses":
                newspaper.refuse_tunnel = frozenset({HOST})
            case "no proxy there":
                for name in ("http_proxy", "https_proxy"):
                    operator.further[name] = f"http://juru:{PROXY_WORD}@127.0.0.1:9"
            case _:
                newspaper.certified_as = {HOST: "koran-lain.example"}
        done = crawl(operator, "-v")
    assert done.code == 1, done
    assert_none_in(said(done))
    assert_none_in(everything_on_disk(operator.folder).decode("latin-1"))
    assert_none_in(str(operator.stock()))


@pytest.mark.parametrize("code", ["InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "ServiceUnavailable"])
def test_fault_42_stores_that_refuse_or_fail(seaweed, tmp_path: Path, code: str):
    status = 503 if code == "ServiceUnavailable" else 403
    with FaultFront(seaweed.environ) as front, newspaper_of(tmp_path) as (_, operator):
        operator.uri = f"{seaweed.uri}/{uuid4().hex}"
        operator.store = front.environ | {"AWS_SECRET_ACCESS_KEY": STORE_WORD, "AWS_SESSION_TOKEN": STORE_WORD}
        front.rule = lambda _: s3_error(status, code)
        ends = [crawl(operator, "-v"), operator.run("recover"), operator.run("sql", "SELECT 1"), operator.run("verify")]
    assert all(done.code in (2, 3) for done in ends), ends
    for done in ends:
        assert_none_in(said(done))
    assert_none_in(everything_on_disk(operator.folder).decode("latin-1"))


def test_fault_42_bad_settings_are_named_without_their_secrets(tmp_path: Path):
    with newspaper_of(tmp_path) as (_, operator):
        operator.further["DISWAY_ALERTS__URLS"] = f"tidakada://juru:{ALERT_WORD}@127.0.0.1/"
        ends = [crawl(operator)]
        operator.uri = f"s3://juru:{STORE_WORD}@ember/awalan"
        ends.append(crawl(operator))
    assert ends[1].code == 2, ends[1]
    for done in ends:
        assert_none_in(said(done))
