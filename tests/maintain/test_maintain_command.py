"""`disway maintain` as the schedule runs it: what it removes and when, what it mends, and the row it leaves."""

import fcntl
import os
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from fixtures.crawls import Operator, once
from kept import event, rows_of
from test_compaction import article, fill

from access.archive import Archive
from crawler.fire import Fire
from replica.seaweed import EmbeddedStore
from storage.config import ArchiveSettings, resolve_store
from storage.follow import follow
from storage.maintain_leftovers import broken_uploads
from storage.opening import open_store
from storage.s3_client import PATIENCE, s3_client
from storage.seen import Seen
from storage.tables import AppId, Tables

LATER = timedelta(days=8)
MUCH_LATER = timedelta(days=70)


@pytest.fixture
def kept(operator: Operator) -> Operator:
    """An archive of six commits."""
    fill(operator.options(), 6)
    return operator


def data_files_of(operator: Operator) -> set[str]:
    return {path.name for path in Path(operator.uri, "tables", "articles").glob("*.parquet")}


def moved(operator: Operator, ahead: timedelta) -> Operator:
    """The same operator, some time on."""
    return Operator(operator.folder, uri=operator.uri, clock=lambda: datetime.now(UTC) + ahead)


def maintained(operator: Operator, *arguments: str) -> dict[str, dict[str, object]]:
    done = operator.run("maintain", "--json", *arguments)
    assert done.code == 0, done.err
    return {table["name"]: table for table in done.facts["tables"]}


def test_files_go_when_no_reader_can_need_them(kept: Operator) -> None:
    """A reader that opened before goes on reading; a week later the files that it read are removed."""
    old = data_files_of(kept)
    with Archive.open(kept.options()) as reader:
        assert maintained(kept)["articles"]["compacted"] == 6
        assert old < data_files_of(kept)
        assert next(reader.query("SELECT count(*) FROM articles").values()) == (30,)
    assert maintained(kept)["articles"]["removed"] == 0
    # Of the removal itself two versions are left in the log.
    done = maintained(moved(kept, LATER))
    assert done["articles"]["removed"] == 6
    assert len(data_files_of(kept)) == 1
    assert len(rows_of(kept.options(), "articles")) == 30


def test_what_a_killed_writer_left_goes_and_what_is_being_written_stays(kept: Operator) -> None:
    folder = Path(kept.uri, "tables", "articles")
    (left, fresh) = (folder / f"part-{name}.zstd.parquet" for name in ("left", "fresh"))
    for path in (left, fresh):
        path.write_bytes(b"PAR1")
    old = time.time() - LATER.total_seconds()
    os.utime(left, (old, old))
    maintained(kept)
    assert not left.exists()
    assert fresh.exists()


def test_the_log_is_shortened_and_a_follower_starts_anew(kept: Operator, tmp_path: Path) -> None:
    seen = tmp_path / "seen.sqlite"
    follow(seen, Tables(kept.options()))
    maintained(kept)
    log = Path(kept.uri, "tables", "articles", "_delta_log")
    assert (log / f"{0:020d}.json").exists()
    old = time.time() - MUCH_LATER.total_seconds()
    for path in log.glob("*.json"):
        os.utime(path, (old, old))
    fill(kept.options(), 2, first=6)
    maintained(kept)
    assert not (log / f"{0:020d}.json").exists()
    assert len(rows_of(kept.options(), "articles")) == 40
    assert follow(seen, Tables(kept.options()))["articles"] == Tables(kept.options()).open("articles").version()
    index = Seen(seen)
    assert index.highest_id("radartegal") == 39
    index.close()


def test_two_heads_are_mended(kept: Operator) -> None:
    """Somebody wrote by other means: the newest capture stays."""
    tables = Tables(kept.options())
    older, newer = (
        article(3) | {"row_id": uuid4().hex, "captured_at": f"2026-03-0{day}T00:00:00+00:00"} for day in (6, 7)
    )
    tables.append("articles", [older, newer], AppId("by-hand", 1))
    tables.append("events", [event("archived", 3, 1)], AppId("by-hand", 1))
    assert [line for line in kept.run("verify").out.splitlines() if "head rows" in line] == [
        "article radartegal/3: 3 head rows, where one should be"
    ]
    dry = kept.run("maintain", "--dry-run", "--json")
    assert (dry.code, dry.facts["mended"]) == (0, 2)
    done = kept.run("maintain", "--json")
    assert (done.code, done.facts["mended"]) == (0, 2), done.err
    assert not [line for line in kept.run("verify").out.splitlines() if "head rows" in line]
    (head,) = kept.ask("SELECT row_id FROM articles WHERE article_key = 'radartegal/3'")
    assert head["row_id"] == newer["row_id"]
    assert len(kept.ask("SELECT * FROM versions WHERE article_key = 'radartegal/3'")) == 3
    assert kept.run("maintain", "--json").facts["mended"] == 0


def test_the_row_it_leaves(kept: Operator) -> None:
    fire = Fire("20260305T193000Z-abcdef", "maintain", datetime(2026, 3, 5, 19, 30, tzinfo=UTC))
    kept.further |= fire.to_environ()
    assert kept.run("maintain").code == 0
    (row,) = kept.ask("SELECT * FROM runs")
    assert (row["run_id"], row["command"], row["job"], row["outcome"]) == (fire.run_id, "maintain", "maintain", "ok")
    assert row["fired_at"] == fire.fired_at
    assert kept.run("maintain").code == 0
    assert len(kept.ask("SELECT * FROM runs")) == 1, "one row a fire"


def test_no_archive(operator: Operator) -> None:
    done = operator.run("maintain")
    assert done.code == 2
    assert "no archive" in done.err
    assert list(operator.spool.glob("rows-*")) == []


