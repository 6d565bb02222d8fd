"""`kill -9` at named instants of a crawl, its delivery and its upkeep; what is run after them does the rest, once.

Instants within a process are met by a fuse that is laid in it, those between two requests to the store by a request
that hangs at the proxy.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from uuid import uuid4

import pytest
from fixtures.crawls import ALL_TIME, Operator, network_of, once
from fixtures.kills import Undisturbed, kill, spools
from kept import Desk, order
from s3_faults import Fault, Kind, matching, nothing

from replica.network import Network
from replica.server import ReplicaServer
from storage.config import ArchiveSettings, resolve_store
from storage.opening import open_store
from storage.s3_client import Patience, s3_client

HERE = Path(__file__).parent
HOSTS = ("radartegal.disway.id", "palpos.disway.id")
SITES = ("radartegal", "palpos")


@pytest.fixture(scope="module")
def network() -> Network:
    return network_of(*HOSTS, seed=5, articles=8)


@pytest.fixture(scope="module")
def control(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return Undisturbed.crawled(network, SITES, tmp_path_factory.mktemp("control"))


@pytest.fixture
def replica(network: Network) -> Iterator[ReplicaServer]:
    with ReplicaServer.start(network) as server:
        yield server


def assert_converged(operator: Operator, control: Undisturbed, kills: int) -> None:
    """What a last run leaves is what a run that nobody killed leaves; few pages were asked for again."""
    done = operator.crawl(SITES, *ALL_TIME)
    assert done.code == 0, done.err
    stock = operator.stock()
    assert stock.essence() == control.stock.essence()
    assert len(stock.articles) == len(stock.versions) == len(control.stock.articles), "nothing twice"
    assert not spools(operator), "nothing waits"
    for arguments in ([], ["--ledger"]):
        verified = operator.run("verify", "--json", *arguments)
        assert verified.code == 0, verified
    assert operator.replica is not None
    asked = Counter(line.url for line in operator.replica.control.log() if line.kind == "article")
    parts = {row["article_key"]: row["parts"] for row in stock.articles}
    key = {row["url"]: f"{row['site']}/{row['article_id']}" for row in stock.captures}
    again = sum(times - 1 for url, times in asked.items() if parts[key[url]] == 1)
    assert again <= 2 * kills * len(HOSTS), "a host has one request under way, and one answer on its way to the disk"


FUSES = (
    "storage.spool_writer:SpoolWriter.note:after:1",  # what was sighted is in memory only
    "storage.growing:GrowingSegment.append:after:2",  # the first exchange is durable, and nobody was told
    "storage.growing:GrowingSegment._write:torn:4",  # in the midst of a record
    "storage.spool_writer:SpoolWriter.append:before:9",  # a whole body came, no record of it is written
    "storage.growing:GrowingSegment._write:after:8",  # the record is durable, its rows are not noted
    "pages.registry:read_article:after:3",  # the page is read, the article is not made
    "storage.growing:GrowingSegment._write:torn:10",
    "storage.segment:close:before:1",  # all is written, the segment has not got its name
    "storage.segment:close:after:1",  # closed, and nobody delivers it
)


def test_fault_01_killed_at_each_step_of_a_crawl(replica, control, tmp_path):
    """One after the other, on the same archive: each run meets what the one before it left."""
    operator = Operator(tmp_path, replica)
    operator.further["PYTHONPATH"] = os.pathsep.join(filter(None, [str(HERE / "fuse"), os.environ.get("PYTHONPATH")]))
    for fuse in FUSES:
        operator.further["FUSE"] = fuse
        process = operator.start_crawl(SITES, *ALL_TIME)
        out, err = process.communicate(timeout=120)
        assert process.returncode == -9, (fuse, process.returncode, err)
        assert not out
    operator.further.pop("FUSE")
    assert_converged(operator, control, len(FUSES))


def test_fault_01_killed_in_the_midst_of_a_body(replica, control, tmp_path):
    operator = Operator(tmp_path, replica)
    replica.control.fault("slow", HOSTS[0], "/", every=9, bytes_per_s=500)
    process = operator.start_crawl(SITES, *ALL_TIME)

    def is_dripping() -> bool:
        return any(e.fault == "slow" and len(e.sent) > 3 and not e.complete for e in replica._state.log.all())

    once(is_dripping, process)
    kill(process, with_children=True)
    replica.control.clear_faults()
    assert_converged(operator, control, kills=1)


REQUESTS = (
    ("PUT", r"/warc/.*\.warc\.gz$", Fault(Kind.HANG, after=50_000)),  # in the midst of the upload
    ("PUT", r"/warc/.*\.warc\.gz$", Fault(Kind.HANG_DONE)),  # stored, and nobody knows
    ("PUT", r"/warc/.*\.cdxj$", Fault(Kind.HANG)),
    ("PUT", r"/tables/sightings/part-", Fault(Kind.HANG_DONE)),  # a file that no commit names
    ("PUT", r"/tables/captures/_delta_log/.*\.json$", Fault(Kind.HANG_DONE)),  # committed, and nobody knows
    ("PUT", r"/tables/articles/_delta_log/.*\.json$", Fault(Kind.HANG)),
    ("PUT", r"/tables/articles/_delta_log/.*\.json$", Fault(Kind.HANG_DONE)),
    ("PUT", r"/tables/runs/_delta_log/.*\.json$", Fault(Kind.HANG_DONE)),
)


def test_fault_01_killed_at_each_request_of_a_delivery(replica, control, proxy, seaweed, tmp_path):
    """The crawl is over; the command that delivers what it left dies at one request after the other."""
    operator = Operator(tmp_path, replica, f"{seaweed.uri}/{uuid4().hex}", proxy.environ)
    arguments = ["crawl", "--json", *(word for site in SITES for word in ("--site", site)), *ALL_TIME]
    for method, pattern, fault in REQUESTS:
        proxy.rule = matching(method, pattern, fault, times=1)
        process = operator.start(*arguments)
        once(proxy.hanging.is_set, process)
        kill(process, with_children=True)
        proxy.rule = nothing
        proxy.let_go()
        arguments = ["recover"]
    assert proxy.met(Kind.HANG) + proxy.met(Kind.HANG_DONE) == len(REQUESTS)
    assert_converged(operator, control, kills=1)


DELIVER = """
import json, sys
import storage.s3_upload
from crawler.delivery import DeliveryOrder, carry_out
from storage.config import StoreOptions
storage.s3_upload.PART = 5 << 20
order = DeliveryOrder(**json.loads(sys.stdin.read()))
report = carry_out(order, StoreOptions.from_json(order.store))
sys.exit(report.message or None)
"""


@pytest.mark.parametrize(
    ("method", "pattern"),
    [("PUT", r"partNumber=2"), ("POST", r"\.warc\.gz\?uploadId=")],
    ids=["between the parts", "before the parts are joined"],
)
def test_fault_01_killed_between_the_parts_of_an_upload(proxy, seaweed, tmp_path, method, pattern):
    options = resolve_store(ArchiveSettings(uri=f"{seaweed.uri}/{uuid4().hex}"), proxy.environ)
    given = order(options, tmp_path / "spool")
    desk = Desk(tmp_path / "spool", given.archive)
    pages = [os.urandom(4 << 20) for _ in range(3)]
    for number, page in enumerate(pages, 1):
        desk.keep(number, page, number)
    desk.abandon()
    proxy.rule = matching(method, pattern, Fault(Kind.HANG_DONE if "part" in pattern else Kind.HANG), times=1)
    process = subprocess.Popen([sys.executable, "-c", DELIVER], stdin=subprocess.PIPE, text=True)
    process.stdin.write(json.dumps(asdict(given)))
    process.stdin.close()
    assert proxy.hanging.wait(60)
    process.kill()
    process.wait()
    proxy.rule = nothing
    proxy.let_go()
    client = s3_client(options, Patience(attempts=1))
    uploads = client.list_multipart_uploads(Bucket=options.bucket, Prefix=options.prefix).get("Uploads", [])
    assert len(uploads) == 1
    assert not list(open_store(options).list("warc/"))
    subprocess.run([sys.executable, "-c", DELIVER], input=json.dumps(asdict(given)), text=True, check=True)
    (segment,) = [info for info in open_store(options).list("warc/") if info.key.endswith(".gz")]
    assert segment.size > sum(map(len, pages))
    assert "Uploads" not in client.list_multipart_uploads(Bucket=options.bucket, Prefix=options.prefix)
    assert not [path for path in (tmp_path / "spool").iterdir() if path.is_dir()]


UPKEEP = (
    ("PUT", r"/tables/captures/[^/]*\.parquet$", Fault(Kind.HANG_DONE)),  # the large file is there, no commit names it
    ("PUT", r"/tables/captures/_delta_log/.*\.json$", Fault(Kind.HANG_DONE)),
    ("PUT", r"/tables/articles/_delta_log/.*\.json$", Fault(Kind.HANG)),
)


def test_fault_01_killed_in_the_midst_of_compaction(replica, control, proxy, seaweed, tmp_path):
    operator = Operator(tmp_path, replica, f"{seaweed.uri}/{uuid4().hex}", proxy.environ)
    operator.further["DISWAY_SPOOL__SEGMENT_BYTES"] = "100000"  # several files to be made one
    assert operator.crawl(SITES, *ALL_TIME).code == 0
    for method, pattern, fault in UPKEEP:
        proxy.rule = matching(method, pattern, fault, times=1)
        process = operator.start("maintain")
        once(proxy.hanging.is_set, process)
        kill(process, with_children=True)
        proxy.rule = nothing
        proxy.let_go()
        assert operator.stock().essence() == control.stock.essence()
    done = operator.run("maintain", "--json")
    assert done.code == 0, done
    operator.further.pop("DISWAY_SPOOL__SEGMENT_BYTES")
    assert_converged(operator, control, kills=0)


def test_fault_01_killed_while_the_index_is_made_anew(replica, control, proxy, seaweed, tmp_path):
    """As after an upgrade whose index has another format: the tables are read from their beginning."""
    operator = Operator(tmp_path, replica, f"{seaweed.uri}/{uuid4().hex}", proxy.environ)
    assert operator.crawl(SITES, *ALL_TIME).code == 0
    for path in operator.spool.glob("seen-*"):
        path.unlink()
    for table in ("sightings", "articles", "events"):
        proxy.rule = matching("GET", rf"/tables/{table}/part-", Fault(Kind.HANG), times=1)
        process = operator.start_crawl(SITES, *ALL_TIME)
        once(proxy.hanging.is_set, process)
        kill(process, with_children=True)
        proxy.rule = nothing
        proxy.let_go()
    assert_converged(operator, control, kills=3)
