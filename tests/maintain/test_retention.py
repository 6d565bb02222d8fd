"""Files that were taken out of a table stay for `[maintain] retention`, however long that is."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from fixtures.crawls import Operator
from kept import index_content, rows_of
from test_compaction import fill, maintain

from storage.config import StoreOptions
from storage.follow import follow
from storage.tables import LEAST_RETENTION, Tables

RETENTION = timedelta(days=30)
COMPACTED_ON = 40
"""Day of the compaction: by then the files themselves are older than the retention."""


def kept_on(day: int, folder: Path, uri: str) -> int:
    """Files of articles that `disway maintain` removes on that day."""
    operator = Operator(folder, uri=uri, clock=lambda: datetime.now(UTC) + timedelta(days=day))
    operator.further["DISWAY_MAINTAIN__RETENTION"] = f"{RETENTION.days}d"
    done = operator.run("maintain", "--json")
    assert done.code == 0, done.err
    return {table["name"]: table for table in done.facts["tables"]}["articles"]["removed"]


def test_a_reader_of_a_month_ago_has_its_files(local_options: StoreOptions, tmp_path: Path) -> None:
    """Checkpoints that are made meanwhile know of the files: without that they would go by their own age."""
    desk, uri = tmp_path / "desk", local_options.uri
    fill(local_options, 6)
    before = set(Path(uri, "tables", "articles").glob("*.parquet"))
    assert kept_on(COMPACTED_ON, desk, uri) == 0
    fill(local_options, 2, first=6)
    assert kept_on(COMPACTED_ON + LEAST_RETENTION.days + 1, desk, uri) == 0, "compacts, and makes a checkpoint"
    assert kept_on(COMPACTED_ON + LEAST_RETENTION.days + 2, desk, uri) == 0
    assert before <= set(Path(uri, "tables", "articles").glob("*.parquet"))
    assert kept_on(COMPACTED_ON + RETENTION.days + 1, desk, uri) == 6
    assert not before & set(Path(uri, "tables", "articles").glob("*.parquet"))
    assert len(rows_of(local_options, "articles")) == 40


def test_the_table_knows_of_it_and_followers_do_not_mind(store_options: StoreOptions, tmp_path: Path) -> None:
    seen = tmp_path / "seen.sqlite"
    fill(store_options, 3)
    follow(seen, Tables(store_options))
    content = index_content(seen)
    for retention, days in ((RETENTION, 30), (timedelta(days=30, hours=1), 31), (timedelta(hours=1), 7)):
        maintain(store_options, tmp_path / "scratch", retention=retention)
        table = Tables(store_options).open("articles")
        assert table is not None
        said = table.metadata().configuration["delta.deletedFileRetentionDuration"]
        assert said == f"interval {days} days"
        version = table.version()
        maintain(store_options, tmp_path / "scratch", retention=retention)
        table = Tables(store_options).open("articles")
        assert table is not None
        assert table.version() == version, "said once"
    assert follow(seen, Tables(store_options))["articles"] == version
    assert index_content(seen) == content
    fill(store_options, 1, first=3)
    assert len(rows_of(store_options, "articles")) == 20


def test_a_dry_run_leaves_the_property_as_it_is(local_options: StoreOptions, tmp_path: Path) -> None:
    fill(local_options, 1)
    version = Tables(local_options).open("articles").version()
    maintain(local_options, tmp_path, retention=RETENTION, dry_run=True)
    assert Tables(local_options).open("articles").version() == version
