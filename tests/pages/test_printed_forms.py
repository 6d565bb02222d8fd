"""Datelines, captions and credits, in their observed forms and as properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.text import clean
from pages.printed import Caption, split_caption, split_dateline

REST = "Warga membangun jembatan."
words = st.lists(st.text("abcdefghij", min_size=2, max_size=9), min_size=1, max_size=12).map(" ".join)
names = st.lists(st.sampled_from(["Riko", "Yeri", "Noveli", "Hermas", "K."]), min_size=1, max_size=3).map(" ".join)
houses = st.sampled_from(["rakyatbengkulu.com", "palpres.com", "Palpos.id", "sumeks.co"])


@pytest.mark.parametrize(
    ("opening", "place"),
    [
        ("BENGKULU, RAKYATBENGKULU.COM \u2013 ", "BENGKULU"),
        ("LAMPUNG, PALPOS.ID - ", "LAMPUNG"),
        ("KAUR, RADARKAUR.DISWAY.ID - ", "KAUR"),
        ("JAKARTA, DISWAY.ID -", "JAKARTA"),
        ("JAKARTA, DISWAY.ID\u2014", "JAKARTA"),
        ("TEGAL, radartegal.com- ", "TEGAL"),
        ("KOTA TEGAL, radartegal.com \u2014 ", "KOTA TEGAL"),
        ("Lubuk Linggau, LINGGAUPOS.CO.ID - ", "Lubuk Linggau"),
        ("SURABAYA, HARIAN DISWAY - ", "SURABAYA"),
        ("DISWAY.ID-", None),
        ("SUMEKS.CO - ", None),
        ("PAGARALAMPOS.COM - ", None),
    ],
)
def test_datelines(opening: str, place: str | None) -> None:
    assert split_dateline(opening + REST) == (place, REST)


@pytest.mark.parametrize(
    "text",
    [
        REST,
        "PEMALANG - TEGAL ditempuh satu jam.",
        "Dikutip dari laman kompas.com - salah satu media - warga membangun jembatan.",
        "Lulusan S.Pd-nya sudah lengkap.",
        "Rp1.000 - Rp2.000 per buah, kata dia.",
        "Anak-anak, orang tua - semua ikut.",
    ],
)
def test_no_dateline(text: str) -> None:
    assert split_dateline(text) is None


@pytest.mark.parametrize(
    ("printed", "text", "credit"),
    [
        ("Kepala kantor, Muhyidin--Riko/rakyatbengkulu.com", "Kepala kantor, Muhyidin", "Riko/rakyatbengkulu.com"),
        ("Gunung Padang--Net", "Gunung Padang", "Net"),
        ("Rencana provinsi--", "Rencana provinsi", None),
        (
            "BERI PENJELASAN- Kasat Lantas menjelaskan.-Hermas Purwadi-",
            "BERI PENJELASAN- Kasat Lantas menjelaskan.",
            "Hermas Purwadi",
        ),
        ("Warga lapor. -Hermas Purwadi -", "Warga lapor.", "Hermas Purwadi"),
        ("Tiga provinsi.-Palpos.id-Dokumen Palpos.id", "Tiga provinsi.", "Palpos.id-Dokumen Palpos.id"),
        ("Wali kota-Alhadi Farid-palpres.com", "Wali kota", "Alhadi Farid-palpres.com"),
        ("Gunung Dempo. -Foto: wikipedia/sumeks.co-", "Gunung Dempo.", "Foto: wikipedia/sumeks.co"),
        ("Rapat desa--(dokumen/radarkaur.co.id)", "Rapat desa", "(dokumen/radarkaur.co.id)"),
        ("Promo---Qoala.app", "Promo", "Qoala.app"),
        ("Ilustrasi-Khikmah Wati-Notebooklm", "Ilustrasi", "Khikmah Wati-Notebooklm"),
        ("Seekor biawak lalu.(Istimewa)", "Seekor biawak lalu.", "Istimewa"),
        ("Rapat Senin (23/02/26)", "Rapat Senin (23/02/26)", None),
        ("Petugas (BPBD)", "Petugas (BPBD)", None),
        ("SARUNG TEGAL- Konflik Iran-Israel & Laut Merah", "SARUNG TEGAL- Konflik Iran-Israel & Laut Merah", None),
        ("Perang AS-Israel-Iran memanas", "Perang AS-Israel-Iran memanas", None),
        ("Anak-anak bermain kejar-kejaran", "Anak-anak bermain kejar-kejaran", None),
        ("-Budi-", None, "Budi"),
        ("--", None, None),
        ("", None, None),
    ],
)
def test_captions(printed: str, text: str | None, credit: str | None) -> None:
    assert split_caption(printed) == Caption(text, credit)


@given(words, names, houses, st.sampled_from(["{t}--{n}/{h}", "{t}-{n}-", "{t}-{n}-{h}", "{t}.-{n}-", "{t}--", "{t}"]))
def test_the_cms_form_is_taken_apart_as_it_was_put_together(text: str, name: str, house: str, form: str) -> None:
    credit = {"{t}--{n}/{h}": f"{name}/{house}", "{t}-{n}-{h}": f"{name}-{house}", "{t}--": None, "{t}": None}.get(
        form, name
    )
    found = split_caption(form.format(t=text, n=name, h=house))
    assert found == Caption(text + "." * ("." in form.partition("{n}")[0]), credit)


@given(st.text(max_size=300))
def test_no_word_of_a_caption_is_lost(printed: str) -> None:
    line = clean(printed)
    found = split_caption(line)
    letters = [c for c in f"{found.text or ''}{found.credit or ''}" if c.isalnum()]
    assert letters == [c for c in line if c.isalnum()]


@given(st.text(max_size=300))
def test_a_dateline_is_a_beginning(text: str) -> None:
    line = clean(text)
    found = split_dateline(line)
    assert found is None or line.endswith(found.rest)
