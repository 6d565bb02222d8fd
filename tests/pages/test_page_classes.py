"""Which class reads a page: by the day of capture, without overlaps."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from pages.base import Family
from pages.disway import LOOK_OF_2022, LOOK_OF_2023
from pages.registry import WEB_PAGES

ROOT = Path(__file__).parents[2]
MIDNIGHT = datetime(2023, 1, 1, tzinfo=UTC)


def test_the_day_of_capture_in_utc_decides() -> None:
    assert WEB_PAGES.at(MIDNIGHT - timedelta(seconds=1)) is LOOK_OF_2022
    assert WEB_PAGES.at(MIDNIGHT) is LOOK_OF_2023
    assert WEB_PAGES.at(MIDNIGHT.astimezone(timezone(timedelta(hours=-5)))) is LOOK_OF_2023
    assert Family((LOOK_OF_2023,)).at(MIDNIGHT - timedelta(days=1)) is None


@pytest.mark.parametrize(
    ("start", "end"),
    [(None, None), (date(2024, 1, 1), None), (date(2022, 12, 31), date(2023, 1, 1)), (None, date(2000, 1, 1))],
)
def test_overlaps_are_refused(start: date | None, end: date | None) -> None:
    with pytest.raises(ValueError, match="same day"):
        Family((LOOK_OF_2022, LOOK_OF_2023, replace(LOOK_OF_2022, name="x", valid_from=start, valid_until=end)))


def test_a_class_that_is_never_valid_is_refused() -> None:
    with pytest.raises(ValueError, match="never valid"):
        Family((replace(LOOK_OF_2022, valid_from=date(2023, 1, 1), valid_until=date(2023, 1, 1)),))


def test_what_hardly_a_page_needs_is_not_loaded() -> None:
    code = "import sys, pages.registry; print(sorted({'trafilatura', 'dateparser', 'lxml'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
