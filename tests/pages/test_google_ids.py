"""Ids of the old form hold the publisher's URL; reading it back is exact at every length."""

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pages.google_ids import offline_url, token_of

HOST = "https://radarjabar.disway.id/"


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def field(number: int, value: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(value)) + value


def encoded(message: bytes) -> str:
    return base64.urlsafe_b64encode(message).decode().rstrip("=")


def old_id(url: str, amp: str = "") -> str:
    return encoded(b"\x08\x13" + field(4, url.encode()) + field(26, amp.encode()))


def test_the_grammar_as_google_writes_it():
    assert old_id(HOST + "read/1/x").startswith("CBMi")
    assert encoded(b"\x08\x13\x22").startswith("CBMi")


@given(st.integers(len(HOST), 2000), st.sampled_from(["", HOST + "amp/1/x"]))
@example(127, "")
@example(128, "")
@example(255, "")
@example(256, "")
@example(2000, HOST + "amp/1/" + "x" * 300)
def test_a_url_of_any_length_comes_back_whole(length, amp):
    url = HOST + "x" * (length - len(HOST) - 1) + ("r" if length > len(HOST) else "")
    assert len(url) == length
    assert offline_url(old_id(url, amp)) == url


@given(st.text(st.characters(min_codepoint=0x21, blacklist_categories=("C", "Z")), min_size=1, max_size=120))
def test_a_slug_in_any_script_comes_back(slug):
    url = HOST + slug.replace("\\", "").replace("\ufffd", "")
    assert offline_url(old_id(url)) == url


def test_fields_of_every_kind_are_passed_over():
    others = b"\x08\x13" + b"\x09" + b"12345678" + b"\x15" + b"1234" + field(3, b"https://x.example/") + b"\x80\x01\x05"
    assert offline_url(encoded(others + field(4, b"https://radartegal.disway.id/read/1/x"))) is not None


@pytest.mark.parametrize(
    "token",
    [
        encoded(b"\x08\x13" + field(4, b"AU_yqL" + b"x" * 200)),
        encoded(b"\x08\x13" + field(4, b"AU_yqL" + b"x" * 80) + field(26, b"AU_yqL" + b"y" * 80)),
        old_id("https://news.google.com/rss/articles/x"),
        old_id("httpx://radartegal.disway.id/"),
        old_id(""),
        encoded(b"\x08\x13" + field(26, b"https://radartegal.disway.id/amp/1/x")),
        old_id("https://radartegal.disway.id/read/1/x")[:40],
        encoded(b"\x08\x13\x22\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
        encoded(b"\x08\x13\x23" + b"12345678"),
        encoded(b"\x08\x13" + field(4, b"https://radartegal.disway.id/\xff")),
        old_id("https://radartegal.disway.id/read/1/x") + "%3Foc=5",
        "CBMi",
        "1234567890",
        "",
    ],
)
def test_sealed_ids_and_garbage_give_nothing(token):
    assert offline_url(token) is None


@given(st.text(max_size=60) | st.binary(max_size=80).map(encoded))
def test_no_text_raises(text):
    found = offline_url(text)
    assert found is None or found.startswith("http")
    assert token_of(text) in (None, text)


ID = old_id(HOST + "read/1/x")


@pytest.mark.parametrize(
    ("text", "token"),
    [
        (f"https://news.google.com/rss/articles/{ID}?oc=5", ID),
        (f"https://news.google.com/articles/{ID}", ID),
        (f"https://news.google.com/read/{ID}?hl=id", ID),
        (f"https://news.google.com/__i/rss/rd/articles/{ID}?oc=5", ID),
        (ID, ID),
        (f"https://news.google.com/rss/articles/{ID}/x", None),
        (f"https://news.google.com/stories/{ID}", None),
        (f"https://radartegal.disway.id/read/{ID}", None),
        ("https://news.google.com/articles/123456789012", None),
        ("52779999999999", None),
        ("https://[news.google.com/articles/x", None),
        ("", None),
    ],
)
def test_the_id_of_a_link_or_guid(text, token):
    assert token_of(text) == token
