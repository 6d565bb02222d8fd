"""What a crash or a bad disk leaves of a segment, and what mending makes of it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kept import Desk, at, delivery, exchange, rows_of

from storage.deliver import deliver
from storage.segment import close, mend, segment_number
from storage.spool import Spool, undelivered
from storage.verify import VerifyCounts, findings
from storage.warc import iterate
from storage.warc_writer import compose_exchange, compose_note, compose_warcinfo

MEMBERS = [
    compose_warcinfo("warc/a-000001.warc.gz", "tests/1", "d"),
    *(compose_exchange(exchange(n, bytes(range(256)) * n), None).data for n in (1, 2)),
    compose_note({"events": [{"kind": "walked"}]}, at(0)),
]
LAST = compose_exchange(exchange(3, b"the last" * 30, 3, request_block=b""), None).data


@given(cut=st.integers(min_value=1, max_value=len(LAST)))
def test_a_torn_last_member_is_cut_off_and_nothing_else(tmp_path_factory, cut: int) -> None:
    path = tmp_path_factory.mktemp("s") / "000001.warc.gz.open"
    whole = b"".join(MEMBERS)
    path.write_bytes(whole + LAST[: len(LAST) - cut])
    mended = mend(path)
    assert path.read_bytes() == whole
    assert (mended.kept, mended.cut) == (len(whole), len(LAST) - cut)
    assert list(path.parent.iterdir()) == [path], "a torn tail is no damage and is not kept"


def test_what_is_whole_is_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "000001.warc.gz"
    path.write_bytes(b"".join([*MEMBERS, LAST]))
    before = path.stat()
    assert mend(path).cut == 0
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("data", [b"", b"\x1f", b"\x1f\x8b\x08", b"not a byte of gzip"])
def test_a_file_without_a_whole_member_ends_empty(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "000001.warc.gz.open"
    path.write_bytes(data)
    assert mend(path).kept == 0
    assert path.read_bytes() == b""


@given(which=st.integers(0, 3), where=st.integers(min_value=0), flip=st.integers(1, 255))
def test_damage_in_the_middle_costs_no_other_record(tmp_path_factory, which: int, where: int, flip: int) -> None:
    """The member that was hit is cut out and lies beside; every other record is kept."""
    path = tmp_path_factory.mktemp("s") / "000001.warc.gz"
    data = bytearray(b"".join([*MEMBERS, LAST]))
    start = sum(map(len, MEMBERS[:which]))
    data[start + where % len(MEMBERS[which])] ^= flip
    path.write_bytes(data)
    mended = mend(path)
    left = path.read_bytes()
    others = [*MEMBERS[:which], *MEMBERS[which + 1 :], LAST]
    for member in others:
        assert member in left
    assert mended.kept == len(left)
    damaged = path.with_name(path.name + ".damaged")
    assert (damaged.exists(), mended.kept + mended.cut) == (mended.cut > 0, len(data))
    if mended.cut:
        assert len(damaged.read_bytes()) == mended.cut
    assert [r.type for _, _, r in iterate(path)][-1] == "response"


def test_closing_a_segment_gives_it_its_final_name(tmp_path: Path) -> None:
    path = tmp_path / "000042.warc.gz.open"
    path.write_bytes(LAST)
    closed = close(path)
    assert (closed.name, segment_number(closed), path.exists()) == ("000042.warc.gz", 42, False)


@pytest.mark.parametrize("hit", ["the first page", "the second page"])
def test_a_segment_that_rots_is_delivered_without_what_rotted(local_options, tmp_path: Path, hit: str) -> None:
    """An article whose page is lost has no row; it is asked for again. The others' rows point where their records are."""
    desk = Desk(tmp_path / "spool", "a")
    rows = [desk.archived(1, 1, "satu"), desk.archived(2, 2, "dua"), desk.archived(3, 3, "tiga")]
    desk.writer.close()
    (path,) = desk.spool.closed_segments
    data = bytearray(path.read_bytes())
    lost = rows[0 if hit == "the first page" else 1]
    data[lost["captures"][0]["warc_offset"] + 200] ^= 0xFF
    path.write_bytes(data)
    seen_path = tmp_path / "seen.sqlite"
    work = delivery(local_options, seen_path)
    assert deliver(desk.spool, work) == 1
    assert list(findings(work.store, work.tables, VerifyCounts())) == []
    assert {r["row_id"] for r in rows_of(local_options, "articles")} == {r["row_id"] for r in rows} - {lost["row_id"]}
    states = {r["article_key"]: r["kind"] for r in rows_of(local_options, "events")}
    assert states.pop(lost["article_key"]) == "failed"
    assert set(states.values()) == {"archived"}
    assert [p.name for p in desk.spool.folder.glob("*.damaged")] == ["000001.warc.gz.damaged"]


def test_what_was_cut_out_is_kept_and_waits_for_nobody(local_options, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "spool", "a")
    desk.archived(1, 1, "satu")
    desk.writer.close()
    (path,) = desk.spool.closed_segments
    data = bytearray(path.read_bytes())
    data[100] ^= 0xFF
    path.write_bytes(data)
    deliver(Spool.borrow(desk.spool.folder), delivery(local_options, tmp_path / "seen.sqlite"))
    desk.spool.release()
    assert undelivered(tmp_path / "spool") == 0
    assert desk.spool.folder.joinpath("000001.warc.gz.damaged").stat().st_size > 0
