"""SQL of a user reads the views, and does nothing else."""

from pathlib import Path

import pytest
from access_archive import Segment

from access.archive import Archive
from news.errors import UsageError


@pytest.fixture
def archive(local_options):
    segment = Segment(local_options)
    segment.article(1)
    segment.commit()
    with Archive.open(local_options) as opened:
        yield opened


def all_files(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


FORBIDDEN = [
    "COPY (SELECT 1) TO '{outside}/x.csv'",
    "COPY (SELECT 1 AS a) TO '{tables}/articles/x.parquet' (USE_TMP_FILE false)",
    "EXPLAIN ANALYZE COPY (SELECT 1 AS a) TO '{tables}/articles/x.parquet' (USE_TMP_FILE false)",
    "EXPLAIN /* c */ ANALYZE COPY (SELECT 1 AS a) TO '{tables}/articles/x.parquet' (USE_TMP_FILE false)",
    "EXPORT DATABASE '{outside}/db'",
    "ATTACH '{outside}/x.db'",
    "ATTACH ':memory:' AS other",
    "INSTALL spatial",
    "LOAD httpfs",
    "SET memory_limit = '64GB'",
    "RESET enable_external_access",
    "PRAGMA enable_profiling",
    "CALL enable_logging()",
    "SELECT * FROM enable_logging(storage = 'file', storage_config = {{'path': '{outside}/log'}})",
    "CREATE TABLE x AS SELECT 1",
    "CREATE OR REPLACE VIEW articles AS SELECT 1",
    "DROP VIEW articles",
    "INSERT INTO articles SELECT * FROM articles",
    "DELETE FROM articles",
    "UPDATE articles SET title = ''",
    "CREATE SECRET s (TYPE s3)",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT (SELECT count(*) FROM read_text('/etc/passwd'))",
    "WITH x AS (FROM read_blob('/etc/passwd')) FROM x",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM '/etc/passwd.csv'",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM parquet_scan('{tables}/articles/*.parquet')",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('articles')",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM json_execute_serialized_sql('{{}}')",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP VIEW articles",
    "",
    "-- nothing",
    "EXPLAIN",
    "EXPLAIN EXPLAIN SELECT 1",
    "not SQL at all",
    "SELECT nothing FROM articles",
    "SELECT * FROM local_variable",
    "SELECT getenv('HOME')",
    "SELECT '\x00'",
    "SELECT " + "abs(" * 600 + "1" + ")" * 600,
    "SELECT " + "abs(" * 5000 + "1" + ")" * 5000,
]


@pytest.mark.parametrize("sql", FORBIDDEN, ids=range(len(FORBIDDEN)))
def test_everything_but_reading_is_refused_in_one_line(archive, local_options, tmp_path, sql):
    outside = tmp_path / "outside"
    outside.mkdir()
    before = all_files(tmp_path)
    local_variable = archive.query("SELECT 1")  # noqa: F841  a name that DuckDB must not find
    with pytest.raises(UsageError) as caught:
        list(archive.query(sql.format(outside=outside, tables=local_options.root / "tables")).values())
    assert str(caught.value).startswith("SQL: ")
    assert "\n" not in str(caught.value)
    assert all_files(tmp_path) == before
    assert list(archive.query("SELECT count(*) FROM articles").values()) == [(1,)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "FROM articles",
        "VALUES (1)",
        "TABLE articles",
        "WITH x AS (SELECT 1) FROM x",
        "DESCRIBE articles",
        "SUMMARIZE articles",
        "SHOW TABLES",
        "EXPLAIN SELECT count(*) FROM articles",
        "explain analyze SELECT count(*) FROM articles",
        "SELECT unnest(tags), * FROM articles",
        "SELECT * FROM range(3)",
        "SELECT 1; ",
        "-- a comment\nSELECT /* another */ 1",
        "PIVOT articles ON status IN ('live') USING count(*)",
        "SELECT ';'",
    ],
)
def test_every_way_to_read_works(archive, sql):
    assert list(archive.query(sql).values())


def test_both_inner_fences_hold_without_the_outer_one(archive, local_options, monkeypatch):
    """Files elsewhere stay closed, and the configuration stays locked, even if a statement slipped through."""
    monkeypatch.setattr("access.archive.check_statement", lambda *_: {})
    for sql in (
        "SELECT * FROM read_text('/etc/passwd')",
        f"COPY (SELECT 1) TO '{local_options.root}/x.csv'",
        f"ATTACH '{local_options.root}/x.db'",
        "INSTALL spatial",
        "SET enable_external_access = true",
    ):
        with pytest.raises(UsageError, match=r"disabled by configuration|locked|Cannot change"):
            list(archive.query(sql).values())


def test_secrets_of_the_store_are_not_shown(s3_options):
    segment = Segment(s3_options)
    segment.article(1)
    segment.commit()
    with Archive.open(s3_options) as archive, pytest.raises(UsageError):
        archive.query("SELECT * FROM duckdb_secrets()")
    assert s3_options.secret_access_key not in repr(s3_options)


def test_parameters_are_values_never_sql(archive):
    found = archive.query("SELECT ? AS said", ["'); DROP VIEW articles; --"])
    assert list(found.values()) == [("'); DROP VIEW articles; --",)]


def test_errors_while_rows_are_read_are_the_users_too(archive):
    result = archive.query("SELECT CASE WHEN range > 2000000 THEN error('too far') ELSE range END FROM range(3000000)")
    # DuckDB may hand on the word of a thread that was told to stop, instead of the one that failed.
    with pytest.raises(UsageError, match=r"too far|failed while its rows were read"):
        list(result.values())


@pytest.mark.parametrize("value", ["'infinity'::TIMESTAMPTZ", "row(1, 2)", "'99999-01-01'::DATE"])
def test_values_that_python_lacks_are_said_so(archive, value):
    with pytest.raises(UsageError, match="CAST it AS VARCHAR"):
        list(archive.query(f"SELECT {value}").values())
