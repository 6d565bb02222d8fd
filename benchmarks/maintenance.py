"""What `disway maintain` saves: an archive of 300 small commits, asked before and after.

Fixed: twelve days of a run an hour, 8 articles each (texts of 2,000 characters that compress like prose, captures,
events), committed to an embedded SeaweedFS as a delivery commits them. Then four commands of their own, as an analyst
runs them, before and after one `disway maintain`: a count, the articles of one site and week, one article, all texts.
Requests are counted by a relay. Left out: a network between reader and store, where each request costs 20 to 30 ms
more; and a year's 8,760 commits, of which each query would open as many files. Rerun: `python -m benchmarks --only
maintenance` (4 minutes).
"""

import random
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.counting_front import CountingFront
from benchmarks.report import Result, Target, Value
from replica.seaweed import EmbeddedStore
from storage.config import ArchiveSettings, StoreOptions, resolve_store
from storage.schema import Row
from storage.tables import AppId, Tables

COMMITS = 300
ARTICLES = 8
SITES = 15
START = datetime(2026, 1, 1, tzinfo=UTC)
_BIN = Path(sys.executable).parent / "disway"
_WORDS = [f"kata{number}" for number in range(2_000)]
QUERIES = {
    "count": "SELECT count(*) FROM articles",
    "a site's week": "SELECT title, body FROM articles WHERE site = 'situs7' "
    "AND published_at >= '2026-01-04' AND published_at < '2026-01-11'",
    "one article": "SELECT * FROM articles WHERE article_key = 'situs3/1203'",
    "all texts": "SELECT sum(length(body)) FROM articles",
}


def run(folder: Path) -> Result:
    with (
        EmbeddedStore(folder / "maintained") as store,
        CountingFront(store.environ["AWS_ENDPOINT_URL_S3"]) as front,
    ):
        environ = store.environ | {"AWS_ENDPOINT_URL_S3": front.url}
        uri = f"{store.uri}/archive"
        options = resolve_store(ArchiveSettings(uri=uri), store.environ)
        _fill(options)
        before = {name: _asked(sql, uri, environ, front) for name, sql in QUERIES.items()}
        began = time.perf_counter()
        _disway("maintain", uri, environ)
        took, requests = time.perf_counter() - began, front.take()
        after = {name: _asked(sql, uri, environ, front) for name, sql in QUERIES.items()}
    rows: list[dict[str, Value]] = [
        {
            "query": name,
            "s before": round(before[name][0], 2),
            "s after": round(after[name][0], 2),
            "requests before": before[name][1].total(),
            "requests after": after[name][1].total(),
        }
        for name in QUERIES
    ]
    own = {"s before": "", "s after": round(took, 1), "requests before": "", "requests after": requests.total()}
    rows.append({"query": "(maintain itself)", **own})
    worst = max(after[name][0] / before[name][0] for name in QUERIES)
    fewer = max(after[name][1].total() / before[name][1].total() for name in QUERIES)
    return Result(
        f"maintenance of {COMMITS} commits",
        rows,
        [Target("share of the time that a query takes after it", worst, 0.5), Target("share of requests", fewer, 0.1)],
    )


def _fill(options: StoreOptions) -> None:
    tables, chance = Tables(options), random.Random(1)
    for commit in range(COMMITS):
        rows = [_article(commit, ARTICLES * commit + k, chance) for k in range(ARTICLES)]
        app = AppId("benchmark", commit + 1)
        tables.store.put_bytes(f"warc/{commit}.warc.gz", b"")  # it is looked for, and never read
        tables.append("captures", [_capture(row) for row in rows], app)
        tables.append("articles", rows, app)
        tables.append("events", [_event(row) for row in rows], app)


def _article(commit: int, number: int, chance: random.Random) -> Row:
    site = f"situs{number % SITES}"
    captured_at = START + timedelta(hours=commit)
    return {
        "row_id": f"{number:032x}",
        "article_key": f"{site}/{number}",
        "site": site,
        "host": f"{site}.disway.id",
        "article_id": number,
        "url": f"https://{site}.disway.id/read/{number}/judul",
        "title": " ".join(chance.choices(_WORDS, k=9)),
        "published_at": (captured_at - timedelta(minutes=chance.randrange(600))).isoformat(),
        "body": " ".join(chance.choices(_WORDS, k=270)),
        "tags": chance.choices(_WORDS, k=3),
        "related": [],
        "first_seen_at": captured_at.isoformat(),
        "captured_at": captured_at.isoformat(),
        "content_digest": f"{number:064x}",
        "page_class": "disway-2023",
        "reader_revision": 1,
        "captures": [
            {
                "part": 1,
                "warc_key": f"warc/{commit}.warc.gz",
                "warc_offset": number,
                "warc_length": 9_000,
                "payload_digest": f"sha256:{number:064x}",
            }
        ],
        "run_id": f"run-{commit}",
    }


def _capture(row: Row) -> Row:
    told = {name: row[name] for name in ("url", "site", "article_id", "run_id")}
    return {**told, **row["captures"][0], "fetched_at": row["captured_at"], "status": 200, "kind": "response"}


def _event(row: Row) -> Row:
    told = {name: row[name] for name in ("article_key", "site", "url", "row_id", "run_id")}
    return {**told, "at": row["captured_at"], "kind": "archived"}


def _asked(sql: str, uri: str, environ: dict[str, str], front: CountingFront) -> tuple[float, Counter[str]]:
    """Seconds and requests of one `disway sql`."""
    front.take()
    began = time.perf_counter()
    _disway("sql", uri, environ, sql, "--format", "csv")
    return time.perf_counter() - began, front.take()


def _disway(verb: str, uri: str, environ: dict[str, str], *arguments: str) -> None:
    command = [str(_BIN), verb, "--archive", uri, *arguments]
    subprocess.run(command, env={"PATH": "/usr/bin:/bin", **environ}, check=True, capture_output=True, cwd=Path("/tmp"))
