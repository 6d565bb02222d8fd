"""Every format holds what the query gave, and reads back."""

import csv
import io
import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from access_archive import Segment
from hypothesis import given
from hypothesis import strategies as st

from access.archive import Archive
from access.export import Selection
from access.formats import Format, write
from access.jsontext import distinct_names, object_text, plain
from access.result import Result
from news.errors import UsageError

HARD = 'koma, "kutip"\r\nbaris\u2028pemisah \x85 \x1b[31m\x00 é 🗞 = 1+1'


@pytest.fixture
def archive(local_options):
    segment = Segment(local_options)
    for n in range(1, 8):
        segment.article(n, hours=24 * n, site="radartegal" if n % 2 else "sumeks", title=f"{n} {HARD}")
    segment.article(8, published_at=None, reporter="", editor=None, tags=[], related=[])
    segment.commit()
    with Archive.open(local_options) as opened:
        yield opened


def written(result: Result, form: Format) -> bytes:
    out = io.BytesIO()
    rows = write(result, form, out)
    assert rows == 8
    return out.getvalue()


SQL = "SELECT * FROM articles ORDER BY article_id"


def expected(archive) -> list[dict]:
    return [{name: plain(value) for name, value in row.items()} for row in archive.query(SQL).rows()]


def test_json_lines_read_back(archive):
    text = written(archive.query(SQL), Format.JSONL).decode("utf-8")
    assert [json.loads(line) for line in text.splitlines()] == expected(archive)


def test_json_is_one_array(archive):
    assert json.loads(written(archive.query(SQL), Format.JSON)) == expected(archive)
    assert json.loads(_bytes(archive.query("SELECT 1 WHERE false"), Format.JSON)) == []


def test_csv_reads_back(archive):
    text = written(archive.query(SQL), Format.CSV).decode("utf-8")
    found = list(csv.DictReader(io.StringIO(text, newline="")))
    for row, wanted in zip(found, expected(archive), strict=True):
        assert row["title"] == wanted["title"]
        assert json.loads(row["captures"]) == wanted["captures"]
        assert row["published_at"] == (wanted["published_at"] or "")
        assert row["word_count"] == str(wanted["word_count"])
    assert text.split("\r\n")[0].startswith("article_key,site,host")


@given(st.lists(st.lists(st.none() | st.text(st.characters(codec="utf-8")), min_size=2, max_size=2), max_size=5))
def test_any_text_reads_back_from_csv(rows):
    table = pa.table({name: pa.array([row[i] for row in rows], pa.string()) for i, name in enumerate("ab")})
    text = _bytes(Result(table.to_reader()), Format.CSV).decode()
    found = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert [[re.sub(r"^'(?='*[=+\-@\t\r])", "", cell) for cell in row] for row in found] == [
        ["a", "b"],
        *([cell or "" for cell in row] for row in rows),
    ]
    assert not [cell for row in found for cell in row if cell[:1] in tuple("=+-@\t\r")]


def test_one_column_of_nulls_keeps_its_rows(archive):
    text = _bytes(archive.query("SELECT NULL AS a FROM range(3)"), Format.CSV).decode()
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["a"], [""], [""], [""]]


def test_parquet_reads_back_with_its_types(archive):
    table = pq.read_table(io.BytesIO(written(archive.query(SQL), Format.PARQUET)))
    assert table.to_pylist() == list(archive.query(SQL).rows())
    assert table.schema.field("published_at").type == pa.timestamp("us", tz="UTC")
    assert pq.read_table(io.BytesIO(_bytes(archive.query("SELECT 1 AS a WHERE false"), Format.PARQUET))).num_rows == 0


def test_columns_of_one_name_are_told_apart(archive):
    result = archive.query("SELECT 1 AS a, 2 AS a, 3 AS a_1")
    assert json.loads(_bytes(result, Format.JSONL)) == {"a": 1, "a_1": 2, "a_1_1": 3}


@given(st.lists(st.sampled_from(["a", "b", "a_1", "a_2"]), max_size=8))
def test_names_become_distinct_and_keep_their_order(names):
    made = distinct_names(names)
    assert len(set(made)) == len(made)
    assert all(new.startswith(old) for old, new in zip(names, made, strict=True))
    assert distinct_names(made) == made


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes(timezones=st.just(UTC)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_any_row_is_one_line_of_valid_json(value):
    text = object_text(["v"], [value])
    assert len(text.splitlines()) == 1
    assert json.loads(text.encode("utf-8", "surrogatepass")) == {"v": plain(value)}


def test_values_that_json_lacks():
    assert plain(float("nan")) is None
    assert plain(b"\xff\x00") == "/wA="
    assert plain(Decimal("1.10")) == "1.10"
    assert plain(timedelta(minutes=1)) == 60
    assert plain(date(2026, 3, 5)) == "2026-03-05"
    assert plain(UUID(int=1)) == "00000000-0000-0000-0000-000000000001"
    assert plain(datetime(2026, 3, 5, 1, tzinfo=UTC)) == "2026-03-05T01:00:00+00:00"


def _bytes(result: Result, form: Format) -> bytes:
    out = io.BytesIO()
    write(result, form, out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("selection", "ids"),
    [
        (Selection(), {1, 2, 3, 4, 5, 6, 7, 8}),
        (Selection(sites=["sumeks"]), {2, 4, 6}),
        (Selection(sites=["sumeks", "radartegal"], where="article_id < 4"), {1, 2, 3}),
        (Selection(where="article_id = 1 -- only"), {1}),
        (Selection(where="article_id = 1 OR article_id = 2", sites=["sumeks"]), {2}),
        (Selection(since=datetime(2026, 3, 7, 23, tzinfo=UTC)), {3, 4, 5, 6, 7}),
        (Selection(until=datetime(2026, 3, 7, 23, tzinfo=UTC)), {1, 2}),
        (Selection(since=datetime(2026, 3, 6, 23, tzinfo=UTC), until=datetime(2026, 3, 8, 23, tzinfo=UTC)), {2, 3}),
        (Selection(where="list_contains(tags, 'uji')"), {1, 2, 3, 4, 5, 6, 7}),
        (Selection(sites=["no'such"]), set()),
    ],
)
def test_a_selection_is_half_open_and_all_conditions_hold(archive, selection, ids):
    sql, parameters = selection.sql()
    assert {row["article_id"] for row in archive.query(sql, parameters).rows()} == ids


@pytest.mark.parametrize(
    "where", ["", "1 = 1) OR (1 = 1", "a = 1; DROP VIEW articles", "title, url", "SELECT 1", "= 3"]
)
def test_a_condition_is_one_expression(where):
    with pytest.raises(UsageError, match="no SQL condition"):
        Selection(where=where).sql()


def test_an_empty_span_is_a_mistake():
    noon = datetime(2026, 3, 5, 12, tzinfo=UTC)
    with pytest.raises(UsageError, match="is not before"):
        Selection(since=noon, until=noon).sql()
