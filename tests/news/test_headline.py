"""Two prints of one headline are one; two headlines of one series are two; when in doubt, no match."""

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.headline import matches, normalised, overlap

AT = datetime(2026, 3, 5, 6, 50, tzinfo=UTC)
WORDS = st.lists(st.from_regex(r"[a-z]{2,8}", fullmatch=True), min_size=1, max_size=20, unique=True)


@dataclass(frozen=True)
class Known:
    title: str
    published_at: datetime | None = AT


@pytest.mark.parametrize(
    ("title", "normal"),
    [
        ("  Jum\u2019at \u2013 Jalan \u201cRusak\u201d,\u00a0Warga Protes!  ", "jumat jalan rusak warga protes"),
        ("Jum'at - Jalan 'Rusak', warga PROTES", "jumat jalan rusak warga protes"),
        ("Al-Qur`an", "al quran"),
        ("Harga Rp 1.000/kg", "harga rp 1 000 kg"),
        ("\uff2a\uff41\uff4c\uff41\uff4e \u2460", "jalan 1"),
        ("Stra\u00dfe", "strasse"),
        ("Caf\u00e9", "caf\u00e9"),
        ("Cafe\u0301", "caf\u00e9"),
        ("ke\u00adamanan\u200b warga", "keamanan warga"),
        ("\u2014 ?! \u2026", ""),
        ("", ""),
    ],
    ids=ascii,
)
def test_normalised(title, normal):
    assert normalised(title) == normal


@given(st.text())
def test_normalising_is_idempotent_and_blind_to_form(text):
    once = normalised(text)
    assert normalised(once) == once
    assert normalised(unicodedata.normalize("NFD", text)) == normalised(unicodedata.normalize("NFC", text))
    assert once == " ".join(once.split())


@given(WORDS, st.sampled_from([" ", ", ", " \u2013 ", ": ", "  "]))
def test_case_and_punctuation_between_words_do_not_count(words, mark):
    assert normalised(mark.join(words).upper()) == " ".join(words)


@given(WORDS, WORDS)
def test_overlap_is_a_symmetric_share(ours, theirs):
    a, b = " ".join(ours), " ".join(theirs)
    assert overlap(a, b) == overlap(b, a)
    assert 0 <= overlap(a, b) <= 1
    assert overlap(a, a.title()) == 1
    assert (overlap(a, b) == 1) == (set(ours) == set(theirs))


def test_nothing_overlaps_with_no_words():
    assert overlap("", "") == overlap("?!", "Jalan rusak") == 0


TEN = "satu dua tiga empat lima enam tujuh delapan sembilan sepuluh"


@pytest.mark.parametrize(
    ("title", "found"),
    [
        (TEN.upper() + "!", True),
        (f"{TEN} sebelas", True),
        (TEN.removesuffix(" sepuluh"), True),
        (TEN.replace("dua", "dwi"), False),
        ("satu dua tiga", False),
        ("", False),
    ],
)
def test_nine_words_of_ten_are_the_same_headline(title, found):
    known = Known(TEN)
    assert matches(title, AT, [known]) is (known if found else None)


def test_a_number_parts_the_headlines_of_a_series():
    words = " ".join(f"kata{'x' * n}" for n in range(30))
    assert overlap(f"{words} 3 Maret", f"{words} 4 Maret") > 0.9
    assert matches(f"{words} 3 Maret", AT, [Known(f"{words} 4 Maret")]) is None


@pytest.mark.parametrize("sign", [1, -1])
def test_within_36_hours_to_the_second(sign):
    known, far = Known(TEN), timedelta(hours=36)
    assert matches(TEN, AT + sign * far, [known]) is known
    assert matches(TEN, AT + sign * (far + timedelta(seconds=1)), [known]) is None


def test_no_date_no_match():
    assert matches(TEN, None, [Known(TEN)]) is None
    assert matches(TEN, AT, [Known(TEN, None)]) is None


def test_several_equal_candidates_decide_nothing():
    assert matches(TEN, AT, [Known(TEN), Known(TEN.upper())]) is None
    assert matches(f"{TEN} sebelas", AT, [Known(TEN), Known(f"{TEN} sebelas".removeprefix("satu "))]) is None


def test_an_equal_headline_goes_before_a_similar_one():
    equal, similar = Known(TEN), Known(f"{TEN} sebelas")
    assert matches(TEN, AT, [similar, equal]) is equal


def test_the_day_decides_between_equal_headlines():
    today, last_week = Known(TEN), Known(TEN, AT - timedelta(days=7))
    assert matches(TEN, AT, [last_week, today]) is today


def test_headlines_without_words_are_never_equal():
    assert matches("?!", AT, [Known("...")]) is None
