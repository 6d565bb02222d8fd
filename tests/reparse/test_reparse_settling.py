"""Another reading at delivery: what became of the version meanwhile decides what it may replace."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from kept import index_content, rows_of
from rereading import Archive, pages_of

from access.archive import Archive as Asked
from storage.follow import follow
from storage.schema import Row
from storage.tables import Tables
from storage.verify import VerifyCounts, findings

PAGE = pages_of(1)[0]


def page(text: str) -> bytes:
    return PAGE.replace(b"</h1>", f" {text}</h1>".encode())


@pytest.fixture
def archive(local_options, tmp_path: Path) -> Archive:
    return Archive(local_options, tmp_path)


def archived(archive: Archive, text: str) -> Row:
    visits = archive.run()
    row = visits.archived(1, [page(text)])
    visits.end()
    return row


def reading_of(archive: Archive, row: Row, title: str, number: int = 2) -> Row:
    """Another reading of `row` as a run would note it, and its delivery."""
    visits = archive.run()
    identity = {"row_id": f"{title}-{visits.run_id}", "supersedes": row["row_id"], "run_id": visits.run_id}
    again = row | identity | {"title": title, "content_digest": title, "reading": number}
    visits.desk.note(articles=[again])
    visits.end()
    return again


def stored(archive: Archive) -> dict[str, str | None]:
    """Row id of each row, and what it supersedes."""
    tables = Tables(archive.options)
    assert list(findings(tables.store, tables, VerifyCounts())) == []
    return {row["row_id"]: row["supersedes"] for row in rows_of(archive.options, "articles")}


def versions(archive: Archive) -> int:
    """As the index counts them, followed and made anew alike."""
    tables, anew = Tables(archive.options), archive.folder / "anew.sqlite"
    anew.unlink(missing_ok=True)
    follow(archive.seen, tables)
    follow(anew, tables)
    content = index_content(archive.seen)
    assert content == index_content(anew)
    with closing(sqlite3.connect(anew)) as db:
        return int(db.execute("SELECT versions FROM article").fetchone()[0])


def test_of_the_head_it_takes_its_place(archive: Archive) -> None:
    old = archived(archive, "A")
    again = reading_of(archive, old, "lebih baik")
    assert stored(archive) == {old["row_id"]: None, again["row_id"]: old["row_id"]}
    third = reading_of(archive, again, "terbaik", number=3)
    assert stored(archive)[third["row_id"]] == again["row_id"]
    assert versions(archive) == 1


def test_a_new_version_supersedes_it(archive: Archive) -> None:
    old = archived(archive, "A")
    again = reading_of(archive, old, "lebih baik")
    new = archived(archive, "B")
    assert stored(archive)[new["row_id"]] == again["row_id"]
    assert versions(archive) == 2


def test_when_a_version_came_meanwhile_it_is_one_of_an_earlier(archive: Archive) -> None:
    old = archived(archive, "A")
    new = archived(archive, "B")
    again = reading_of(archive, old, "lebih baik")
    assert stored(archive) == {old["row_id"]: None, new["row_id"]: old["row_id"], again["row_id"]: again["row_id"]}
    assert versions(archive) == 2


def test_when_another_reading_came_meanwhile_it_is_dropped(archive: Archive) -> None:
    old = archived(archive, "A")
    first = reading_of(archive, old, "lebih baik")
    second = reading_of(archive, old, "lebih baik juga")
    assert stored(archive) == {old["row_id"]: None, first["row_id"]: old["row_id"]}
    assert second["row_id"] not in stored(archive)


def test_whatever_the_run_ids_say_the_later_reading_counts(archive: Archive) -> None:
    """The clock of the machine that read again was behind."""
    old = archived(archive, "A")
    archive.runs = -1
    visits = archive.run()
    assert visits.run_id < old["run_id"]
    again = old | {"row_id": "x", "supersedes": old["row_id"], "run_id": visits.run_id, "reading": 2, "title": "Baru"}
    visits.desk.note(articles=[again])
    visits.end()
    archive.runs = 8
    with Asked.open(archive.options) as asked:
        assert list(asked.query("SELECT title, version FROM versions").values()) == [("Baru", 1)]
        assert list(asked.query("SELECT title, version FROM articles").values()) == [("Baru", 1)]
    assert archive.read_again().diff.differing == 1, "and is the one that is compared with"
