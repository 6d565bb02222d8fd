"""The last word on a reading: each case through a spool and its delivery into real tables."""

from collections.abc import Callable
from pathlib import Path

import pytest
from kept import RUN_ID, Desk, at, delivery, event, never, reading_row, rows_of

from news.errors import ArchiveDamaged
from news.url import ArticleKey
from news.verdict import Reading
from storage.config import StoreOptions
from storage.deliver import Delivery, commit_rows, deliver
from storage.follow import follow
from storage.rows import read_segment
from storage.schema import Row
from storage.seen import Head, Seen
from storage.tables import AppId, Tables
from storage.verify import VerifyCounts, findings

OTHER_RUN = "20260306T010000Z-fedcba"
KEY = ArticleKey("radartegal", 1)


class Counter:
    """An archive, and the runs that are delivered into it one after the other."""

    def __init__(self, options: StoreOptions, folder: Path) -> None:
        self.options, self.folder = options, folder
        self.runs = 0

    def desk(self, run_id: str = "") -> Desk:
        self.runs += 1
        return Desk(self.folder / "spool", "a", run_id or f"2026030{self.runs}T010000Z-abcdef")

    def work(self, reread: Callable[[ArticleKey, Head], Reading] = never) -> Delivery:
        return delivery(self.options, self.folder / "seen.sqlite", reread)

    def deliver(self, desk: Desk, reread: Callable[[ArticleKey, Head], Reading] = never) -> None:
        desk.writer.close()
        deliver(desk.spool, self.work(reread))
        desk.spool.release()

    def versions(self) -> dict[str, str | None]:
        """Row id of each stored reading, and of the one that it supersedes."""
        return {r["row_id"]: r["supersedes"] for r in rows_of(self.options, "articles")}

    def events(self) -> list[tuple[str, str | None, str | None]]:
        return sorted((r["kind"], r["row_id"], r["reason"]) for r in rows_of(self.options, "events"))

    def head(self) -> str | None:
        follow(self.folder / "seen.sqlite", Tables(self.options))
        seen = Seen(self.folder / "seen.sqlite")
        head = seen.head(KEY)
        seen.close()
        return head and head.row_id

    def assert_clean(self) -> None:
        work = self.work()
        assert list(findings(work.store, work.tables, VerifyCounts())) == []


@pytest.fixture
def counter(local_options: StoreOptions, tmp_path: Path) -> Counter:
    return Counter(local_options, tmp_path)


def archive(counter: Counter, minute: float, text: str, reread=never, **fields) -> Row:
    desk = counter.desk()
    row = desk.archived(1, minute, text, **fields)
    counter.deliver(desk, reread)
    counter.assert_clean()
    return row


def test_the_first_reading_is_new(counter: Counter) -> None:
    row = archive(counter, 1, "satu")
    assert counter.versions() == {row["row_id"]: None}
    assert counter.events() == [("archived", row["row_id"], None)]


def test_an_edit_supersedes_the_head(counter: Counter) -> None:
    old, new = archive(counter, 1, "satu"), archive(counter, 2, "dua")
    assert counter.versions() == {old["row_id"]: None, new["row_id"]: old["row_id"]}
    assert counter.head() == new["row_id"]


def test_other_bytes_of_the_same_text_make_no_version(counter: Counter) -> None:
    old, new = archive(counter, 1, "satu"), archive(counter, 2, "satu")
    assert new["captures"][0]["payload_digest"] != old["captures"][0]["payload_digest"]
    assert counter.versions() == {old["row_id"]: None}
    assert counter.events() == [("archived", old["row_id"], None), ("unchanged", old["row_id"], None)]
    assert len(rows_of(counter.options, "captures")) == 2, "what was fetched is kept whatever is said of it"


