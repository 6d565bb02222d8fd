"""The records of rendered pages: read back as written, kept apart from what servers sent, and held to account."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator
from hypothesis import given
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parents[1] / "custody"))  # `kept` makes spools without a crawl
from kept import Desk, delivery, event, exchange, index_content, reading_row, run_row

from access.archive import Archive
from access.record import read_part
from news.capture import Exchange, Rendering
from news.errors import ArchiveDamaged
from storage.config import ArchiveSettings, StoreOptions, resolve_store
from storage.deliver import Delivery, deliver
from storage.follow import follow
from storage.verify import VerifyCounts, findings
from storage.warc import payload_digest, read_record, verified
from storage.warc_writer import compose_exchange, compose_rendering, new_record_id

SHELL, DOM = b"<div id=app></div>", b"<html><body>satu</body></html>"


def rendering(origin: Exchange, body: bytes = DOM) -> Rendering:
    return Rendering(origin, body, "Chromium/1")


def origin(number: int = 1, minute: float = 1) -> Exchange:
    return replace(exchange(number, SHELL, minute), record_id=new_record_id())


@given(st.binary(max_size=400))
def test_a_record_holds_the_document_and_names_its_origin(body: bytes) -> None:
    sent = origin()
    answer, made = compose_exchange(sent, None), compose_rendering(rendering(sent, body))
    record = read_record(made.data[: made.head_length])
    assert (record.type, record.capture_kind, record.entity) == ("conversion", "rendered", body)
    assert (
        record.fields["warc-refers-to"]
        == sent.record_id
        == read_record(answer.data[: answer.head_length]).fields["warc-record-id"]
    )
    assert (record.fields["warc-target-uri"], record.fetched_at) == (sent.url, sent.fetched_at)
    assert record.payload_digest == made.payload_digest == payload_digest(body)
    assert record.http_header("content-type") == "text/html; charset=utf-8"
    assert record.http_header("content-encoding") is None
    assert record.http_status is None


def test_a_document_whose_digest_fails_is_damaged() -> None:
    made = compose_rendering(rendering(origin()))
    record = read_record(made.data)
    with pytest.raises(ArchiveDamaged, match="payload digest"):
        verified(replace(record, fields={**record.fields, "warc-payload-digest": payload_digest(b"other")}))


@pytest.fixture
def options(tmp_path: Path) -> StoreOptions:
    return resolve_store(ArchiveSettings(uri=str(tmp_path / "archive")), {})


def delivered(tmp_path: Path, options: StoreOptions, *, with_origin: bool = True, apart: bool = False) -> Delivery:
    """An archive of one rendered article; `apart`: its records lie in two objects."""
    desk, sent = Desk(tmp_path / "spool", "a"), origin()
    if with_origin:
        desk.writer.append(sent).result()
    if apart:
        desk.close_segment()
    pointer = desk.writer.append_rendering(rendering(sent)).result()
    assert pointer is not None
    row = reading_row(1, [pointer], 1, "satu")
    desk.note(articles=[row], events=[event("archived", 1, 1, row_id=row["row_id"])], runs=[run_row()])
    desk.writer.close()
    work = delivery(options, tmp_path / "seen.sqlite")
    deliver(desk.spool, work)
    return work


def found(work: Delivery) -> list[str]:
    return [finding.what for finding in findings(work.store, work.tables, VerifyCounts())]


@pytest.mark.parametrize("apart", [False, True], ids=["one object", "two objects"])
def test_raw_is_what_the_server_sent(tmp_path: Path, options: StoreOptions, *, apart: bool) -> None:
    assert found(delivered(tmp_path, options, apart=apart)) == []
    with Archive.open(options) as archive:
        (row,) = archive.query("SELECT * FROM articles").rows()
        kinds = {r["kind"]: r for r in archive.query("SELECT * FROM captures").rows()}
        assert read_part(archive, row, 1).data == SHELL
    assert kinds.keys() == {"response", "rendered"}
    assert kinds["rendered"]["payload_digest"] == row["payload_digest"] == payload_digest(DOM)
    assert (kinds["rendered"]["status"], kinds["rendered"]["bytes"]) == (None, len(DOM))


def test_a_rendered_page_without_its_answer_is_found(tmp_path: Path, options: StoreOptions) -> None:
    work = delivered(tmp_path, options, with_origin=False)
    (what,) = found(work)
    assert "a rendered page whose answer" in what
    with Archive.open(options) as archive:
        (row,) = archive.query("SELECT * FROM articles").rows()
        with pytest.raises(ArchiveDamaged, match="is missing"):
            read_part(archive, row, 1)


def test_the_index_takes_neither_document_nor_its_date_for_an_answer(tmp_path: Path, options: StoreOptions) -> None:
    """A page may not become a revisit of what no server sent, nor be known by its digest."""
    desk, sent = Desk(tmp_path / "spool", "a"), replace(origin(), article_id=None, part=None)
    desk.writer.append(sent).result()
    desk.writer.append_rendering(rendering(sent)).result()
    desk.note(runs=[run_row()])
    desk.writer.close()
    work = delivery(options, tmp_path / "seen.sqlite")
    deliver(desk.spool, work)
    follow(work.seen_path, work.tables)
    content = index_content(work.seen_path)
    assert [row[0] for row in content["original"]] == [payload_digest(SHELL)]
    assert payload_digest(DOM) not in str(content["page"])
    assert payload_digest(SHELL) in str(content["page"])


def test_other_readers_see_a_conversion(tmp_path: Path) -> None:
    sent = origin()
    path = tmp_path / "a.warc.gz"
    path.write_bytes(compose_exchange(sent, None).data + compose_rendering(rendering(sent)).data)
    with path.open("rb") as stream:
        kinds = [
            (str(r.headers["WARC-Type"]), r.verify_block_digest()) for r in ArchiveIterator(stream, parse_http=False)
        ]
    assert kinds == [("response", True), ("request", True), ("conversion", True)]
