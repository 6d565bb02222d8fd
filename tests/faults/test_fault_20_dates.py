"""Dates that cannot be, or hardly: as printed they are kept, and never made into another one."""

from datetime import UTC, datetime

import pytest
from scripted_newspaper import SITE, Newspaper, article, crawl

FOUND = {
    "Kamis 05-03-2026,06:50 WIB": "2026-03-04T23:50:00Z",
    "Kamis 05-03-2026,00:10 WITA": "2026-03-04T16:10:00Z",
    "Kamis 05-03-2026,00:10 WIT": "2026-03-04T15:10:00Z",
    "Kamis 05-03-2099,06:50 WIB": "2099-03-04T23:50:00Z",
    "Kamis 01-01-1970,07:00 WIB": "1970-01-01T00:00:00Z",
    "Senin 01-01-0001,00:00 WIB": None,
    "Jumat 31-12-9999,23:59 WIB": "9999-12-31T16:59:00Z",
    "Senin 30-02-2026,06:50 WIB": None,
    "Senin 30 Februari 2026, 06:50 WIB": None,
    "Jumat 03-13-2026,06:50 WIB": None,
    "Kamis 05-03-2026,25:61 WIB": None,
    "Rabu 00-00-0000,00:00 WIB": None,
    "Kamis 99999999-03-2026,06:50 WIB": None,
    "10 menit lalu": None,
}


@pytest.fixture(scope="module")
def stock(desk):
    folder = desk()
    folder.mkdir(parents=True)
    with Newspaper(folder) as newspaper:
        newspaper.publish({n: article(date=date).encode() for n, date in enumerate(FOUND, 1)})
        operator = newspaper.operator(folder / "desk")
        done = crawl(operator)
    assert "Traceback" not in done.err, done.err
    assert done.facts["undelivered"] == 0, done
    return operator.stock()


@pytest.mark.parametrize(
    ("number", "printed"), list(enumerate(FOUND, 1)), ids=[str(n) for n in range(1, len(FOUND) + 1)]
)
def test_fault_20_a_date_is_what_it_says_or_none(stock, number: int, printed: str):
    row = stock.by_key[f"{SITE}/{number}"]
    assert row["published_raw"] == printed
    expected = FOUND[printed]
    assert row["published_at"] == (datetime.fromisoformat(expected).astimezone(UTC) if expected else None)
