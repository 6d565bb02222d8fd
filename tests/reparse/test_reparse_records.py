"""Records read in long ranges are those that are read one by one; what differs is told so that it harms no terminal."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kept import Desk, delivery

from cli.reparsing import excerpts
from crawler.reparse_diff import Effect, ReparseDiff, differing
from news.capture import WarcPointer
from news.errors import ArchiveDamaged
from news.url import ArticleKey
from storage import rebuild_records
from storage.deliver import deliver
from storage.objects import ObjectStore
from storage.rebuild_items import Span
from storage.rebuild_records import Records, _runs


class Counting:
    """A store that counts its reads."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self.reads: list[tuple[int, int]] = []

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        self.reads.append((offset, length))
        return self._store.get_range(key, offset, length)


@pytest.fixture
def pointers(store_options, tmp_path: Path) -> list[WarcPointer]:
    """Forty records in one object."""
    desk = Desk(tmp_path / "spool", "a")
    found = [desk.keep(number, f"<p>{number} {'isi ' * 300}".encode(), number) for number in range(40)]
    desk.writer.close()
    deliver(desk.spool, delivery(store_options, tmp_path / "seen.sqlite"))
    return found


def records(store_options, tmp_path: Path, wanted: list[WarcPointer]) -> tuple[Records, Counting]:
    store = Counting(delivery(store_options, tmp_path).store)
    spans = [Span(n, p.warc_offset, p.warc_length) for n, p in enumerate(wanted)]
    return Records(store, wanted[0].warc_key, spans), store


def test_neighbours_come_in_one_request(store_options, tmp_path: Path, pointers: list[WarcPointer]) -> None:
    found, store = records(store_options, tmp_path, pointers)
    assert [found.read(p).fields["x-archive-article-id"] for p in pointers] == [str(n) for n in range(40)]
    assert len(store.reads) == 1


def test_what_lies_apart_is_read_apart(store_options, tmp_path: Path, pointers, monkeypatch) -> None:
    monkeypatch.setattr(rebuild_records, "GAP_BYTES", 100)
    few = [pointers[3], pointers[4], pointers[30]]
    found, store = records(store_options, tmp_path, few)
    assert [found.read(p).payload_digest for p in few] == [p.payload_digest for p in few]
    assert len(store.reads) == 3, "the request records lie between"
    assert found.read(pointers[17]).payload_digest == pointers[17].payload_digest, "and what was not announced"


@pytest.mark.parametrize("harm", ["gone", "cut"])
def test_an_object_that_is_not_whole(local_options, tmp_path: Path, harm: str) -> None:
    desk = Desk(tmp_path / "spool", "a")
    kept = [desk.keep(number, f"<p>{number} {'isi ' * 300}".encode(), number) for number in range(5)]
    desk.writer.close()
    deliver(desk.spool, delivery(local_options, tmp_path / "seen.sqlite"))
    path = Path(local_options.uri, kept[0].warc_key)
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: kept[3].warc_offset + 5])
    found, store = records(local_options, tmp_path, kept)
    for number, pointer in enumerate(kept):
        if harm == "cut" and number < 3:
            assert found.read(pointer).payload_digest == pointer.payload_digest
        else:
            with pytest.raises(ArchiveDamaged, match=pointer.warc_key):
                found.read(pointer)
    assert harm == "cut" or len(store.reads) == 1, "an object that is gone is asked for once"


SPANS = st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 300)), max_size=60)


@given(SPANS)
def test_runs_hold_every_span_and_no_more_than_they_may(places: list[tuple[int, int]]) -> None:
    spans = [Span(n, offset, length) for n, (offset, length) in enumerate(places)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rebuild_records, "GAP_BYTES", 50)
        patch.setattr(rebuild_records, "RUN_BYTES", 400)
        runs = list(_runs(spans))
    assert all(any(a <= s.offset and s.offset + s.length <= b for a, b in runs) for s in spans)
    assert all(b - a <= 400 for a, b in runs)
    assert runs == sorted(runs)


ROW = {"title": "A", "body": "x", "tags": [], "reporter": None, "captured_at": "2026-03-05T01:00:00+00:00"}


@pytest.mark.parametrize(
    ("new", "effects"),
    [
        ({}, {}),
        ({"title": "B"}, {"title": Effect.CHANGED}),
        ({"reporter": "Sari"}, {"reporter": Effect.GAINED}),
        ({"body": ""}, {"body": Effect.LOST}),
        ({"tags": None, "reporter": ""}, {}),
        ({"page_class": "lain", "reader_revision": 9}, {}),
    ],
    ids=["same", "changed", "gained", "lost", "empty", "reader"],
)
def test_effects(new: dict[str, object], effects: dict[str, Effect]) -> None:
    assert differing(ROW, ROW | new) == effects
    diff = ReparseDiff()
    diff.take(ArticleKey("radartegal", 1), ROW, ROW | new)
    assert {name: next(iter(found.counts)) for name, found in diff.fields.items()} == effects


def test_only_the_first_examples_are_held() -> None:
    diff = ReparseDiff()
    for number in range(50):
        diff.take(ArticleKey("radartegal", number), ROW, ROW | {"title": str(number)})
    assert diff.fields["title"].counts[Effect.CHANGED] == diff.differing == 50
    assert len(diff.fields["title"].examples[Effect.CHANGED]) == 3


@given(st.text(), st.text())
def test_excerpts_show_the_difference_and_steer_nothing(old: str, new: str) -> None:
    shown = excerpts(old, new)
    assert all(0 < len(text) <= 2 * 60 + 2 for text in shown)
    assert not any(c in text for text in shown for c in "\x1b\n\r\t\x00\u202e")


def test_an_excerpt_begins_shortly_before_the_difference() -> None:
    same = "kata yang sama " * 20
    assert excerpts(f"{same}LAMA", f"{same}BARU") == ("…sama kata yang sama LAMA", "…sama kata yang sama BARU")
    assert excerpts("", "baru") == ("(nothing)", "baru")
    assert excerpts("panjang sekali", "panjang") == ("panjang sekali", "panjang")
