"""One behaviour for all object stores, on a folder and on a real S3 server."""

import hashlib
import os
import threading
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.errors import ArchiveDamaged, StoreRefused
from storage.keys import check_key
from storage.objects import ObjectExists, ObjectInfo, ObjectMissing
from storage.opening import open_store
from storage.probe import PROBE_KEY, check_store
from storage.s3_upload import PART

LARGE = PART + 12345
"""Two whole parts of an upload and a rest."""


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


@pytest.mark.parametrize("data", [b"", b"x", bytes(range(256)) * 1000], ids=["empty", "byte", "all bytes"])
def test_what_was_put_is_got(store, data):
    assert store.put_bytes("warc/2026/11/23/a.warc.gz", data) is True
    assert store.get("warc/2026/11/23/a.warc.gz") == data


def test_keys_keep_their_characters(store):
    keys = ["a b", "a+b", "a%20b", "é/ü~!'()*", "x=1&y=2", "tables/_delta_log/0.json", "a" * 200]
    for number, key in enumerate(keys):
        store.put_bytes(key, str(number).encode())
    assert [store.get(key) for key in keys] == [str(number).encode() for number in range(len(keys))]
    assert {info.key for info in store.list()} == set(keys)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "../a",
        "a/../b",
        "a/./b",
        "a\nb",
        "a\x00b",
        "a\x7fb",
        "a\\b",
        "é" * 600,
        "a.partial~1",
    ],
)
def test_a_key_that_is_no_plain_path_is_refused(store, key):
    for ask in (
        lambda: store.put_bytes(key, b""),
        lambda: store.get(key),
        lambda: store.get_tagged(key),
        lambda: store.swap(key, b"", None),
        lambda: store.get_range(key, 0, 1),
        lambda: store.stat(key),
        lambda: store.delete(key),
    ):
        with pytest.raises(ValueError, match="key"):
            ask()


def test_an_object_is_created_once(store):
    assert store.put_bytes("k", b"one") is True
    assert store.put_bytes("k", b"one") is False
    with pytest.raises(ObjectExists, match=r"k is in .* already, with other bytes"):
        store.put_bytes("k", b"two")
    with pytest.raises(ObjectExists):
        store.put_bytes("k", b"three and longer")
    assert store.get("k") == b"one"


def test_an_object_is_replaced_on_demand(store):
    assert store.put_bytes("k", b"one", if_absent=False) is True
    assert store.put_bytes("k", b"second", if_absent=False) is True
    assert store.get("k") == b"second"


def test_of_many_writers_at_once_one_creates(store):
    made, start = [], threading.Barrier(8)

    def write(number):
        start.wait()
        try:
            made.append((store.put_bytes("race", b"%d" % number), number))
        except ObjectExists:
            made.append((False, number))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [number for created, number in made if created]
    assert len(made) == 8
    assert len(winners) == 1
    assert store.get("race") == b"%d" % winners[0]


def test_what_was_read_is_replaced(store):
    first = store.swap("state/lease/crawl.json", b"one", None)
    assert first
    assert store.get_tagged("state/lease/crawl.json") == (b"one", first)
    second = store.swap("state/lease/crawl.json", b"two", first)
    assert second not in {None, first}
    assert store.get("state/lease/crawl.json") == b"two"
    assert [info.key for info in store.list()] == ["state/lease/crawl.json"]


def test_what_was_replaced_meanwhile_stays(store):
    first = store.swap("k", b"one", None)
    assert store.swap("k", b"other", None) is None, "nothing was expected, and something is there"
    store.swap("k", b"two", first)
    assert store.swap("k", b"three", first) is None
    assert store.get("k") == b"two"


def test_nothing_takes_the_place_of_what_is_gone(store):
    first = store.swap("k", b"one", None)
    store.delete("k")
    assert store.swap("k", b"two", first) is None
    assert store.stat("k") is None
    with pytest.raises(ObjectMissing):
        store.get_tagged("k")
    assert store.swap("k", b"three", None)


