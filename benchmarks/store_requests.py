"""Requests to the object store: dear ones (PUT, POST, LIST) a thousand articles, and those of a run that finds nothing.

Fixed: `disway crawl` of 16 sites x 64 articles into an empty bucket of an embedded SeaweedFS, then once more at once,
both through a relay that counts. Everything is counted: the check of the store at the start, WARC segments, Delta
tables with their first making, the run's own row. Left out: `verify`, readers, other stores (the requests are the
crawler's own choice but for retries). Rerun: `python -m benchmarks --only store_requests`.
"""

from collections import Counter
from pathlib import Path

from benchmarks.counting_front import PUT_CLASS, CountingFront
from benchmarks.report import Result, Target, Value
from benchmarks.stage import ALL_TIME, Stage
from replica.seaweed import EmbeddedStore

ARTICLES = 64


def run(folder: Path) -> Result:
    with (
        Stage(folder / "store_requests", ARTICLES) as stage,
        EmbeddedStore(folder / "store") as store,
        CountingFront(store.environ["AWS_ENDPOINT_URL_S3"]) as front,
    ):
        environ = store.environ | {"AWS_ENDPOINT_URL_S3": front.url}
        stage.control.keep_log(False)
        first = stage.crawl("desk", *ALL_TIME, store=environ, uri=f"{store.uri}/archive")
        after_first = front.take()
        stage.crawl("desk", store=environ, uri=f"{store.uri}/archive")
        after_second = front.take()
    articles = first.facts["counts"]["articles_new"]
    dear = sum(after_first[kind] for kind in PUT_CLASS)
    return Result(
        f"requests to the store, {articles} articles ({first.pages} pages)",
        [_row("first crawl", after_first), _row("nothing new", after_second)],
        [Target("PUT-class requests a 1,000 articles", dear / articles * 1000, 12)],
    )


def _row(name: str, counts: Counter[str]) -> dict[str, Value]:
    return {"run": name, **{kind: counts[kind] for kind in (*PUT_CLASS, "GET", "HEAD", "DELETE")}}
