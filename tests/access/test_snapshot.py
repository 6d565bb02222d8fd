"""What a reader sees while others write, and when there is nothing or something wrong to see."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from access_archive import Segment, at

from access.archive import Archive
from access.snapshot import READING_ORDER
from news.errors import ArchiveDamaged, StoreRefused, StoreUnavailable, UsageError
from storage.config import ArchiveSettings, resolve_store
from storage.opening import open_store
from storage.tables import AppId, Tables

WRITER = Path(__file__).with_name("committing_writer.py")


def value(archive, sql):
    return next(archive.query(sql).values())[0]


def test_a_reader_is_consistent_while_another_process_commits(store_options):
    with subprocess.Popen([sys.executable, WRITER], stdin=-1, stdout=-1, text=True) as writer:
        writer.stdin.write(store_options.to_json() + "\n")
        writer.stdin.flush()
        assert writer.stdout.readline() == "1\n"
        counts = []
        for _ in range(12):
            # The writer commits its next segment while this snapshot is taken and read.
            writer.stdin.write("on\n")
            writer.stdin.flush()
            with Archive.open(store_options) as archive:
                counts.append(value(archive, "SELECT count(*) FROM articles"))
                assert value(archive, "SELECT count(*) - count(DISTINCT article_key) FROM articles") == 0
                assert value(archive, "SELECT count(*) FROM articles WHERE article_id = 0") == 1
                assert value(archive, "SELECT max(version) FROM articles") == counts[-1] - 1
                unheld = """SELECT count(*) FROM articles a ANTI JOIN captures c
                    ON c.warc_key = a.warc_key AND c.warc_offset = a.warc_offset"""
                assert value(archive, unheld) == 0
                unsighted = "SELECT count(*) FROM articles a ANTI JOIN sightings s USING (site, article_id)"
                assert value(archive, unsighted) == 0
                states = list(archive.query("SELECT state, count(*) FROM ledger GROUP BY ALL ORDER BY 1").values())
                assert states[0] == ("archived", counts[-1])
                assert value(archive, "SELECT count(*) FROM articles") == counts[-1]
            assert writer.stdout.readline()
        writer.stdin.close()
        assert counts == sorted(counts)
        assert counts[-1] > counts[0]


def test_tables_are_opened_so_that_what_is_read_points_at_what_is_read(store_options, monkeypatch):
    """Between any two openings a whole segment is committed."""
    Segment(store_options).commit()
    first = Segment(store_options)
    head = first.article(1)
    first.sighting(1)
    first.commit()
    opened = []
    whole = Tables.open

    def open_and_let_others_commit(self, name):
        table = whole(self, name)
        if name not in opened:
            opened.append(name)
            nonlocal head
            segment = Segment(store_options)
            number = 10 + len(opened)
            segment.sighting(number)
            segment.article(number, hours=number)
            head = segment.article(1, hours=number, supersedes=head["row_id"])
            segment.event(f"radartegal/{number}", "archived", 1)
            segment.add("runs", command="crawl", started_at=at(number), counts=[])
            monkeypatch.setattr(Tables, "open", whole)
            segment.commit()
            monkeypatch.setattr(Tables, "open", open_and_let_others_commit)
        return table

    monkeypatch.setattr(Tables, "open", open_and_let_others_commit)
    with Archive.open(store_options) as archive:
        assert opened == list(READING_ORDER)
        articles = value(archive, "SELECT count(*) FROM articles")
        assert articles == 1 + READING_ORDER.index("articles")
        assert value(archive, "SELECT count(*) FROM articles WHERE article_id = 1") == 1
        assert (
            value(archive, "SELECT count(*) FROM articles a SEMI JOIN captures c USING (warc_key, warc_offset)")
            == articles
        )
        assert value(archive, "SELECT count(*) FROM ledger WHERE state = 'archived'") == articles
        assert value(archive, "SELECT count(*) FROM runs") <= articles - 1


def test_a_snapshot_stays_what_it_was(store_options):
    first = Segment(store_options)
    first.article(1)
    first.commit()
    with Archive.open(store_options) as archive:
        second = Segment(store_options)
        second.article(2)
        second.commit()
        assert value(archive, "SELECT count(*) FROM articles") == 1
    with Archive.open(store_options) as archive:
        assert value(archive, "SELECT count(*) FROM articles") == 2


def test_no_archive_is_the_users_to_know(store_options):
    with pytest.raises(UsageError, match=r"no archive at .*: run `disway crawl` first"):
        Archive.open(store_options)


def test_a_bucket_that_is_not_there(s3_options):
    with pytest.raises(StoreRefused, match="nowhere-at-all"):
        Archive.open(replace(s3_options, uri="s3://nowhere-at-all/x", bucket="nowhere-at-all", prefix="x"))


def test_credentials_that_are_wrong(s3_options):
    with pytest.raises(StoreRefused):
        Archive.open(replace(s3_options, secret_access_key="wrong"))


def test_a_store_that_is_down(s3_options, unused_port):
    with pytest.raises(StoreUnavailable):
        Archive.open(replace(s3_options, endpoint=f"http://127.0.0.1:{unused_port}"))


def test_a_file_that_is_missing_is_damage(store_options):
    segment = Segment(store_options)
    segment.article(1)
    segment.commit()
    with Archive.open(store_options) as archive:
        _delete_files(store_options, "articles")
        with pytest.raises(ArchiveDamaged, match="disway verify"):
            list(archive.query("FROM articles").values())


def test_a_file_that_is_no_parquet_is_damage(local_options):
    segment = Segment(local_options)
    segment.article(1)
    segment.commit()
    for path in (local_options.root / "tables/articles").glob("*.parquet"):
        path.write_bytes(b"x" * path.stat().st_size)
    with Archive.open(local_options) as archive, pytest.raises(ArchiveDamaged):
        list(archive.query("FROM articles").values())


@pytest.mark.parametrize("harm", ["missing", "footer"])
def test_the_file_that_is_damaged_is_named(local_options, harm):
    """Also one of a table that nobody asks for, and where DuckDB does not say which."""
    segment = Segment(local_options)
    segment.article(1)
    segment.commit()
    (path,) = (local_options.root / "tables/captures").glob("*.parquet")
    data = path.read_bytes()
    length = int.from_bytes(data[-8:-4], "little")
    if harm == "missing":
        path.unlink()
    else:
        path.write_bytes(data[: -8 - length] + b"\xff" * length + data[-8:])
    with pytest.raises(ArchiveDamaged, match=path.name), Archive.open(local_options) as archive:
        value(archive, "SELECT count(*) FROM articles SEMI JOIN captures USING (article_id)")


def test_a_folder_with_spaces_quotes_and_letters_beyond_ascii(tmp_path):
    options = resolve_store(ArchiveSettings(uri=str(tmp_path / "berita o'clock é")), {})
    segment = Segment(options)
    segment.article(1)
    segment.commit()
    with Archive.open(options) as archive:
        assert value(archive, "SELECT count(*) FROM articles") == 1


def test_temporary_files_go_when_the_archive_is_closed(local_options, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    segment = Segment(local_options)
    segment.article(1)
    segment.commit()
    with Archive.open(local_options):
        assert list((tmp_path / "tmp").iterdir())
    assert not list((tmp_path / "tmp").iterdir())


def test_delivering_twice_shows_nothing_twice(local_options):
    segment = Segment(local_options)
    row = segment.article(1)
    segment.commit()
    assert not Tables(local_options).append("articles", [row], AppId(segment.spool_id, 1))
    with Archive.open(local_options) as archive:
        assert value(archive, "SELECT count(*) FROM articles") == 1


def _delete_files(options, table):
    if options.root is not None:
        for path in (options.root / "tables" / table).glob("*.parquet"):
            path.unlink()
        return
    store = open_store(options)
    for info in list(store.list(f"tables/{table}/")):
        if info.key.endswith(".parquet"):
            store.delete(info.key)
