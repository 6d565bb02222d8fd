"""The store goes away while `disway reparse` reads: what was found is in the spool, and another one does the rest."""

import os
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from fixtures.crawls import Operator, ended, once
from fixtures.spooled import spooled
from s3_fault_proxy import S3FaultProxy

from storage.config import ArchiveSettings, resolve_store

sys.path.append(str(Path(__file__).parents[1] / "reparse"))

from rereading import Archive, pages_of

ARTICLES = 300
BETTER = str(Path(__file__).parents[1] / "custody" / "better_reader")
MARK = "%(dibaca lebih baik)"


@pytest.fixture
def operator(proxy: S3FaultProxy, tmp_path: Path) -> Operator:
    """Has an archive of many articles in several objects, and better readers than those that read it."""
    uri = f"s3://disway-test/{uuid4().hex}"
    archive = Archive(resolve_store(ArchiveSettings(uri=uri), proxy.environ), tmp_path / "filling")
    (page,) = pages_of(1)
    for first in range(0, ARTICLES, 100):
        visits = archive.run()
        for number in range(first, first + 100):
            visits.archived(number, [page.replace(b"</h1>", f" {number}</h1>".encode())])
        visits.end()
    path = os.pathsep.join(filter(None, [BETTER, os.environ.get("PYTHONPATH")]))
    return Operator(tmp_path / "desk", uri=uri, store=dict(proxy.environ), further={"PYTHONPATH": path})


def test_the_next_one_does_the_rest(operator: Operator, proxy: S3FaultProxy) -> None:
    process = operator.start("reparse", "--json")
    once(lambda: bool(spooled(operator.spool, ".warc.gz.open")), process)
    proxy.go_away()
    done = ended(process)
    assert done.code == 3, done.err
    assert done.facts["outcome"] in ("failed", "ok"), "it may have read all, and delivered nothing"
    assert done.facts["undelivered"] == 1
    proxy.come_back()
    again = operator.run("reparse", "--json")
    assert again.code == 0, again.err
    assert again.facts["differing"] + done.facts["differing"] == ARTICLES, (
        "what waited was delivered, and not read so again"
    )
    stock = operator.stock()
    assert operator.ask("SELECT count(*) AS n FROM articles WHERE title LIKE ?", MARK) == [{"n": ARTICLES}]
    assert len(stock.versions) == ARTICLES
    assert {row["run_id"] for row in stock.runs} >= {done.facts["run_id"], again.facts["run_id"]}
    assert operator.run("verify").code == 0