@pytest.mark.parametrize("made", [False, True], ids=["nothing there", "something there"])
def test_of_many_that_swap_at_once_one_does(store, made):
    tag = store.swap("race", b"before", None) if made else None
    won, start = [], threading.Barrier(8)

    def swap(number):
        start.wait()
        if store.swap("race", b"%d" % number, tag):
            won.append(number)

    threads = [threading.Thread(target=swap, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert store.get("race") == b"%d" % won[0]


def test_ranges(store):
    store.put_bytes("k", b"0123456789")
    assert store.get_range("k", 0, 10) == b"0123456789"
    assert store.get_range("k", 3, 4) == b"3456"
    assert store.get_range("k", 9, 1) == b"9"
    for offset, length in ((5, 6), (10, 1), (99, 1)):
        with pytest.raises(ArchiveDamaged, match=r"k .*ends before"):
            store.get_range("k", offset, length)
    for offset, length in ((-1, 1), (0, 0), (0, -1)):
        with pytest.raises(ValueError, match="range"):
            store.get_range("k", offset, length)


def test_what_is_missing(store, tmp_path):
    assert store.stat("no/such") is None
    for ask in (
        lambda: store.get("no/such"),
        lambda: store.get_range("no/such", 0, 1),
        lambda: store.fetch_file("no/such", tmp_path / "f"),
    ):
        with pytest.raises(ObjectMissing, match="no/such"):
            ask()
    store.delete("no/such")
    assert list(store.list()) == []
    assert list(store.list("no/")) == []


def test_a_folder_is_no_object(store):
    store.put_bytes("a/b/c", b"1")
    assert store.stat("a/b") is None
    with pytest.raises(ObjectMissing):
        store.get("a/b")
    store.delete("a/b")
    assert store.get("a/b/c") == b"1"


def test_list_takes_any_start_of_a_key(store):
    keys = {"warc/2026/a", "warc/2026/b", "warc/2027/a", "warc-old/a", "tables/x/1"}
    for key in keys:
        store.put_bytes(key, key.encode())
    assert {info.key for info in store.list()} == keys
    assert {info.key for info in store.list("warc")} == keys - {"tables/x/1"}
    assert {info.key for info in store.list("warc/")} == {"warc/2026/a", "warc/2026/b", "warc/2027/a"}
    assert {info.key for info in store.list("warc/2026/a")} == {"warc/2026/a"}
    assert {info.key for info in store.list("warc/20")} == {"warc/2026/a", "warc/2026/b", "warc/2027/a"}
    assert {info.size for info in store.list("tables")} == {len("tables/x/1")}
    with pytest.raises(ValueError, match="key"):
        list(store.list("../"))


def test_archives_beside_each_other_do_not_mix(store, store_options):
    store.put_bytes("k", b"1")
    if store_options.is_s3:
        longer = replace(store_options, prefix=f"{store_options.prefix}x", uri=f"{store_options.uri}x")
        open_store(longer).put_bytes("other", b"2")
    assert [info.key for info in store.list()] == ["k"]


def test_delete(store):
    store.put_bytes("a/k", b"1")
    store.delete("a/k")
    assert store.stat("a/k") is None
    assert store.put_bytes("a/k", b"2") is True


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    path = tmp_path_factory.mktemp("large") / "segment.warc.gz"
    path.write_bytes(os.urandom(LARGE))
    return path


def test_a_large_file_goes_up_whole_and_comes_back(store, store_options, large, tmp_path):
    data = large.read_bytes()
    assert store.put_file("warc/large", large, checksum=sha256(data)) is True
    assert store.put_file("warc/large", large) is False
    assert store.stat("warc/large") == ObjectInfo("warc/large", LARGE, sha256(data) if store_options.is_s3 else None)
    assert store.get_range("warc/large", PART, 100) == data[PART:][:100]
    store.fetch_file("warc/large", tmp_path / "back")
    assert sha256((tmp_path / "back").read_bytes()) == sha256(data)


def test_a_large_file_replaces_nothing(store, large):
    store.put_bytes("k", b"first")
    with pytest.raises(ObjectExists):
        store.put_file("k", large)
    assert store.get("k") == b"first"


def test_a_file_that_is_not_what_its_checksum_says_stays_out(store, tmp_path):
    (tmp_path / "f").write_bytes(b"rotten")
    with pytest.raises(ArchiveDamaged, match="not sha256"):
        store.put_file("k", tmp_path / "f", checksum=sha256(b"sound"))
    assert store.stat("k") is None
    assert list(store.list()) == []


def test_a_fit_store_passes_the_check_again_and_again(store, store_options):
    for _ in range(3):
        check_store(store, store_options)
    assert [info.key for info in store.list()] == [PROBE_KEY]


def test_a_probe_of_other_bytes_does_no_harm(store, store_options):
    store.put_bytes(PROBE_KEY, b"of a later version")
    check_store(store, store_options)
    assert store.get(PROBE_KEY) == b"of a later version"


def test_a_folder_that_takes_no_writes_is_refused(local_options):
    store = open_store(local_options)
    local_options.root.parent.joinpath("archive").write_bytes(b"a file where the folder should be")
    with pytest.raises(StoreRefused, match="cannot be used"):
        check_store(store, local_options)


def test_a_partial_file_is_never_seen(local_options):
    store = open_store(local_options)
    store.put_bytes("warc/a", b"1")
    (local_options.root / "warc" / "b.partial~00ff").write_bytes(b"of a killed process")
    assert [info.key for info in store.list()] == ["warc/a"]


@given(st.text(min_size=1, max_size=40), st.text("./a\\\x00~é", min_size=1, max_size=8))
def test_an_accepted_key_stays_inside_the_archive(anything, nasty):
    for key in (anything, nasty, f"a/{nasty}/b"):
        try:
            check_key(key)
        except ValueError:
            continue
        path = os.path.normpath(f"/archive/{key}")
        assert path == f"/archive/{key}"
