"""Readers that hang or kill: interrupted where Python can, ended with the process where it cannot, and remembered."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
URL = "https://radartegal.disway.id/read/1/racun"
OTHER = "https://radartegal.disway.id/read/2/sehat"
ABROAD = {"PYTHONPATH": str(HERE.parents[1]), "PATH": "/usr/bin:/bin"}


def read(folder: Path, how: str, url: str = URL, seconds: str = "0.3") -> tuple[int, str]:
    command = [sys.executable, HERE / "watched.py", folder, seconds, how, url]
    done = subprocess.run(command, env=ABROAD, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout.strip()


@pytest.mark.parametrize("how", ["python", "regex", "sleep"])
def test_python_code_is_interrupted(tmp_path: Path, how: str):
    assert read(tmp_path, how) == (0, "poison")
    assert read(tmp_path, "well") == (0, "read"), "the page did no harm, and may be read the next time"


def test_c_code_ends_the_process_once(tmp_path: Path):
    code, said = read(tmp_path, "c")
    assert (code < 0, said) == (True, "")
    assert read(tmp_path, "well") == (0, "poison"), "unread: it is proven whose fault it was"
    assert read(tmp_path, "well", OTHER) == (0, "read")


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
