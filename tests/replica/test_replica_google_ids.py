"""Ids and tokens: every length there and back, nothing forged."""

import base64

import pytest
from google_client import old_address
from hypothesis import given
from hypothesis import strategies as st

from replica.google.ids import ArticleId, read_id, write_id
from replica.google.tokens import MARK, SIGNATURE_CHARS, TTL_S, Tokens

_TOKENS = Tokens(b"rahasia")
_LENGTHS = [0, 1, 127, 128, 129, 255, 256, 257, 300, 16_383, 16_384]


@given(st.binary(max_size=400), st.none() | st.binary(max_size=400))
def test_an_id_says_what_was_written_into_it(first, second):
    text = write_id(ArticleId(first, second))
    assert text.startswith("CBMi")
    assert "=" not in text
    assert read_id(text) == ArticleId(first, second)


@pytest.mark.parametrize("length", _LENGTHS)
def test_lengths_round_trip(length):
    article = ArticleId(b"u" * length, b"")
    assert read_id(write_id(article)) == article


@pytest.mark.parametrize("length", [127, 128, 255, 256, 300])
def test_an_old_id_holds_its_address_as_written_by_hand(length):
    address = "https://radartegal.disway.id/read/722991/".ljust(length, "x")
    size = bytes([length]) if length < 128 else bytes([length & 0x7F | 0x80, length >> 7])
    by_hand = b"\x08\x13\x22" + size + address.encode() + b"\xd2\x01\x00"
    text = write_id(ArticleId(address.encode(), b""))
    assert text == base64.urlsafe_b64encode(by_hand).decode().rstrip("=")
    assert old_address(text) == address


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_what_is_no_id_is_refused_and_nothing_else_is_raised(text):
    try:
        read = read_id(text)
    except ValueError:
        return
    assert read_id(write_id(read)) == read


@pytest.mark.parametrize("cut", range(1, 20))
def test_a_cut_id_is_refused(cut):
    whole = base64.urlsafe_b64decode(write_id(ArticleId(b"u" * 15, None)) + "==")
    with pytest.raises(ValueError, match=r"cut|fields"):
        read_id(base64.urlsafe_b64encode(whole[:-cut]).decode().rstrip("="))


@given(st.integers(0, 2**32 - 1), st.text(max_size=20), st.integers(0, 500))
def test_a_token_leads_back_to_its_article(number, salt, filler):
    token = _TOKENS.token(number, salt, filler)
    assert token.startswith(MARK)
    assert len(token) >= 92
    assert _TOKENS.number_of(token) == number
    assert Tokens(b"lain").number_of(token) is None


@given(st.data())
def test_a_token_changed_in_one_place_leads_nowhere(data):
    token = _TOKENS.token(5, "", 30)
    place = data.draw(st.integers(len(MARK), len(token) - 2))
    letter = data.draw(st.sampled_from("ABCxyz019-_"))
    changed = token[:place] + letter + token[place + 1 :]
    assert _TOKENS.number_of(changed) == (5 if changed == token else None)


def test_another_salt_makes_another_token():
    assert _TOKENS.token(5, "") == _TOKENS.token(5, "")
    assert len({_TOKENS.token(5, str(salt)) for salt in range(50)}) == 50


@given(st.integers(0, 2**33), st.floats(-2 * TTL_S, 3 * TTL_S))
def test_a_signature_is_good_from_its_rendering_to_the_end_of_its_time(rendered, age):
    signature = _TOKENS.signature("CBMiAA", rendered)
    assert len(signature) == SIGNATURE_CHARS
    assert _TOKENS.holds("CBMiAA", rendered, signature, rendered + age) == (0 <= (rendered + age) - rendered <= TTL_S)
    assert not _TOKENS.holds("CBMiAB", rendered, signature, rendered)
