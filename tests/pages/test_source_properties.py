"""What holds for every feed and sitemap, sound or not."""

import gzip
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from source_texts import SITE, ids, item, locations, read, read_sitemap, rss, urlset

from news.article import LinkKind
from news.errors import PageError
from news.text import clean
from pages.sources import XmlLimits, source_digest
from pages.xml_limits import Cut
from pages.xml_stream import XmlStream
from pages.xml_text import with_known_references

TITLES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="<&"), max_size=40)
ARTICLES = st.lists(
    st.tuples(
        st.integers(1, 10**12),
        st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True),
        TITLES,
        st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    ),
    unique_by=lambda article: article[0],
    max_size=12,
)
WRITTEN = {
    "rss": lambda n, slug, title, at: (
        f"<item><title>{title}</title><link>{SITE}/read/{n}/{slug}</link>"
        f"<pubDate>{at:%a, %d %b} {at.year:04} {at:%H:%M:%S} GMT</pubDate></item>"
    ),
    "feed": lambda n, slug, title, at: (
        f"<entry><title><![CDATA[{title}]]></title><link href='/lokal/read/{n}/{slug}'/>"
        f"<published>{at.isoformat()}</published></entry>"
    ),
    "urlset": lambda n, slug, title, at: (
        f"<url><loc>{SITE}/amp/{n}/{slug}</loc><n:news xmlns:n='x'/><news:news><news:title>{title}</news:title>"
        f"<news:publication_date>{at.isoformat()}</news:publication_date></news:news></url>"
    ),
}


