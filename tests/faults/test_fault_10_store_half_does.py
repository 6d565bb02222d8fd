"""A store that is slow, is cut off, does the work and loses the answer, or says 200 and means an error."""

import os
import random
import re
from uuid import uuid4

import pytest
from fixtures.crawls import ALL_TIME, Operator, network_of
from fixtures.kills import Undisturbed, spools
from s3_faults import DENIED, Fault, Kind, Rule, always, matching, nothing

from news.errors import StoreUnavailable
from replica.server import ReplicaServer
from storage.config import ArchiveSettings, resolve_store
from storage.s3 import S3Store
from storage.s3_client import Patience, s3_client

HOSTS = ("radartegal.disway.id", "palpos.disway.id")
SITES = ("radartegal", "palpos")
PART = 5 << 20
RANDOM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture(scope="module")
def network():
    return network_of(*HOSTS, seed=4, articles=8)


@pytest.fixture(scope="module")
def control(network, tmp_path_factory):
    return Undisturbed.crawled(network, SITES, tmp_path_factory.mktemp("control"))


@pytest.fixture
def options(proxy, seaweed):
    return resolve_store(ArchiveSettings(uri=f"{seaweed.uri}/{uuid4().hex}"), proxy.environ)


def first_of_each(fault, *methods: str) -> Rule:
    """What `fault` gives, for the first request of each address by one of `methods`.

    A file of a table is called anew at each try: by its random part it would never be written.
    """
    met = set()

    def rule(method: str, path: str) -> Fault | None:
        address = (method, RANDOM.sub("", path))
        if method not in methods or address in met:
            return None
        met.add(address)
        return fault()

    return rule


def lost() -> Fault:
    return Fault(Kind.LOST)


def denied() -> Fault:
    return DENIED


def cut(chance=random.Random(10)) -> Fault:  # noqa: B008  one sequence of draws
    return Fault(chance.choice([Kind.RESET, Kind.LOST]), after=chance.randint(1, 30_000))


def slow() -> Fault:
    return Fault(Kind.SLOW, bytes_per_s=150_000)


@pytest.fixture
def operator(network, proxy, seaweed, tmp_path):
    with ReplicaServer.start(network) as replica:
        yield Operator(tmp_path, replica, f"{seaweed.uri}/{uuid4().hex}", proxy.environ)


@pytest.mark.parametrize(
    "fault", [lost, denied, cut, slow], ids=["answers are lost", "done and denied", "cut somewhere", "slow"]
)
def test_fault_10_every_write_goes_wrong_once(control, operator, proxy, fault):
    """Whatever is sent again has no effect but the one that was meant."""
    proxy.rule = first_of_each(fault, "PUT", "POST", "DELETE")
    codes = [operator.crawl(SITES, *ALL_TIME).code]
    while codes[-1] == 3 and len(codes) < 10:
        codes.append(operator.run("recover").code)
    assert codes[-1] == 0, codes
    assert proxy.met(fault().kind) > 5
    proxy.rule = nothing
    stock = operator.stock()
    assert stock.essence() == control.stock.essence()
    for name in ("articles", "versions", "captures", "sightings", "runs"):
        assert len(getattr(stock, name)) == len(getattr(control.stock, name)), f"{name}: each row once"
    verified = operator.run("verify")
    assert (verified.code, verified.out) == (0, ""), verified
    assert not spools(operator)


def test_fault_10_a_kilobyte_a_second(options, proxy):
    """Slow is no error, as long as something comes."""
    store = S3Store(options, Patience(attempts=1, connect_s=2, read_s=20))
    proxy.rule = always(Fault(Kind.SLOW, bytes_per_s=1000))
    data = os.urandom(2500)
    assert store.put_bytes("k", data) is True
    assert store.get("k") == data


def test_fault_10_an_error_in_an_answer_of_200(options, proxy, tmp_path, monkeypatch):
    monkeypatch.setattr("storage.s3_upload.PART", PART)
    (tmp_path / "large").write_bytes(os.urandom(PART + 10))
    joined = matching("POST", "uploadId=", Fault(Kind.ERROR_IN_200, code="InternalError"), times=1)
    proxy.rule = joined
    store = S3Store(options, Patience(attempts=2))
    assert store.put_file("k", tmp_path / "large") is True
    assert store.get("k") == (tmp_path / "large").read_bytes()
    assert proxy.met(Kind.ERROR_IN_200) == 1

    proxy.rule = matching("POST", "uploadId=", Fault(Kind.ERROR_IN_200, code="InternalError"))
    with pytest.raises(StoreUnavailable, match="InternalError"):
        store.put_file("k2", tmp_path / "large")
    assert store.stat("k2") is None
    left = s3_client(options, Patience()).list_multipart_uploads(Bucket=options.bucket, Prefix=options.prefix)
    assert "Uploads" not in left, "no parts stay behind"


def test_fault_10_an_upload_whose_last_answer_is_lost(options, proxy, tmp_path, monkeypatch):
    """The parts are joined, and nobody was told: that the key is taken means that it holds what was to be sent."""
    monkeypatch.setattr("storage.s3_upload.PART", PART)
    (tmp_path / "large").write_bytes(os.urandom(PART + 10))
    proxy.rule = matching("POST", "uploadId=", Fault(Kind.LOST), times=1)
    store = S3Store(options, Patience(attempts=3))
    made = None
    try:
        made = store.put_file("k", tmp_path / "large")
    except StoreUnavailable:
        made = store.put_file("k", tmp_path / "large")
    assert made in (True, False)
    assert store.get("k") == (tmp_path / "large").read_bytes()
    left = s3_client(options, Patience()).list_multipart_uploads(Bucket=options.bucket, Prefix=options.prefix)
    assert "Uploads" not in left
