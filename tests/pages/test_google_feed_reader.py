"""A feed of Google News gives every article that it names, and says when it may not have named all."""

from datetime import UTC, datetime, timedelta

import pytest
from google_rss import NEWS, TOKEN, cluster, feed, item
from hypothesis import example, given
from hypothesis import strategies as st

from news.google import GoogleAnswerRefused, GoogleRefusal
from pages.google_feed import FULL, read_google_feed
from pages.google_item import FeedLead, headline

AT = datetime(2026, 9, 25, 13, 53, 48, tzinfo=UTC)


def only(*items: str) -> FeedLead:
    (lead,) = read_google_feed(feed(*items)).leads
    return lead


def tokens(body: bytes) -> list[str]:
    return [lead.token for lead in read_google_feed(body).leads]


def test_an_item_is_a_lead():
    assert only(item("Velg Mobil 2026: Tips Memilih - paltv.disway.id - Disway", home="https://PALTV.disway.id")) == (
        FeedLead(TOKEN, "Velg Mobil 2026: Tips Memilih", "paltv.disway.id", "Disway", AT)
    )


@pytest.mark.parametrize(
    ("title", "publisher", "headline_"),
    [
        ("Jalan rusak - Disway", "Disway", "Jalan rusak"),
        ("Jalan rusak - jogja.disway.id - Disway Jogja", "Disway Jogja", "Jalan rusak"),
        ("Jalan rusak - sumeks.disway.id - SUMEKS.CO", "SUMEKS.CO", "Jalan rusak"),
        ("Jalan rusak - Radar - Tegal", "Radar - Tegal", "Jalan rusak"),
        ("PSM - Persib 1-0 - Disway", "Disway", "PSM - Persib 1-0"),
        ("PSM - Persib - Disway Sulsel", "Disway", "PSM - Persib - Disway Sulsel"),
        ("Jalan rusak - Disway - Disway", "Disway", "Jalan rusak - Disway"),
        ("Jalan rusak - a.disway.id - b.disway.id - Disway", "Disway", "Jalan rusak - a.disway.id"),
        ("Jalan rusak - paltv.disway.id", "", "Jalan rusak"),
        ("Jalan rusak - Disway", "", "Jalan rusak - Disway"),
        ("Harga 1.000-2.000", "Disway", "Harga 1.000-2.000"),
        ("Naik 1.5 - 2.0", "Disway", "Naik 1.5 - 2.0"),
        ("- Disway", "Disway", "- Disway"),
        ("Disway", "Disway", "Disway"),
        (" Jalan\u00a0 rusak -  Disway ", "Disway", "Jalan rusak"),
        ("", "", ""),
    ],
    ids=ascii,
)
def test_only_what_google_appends_is_taken_from_a_title(title, publisher, headline_):
    assert headline(title, publisher) == headline_


WORDS = st.from_regex(r"[A-Za-z]{1,8}( - | |: )[A-Za-z0-9]{1,8}", fullmatch=True)


@given(WORDS, WORDS, st.sampled_from(["", "paltv.disway.id", "sumeks.co"]))
def test_what_google_puts_together_comes_apart(title, publisher, host):
    printed = f"{title} - {host} - {publisher}" if host else f"{title} - {publisher}"
    lead = only(item(printed, publisher=publisher))
    assert (lead.title, lead.publisher) == (title, publisher)


@pytest.mark.parametrize(
    ("home", "host"),
    [
        ("https://radartegal.disway.id", "radartegal.disway.id"),
        ("http://www.Diswayjateng.id:80/", "www.diswayjateng.id"),
        ("https://radartegal.disway.id./", "radartegal.disway.id"),
        ("radartegal.disway.id", None),
        ("https://[::1", None),
        ("", None),
        (None, None),
    ],
)
def test_the_host_is_that_of_the_publishers_home_page(home, host):
    assert only(item(home=home)).host == host


