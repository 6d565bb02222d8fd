"""Analysts ask while crawls commit, tables are compacted, and the store goes away: one consistent snapshot each."""

import subprocess
import sys
from pathlib import Path

import pytest
from fixtures.crawls import Operator
from s3_fault_proxy import S3FaultProxy

from access.archive import Archive
from news.errors import StoreUnavailable
from storage.config import ArchiveSettings, StoreOptions, resolve_store

WRITER = Path(__file__).parents[1] / "access" / "committing_writer.py"
ROUNDS = 12
CHECKS = {
    "heads": "SELECT count(*) - count(DISTINCT article_key) FROM articles",
    "captures": "SELECT count(*) FROM articles ANTI JOIN captures USING (warc_key, warc_offset)",
    "sightings": "SELECT count(*) FROM articles a ANTI JOIN sightings s ON s.article_id = a.article_id",
    "ledger": "SELECT count(*) FROM articles ANTI JOIN (SELECT * FROM ledger WHERE state = 'archived') USING (article_key)",
    "edited": "SELECT count(*) FROM articles WHERE article_id = 0 AND title <> version::VARCHAR",
}
"""Each is 0 in every snapshot. The writer edits article 0 with every commit: its title counts its versions."""


@pytest.fixture
def writer(store_options: StoreOptions):
    """A process that commits a segment whenever it is told to go on."""
    process = subprocess.Popen(
        [sys.executable, WRITER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert process.stdin is not None
    process.stdin.write(store_options.to_json() + "\n")
    yield process
    process.kill()
    process.communicate()


def test_fault_49_snapshots_beside_a_writer_and_maintenance(store_options, writer, seaweed, tmp_path: Path) -> None:
    """A reader that opened before a compaction goes on; each that opens later sees all that was committed."""
    environ = dict(seaweed.environ) if store_options.is_s3 else {}
    operator = Operator(tmp_path, uri=store_options.uri, store=environ)
    assert writer.stdout.readline() == "1\n"
    committed = 1
    maintenance: list[subprocess.Popen[str]] = []
    for number in range(ROUNDS):
        with Archive.open(store_options) as reader:
            before = next(reader.query("SELECT count(*) FROM versions").values())
            writer.stdin.write("on\n")
            if number % 4 == 1:
                maintenance.append(operator.start("maintain"))
            for name, sql in CHECKS.items():
                assert next(reader.query(sql).values()) == (0,), name
            committed = int(writer.stdout.readline())
            assert next(reader.query("SELECT count(*) FROM versions").values()) == before == (2 * (committed - 1),)
    for process in maintenance:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    with Archive.open(store_options) as reader:
        assert next(reader.query("SELECT count(*) FROM versions").values()) == (2 * committed,)
        for name, sql in CHECKS.items():
            assert next(reader.query(sql).values()) == (0,), name
    assert operator.run("maintain", "--json").facts["tables"][0]["files_after"] == 1


def test_fault_49_a_store_that_goes_away_under_a_query(proxy: S3FaultProxy, writer_once, tmp_path: Path) -> None:
    """Said in one line, with the exit code of a store that does not answer; the same query runs later."""
    operator = Operator(tmp_path, uri=writer_once.uri, store=proxy.environ)
    asked = operator.run("sql", "SELECT count(*) AS n FROM versions", "--format", "csv")
    assert asked.code == 0, asked.err
    options = resolve_store(ArchiveSettings(uri=writer_once.uri), proxy.environ)
    with Archive.open(options) as reader:
        proxy.go_away()
        with pytest.raises(StoreUnavailable):
            list(reader.query("SELECT title, body FROM versions").rows())
        gone = operator.run("sql", "SELECT count(*) AS n FROM versions")
        assert gone.code == 3, gone.err
        assert len(gone.err.splitlines()) == 1
        proxy.come_back()
        assert len(list(reader.query("SELECT title, body FROM versions").rows())) == 2
    assert operator.run("sql", "SELECT count(*) AS n FROM versions", "--format", "csv").out == asked.out


@pytest.fixture
def writer_once(s3_options: StoreOptions) -> StoreOptions:
    """An archive with one commit."""
    done = subprocess.run(
        [sys.executable, WRITER],
        input=s3_options.to_json() + "\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "1\n"
    return s3_options
