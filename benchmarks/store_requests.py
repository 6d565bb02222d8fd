"""Requests to the object store: writes (PUT, POST) a thousand articles, and those of a run that finds nothing.

Fixed: `disway crawl` of one site into an empty bucket of an embedded SeaweedFS, then of all 15 sites x 76 articles,
then once more at once, through a relay that counts everything: the check of the store at the start, WARC segments with
their indexes, Delta tables, the run's own row. A delivery costs the same however much is in its segment, so the figure
falls with the size of a run; about 1,000 articles are the second crawl here. LIST requests, which stores bill like
writes, are mostly deltalake's own looks for a newer version, and shown apart.

Left out: `verify`, readers, other stores (the requests are the crawler's own choice but for retries). Rerun:
`python -m benchmarks --only store_requests`.
"""

from collections import Counter
from pathlib import Path

from benchmarks.counting_front import CountingFront
from benchmarks.report import Result, Target, Value
from benchmarks.stage import ALL_TIME, Measured, Stage
from replica.seaweed import EmbeddedStore

ARTICLES = 76
_WRITES = ("PUT", "POST")


def run(folder: Path) -> Result:
    with (
        Stage(folder / "store_requests", ARTICLES) as stage,
        EmbeddedStore(folder / "store") as store,
        CountingFront(store.environ["AWS_ENDPOINT_URL_S3"]) as front,
    ):
        environ = store.environ | {"AWS_ENDPOINT_URL_S3": front.url}
        stage.control.keep_log(False)
        uri = f"{store.uri}/archive"
        rows, counts = list[dict[str, Value]](), list[Counter[str]]()
        for name, sites in (("empty bucket, 1 site", stage.sites[:1]), ("all sites", ()), ("nothing new", ())):
            crawled = stage.crawl("desk", *ALL_TIME, sites=sites, store=environ, uri=uri)
            counts.append(front.take())
            rows.append(_row(name, crawled, counts[-1]))
    articles = rows[1]["new articles"]
    assert isinstance(articles, int)
    writes = sum(counts[1][kind] for kind in _WRITES)
    return Result(
        "requests to the store", rows, [Target("writes (PUT, POST) a 1,000 articles", writes / articles * 1000, 12)]
    )


def _row(name: str, crawled: Measured, counts: Counter[str]) -> dict[str, Value]:
    found = crawled.facts["counts"].get("articles_new", 0)
    kinds = (*_WRITES, "LIST", "GET", "HEAD", "DELETE")
    return {"crawl": name, "new articles": found, "pages": crawled.pages, **{kind: counts[kind] for kind in kinds}}
