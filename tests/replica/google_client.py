"""A client of Google News from the standard library only: feeds, and the two steps from an id to an address."""

import base64
import html
import json
import random
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from replica_client import Browser, Got

ROOT = "https://news.google.com"
LOCALE = "hl=id&gl=ID&ceid=ID:id"
BATCH = f"{ROOT}/_/DotsSplashUi/data/batchexecute"
_CONTEXT: list[Any] = [
    ["X", "X", ["X", "X"], None, None, 1, 1, "US:en", None, 1, None, None, None, None, None, 0, 1],
    *["X", "X", 1, [1, 1, 1], 1, 1, None, 0, 0, None, 0],
]
_TAG = re.compile(r"<[a-z-]+ [^>]*>")
_ATTRIBUTE = re.compile(r'data-n-a-(id|ts|sg)="([^"]*)"')


class Item(NamedTuple):
    title: str
    id: str
    published: datetime | None
    description: str
    source_url: str | None
    source: str | None
    link: str

    @property
    def linked(self) -> list[str]:
        """Ids that the description links to."""
        return re.findall(r'<a href="https://news\.google\.com/rss/articles/([\w-]+)\?oc=5"', self.description)


class Answered(NamedTuple):
    """A row: its tag, its address and AMP address, or the code of its refusal."""

    tag: str
    url: str | None
    amp: str | None
    code: list[int] | None


@dataclass
class Reader:
    """Decodes as FACTS-google-news.md, section 2.2 says."""

    browser: Browser
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Got:
        return self.browser.get(ROOT + path, **self.cookies)

    def search(self, query: str, locale: str = LOCALE) -> list[Item]:
        return self.feed(f"/rss/search?q={quote(query)}&{locale}")

    def feed(self, path: str) -> list[Item]:
        got = self.get(path)
        assert got.status == 200, got
        assert got.header("content-type") == "application/xml; charset=utf-8"
        return items_of(got.body)

    def page(self, article_id: str) -> Got:
        return self.get(f"/rss/articles/{article_id}?hl=id&gl=ID&ceid=ID%3Aid")

    def sign(self, article_id: str) -> tuple[str, int, str]:
        """Id, time stamp and signature out of one tag of the article's page."""
        got = self.page(article_id)
        assert got.status == 200, got.status
        found = signed_of(got.text)
        assert found[0] == article_id
        return found

    def batch(self, signed: list[tuple[Any, ...]], query: str = "") -> list[Answered]:
        got = self.post(form_of(signed), query)
        return rows_of(got.text) if "rt=c" not in query else rows_of_chunks(got.text)

    def post(self, body: bytes, query: str = "") -> Got:
        connection: HTTPConnection = self.browser._connection("https", "news.google.com")
        headers = {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"}
        connection.request("POST", f"{BATCH.removeprefix(ROOT)}{query}", body=body, headers=headers)
        answer = connection.getresponse()
        return Got(answer.status, answer.getheaders(), answer.read())

    def decode(self, *ids: str) -> list[str | None]:
        """Addresses in the order of `ids`."""
        found = {row.tag: row.url for row in self.batch([self.sign(i) for i in ids])}
        return [found.get(str(n)) for n in range(len(ids))]


def items_of(document: bytes) -> list[Item]:
    found = []
    for item in ET.fromstring(document).iterfind("channel/item"):
        date, source = item.findtext("pubDate"), item.find("source")
        found.append(
            Item(
                title=item.findtext("title", ""),
                id=item.findtext("guid", ""),
                published=parsedate_to_datetime(date) if date else None,
                description=item.findtext("description", ""),
                source_url=None if source is None else source.get("url"),
                source=None if source is None else source.text,
                link=item.findtext("link", ""),
            )
        )
    return found


def signed_of(page: str) -> tuple[str, int, str]:
    for tag in reversed(_TAG.findall(page)):
        found = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(tag)}
        if len(found) == 3:
            return found["id"], int(found["ts"]), found["sg"]
    raise AssertionError("no signed tag")


def form_of(signed: list[tuple[Any, ...]]) -> bytes:
    calls = [
        ["Fbv4je", json.dumps(["garturlreq", _CONTEXT, *one]), None, str(number)] for number, one in enumerate(signed)
    ]
    return urlencode({"f.req": json.dumps([calls])}).encode()


def rows_of(text: str) -> list[Answered]:
    guard, _, whole = text.partition("\n\n")
    assert guard == ")]}'"
    return _answered(json.loads(whole))


def rows_of_chunks(text: str) -> list[Answered]:
    """The rows of all chunks, each chunk cut out by its stated length."""
    guard, _, rest = text.partition("\n\n")
    assert guard == ")]}'"
    units, rows = rest.encode("utf-16-le"), []
    while units:
        size, _, _ = units.decode("utf-16-le").partition("\n")
        start = 2 * len(size)
        chunk = units[start : start + 2 * int(size)].decode("utf-16-le")
        assert (chunk[0], chunk[-1]) == ("\n", "\n")
        rows += json.loads(chunk)
        units = units[start + 2 * int(size) :]
    assert rows[-1][:4] == ["e", 4, None, None]
    return _answered(rows)


def _answered(rows: list[Any]) -> list[Answered]:
    found = []
    for name, *row in rows:
        if name == "wrb.fr":
            assert row[0] == "Fbv4je"
            payload = json.loads(row[1]) if row[1] else ["garturlres", None]
            assert payload[0] == "garturlres"
            found.append(Answered(row[5], payload[1], payload[3] if len(payload) > 3 else None, row[4]))
    return found


def old_address(article_id: str) -> str | None:
    """The address within an id of the old form; None for a token. Reads field 4 only, lengths as base-128 numbers."""
    message = base64.urlsafe_b64decode(article_id + "=" * (-len(article_id) % 4))
    assert message[:3] == b"\x08\x13\x22"
    size, at, shift = 0, 3, 0
    while True:
        byte = message[at]
        size, at, shift = size | (byte & 0x7F) << shift, at + 1, shift + 7
        if byte < 0x80:
            break
    text = message[at : at + size].decode()
    assert len(message[at : at + size]) == size
    return text if text.startswith("http") else None


def sample(items: list[Item], size: int) -> list[Item]:
    """Some of the items, the same ones each time."""
    return random.Random(7).sample(items, size)