class TestAnotherReader:
    """Archived by one revision, read again by the next."""

    def digest(self, text: str) -> str:
        return str(reading_row(1, [], 0, text)["content_digest"])

    def says(self, text: str, page_class: str = "LookOf2023"):
        asked = []

        def reread(key: ArticleKey, head: Head) -> Reading:
            asked.append((key, head.row_id))
            return Reading(self.digest(text), page_class, 2, tuple(c.payload_digest for c in head.captures))

        return reread, asked

    def test_makes_no_version_when_the_stored_pages_read_alike(self, counter: Counter) -> None:
        old = archive(counter, 1, "satu")
        reread, asked = self.says("satu, dibaca lebih baik")
        archive(counter, 2, "satu, dibaca lebih baik", reread, reader_revision=2)
        assert asked == [(KEY, old["row_id"])]
        assert counter.versions() == {old["row_id"]: None}

    def test_makes_one_when_they_do_not(self, counter: Counter) -> None:
        old = archive(counter, 1, "satu")
        reread, _ = self.says("satu")
        new = archive(counter, 2, "dua", reread, reader_revision=2)
        assert counter.versions() == {old["row_id"]: None, new["row_id"]: old["row_id"]}

    def test_of_a_redesigned_page_is_judged_by_its_text(self, counter: Counter) -> None:
        """The stored pages stay of the old class for ever."""
        old = archive(counter, 1, "satu", page_class="LookOf2022")
        reread, _ = self.says("satu", "LookOf2022")
        archive(counter, 2, "satu", reread)
        assert counter.versions() == {old["row_id"]: None}
        new = archive(counter, 3, "dua", reread)
        assert counter.versions() == {old["row_id"]: None, new["row_id"]: old["row_id"]}

    def test_is_kept_when_the_stored_pages_cannot_be_read(self, counter: Counter) -> None:
        def damaged(key: ArticleKey, head: Head) -> Reading:
            raise ArchiveDamaged("gone")

        old = archive(counter, 1, "satu")
        new = archive(counter, 2, "satu", damaged, reader_revision=2)
        assert counter.versions() == {old["row_id"]: None, new["row_id"]: old["row_id"]}

    def test_over_the_same_bytes_is_not_even_asked(self, counter: Counter) -> None:
        old = archive(counter, 1, "satu")
        desk = counter.desk()
        pointer = desk.keep(1, b"<p>satu 1", 2)
        row = reading_row(1, [pointer], 2, "lain", reader_revision=2)
        desk.note(articles=[row], events=[event("archived", 1, 2, row_id=row["row_id"])])
        counter.deliver(desk)
        assert counter.versions() == {old["row_id"]: None}


def test_a_reading_older_than_the_head_becomes_an_earlier_version(counter: Counter) -> None:
    """A spool that was found late: its reading is kept, and the head stays the head."""
    head = archive(counter, 5, "baru")
    late = archive(counter, 1, "lama")
    assert counter.versions() == {head["row_id"]: None, late["row_id"]: late["row_id"]}, "it supersedes itself: no head"
    assert counter.head() == head["row_id"]


def test_two_segments_of_one_key(counter: Counter) -> None:
    desk = counter.desk()
    first = desk.archived(1, 1, "satu")
    desk.close_segment()
    second = desk.archived(1, 2, "dua")
    third = desk.archived(1, 3, "dua")
    desk.close_segment()
    fourth = desk.archived(1, 4, "empat")
    counter.deliver(desk)
    assert counter.versions() == {
        first["row_id"]: None,
        second["row_id"]: first["row_id"],
        fourth["row_id"]: second["row_id"],
    }
    assert ("unchanged", second["row_id"], None) in counter.events()
    assert third["row_id"] not in str(counter.events())
    counter.assert_clean()


def test_two_spools_of_one_key(counter: Counter) -> None:
    """Two crawls met the same article; whoever is delivered second finds the other's head."""
    one, other = counter.desk(RUN_ID), counter.desk(OTHER_RUN)
    first, second = one.archived(1, 1, "satu"), other.archived(1, 2, "satu")
    counter.deliver(one)
    counter.deliver(other)
    assert counter.versions() == {first["row_id"]: None}
    assert ("unchanged", first["row_id"], None) in counter.events()
    assert second["row_id"] not in counter.versions()
    counter.assert_clean()


@pytest.mark.parametrize("committed", [("articles",), ("articles", "events"), ()])
def test_a_segment_delivered_again_changes_nothing(counter: Counter, committed: tuple[str, ...]) -> None:
    """Cut after the articles, after the events, or delivered twice whole; new, changed and unchanged readings in it."""
    for minute, text in ((1, "satu"), (2, "dua")):
        archive(counter, minute, text)
    desk = counter.desk()
    rows = [desk.archived(1, 3, "tiga"), desk.archived(1, 4, "tiga"), desk.archived(2, 5, "lain")]
    desk.writer.close()
    (path,) = desk.spool.closed_segments
    app = AppId(desk.spool.meta.spool_id, 1)
    work = counter.work()

    def read():
        return read_segment(path, desk.spool.meta, desk.spool.meta.warc_key(1))

    class Cut(Exception):
        pass

    def cut(step: str) -> None:
        if committed and step == f"committed {committed[-1]}":
            raise Cut

    work = delivery(counter.options, counter.folder / "seen.sqlite", progress=cut)
    try:
        commit_rows(read(), app, work)
    except Cut:
        assert committed
    again = counter.work()
    commit_rows(read(), app, again)
    versions, events = counter.versions(), counter.events()
    assert rows[1]["row_id"] not in versions
    assert [k for k, _, _ in events].count("archived") == 4
    assert [k for k, _, _ in events].count("unchanged") == 1
    assert [k for k, _, _ in events].count("superseded") == 0
    commit_rows(read(), app, again)
    assert (counter.versions(), counter.events()) == (versions, events)
    assert {at(m).isoformat() for m in (1, 2, 3, 5)} == {
        r["captured_at"].isoformat() for r in rows_of(counter.options, "articles")
    }
