"""The proxy of faults does what it says, and nothing where it is told nothing."""

import os
import threading
from collections import Counter
from uuid import uuid4

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from s3_faults import DENIED, Fault, Kind, always, answered, matching, nothing, share

from news.errors import StoreRefused, StoreUnavailable
from storage.config import ArchiveSettings, resolve_store
from storage.s3 import S3Store
from storage.s3_client import Patience

ONCE = Patience(attempts=1, connect_s=2, read_s=2)


@pytest.fixture
def options(proxy, seaweed):
    return resolve_store(ArchiveSettings(uri=f"{seaweed.uri}/{uuid4().hex}"), proxy.environ)


@pytest.fixture
def store(options):
    return S3Store(options, ONCE)


def test_without_a_fault_everything_passes(proxy, options, store, tmp_path, monkeypatch):
    monkeypatch.setattr("storage.s3_upload.PART", 5 << 20)
    large = os.urandom((5 << 20) + 7)
    (tmp_path / "large").write_bytes(large)
    assert store.put_file("a/large", tmp_path / "large") is True
    assert store.put_bytes("a/ü mlaut+&", b"") is True
    assert store.get("a/large") == large
    assert store.get_range("a/large", 5, 7) == large[5:12]
    assert {(info.key, info.size) for info in store.list("a/")} == {("a/large", len(large)), ("a/ü mlaut+&", 0)}
    write_deltalake(options.table_uri("t"), pa.table({"a": [1]}), storage_options=options.delta_options())
    table = DeltaTable(options.table_uri("t"), storage_options=options.delta_options())
    assert table.to_pyarrow_table()["a"].to_pylist() == [1]
    assert {asked.method for asked in proxy.asked} == {"GET", "HEAD", "POST", "PUT"}
    assert {asked.fault for asked in proxy.asked} == {None}


@pytest.mark.parametrize("kind", [Kind.RESET, Kind.LOST])
def test_a_reset_comes_before_or_after_the_store_heard(proxy, seaweed, options, store, kind):
    proxy.rule = matching("PUT", "/k$", Fault(kind, after=0))
    with pytest.raises(StoreUnavailable):
        store.put_bytes("k", b"1")
    proxy.rule = nothing
    assert (store.stat("k") is not None) is (kind is Kind.LOST)
    assert proxy.met(kind) == 1


def test_a_store_denies_what_it_did(proxy, store):
    proxy.rule = matching("PUT", "/k$", DENIED)
    with pytest.raises(StoreUnavailable):
        store.put_bytes("k", b"1")
    proxy.rule = nothing
    assert store.get("k") == b"1"
    assert proxy.met(Kind.DENIED) == 1


def test_a_reset_in_the_midst_of_a_body(proxy, store):
    proxy.rule = matching("PUT", "/k$", Fault(Kind.RESET, after=100_000))
    with pytest.raises(StoreUnavailable):
        store.put_bytes("k", b"1" * 8_000_000)
    proxy.rule = nothing
    assert store.stat("k") is None
    store.put_bytes("k", b"1" * 1_000_000)
    proxy.rule = matching("GET", "/k$", Fault(Kind.LOST, after=100_000))
    with pytest.raises(StoreUnavailable, match="breaks off"):
        store.get("k")


def test_errors_are_the_stores_own(proxy, store):
    proxy.rule = always(answered(403, "ExpiredToken"))
    with pytest.raises(StoreRefused, match="ExpiredToken"):
        store.put_bytes("k", b"1")


def test_a_pace_is_kept(proxy, store):
    store.put_bytes("k", b"1" * 20_000)
    proxy.rule = always(Fault(Kind.SLOW, bytes_per_s=100_000))
    assert store.get("k") == b"1" * 20_000
    assert proxy.met(Kind.SLOW) == 1


def test_a_store_that_is_gone_refuses_and_comes_back_at_the_same_place(proxy, store):
    store.put_bytes("k", b"1")
    proxy.go_away()
    asked = len(proxy.asked)
    with pytest.raises(StoreUnavailable, match="EndpointConnectionError"):
        store.get("k")
    assert len(proxy.asked) == asked
    proxy.come_back()
    assert store.get("k") == b"1"


@pytest.mark.parametrize("kind", [Kind.HANG, Kind.HANG_DONE])
def test_a_request_that_hangs_is_let_go(proxy, store, kind):
    proxy.rule = matching("PUT", "/k$", Fault(kind), times=1)
    failed = []

    def put():
        with pytest.raises(StoreUnavailable) as caught:
            store.put_bytes("k", b"1")
        failed.append(caught.value)

    thread = threading.Thread(target=put)
    thread.start()
    assert proxy.hanging.wait(10)
    proxy.let_go()
    thread.join()
    assert len(failed) == 1
    assert (store.stat("k") is not None) is (kind is Kind.HANG_DONE)


def test_a_share_is_a_share():
    rule = share(0.05, [Fault(Kind.RESET), answered(500, "InternalError")], seed=1)
    met = Counter(fault and fault.kind for fault in (rule("GET", "/") for _ in range(10_000)))
    assert 400 < 10_000 - met[None] < 600
    assert min(met[Kind.RESET], met[Kind.ANSWER]) > 200
