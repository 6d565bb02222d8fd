"""Tables on a terminal and elsewhere."""

import io

import pytest
from access_archive import Segment
from hypothesis import given
from hypothesis import strategies as st

from access.archive import Archive
from access.table import fitted, harmless, write_table


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def archive(local_options):
    segment = Segment(local_options)
    segment.article(1, title="satu\ndua \x1b[2Jtiga \u202e")
    segment.commit()
    with Archive.open(local_options) as opened:
        yield opened


def test_all_rows_and_whole_values_where_no_terminal_is(archive):
    out = io.StringIO()
    sql = "SELECT range AS n, CASE range WHEN 700 THEN repeat('x', 300) ELSE 'y' END AS t FROM range(1500)"
    assert write_table(archive.query(sql), out) == (1500, 0)
    lines = out.getvalue().splitlines()
    assert len(lines) == 1502
    assert "x" * 300 in lines[702]
    assert lines[2] == "  0  y"


def test_a_narrow_terminal_shortens_and_counts(archive, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    out = Terminal()
    rows, shortened = write_table(archive.query("SELECT repeat('panjang ', 20) AS a, 'pendek' AS b"), out)
    assert (rows, shortened) == (1, 1)
    assert max(map(len, out.getvalue().splitlines())) <= 40
    assert "…" in out.getvalue()
    assert "pendek" in out.getvalue()


def test_pages_cannot_steer_a_terminal(archive):
    out = io.StringIO()
    write_table(archive.query("SELECT title FROM articles"), out)
    assert "satu\\ndua \ufffd[2Jtiga \ufffd" in out.getvalue()


def test_a_plan_is_drawn(archive):
    out = io.StringIO()
    write_table(archive.query("EXPLAIN SELECT 1"), out)
    assert len(out.getvalue().splitlines()) > 5


@given(st.text())
def test_harmless_text_is_one_printable_line(text):
    assert len(harmless(text).splitlines()) <= 1
    assert harmless(harmless(text)) == harmless(text)


@given(st.lists(st.integers(0, 500), min_size=1, max_size=12), st.integers(20, 300))
def test_fitted_widths(widths, available):
    made = fitted(widths, available)
    used = sum(made) + 2 * (len(made) - 1)
    assert all(new <= old for new, old in zip(made, widths, strict=True))
    assert all(new == old or new >= 8 for new, old in zip(made, widths, strict=True))
    assert used <= available or max(made) <= 8
    if sum(widths) + 2 * (len(widths) - 1) <= available:
        assert made == widths
