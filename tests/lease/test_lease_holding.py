"""Who holds a lease, on a folder and on S3: one at a time, never for longer than it lives."""

import json
import logging
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fixtures.loopback import FaultFront, s3_error
from hypothesis import given
from hypothesis import strategies as st

from storage.config import ArchiveSettings, resolve_store
from storage.lease import Holder, Lease, acquire, release, renew
from storage.local import LocalStore
from storage.opening import open_store
from storage.spool import Spool

NOW = datetime(2026, 3, 5, 1, tzinfo=UTC)
TTL = timedelta(minutes=30)
KEY = "state/lease/crawl.json"


def minutes(count):
    return NOW + timedelta(minutes=count)


def wanted(number, spool=None, now=NOW):
    spool = spool or Path(f"/spools/{number}/{number:016x}")
    return Lease("crawl", Holder.of(f"20260305T01000{number}Z-aaaaaa", spool, now, TTL), "")


def elsewhere(lease):
    """The same, asked for by another machine."""
    return replace(lease, holder=replace(lease.holder, host=f"host of {lease.holder.run_id}"))


def test_it_is_free_then_held_then_free_again(store):
    first = acquire(store, wanted(1))
    assert isinstance(first, Lease)
    assert acquire(store, elsewhere(wanted(2))) == first.holder
    assert release(store, first, minutes(5))
    assert isinstance(acquire(store, elsewhere(wanted(2, now=minutes(5)))), Lease)


def test_it_expires(store):
    first = acquire(store, wanted(1))
    assert acquire(store, elsewhere(wanted(2, now=minutes(29)))) == first.holder
    second = acquire(store, elsewhere(wanted(2, now=minutes(30))))
    assert isinstance(second, Lease)
    assert renew(store, first, minutes(31), TTL) is None
    assert not release(store, first, minutes(31))
    assert acquire(store, wanted(3, now=minutes(32))) == second.holder, "who lost it cannot give it away"


def test_it_is_renewed(store):
    first = acquire(store, wanted(1))
    renewed = renew(store, first, minutes(20), TTL)
    assert renewed.holder.expires_at == minutes(50)
    assert acquire(store, elsewhere(wanted(2, now=minutes(49)))) == renewed.holder


def test_a_renewal_of_which_nobody_heard_loses_nothing(store):
    """The delivering process was killed after it wrote: the run holds an old tag, and is the holder all the same."""
    first = acquire(store, wanted(1))
    renew(store, first, minutes(10), TTL)
    again = renew(store, first, minutes(20), TTL)
    assert again.holder.expires_at == minutes(50)
    assert release(store, first, minutes(21))


def test_who_asks_twice_has_it(store):
    assert isinstance(acquire(store, wanted(1)), Lease)
    assert isinstance(acquire(store, wanted(1, now=minutes(1))), Lease)


def test_two_names_are_two_leases(store):
    assert isinstance(acquire(store, wanted(1)), Lease)
    assert isinstance(acquire(store, replace(elsewhere(wanted(2)), name="backfill")), Lease)


def test_of_many_at_once_one_has_it(store):
    got, start = [], threading.Barrier(8)

    def ask(number):
        start.wait()
        got.append(acquire(store, elsewhere(wanted(number))))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (holder,) = (taken.holder for taken in got if isinstance(taken, Lease))
    assert [other for other in got if not isinstance(other, Lease)] == [holder] * 7


@pytest.mark.parametrize(
    "ahead", [timedelta(hours=5), timedelta(hours=5, seconds=1)], ids=["ten times", "more than that"]
)
def test_a_clock_that_is_far_ahead_does_not_stop_everyone(store, ahead, caplog):
    odd = wanted(1)
    acquire(store, replace(odd, holder=replace(odd.holder, expires_at=NOW + ahead)))
    with caplog.at_level(logging.WARNING):
        taken = acquire(store, elsewhere(wanted(2)))
    absurd = ahead > 10 * TTL
    assert isinstance(taken, Lease) == absurd
    assert ("would last until" in caplog.text) == absurd


