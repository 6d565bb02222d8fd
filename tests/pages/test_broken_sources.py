"""Feeds and sitemaps that are broken in one way each. A fault costs what it stands in, never the articles after it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_texts import article, ids, item, read, rss

from news.errors import NotASource
from pages.sources import source_digest

FOLDER = Path(__file__).parent / "broken_sources"
STOPPED = {
    "entity_in_prolog.xml": ("entity", []),
    "entity_after_items.xml": ("entity", [1, 2]),
    "billion_laughs.xml": ("entity", []),
    "quadratic_blowup.xml": ("entity", []),
    "parameter_entity.xml": ("entity", []),
    "cut_in_an_item.xml": ("syntax", [1, 2]),
    "cut_in_a_tag.xml": ("syntax", [1, 2]),
}
NO_SOURCE = {
    "html_page.xml": "'html'",
    "challenge.xml": "'html'",
    "php_warning.xml": "'br'",
    "json.xml": "items",
    "not_found.txt": "404",
    "empty.xml": "empty",
    "blank.xml": "empty",
    "opml.xml": "'opml'",
    "s3_error.xml": "'Error'",
    "entities_without_root.xml": "document type",
    "png.xml": "PNG",
    "only_a_comment.xml": "no element",
}
HEADLINES = {
    "bare_ampersands.xml": ["Tegal & Brebes", "R&D; A&B", "Judul"],
    "html_entities.xml": ["prot\u00e9g\u00e9 \u2013 baru", "\u00abTegal\u00bb", "Judul"],
    "bare_less_than.xml": ["Harga < 10 ribu & > 5", "a<<b", "Judul"],
    "control_characters.xml": ["Tegal [31m", "", "Judul"],
    "lower_case_cdata.xml": ["Tegal & Brebes", "y", "Judul"],
    "windows_1252_as_utf_8.xml": ["prot\u00e9g\u00e9 \u201cTegal\u201d", "Judul", "Judul"],
    "utf_8_as_utf_16.xml": ["prot\u00e9g\u00e9", "Judul", "Judul"],
    "utf_16_without_mark.xml": ["prot\u00e9g\u00e9", "Judul", "Judul"],
}
READ_WHOLE = sorted({path.name for path in FOLDER.iterdir()} - STOPPED.keys() - NO_SOURCE.keys())


@pytest.mark.parametrize("name", READ_WHOLE)
def test_broken_and_read_whole(name):
    document = read((FOLDER / name).read_bytes())
    assert (ids(document), document.cut, document.malformed) == ([1, 2, 3], None, 0)
    if name in HEADLINES:
        assert [entry.link.text for entry in document.entries] == HEADLINES[name]


@pytest.mark.parametrize("name", sorted(STOPPED))
def test_stopped_with_what_came_before(name):
    document = read((FOLDER / name).read_bytes())
    assert (document.cut, ids(document)) == STOPPED[name]
    assert document.reader in ("rss", "sitemap")


@pytest.mark.parametrize("name", sorted(NO_SOURCE))
def test_something_else(name):
    with pytest.raises(NotASource, match=NO_SOURCE[name]):
        read((FOLDER / name).read_bytes())


FAULTS = [
    "<br>",
    "</b>",
    "</description></description>",
    "a & b",
    "&nbsp;&;",
    "1 < 2",
    "<",
    "<<",
    "<>",
    "</>",
    "<b",
    "<b x",
    "<b x=1>",
    "<b x='1'x='2'>",
    "<b x='<'>",
    "<p/ >",
    "<1>",
    "<!x>",
    "<!doctype html>",
    "<? x?>",
    "<?xml version='1.0'?>",
    "]]>",
    "<!-- -- -->",
    "<![cdata[x]]>",
    "<a:b:c>",
    "&#0;",
    "\x00",
    "</html>",
]


@given(st.lists(st.sampled_from(FAULTS), min_size=1, max_size=4), st.integers(0, 2))
def test_faults_in_a_description_lose_no_item(faults, place):
    items = [item(n, f"Judul {n}") for n in range(3)]
    sound = source_digest(read(rss(*items)))
    items[place] = item(place, f"Judul {place}", f"<description>{'x'.join(faults)} </description>")
    document = read(rss(*items))
    assert (source_digest(document), document.cut) == (sound, None)


def test_many_faults_are_read_too():
    document = read(rss(*(item(n).replace("Judul", "a<br>b & c < d") for n in range(20_000))))
    assert (len(document.entries), document.cut) == (20_000, None)
    assert {entry.link.text for entry in document.entries} == {"ab & c < d"}
    assert document.entries[-1].link.url == article(19_999)
