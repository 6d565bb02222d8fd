"""Pages that no reader could read take their place between the versions: the archive says what the site said."""

from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kept import index_content, rows_of
from rereading import Archive, pages_of

from access.archive import Archive as Asked
from storage.config import ArchiveSettings, resolve_store
from storage.follow import follow
from storage.tables import Tables
from storage.verify import VerifyCounts, findings

PAGE = pages_of(1)[0]
VISITS = st.tuples(st.sampled_from("ABC"), st.sampled_from(["read", "read", "refused", "failed", "cut"]))
HISTORIES = st.lists(st.lists(VISITS, min_size=1, max_size=5), min_size=1, max_size=8)


def page(text: str) -> bytes:
    return PAGE.replace(b"</h1>", f" {text}</h1>".encode())


def texts_of(archive: Archive) -> dict[str, list[str]]:
    """The last letter of the title of each version, by article."""
    found: dict[str, list[str]] = {}
    with Asked.open(archive.options) as asked:
        for row in asked.query("SELECT article_key, title, version FROM versions ORDER BY 1, 3").rows():
            found.setdefault(row["article_key"], []).append(row["title"][-1])
    return found


def heads_of(archive: Archive) -> dict[str, str]:
    with Asked.open(archive.options) as asked:
        rows = list(asked.query("SELECT article_key, title FROM articles").rows())
    assert len({row["article_key"] for row in rows}) == len(rows)
    return {row["article_key"]: row["title"][-1] for row in rows}


def crawl(archive: Archive, histories: list[list[tuple[str, str]]]) -> None:
    """One crawl a moment, each article visited once in it as long as its history goes."""
    for step in range(max(map(len, histories))):
        visits = archive.run()
        for number, history in enumerate(histories, start=1):
            if step >= len(history):
                continue
            text, how = history[step]
            if how == "read":
                visits.archived(number, [page(text)])
            elif how == "cut":
                visits.cut(number, page(text))
            else:
                visits.refused(number, page(text), how)
        visits.end()


@settings(max_examples=12)
@given(HISTORIES)
def test_versions_are_what_a_reader_of_every_visit_would_have_made(histories: list[list[tuple[str, str]]]) -> None:
    with TemporaryDirectory() as folder:
        archive = Archive(resolve_store(ArchiveSettings(uri=f"{folder}/archive"), {}), Path(folder))
        crawl(archive, histories)
        report = archive.read_again()
        said = {f"radartegal/{n}": [text for text, _ in h] for n, h in enumerate(histories, start=1)}
        assert texts_of(archive) == {key: [text for text, _ in groupby(texts)] for key, texts in said.items()}
        assert heads_of(archive) == {key: texts[-1] for key, texts in said.items()}
        assert report.diff.differing == 0, "what was read then reads alike today"
        again = archive.read_again()
        assert (again.diff.differing, again.diff.new_articles, again.diff.new_versions) == (0, 0, 0)
        tables = Tables(archive.options)
        assert list(findings(tables.store, tables, VerifyCounts())) == []
        follow(archive.seen, tables)
        follow(Path(folder) / "anew.sqlite", tables)
        assert index_content(archive.seen) == index_content(Path(folder) / "anew.sqlite")


def test_an_article_of_an_unreadable_page(local_options, tmp_path: Path) -> None:
    """It is archived as of the fetch, and its ledger entry follows."""
    archive = Archive(local_options, tmp_path)
    visits = archive.run()
    visits.refused(1, page("A"))
    visits.end()
    dry = archive.read_again(dry_run=True)
    assert (dry.diff.visits, dry.diff.new_articles, dry.diff.found) == (1, 1, ["radartegal/1"])
    assert rows_of(archive.options, "articles") == []
    report = archive.read_again()
    assert report.diff.new_articles == 1
    (row,) = rows_of(archive.options, "articles")
    (capture,) = rows_of(archive.options, "captures")
    assert (row["captured_at"], row["run_id"]) == (capture["fetched_at"], report.run_id)
    with Asked.open(archive.options) as asked:
        (entry,) = asked.query("SELECT * FROM ledger").rows()
    assert (entry["state"], entry["reason"], entry["attempts"]) == ("archived", None, 0)


def test_parts_that_were_never_fetched_make_no_article(local_options, tmp_path: Path) -> None:
    archive = Archive(local_options, tmp_path)
    visits = archive.run()
    visits.refused(1, page("A").replace(b"</body>", b"<ul class='pagination'></ul></body>"))
    linked = b'<ul class="pagination"><li><a href="https://radartegal.disway.id/read/2/slug/15">2</a></li></ul></div>'
    visits.refused(2, page("A").replace(b"</body>", linked + b"</body>"))
    visits.end()
    report = archive.read_again()
    assert dict(report.diff.still_none) == {"incomplete": 1}
    assert [row["article_id"] for row in rows_of(archive.options, "articles")] == [1]


@pytest.mark.parametrize("kept", [1, 2])
def test_all_parts_of_a_visit_are_joined(local_options, tmp_path: Path, kept: int) -> None:
    """Part 2 came in the same run; the visit is whole when it is there."""
    archive = Archive(local_options, tmp_path)
    linked = b'<ul class="pagination"><li><a href="https://radartegal.disway.id/read/2/slug/15">2</a></li></ul></div>'
    whole = page("A").replace(b"</body>", linked + b"</body>")
    visits = archive.run()
    for part in range(1, kept + 1):
        visits.cut(2, whole if part == 1 else page("B"), part)
    visits.end()
    archive.read_again()
    rows = rows_of(archive.options, "articles")
    assert [row["parts"] for row in rows] == ([2] if kept == 2 else [])


def test_rows_that_were_lost_are_made_anew(local_options, tmp_path: Path) -> None:
    """The table of articles is gone; captures and records make it again, revisits and edits too."""
    archive = Archive(local_options, tmp_path)
    crawl(archive, [[("A", "read"), ("A", "read"), ("B", "read")], [("C", "read")], [("A", "refused"), ("A", "read")]])
    before, heads = texts_of(archive), heads_of(archive)
    rows = rows_of(archive.options, "articles")
    for path in sorted((Path(archive.options.uri) / "tables" / "articles").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    (Path(archive.options.uri) / "tables" / "articles").rmdir()
    report = archive.read_again()
    assert report.diff.new_articles == 3
    assert (texts_of(archive), heads_of(archive)) == (before, heads)
    columns = ("article_key", "content_digest", "body", "captures", "captured_at")
    made = {str([row[c] for c in columns]) for row in rows_of(archive.options, "articles")}
    assert {str([row[c] for c in columns]) for row in rows if row["article_id"] != 3} <= made
    assert archive.read_again().diff.new_versions == 0