@pytest.mark.parametrize(
    "data",
    [b"", b"null", b"[]", b"\xff\xfe", b"{}", b'{"run_id":1,"host":2,"spool":3,"acquired_at":4,"expires_at":5}'],
    ids=["nothing", "null", "a list", "no text", "empty", "numbers"],
)
def test_what_is_no_lease_is_none(store, data, caplog):
    store.put_bytes(KEY, data)
    with caplog.at_level(logging.WARNING):
        assert isinstance(acquire(store, wanted(1)), Lease)
    assert "cannot be read and is taken over" in caplog.text


def test_fields_of_a_later_version_are_passed_over(store):
    first = acquire(store, wanted(1))
    later = json.loads(store.get(KEY)) | {"pace": {"backend": 2.0}}
    store.put_bytes(KEY, json.dumps(later).encode(), if_absent=False)
    assert acquire(store, elsewhere(wanted(2))) == first.holder


@given(st.binary(max_size=200) | st.recursive(st.none() | st.text(), st.lists).map(lambda v: json.dumps(v).encode()))
def test_no_bytes_break_it(tmp_path_factory, data):
    archive = tmp_path_factory.mktemp("archive")
    store = LocalStore(resolve_store(ArchiveSettings(uri=str(archive)), {}))
    store.put_bytes(KEY, data)
    assert isinstance(acquire(store, wanted(1)), Lease)


def test_on_a_store_that_cannot_compare_it_is_taken_all_the_same(seaweed, s3_options):
    """Then it keeps nobody off who asks at the very same moment; who comes later still sees it."""

    def refuse(asked):
        return s3_error(501, "NotImplemented") if {"if-match", "if-none-match"} & asked.headers.keys() else None

    with FaultFront(seaweed.environ, refuse) as front:
        store = open_store(replace(s3_options, endpoint=front.environ["AWS_ENDPOINT_URL_S3"]))
        held = acquire(store, wanted(1))
        assert acquire(store, elsewhere(wanted(2))) == held.holder
        renewed = renew(store, held, minutes(20), TTL)
        assert release(store, renewed, minutes(21))
        assert isinstance(acquire(store, elsewhere(wanted(2, now=minutes(22)))), Lease)


# whose process is dead


def test_a_dead_holder_of_the_same_spool_folder_holds_nothing(store, tmp_path):
    theirs = Spool.create(tmp_path, "20260305T010001Z-aaaaaa", "a")
    theirs.folder.joinpath("000001.warc.gz").write_bytes(b"waits")
    held = acquire(store, wanted(1, theirs.folder))
    ours = wanted(2, tmp_path / ("0" * 16))
    assert acquire(store, ours) == held.holder
    theirs.release()
    assert theirs.folder.exists()
    assert isinstance(acquire(store, ours), Lease)


def test_the_same_folder_under_another_name_of_the_machine(store, tmp_path):
    """A pod that took over the volume of one that was killed."""
    theirs = Spool.create(tmp_path, "20260305T010001Z-aaaaaa", "a")
    theirs.folder.joinpath("000001.warc.gz").write_bytes(b"waits")
    held = acquire(store, elsewhere(wanted(1, Path("/mounted/elsewhere") / theirs.folder.name)))
    ours = wanted(2, tmp_path / ("0" * 16))
    assert acquire(store, ours) == held.holder, "it lives"
    theirs.release()
    assert isinstance(acquire(store, ours), Lease)


def test_a_run_of_this_machine_that_left_no_spool_has_ended(store, tmp_path):
    gone = tmp_path / ("f" * 16)
    ours = wanted(2, tmp_path / ("0" * 16))
    acquire(store, elsewhere(wanted(1, gone)))
    assert isinstance(acquire(store, ours), Holder), "of another machine that cannot be seen"
    store.delete(KEY)
    acquire(store, wanted(1, gone))
    assert isinstance(acquire(store, ours), Lease)


def test_a_dead_holder_of_this_machine_with_another_spool_folder_holds_nothing(store, tmp_path):
    """An operator who starts anew in another folder does not wait for the run that was killed in the first."""
    theirs = Spool.create(tmp_path / "first", "20260305T010001Z-aaaaaa", "a")
    theirs.folder.joinpath("000001.warc.gz").write_bytes(b"waits")
    held = acquire(store, wanted(1, theirs.folder))
    ours = wanted(2, tmp_path / "second" / ("0" * 16))
    assert acquire(store, ours) == held.holder, "it lives"
    theirs.release()
    assert isinstance(acquire(store, ours), Lease)