def test_a_store_that_is_gone(seaweed, tmp_path: Path) -> None:
    """Nothing is done, which the run's row says once the store is there again."""
    operator = Operator(tmp_path, uri=f"{seaweed.uri}/{uuid4().hex}", store=dict(seaweed.environ))
    fill(operator.options(), 2)
    away = Operator(tmp_path, uri=operator.uri, store={**seaweed.environ, "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9"})
    done = away.run("maintain")
    assert done.code == 3, done.err
    (left,) = operator.spool.glob("rows-*")
    assert left.is_dir()


@pytest.mark.parametrize("moment", [".scratch-*/source.parquet", ".scratch-*/merged.parquet"], ids=["reading", "made"])
def test_killed_while_it_compacts(operator: Operator, moment: str) -> None:
    """`kill -9`: no row is lost or there twice, and the next one does the rest."""
    fill(operator.options(), 40)
    before = rows_of(operator.options(), "articles")
    process = operator.start("maintain")
    with suppress(AssertionError):
        once(lambda: any(operator.spool.glob(moment)), process)
    process.kill()
    process.communicate()
    assert rows_of(operator.options(), "articles") == before
    assert maintained(operator)["articles"]["files_after"] == 1
    assert rows_of(operator.options(), "articles") == before


def test_forgotten_folders_go(kept: Operator) -> None:
    """Those of killed processes; not what a process is making now, and no spool."""
    old = time.time() - 7_200
    for name in (".making-dead", ".scratch-dead", ".scratch-live", "0123456789abcdef"):
        folder = kept.spool / name
        folder.mkdir(parents=True)
        (folder / "owner.lock").touch()
        (folder / "big.parquet").write_bytes(b"x")
        os.utime(folder, (old, old))
    (kept.spool / ".making-now").mkdir()
    with (kept.spool / ".scratch-live" / "owner.lock").open() as live:
        fcntl.flock(live, fcntl.LOCK_EX)
        done = kept.run("maintain", "--json")
    assert (done.code, done.facts["folders"]) == (0, 2), done.err
    assert {path.name for path in kept.spool.iterdir() if path.is_dir()} == {
        ".making-now",
        ".scratch-live",
        "0123456789abcdef",
    }


def test_uploads_that_nobody_ends(s3_options, seaweed) -> None:
    """Of this archive only, and only those of another day."""
    client = s3_client(s3_options, PATIENCE)
    others = f"{uuid4().hex}/warc/x.warc.gz"
    mine = f"{s3_options.prefix}/warc/2026/03/05/x.warc.gz"
    for key in (mine, others):
        upload = client.create_multipart_upload(Bucket=s3_options.bucket, Key=key)
        client.upload_part(
            Bucket=s3_options.bucket, Key=key, UploadId=upload["UploadId"], PartNumber=1, Body=b"x" * (5 << 20)
        )
    now = datetime.now(UTC)
    assert broken_uploads(s3_options, now, dry_run=False) == 0
    tomorrow = now + timedelta(days=1, minutes=1)
    assert broken_uploads(s3_options, tomorrow, dry_run=True) == 1
    assert broken_uploads(s3_options, tomorrow, dry_run=False) == 1
    assert broken_uploads(s3_options, tomorrow, dry_run=False) == 0
    left = client.list_multipart_uploads(Bucket=s3_options.bucket).get("Uploads", [])
    assert others in [upload["Key"] for upload in left]


def test_uploads_of_others_in_an_archive_that_has_the_whole_bucket(tmp_path: Path) -> None:
    """What we write begins with one of four names; the rest of the bucket is somebody else's."""
    with EmbeddedStore(tmp_path) as store:
        options = resolve_store(ArchiveSettings(uri="s3://disway"), store.environ)
        client = s3_client(options, PATIENCE)
        others = ["backups/dump.sql", "warcs/x", "my/warc/x", "tables"]
        mine = ["warc/2026/03/05/x.warc.gz", "tables/articles/x.parquet", "state/probe", "reports/x.html"]
        for key in (*others, *mine):
            client.create_multipart_upload(Bucket=options.bucket, Key=key)
        assert broken_uploads(options, datetime.now(UTC) + timedelta(days=2), dry_run=False) == len(mine)
        left = client.list_multipart_uploads(Bucket=options.bucket)["Uploads"]
        assert sorted(upload["Key"] for upload in left) == sorted(others)


def test_halves_of_files_that_nobody_ends(kept: Operator) -> None:
    """But no file of others beside the archive's keys, and no lock: whoever waits for it would hold another one."""
    store = open_store(kept.options())
    assert store.swap("state/lease/crawl.json", b"{}", None)
    (lock,) = Path(kept.uri, "state", "lease").glob("*.partial~lock")
    half, others = (Path(kept.uri, *name) for name in (("warc", "2026", "x.gz.partial~abcd"), ("films", "a.partial~b")))
    for path in (half, others):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"x")
    assert kept.run("maintain", "--json").facts["uploads"] == 0
    old = time.time() - 2 * 86_400
    for path in (half, others, lock):
        os.utime(path, (old, old))
    assert kept.run("maintain", "--json").facts["uploads"] == 1
    assert (half.exists(), others.exists(), lock.exists()) == (False, True, True)


def test_the_whole_command_on_s3(seaweed, tmp_path: Path) -> None:
    operator = Operator(tmp_path, uri=f"{seaweed.uri}/{uuid4().hex}", store=dict(seaweed.environ))
    fill(operator.options(), 3)
    before = rows_of(operator.options(), "articles")
    done = maintained(operator)
    assert (done["articles"]["files_before"], done["articles"]["files_after"]) == (3, 1)
    assert rows_of(operator.options(), "articles") == before
    assert [row["outcome"] for row in operator.ask("SELECT outcome FROM runs")] == ["ok"]
