"""Cleaning of printed text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.text import clean, comparable

noisy = st.text(alphabet=st.one_of(st.characters(), st.sampled_from(" \u00a0\u200b\u200d\ufeff\u00ad\n\x00")))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (" a\u00a0 b\r\n\tc ", "a b c"),
        ("radar\u200btegal\ufeff\u00ad", "radartegal"),
        ("\u201cKami\u201d \u2013 kata\u2026", "\u201cKami\u201d \u2013 kata\u2026"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
        ("a\u200db", "ab"),
        ("a\x00b", "ab"),
        ("\u00a0", ""),
    ],
)
def test_examples(raw: str, expected: str) -> None:
    assert clean(raw) == expected


@given(noisy)
def test_clean_is_idempotent_and_leaves_single_spaces(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert once == once.strip()
    assert "  " not in once
    assert "\u200b" not in once


@given(noisy)
def test_cleaning_adds_and_reorders_nothing(text: str) -> None:
    letters = [c for c in text if c.isalnum()]
    assert [c for c in clean(text) if c.isalnum()] == letters


@given(st.lists(st.text(alphabet="abcé-.,", min_size=1)), st.sampled_from([" ", "  ", "\u00a0", "\n", " \u200b"]))
def test_white_space_noise_does_not_matter(words: list[str], blank: str) -> None:
    assert comparable(blank.join(words)) == comparable(" ".join(words))
