"""Readers that hang or kill: interrupted where Python can, ended with the process where it cannot, and remembered."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fixtures.crawls import clock_of

HERE = Path(__file__).parent
URL = "https://radartegal.disway.id/read/1/racun"
OTHER = "https://radartegal.disway.id/read/2/sehat"
ABROAD = {"PYTHONPATH": str(HERE.parents[1]), "PATH": "/usr/bin:/bin"}


def read(folder: Path, how: str, url: str = URL, seconds: str = "0.3", at: datetime | None = None) -> tuple[int, str]:
    """Exit code of a process that reads one page, and what it said; `at`: what its clock says when it begins."""
    return run("watched.py", folder, seconds, how, url, at=at)


def run(program: str, *arguments: object, at: datetime | None = None) -> tuple[int, str]:
    command = [sys.executable, str(HERE / program), *map(str, arguments)]
    environ = ABROAD | (clock_of(at) if at else {})
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout.strip()


@pytest.mark.parametrize("how", ["python", "regex"])
def test_python_code_is_interrupted(tmp_path: Path, how: str):
    assert read(tmp_path, how) == (0, "poison")
    assert read(tmp_path, "well") == (0, "read"), "the page did no harm, and may be read the next time"


def test_c_code_ends_the_process_once(tmp_path: Path):
    code, said = read(tmp_path, "c")
    assert (code < 0, said) == (True, "")
    assert read(tmp_path, "well") == (0, "poison"), "unread: it is proven whose fault it was"
    assert read(tmp_path, "well", OTHER) == (0, "read")


def test_time_in_which_the_process_was_stopped_does_not_count(tmp_path: Path):
    assert read(tmp_path, "stopped") == (0, "read")


def test_a_reader_that_only_waits_ends_the_process_and_is_not_proven_to_be_at_fault(tmp_path: Path):
    assert read(tmp_path, "sleep", seconds="0.005")[0] == -9
    assert read(tmp_path, "well") == (0, "read")


@pytest.mark.parametrize(
    ("main", "aside", "guilty"), [("c", "sleep", URL), ("sleep", "regex", OTHER)], ids=["in main", "aside"]
)
def test_only_the_page_that_ended_the_process_is_blamed(tmp_path: Path, main: str, aside: str, guilty: str):
    """A regular expression that runs away in another thread holds Python's lock: nothing in Python could end it."""
    code, said = run("watched_beside.py", tmp_path, "0.3", main, URL, aside, OTHER)
    assert (code < 0, said) == (True, "both are read")
    for url in (URL, OTHER):
        assert read(tmp_path, "well", url) == (0, "poison" if url == guilty else "read")


def test_a_clock_that_was_ahead_quarantines_nothing_when_it_is_right_again(tmp_path: Path):
    ahead = datetime.now(UTC) + timedelta(days=400)
    assert read(tmp_path, "c")[0] < 0
    assert read(tmp_path, "well", at=ahead) == (0, "poison"), "found out by that clock"
    assert datetime.fromtimestamp(noted(tmp_path), UTC) >= ahead
    assert read(tmp_path, "well") == (0, "read")


def test_a_clock_that_is_set_back_a_little_frees_nothing(tmp_path: Path):
    assert read(tmp_path, "c")[0] < 0
    assert read(tmp_path, "well", at=datetime.now(UTC) + timedelta(minutes=5)) == (0, "poison")
    assert read(tmp_path, "well") == (0, "poison")


def noted(folder: Path) -> float:
    """When the death over URL was noted, in seconds since the epoch."""
    at: float = json.loads((folder / "crashes.json").read_text())["pages"][URL][1]
    return at


@pytest.mark.parametrize("how", ["killed", "crash"])
def test_the_third_death_over_a_page_is_the_last(tmp_path: Path, how: str):
    for _ in range(3):
        assert read(tmp_path, how)[0] < 0
    assert read(tmp_path, how) == (0, "poison")


def test_a_page_that_was_read_meanwhile_is_forgiven(tmp_path: Path):
    """Whoever kills a process twice while it reads the same page by chance has done no harm."""
    for _ in range(2):
        assert read(tmp_path, "killed")[0] < 0
    assert read(tmp_path, "well") == (0, "read")
    for _ in range(2):
        assert read(tmp_path, "killed")[0] < 0
    assert read(tmp_path, "well") == (0, "read")


def test_an_end_in_order_leaves_nothing(tmp_path: Path):
    assert read(tmp_path, "well") == (0, "read")
    assert [path.name for path in tmp_path.iterdir()] == ["crashes.lock"]


def test_a_record_that_is_damaged_is_begun_anew(tmp_path: Path):
    for text in ("", "{", "[]", '{"version": 1}', '{"version": "0", "pages": 3}'):
        (tmp_path / "crashes.json").write_text(text)
        assert read(tmp_path, "well") == (0, "read")