@pytest.mark.parametrize(
    ("printed", "at"),
    [
        ("Fri, 25 Sep 2026 13:53:48 GMT", AT),
        ("Fri, 25 Sep 2026 20:53:48 +0700", AT),
        (None, None),
        ("", None),
        ("kemarin", None),
        ("Fri, 25 Sep 2026 13:53:48", None),
        ("Fri, 32 Sep 2026 13:53:48 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -0700", None),
        ("Fri, 25 Sep 99999999999999999999 13:53:48 GMT", None),
    ],
)
def test_the_date_is_stated_or_none(printed, at):
    assert only(item(published=printed)).published_at == at


def test_an_item_without_source_or_date_is_a_lead_and_harms_no_other():
    body = feed(item("Jalan rusak - Disway", publisher=None, published=None, token="CBMiplain"), item())
    bare, whole = read_google_feed(body).leads
    assert bare == FeedLead("CBMiplain", "Jalan rusak - Disway", None, "", None)
    assert whole.token == TOKEN


def test_an_item_without_source_has_its_publisher_in_the_description():
    """So that its headline is the same as with a source."""
    told = cluster(("CBMiplain", "Jalan rusak", "Disway Tegal"), ("CBMiother1", "Jalan baik", "Sumeks"))
    for description in (told, told.removeprefix("<ol><li>").partition("</li>")[0]):
        lead = next(
            iter(
                read_google_feed(
                    feed(item("Jalan rusak - Disway Tegal", token="CBMiplain", publisher=None, description=description))
                ).leads
            )
        )
        assert lead == FeedLead("CBMiplain", "Jalan rusak", None, "Disway Tegal", AT)


def test_a_cluster_gives_its_other_articles_and_its_first_row_is_the_item_itself():
    rows = cluster(
        ("CBMifirst1", "Jalan & jembatan", "Disway"),
        ("CBMisecond", "Jalan <rusak> - sumeks.disway.id", "Radar - Tegal"),
        ("CBMithird1", "Jalan ketiga - Sumeks", "Sumeks"),
    )
    own, second, third = read_google_feed(
        feed(item("Jalan & jembatan - Disway", token="CBMifirst1", description=rows))
    ).leads
    assert (own.token, own.published_at) == ("CBMifirst1", AT)
    assert second == FeedLead("CBMisecond", "Jalan <rusak>", None, "Radar - Tegal", None)
    assert third == FeedLead("CBMithird1", "Jalan ketiga", None, "Sumeks", None)


def test_the_first_row_is_the_item_even_under_another_id():
    rows = cluster(("CBMiother1", "Jalan rusak", "Disway"), ("CBMisecond", "Jalan rusak", "Sumeks"))
    assert tokens(feed(item(description=rows))) == [TOKEN, "CBMisecond"]


def test_rows_of_a_cluster_without_an_article_are_passed_over():
    rows = "<ol><li><a>Kosong</a></li><li><a href='https://news.google.com/stories/x'>Semua</a></li><li>teks</li></ol>"
    assert tokens(feed(item(description=rows))) == [TOKEN]


def test_an_id_named_twice_is_one_lead():
    again = read_google_feed(feed(item(), item("Lain - Disway")))
    assert ([lead.title for lead in again.leads], again.items) == (["Jalan rusak"], 2)


def test_the_id_is_taken_from_the_guid_when_the_link_has_none():
    broken = item().replace(f"{NEWS}/{TOKEN}?oc=5</link>", "https://news.google.com/</link>")
    assert tokens(feed(broken)) == [TOKEN]


def test_an_item_without_any_id_is_counted_and_its_cluster_kept():
    rows = cluster(("CBMifirst1", "Satu", "Disway"), ("CBMisecond", "Dua", "Disway"))
    nameless = item("Satu - Disway", token="", description=rows)
    read = read_google_feed(feed(nameless, item()))
    assert [lead.token for lead in read.leads] == ["CBMisecond", TOKEN]
    assert (read.items, read.malformed) == (2, 1)


def test_an_empty_feed_is_a_feed():
    read = read_google_feed(feed())
    assert (read.leads, read.items, read.malformed, read.truncated, read.full) == ((), 0, 0, False, False)


@pytest.mark.parametrize(("count", "full"), [(FULL - 1, False), (FULL, True), (FULL + 1, True)])
def test_a_hundred_items_are_googles_ceiling(count, full):
    read = read_google_feed(feed(*(item(token=f"CBMitoken{n}") for n in range(count))))
    assert (len(read.leads), read.full, read.truncated) == (count, full, False)