@given(ARTICLES, st.sampled_from(sorted(WRITTEN)), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be"]))
def test_what_is_written_is_read(articles, root, encoding):
    articles = [(n, slug, title.replace("]]>", ""), at.replace(microsecond=0)) for n, slug, title, at in articles]
    text = f"<{root}>{''.join(WRITTEN[root](*article) for article in articles)}</{root}>"
    document = read(text.encode(encoding))
    assert (document.cut, document.malformed, document.repeated, document.offsite) == (None, 0, 0, 0)
    found = [(*e.link[2:], e.published_at) for e in document.entries]
    assert found == [(clean(title), place, at) for place, (_, _, title, at) in enumerate(articles)]
    assert ids(document) == [n for n, *_ in articles]
    assert [e.link.url.rpartition("/")[2] for e in document.entries] == [slug for _, slug, *_ in articles]


def holds_for_any(body, limits):
    """Read `body`, or not; what is read keeps within the limits, each article once."""
    with suppress(PageError):
        document = read(body, limits=limits)
        keys = ids(document)
        assert len(keys) == len(set(keys)) <= limits.entries
        assert [e.link.position for e in document.entries] == list(range(len(keys)))
        assert all(e.link.kind is LinkKind.FEED and len(e.link.text) <= limits.text for e in document.entries)
        assert max(len(document.children), len(document.sections)) <= limits.entries
        assert document.cut in (None, "bytes", "entries", "depth", "entity", "syntax")
        assert len(source_digest(document)) == 64


MARKS = [b"<", b">", b"</", b"/>", b"&", b";", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?xml", b"?>", b"'", b'"', b"="]
MARKS += [
    b"<!DOCTYPE x [",
    b"<!ENTITY a 'b'>",
    b"<item>",
    b"</item>",
    b"<title>",
    b"</rss>",
    b"\x00",
    b"\xff\xfe",
    b"\xe2",
]
NOISE = st.lists(st.sampled_from(MARKS) | st.binary(max_size=5), max_size=6).map(b"".join)


@given(
    st.sampled_from([b"", b"<rss>", b"<urlset><url><loc>", b"\x1f\x8b\x08\0\0\0\0\0", b"\xff\xfe<\0", b"https://"]),
    st.binary(max_size=300),
)
def test_any_bytes_are_a_source_or_none(start, noise):
    holds_for_any(start + noise, XmlLimits())


@given(st.data(), NOISE, st.integers(0, 5))
@settings(max_examples=300)
def test_a_feed_with_noise_in_it(data, noise, entries):
    body = rss(*(item(n, rest="<description>&lt;p&gt; x</description>") for n in range(6))).encode()
    at, skipped = data.draw(st.integers(0, len(body))), data.draw(st.integers(0, 12))
    limits = XmlLimits(entries=entries, text=20, bytes=data.draw(st.integers(len(body) - 100, len(body) + 100)))
    holds_for_any(body[:at] + noise + body[at + skipped :], limits)


WHOLE = rss(*(item(n, f"Judul \u201c{n}\u201d", "<pubDate>2026-03-05</pubDate>") for n in range(8))).encode()
PACKED = gzip.compress(WHOLE)


@given(st.integers(0, len(WHOLE) - len("</rss>") - 1), st.booleans())
def test_a_feed_cut_anywhere_is_a_beginning_of_the_whole(length, packed):
    body = PACKED[: length % len(PACKED)] if packed else WHOLE[:length]
    whole = read(WHOLE).entries
    with suppress(PageError):
        document = read(body)
        assert document.cut == "syntax"
        assert document.entries == whole[: len(document.entries)]


@given(st.integers(2, len(WHOLE)))
def test_a_bound_on_the_bytes_is_a_cut_there(limit):
    with suppress(PageError):
        document = read(WHOLE, limits=XmlLimits(bytes=limit))
        assert document.cut == ("bytes" if limit < len(WHOLE) else None)
        assert document.entries == read(WHOLE[:limit]).entries


class Told:
    """Writes down what it is told, and wants every text of a `t`."""

    def __init__(self):
        self.heard = []

    def start(self, name, attributes, depth):
        self.heard.append((name, dict(attributes), depth))
        return name == "t"

    def end(self, depth, text):
        self.heard.append((depth, text))


PIECES = [
    "<t>",
    "</t>",
    "<b a='1'>",
    "</b>",
    "x",
    "\u00e9",
    " & ",
    "&amp;",
    "&nbsp;",
    "<!-- - -->",
    "<![CDATA[<t>&]]>",
    "< ",
]
PIECES += ["<b a=1>", "</z>", "<b a='1'a='2'/>", "<t/ >", "<1"]


def heard(chunks):
    told = Told()
    with suppress(Cut):
        XmlStream(told, XmlLimits()).read(with_known_references(iter(chunks)))
    return told.heard


@given(st.lists(st.sampled_from(PIECES), max_size=25), st.sets(st.integers(6, 120), max_size=12))
@settings(max_examples=300)
def test_chunks_make_no_difference(pieces, edges):
    body = f"<rss>{''.join(pieces)}</rss>".encode()
    cuts = [0, *sorted(edge for edge in edges if edge < len(body)), len(body)]
    assert heard([body[a:b] for a, b in pairwise(cuts)]) == heard([body])


@given(st.lists(st.integers(1, 9), max_size=40))
def test_repeats_are_counted(numbers):
    document = read_sitemap(locations(numbers))
    assert ids(document) == list(dict.fromkeys(numbers))
    assert document.repeated == len(numbers) - len(set(numbers))


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_location_is_own_or_counted(text, path):
    assume("]]>" not in text + path)
    links = (text, SITE + path, f"{SITE}/{path}", f"https://{path}.example")
    document = read_sitemap(urlset(*(f"<url><loc><![CDATA[{link}]]></loc></url>" for link in links)))
    assert document.cut is None
    assert document.offsite + document.malformed + document.repeated + len(document.entries) <= len(links)


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "iso-8859-1"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("declared", ["utf-8", "UTF-16", "windows-1252", "base64", None])
def test_encodings_and_what_is_said_of_them(encoding, declared):
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    text = declaration + rss(item(1, "Prot\u00e9g\u00e9 caf\u00e9")).partition("\n")[2]
    (entry,) = read(text.encode(encoding), content_type=declared and f"text/xml; charset={declared}").entries
    assert entry.link.text == "Prot\u00e9g\u00e9 caf\u00e9"


@pytest.mark.parametrize("shift", range(4))
def test_characters_that_two_chunks_share(shift):
    padding = "x" * (2**16 - 200 - shift)
    text = rss(f"<description>{padding}</description>", item(1, "\u00e9\u201c\U0001f600&amp;" * 100))
    (entry,) = read(text).entries
    assert entry.link.text == "\u00e9\u201c\U0001f600&" * 100
