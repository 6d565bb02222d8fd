"""From an article's row to the bytes that the server sent."""

import gzip

import brotli
import pytest
from access_archive import START, Segment, page
from backports import zstd

from access import record
from access.archive import Archive
from access.lookup import head, resolve, versions
from access.record import read_part
from access.rendering import article_text
from news.capture import Original
from news.errors import ArchiveDamaged, UsageError
from news.site import Network, Site
from news.url import ArticleKey
from storage.warc import payload_digest

KEY = ArticleKey("radartegal", 1)
NETWORK = Network.of(
    [Site(id="radartegal", name="Radar Tegal", host="radartegal.disway.id", aliases=("radartegal.com",))]
)


def test_the_page_of_each_part_is_read_by_range(store_options):
    segment = Segment(store_options)
    segment.article(9)
    pages = [page("Judul", f"bagian {n}") for n in (1, 2)]
    url = "https://radartegal.disway.id/lokal/read/1/judul"
    pointers = [segment.record(url, pages[0], encoding="gzip"), segment.record(f"{url}/15", pages[1], part=2)]
    segment.article(1, pointers=pointers)
    segment.commit()
    with Archive.open(store_options) as archive:
        row = head(archive, KEY)
        assert [read_part(archive, row, n).data for n in (1, 2)] == pages
        with pytest.raises(UsageError, match="no part 3: it has 1, 2"):
            read_part(archive, row, 3)


def test_a_repeated_payload_is_read_from_its_original(store_options):
    first = Segment(store_options)
    url = "https://radartegal.disway.id/lokal/read/1/judul"
    original = first.record(url, page("Judul", "sama"))
    first.commit()
    second = Segment(store_options)
    revisit = second.record(url, page("Judul", "sama"), hours=5, original=Original(original, url, START))
    second.article(1, hours=5, pointers=[revisit])
    second.commit()
    with Archive.open(store_options) as archive:
        assert read_part(archive, head(archive, KEY), 1).data == page("Judul", "sama")


def test_a_repeated_payload_whose_original_is_missing(local_options):
    segment = Segment(local_options)
    url = "https://radartegal.disway.id/lokal/read/1/judul"
    elsewhere = segment.record(url, b"elsewhere")._replace(payload_digest=payload_digest(b"never stored"))
    segment.article(1, pointers=[segment.record(url, b"", original=Original(elsewhere, url, START))])
    segment.commit()
    with Archive.open(local_options) as archive, pytest.raises(ArchiveDamaged, match="missing"):
        read_part(archive, head(archive, KEY), 1)


@pytest.mark.parametrize("harm", ["flip", "cut", "remove"])
def test_bytes_that_are_not_what_the_row_says_are_damage(local_options, harm):
    segment = Segment(local_options)
    row = segment.article(1)
    segment.commit()
    path = local_options.root / segment.key
    data = bytearray(path.read_bytes())
    data[row["captures"][0]["warc_offset"] + 60] ^= 0xFF
    if harm == "flip":
        path.write_bytes(data)
    elif harm == "cut":
        path.write_bytes(data[: row["captures"][0]["warc_offset"] + 40])
    elif harm == "remove":
        path.unlink()
    with Archive.open(local_options) as archive, pytest.raises(ArchiveDamaged, match="disway verify"):
        read_part(archive, head(archive, KEY), 1)


