"""Date lines: every observed form, refusals, and round trips."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.dates import Instant, parse_date_line

JAKARTA, MAKASSAR, JAYAPURA = "Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"
MONTHS = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)
SHORT = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")
WEEKDAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
ZONES = {"WIB": JAKARTA, "WITA": MAKASSAR, "WIT": JAYAPURA, "": JAKARTA}

wall_clocks = st.datetimes(datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2099-12-31"))
minutes = wall_clocks.map(lambda d: d.replace(second=0, microsecond=0))
seconds = wall_clocks.map(lambda d: d.replace(microsecond=0))


def local(zone: str, *fields: int) -> Instant:
    return Instant(datetime(*fields, tzinfo=ZoneInfo(zone)), zone)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Kamis 05-03-2026,06:50 WIB", local(JAKARTA, 2026, 3, 5, 6, 50)),
        ("Sabtu, 12 Feb 2022 - 14:06 WIB", local(JAKARTA, 2022, 2, 12, 14, 6)),
        ("Senin 09 Dec 2024 - 12:10 WIB", local(JAKARTA, 2024, 12, 9, 12, 10)),
        ("Jum'at 27-02-2026,07:00 WIB", local(JAKARTA, 2026, 2, 27, 7, 0)),
        ("Jum\u2019at, 27 Pebruari 2026 | 07.00 WIB", local(JAKARTA, 2026, 2, 27, 7, 0)),
        ("Jumat Kliwon 27-02-2026,07:00 WITA", local(MAKASSAR, 2026, 2, 27, 7, 0)),
        ("Rabu, 17 Agustus 2022 pukul 10.00 WIT", local(JAYAPURA, 2022, 8, 17, 10, 0)),
        ("17 Agt 2022 - 10:00", local(JAKARTA, 2022, 8, 17, 10, 0)),
        ("17 Agu. 2022 10:00:05", local(JAKARTA, 2022, 8, 17, 10, 0, 5)),
        ("Selasa 01 Nopember 2022 - 23:59 WIB", local(JAKARTA, 2022, 11, 1, 23, 59)),
        ("  Kamis\u00a005-03-2026,06:50\u00a0WIB ", local(JAKARTA, 2026, 3, 5, 6, 50)),
        ("Selasa 05-03-2026,06:50 WIB", local(JAKARTA, 2026, 3, 5, 6, 50)),
        ("Jumat 12 Desember 2025", local(JAKARTA, 2025, 12, 12)),
        ("2026-02-23 17:18:45", local(JAKARTA, 2026, 2, 23, 17, 18, 45)),
        ("2026-02-23T17:18:45+07:00", local(JAKARTA, 2026, 2, 23, 17, 18, 45)),
        ("2026-02-23T17:18:45.123+0800", local(MAKASSAR, 2026, 2, 23, 17, 18, 45)),
        ("2026-02-23T17:18:45Z", local("UTC", 2026, 2, 23, 17, 18, 45)),
        ("2026-02-23", local(JAKARTA, 2026, 2, 23)),
    ],
)
def test_observed_forms(raw: str, expected: Instant) -> None:
    assert parse_date_line(raw, JAKARTA) == expected


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "10 menit lalu",
        "Senin 30 Februari 2026 - 10:00 WIB",
        "Selasa 31-02-2026,10:00 WIB",
        "Selasa 03-13-2026,10:00 WIB",
        "12/31/2025 10:00",
        "Kamis 05-03-2026,24:10 WIB",
        "Kamis 05-03-2026,06:71 WIB",
        "Kamis 05-03-26,06:50 WIB",
        "Kamis 05 Brumaire 2026 - 10:00 WIB",
        "Kamis 05-03-2026,06:50 EST",
        "2026-02-30 10:00:00",
        "2026-02-03T10:00:00+99:00",
        "Rabu (11/02)",
        "x" * 5_000 + " 05-03-2026,06:50 WIB",
    ],
)
def test_what_states_no_possible_date_is_none(raw: str) -> None:
    assert parse_date_line(raw, JAKARTA) is None


@given(at=minutes, zone=st.sampled_from(sorted(ZONES)), form=st.sampled_from(["2023", "2022", "long", "english"]))
def test_printed_forms_round_trip(at: datetime, zone: str, form: str) -> None:
    day = WEEKDAYS[at.weekday()]
    date = {
        "2023": f"{day} {at:%d-%m-%Y},{at:%H:%M}",
        "2022": f"{day}, {at.day} {SHORT[at.month - 1]} {at.year} - {at:%H:%M}",
        "long": f"{day}, {at.day} {MONTHS[at.month - 1]} {at.year} {at:%H.%M}",
        "english": f"{day} {at:%d %b %Y - %H:%M}",
    }[form]
    found = parse_date_line(f"{date} {zone}".strip(), JAKARTA)
    assert found == Instant(at.replace(tzinfo=ZoneInfo(ZONES[zone])), ZONES[zone])


@given(at=seconds, zone=st.sampled_from([JAKARTA, MAKASSAR, JAYAPURA]))
def test_wall_clock_without_offset_is_the_default_zone(at: datetime, zone: str) -> None:
    assert parse_date_line(f"{at:%Y-%m-%d %H:%M:%S}", zone) == Instant(at.replace(tzinfo=ZoneInfo(zone)), zone)


@given(at=seconds, quarters=st.integers(-48, 56))
def test_an_offset_names_the_instant_whatever_the_zone(at: datetime, quarters: int) -> None:
    offset = timedelta(minutes=15 * quarters)
    sign, total = ("-" if quarters < 0 else "+"), abs(15 * quarters)
    found = parse_date_line(f"{at.isoformat()}{sign}{total // 60:02}:{total % 60:02}", JAKARTA)
    assert found is not None
    assert found.at.astimezone(UTC) == (at - offset).replace(tzinfo=UTC)
    assert found.at.tzinfo == ZoneInfo(found.zone)


@given(st.text(max_size=200))
def test_any_text_is_read_or_none(raw: str) -> None:
    found = parse_date_line(raw, JAKARTA)
    assert found is None or found.at.tzinfo is not None