EIGHT = feed(*(item(token=f"CBMitoken{n}") for n in range(8)))


@given(st.integers(EIGHT.index(b"<channel>"), len(EIGHT)))
@example(len(EIGHT))
@example(len(EIGHT) - 1)
@example(EIGHT.index(b"<channel>"))
def test_what_stood_before_a_break_stays(end):
    read = read_google_feed(EIGHT[:end])
    assert [lead.token for lead in read.leads] == [f"CBMitoken{n}" for n in range(EIGHT[:end].count(b"</item>"))]
    assert read.truncated is (end < len(EIGHT))


def test_more_items_than_google_ever_gives_are_not_dropped_in_silence():
    read = read_google_feed(feed(*(item(token=f"CBMitoken{n}", description="") for n in range(1001))))
    assert (read.items, read.truncated, read.full) == (1000, True, True)


def test_a_bad_character_breaks_the_feed_off_there():
    read = read_google_feed(feed(item(), item("Jalan\x08 - Disway", token="CBMisecond")))
    assert ([lead.token for lead in read.leads], read.truncated) == ([TOKEN], True)


SORRY = (
    b"<html><head><title>Sorry...</title></head><body><a href='https://www.google.com/sorry/index'>x</a></body></html>"
)
CONSENT = (
    b"<!doctype html><html><head><title>Before you continue to Google</title></head><body>"
    b"<form action='https://consent.google.com/save' method='POST'></form></body></html>"
)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", GoogleRefusal.EMPTY),
        (b" \r\n", GoogleRefusal.EMPTY),
        (SORRY, GoogleRefusal.SORRY),
        (CONSENT, GoogleRefusal.CONSENT),
        (b"<!DOCTYPE html><html><body>Google News</body></html>", GoogleRefusal.MALFORMED),
        (b"<html xmlns='http://www.w3.org/1999/xhtml'><item><link>x</link></item></html>", GoogleRefusal.MALFORMED),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'></feed>", GoogleRefusal.MALFORMED),
        (b"<opml><rss><channel></channel></rss></opml>", GoogleRefusal.MALFORMED),
        (b"<?xml version='1.0'?>", GoogleRefusal.MALFORMED),
        (b"{}", GoogleRefusal.MALFORMED),
        (b"\x1f\x8b\x08", GoogleRefusal.MALFORMED),
    ],
)
def test_what_is_no_feed_is_refused_by_its_kind(body, reason):
    with pytest.raises(GoogleAnswerRefused) as caught:
        read_google_feed(body)
    assert caught.value.reason is reason


@pytest.mark.parametrize(
    "declared",
    [
        '<!ENTITY a "x">',
        '<!ENTITY a SYSTEM "file:///etc/passwd">',
        '<!ENTITY b "bbbbbbbbbb"><!ENTITY a "&b;&b;&b;&b;&b;&b;&b;&b;">',
    ],
)
def test_entities_are_not_followed(declared):
    body = feed(item().replace("Jalan rusak", "&a;")).replace(b"<rss ", f"<!DOCTYPE rss [{declared}]><rss ".encode())
    with pytest.raises(GoogleAnswerRefused, match="malformed"):
        read_google_feed(body)


def test_comments_and_instructions_are_no_text():
    lead = only(item().replace("<title>Jalan", "<title><!-- x --><?y z?>Jalan"))
    assert lead.title == "Jalan rusak"


@given(st.binary(max_size=400) | st.binary(max_size=200).map(lambda middle: feed(item())[:900] + middle + b"</item>"))
def test_any_bytes_are_read_or_refused(body):
    try:
        read = read_google_feed(body)
    except GoogleAnswerRefused:
        return
    assert len({lead.token for lead in read.leads}) == len(read.leads)


@given(st.integers(600_000_000, 4_100_000_000))
def test_dates_come_back(seconds):
    at = datetime.fromtimestamp(seconds, UTC)
    lead = only(item(published=f"{at:%a, %d %b %Y %H:%M:%S} GMT"))
    assert lead.published_at == at
    assert lead.published_at.utcoffset() == timedelta(0)