@pytest.mark.parametrize("known", [True, False], ids=["elsewhere", "nowhere"])
def test_bytes_that_another_record_holds_are_shown_of_it(local_options, known):
    """The digest says what they are, wherever they lie."""
    segment = Segment(local_options)
    row = segment.article(1)
    other = segment.record("https://radartegal.disway.id/read/2/x", b"other")
    row["captures"][0].update(warc_offset=other.warc_offset, warc_length=other.warc_length)
    if not known:
        del segment.rows["captures"][0]
    segment.commit()
    with Archive.open(local_options) as archive:
        if known:
            body = read_part(archive, head(archive, KEY), 1)
            assert payload_digest(body.data) == row["captures"][0]["payload_digest"]
        else:
            with pytest.raises(ArchiveDamaged, match="disway verify"):
                read_part(archive, head(archive, KEY), 1)


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_a_cut_body_gives_what_came(coding):
    body = b"".join(b"%d " % (n * n) for n in range(9000))
    coded = {"gzip": gzip.compress, "br": brotli.compress, "zstd": zstd.compress}[coding](body)
    found = record._decode(coded[: len(coded) * 3 // 4], coding)
    assert not found.is_whole
    assert body.startswith(found.data)


def test_a_body_that_does_not_follow_its_encoding_is_damage():
    with pytest.raises(ArchiveDamaged):
        record._decode(b"this is no gzip at all", "gzip")


def test_a_bomb_is_refused(monkeypatch):
    monkeypatch.setattr(record, "BODY_LIMIT", 1000)
    for coding, coded in (("gzip", gzip.compress(b"0" * 9000, mtime=0)), ("br", brotli.compress(b"0" * 9000))):
        with pytest.raises(UsageError, match="more than 1000 bytes"):
            record._decode(coded, coding)


@pytest.mark.parametrize(
    "target",
    [
        "radartegal/1",
        "https://radartegal.disway.id/read/1/judul",
        "http://www.radartegal.disway.id/lokal/read/1/judul-lain/15?utm_source=x#y",
        "https://radartegal.disway.id/amp/1/judul/16",
        "https://radartegal.com/read/1/judul",
    ],
)
def test_any_address_of_an_article_is_understood(target):
    assert resolve(target, NETWORK) == KEY


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("radartegal", "write SITE/ID"),
        ("radartegal.disway.id/read/1/x", "whole URL"),
        ("https://example.org/read/1/x", "disway sites"),
        ("https://radartegal.disway.id/", "kind home"),
        ("https://radartegal.disway.id/kategori/lokal", "kind section"),
        ("", "SITE/ID"),
    ],
)
def test_what_is_no_article_is_said(target, said):
    with pytest.raises(UsageError, match=said):
        resolve(target, NETWORK)


def test_what_the_ledger_knows_of_an_absent_article(local_options):
    segment = Segment(local_options)
    segment.sighting(1)
    segment.event("radartegal/2", "refused", 1, reason="not_found", attempt=2)
    segment.event("radartegal/3", "failed", 1, reason="timeout", attempt=1, next_check="2026-03-06T00:00:00+00:00")
    segment.commit()
    with Archive.open(local_options) as archive:
        for number, said in (
            (1, "it is pending, not fetched yet"),
            (2, r"it is refused \(not_found\), after 2 attempts"),
            (3, r"it is pending \(timeout\), after 1 attempts?, next try after 2026-03-06T00:00"),
            (4, "no page that was crawled links it"),
        ):
            for ask in (head, lambda a, k: versions(a, k, ("version",))):
                with pytest.raises(UsageError, match=said):
                    ask(archive, replace_id(number))


def replace_id(number: int) -> ArticleKey:
    return KEY._replace(article_id=number)


def test_the_text_names_its_sources(local_options):
    segment = Segment(local_options)
    row = segment.article(1, hours=2)
    segment.article(2, published_at=None, reporter=None, editor=None, tags=[], related=[], section=None, place=None)
    segment.commit()
    with Archive.open(local_options) as archive:
        text = article_text(head(archive, KEY))
        bare = article_text(head(archive, replace_id(2)))
    lines = text.splitlines()
    assert lines[0] == "Judul 1"
    assert lines[1] == "Reporter: Sari · Editor: Budi"
    assert lines[2] == "2026-03-05T08:00:00+07:00 · Lokal · TEGAL"
    assert row["captures"][0]["warc_key"] in lines[5]
    assert "- Lain <https://radartegal.disway.id/read/1/lain>" in lines
    assert "#tegal #uji" in lines
    assert bare.splitlines()[1] == "Kamis 05-03-2026,06:00 WIB"
    assert bare.endswith("\n\nParagraf pertama 2.\nParagraf kedua.\n")
