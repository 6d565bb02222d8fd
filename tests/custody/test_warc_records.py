"""What is written into a WARC file is what is read out of it, by us and by others."""

import io
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType, is_http
from hypothesis import given, settings
from hypothesis import strategies as st
from kept import HEADERS, at, exchange, original_of
from warcio.checker import Checker

from news.capture import Exchange, Truncation, WarcPointer
from news.errors import ArchiveDamaged
from storage.rows import read_segment, surt
from storage.spool_meta import SpoolMeta
from storage.warc import iterate, payload_digest, read_note, read_record
from storage.warc_writer import compose_exchange, compose_note, compose_warcinfo

META = SpoolMeta("s", "20260305T010000Z-abcdef", "archive")
KEY = META.warc_key(1)

field_line = st.tuples(
    st.from_regex(rb"[A-Za-z][A-Za-z-]{0,12}", fullmatch=True),
    st.binary(max_size=24).map(lambda b: b.replace(b"\n", b"").replace(b"\r", b"")),
)


@st.composite
def header_blocks(draw) -> bytes:
    """A status line and fields, any of them repeated, with either line end; the empty line is there."""
    end = draw(st.sampled_from([b"\r\n", b"\n"]))
    fields = draw(st.lists(field_line, max_size=6))
    repeated = fields + draw(st.lists(st.sampled_from(fields), max_size=3) if fields else st.just([]))
    lines = [draw(st.sampled_from([b"HTTP/1.1 200 OK", b"HTTP/1.0 404", b"HTTP/1.1 503 \xe9"]))]
    return end.join([*lines, *(name + b": " + value for name, value in repeated), b"", b""])


cut_heads = st.binary(min_size=1, max_size=80).filter(lambda b: b"\n\n" not in b and b"\n\r\n" not in b)
"""What came of a header block whose end never came."""

exchanges = st.builds(
    lambda head_and_entity, request, moment, truncated, error, digest: replace(
        exchange(7, head_and_entity[1]),
        header_block=head_and_entity[0],
        request_block=request,
        fetched_at=moment.replace(tzinfo=UTC),
        truncated=truncated,
        error=error,
        links_digest=digest,
    ),
    st.one_of(
        st.tuples(header_blocks(), st.binary(max_size=400)),
        st.tuples(header_blocks(), st.just(b"")),
        st.tuples(cut_heads, st.just(b"")),
    ),
    st.one_of(st.just(b""), header_blocks()),
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001  the zone is put on above
    st.one_of(st.none(), st.sampled_from(Truncation)),
    st.one_of(st.none(), st.sampled_from(["timeout", "too_large"])),
    st.one_of(st.none(), st.just("sha256:00")),
)


def write(path: Path, members: list[bytes]) -> Path:
    path.write_bytes(b"".join([compose_warcinfo(KEY, "tests/1", "d"), *members]))
    return path


@given(kept=exchanges)
def test_a_record_holds_the_bytes_of_its_exchange(kept: Exchange) -> None:
    member = compose_exchange(kept, None)
    record = read_record(member.data[: member.head_length])
    assert (record.header_block, record.entity) == (kept.header_block, kept.entity)
    assert record.fetched_at == kept.fetched_at
    assert record.payload_digest == member.payload_digest == payload_digest(kept.entity)
    assert record.fields["warc-target-uri"] == kept.url
    said = {name: record.fields.get(f"x-archive-{name}") for name in ("site", "article-id", "part", "error")}
    assert said == {"site": "radartegal", "article-id": "7", "part": "1", "error": kept.error}
    assert record.fields.get("warc-truncated") == (kept.truncated and str(kept.truncated))


@given(kept=st.lists(exchanges, min_size=1, max_size=4))
@settings(max_examples=60)
def test_a_file_gives_back_every_record_where_its_offset_says(tmp_path_factory, kept: list[Exchange]) -> None:
    members = [compose_exchange(one, None) for one in kept]
    path = write(tmp_path_factory.mktemp("w") / "a.warc.gz", [m.data for m in members])
    data = path.read_bytes()
    found = list(iterate(path))
    assert [offset for offset, _, _ in found] == [0, *(sum(n for _, n, _ in found[:i]) for i in range(1, len(found)))]
    assert sum(length for _, length, _ in found) == len(data)
    for offset, length, record in found:
        assert read_record(data[offset : offset + length]) == record
    responses = [record for _, _, record in found if record.type == "response"]
    requests = [record for _, _, record in found if record.type == "request"]
    assert [(r.header_block, r.entity) for r in responses] == [(e.header_block, e.entity) for e in kept]
    assert [r.header_block + r.entity for r in requests] == [e.request_block for e in kept if e.request_block]


@given(kept=st.lists(exchanges, min_size=1, max_size=3))
@settings(max_examples=25)
def test_other_readers_find_the_file_whole(tmp_path_factory, kept: list[Exchange]) -> None:
    note = compose_note({"events": [{"kind": "walked"}]}, at(0))
    path = write(tmp_path_factory.mktemp("w") / "a.warc.gz", [*(compose_exchange(e, None).data for e in kept), note])
    checker = Checker(_Arguments([str(path)]))
    with redirect_stdout(io.StringIO()) as told:
        checker.process_all()
    assert checker.exit_value == 0, told.getvalue()
    with path.open("rb") as stream:
        whole = [(r.record_type, r.verify_block_digest()) for r in ArchiveIterator(stream, parse_http=False)]
    assert len(whole) == 2 + len(kept) + sum(bool(e.request_block) for e in kept)
    assert all(fine for kind, fine in whole)


class _Arguments:
    """What `warcio check` takes from its command line."""

    verbose = True

    def __init__(self, inputs: list[str]) -> None:
        self.inputs = inputs


def test_fastwarc_understands_the_http_of_a_record(tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 4\r\n\r\n"
    path = write(
        tmp_path / "a.warc.gz", [compose_exchange(replace(exchange(1, b"body"), header_block=head), None).data]
    )
    with path.open("rb") as stream:
        record = next(iter(ArchiveIterator(stream, record_types=WarcRecordType.response, func_filter=is_http)))
        assert record.http_headers.status_code == 200
        assert [v for n, v in record.http_headers if n.lower() == "x-a"] == ["1", "2"]
        assert record.reader.read() == b"body"


@given(
    rows=st.dictionaries(
        st.sampled_from(["events", "articles", "sightings"]),
        st.lists(st.dictionaries(st.text(max_size=5), st.one_of(st.none(), st.text(), st.integers()), max_size=4)),
    )
)
def test_a_note_gives_back_its_rows(rows) -> None:
    record = read_record(compose_note(rows, at(1)))
    assert (record.type, read_note(record), record.fetched_at) == ("metadata", rows, at(1))


@pytest.mark.parametrize(("status", "profile"), [(200, "identical-payload-digest"), (304, "server-not-modified")])
def test_a_revisit_keeps_its_headers_and_names_its_original(status: int, profile: str) -> None:
    body = b"" if status == 304 else b"body"
    original = original_of(WarcPointer(KEY, 10, 20, payload_digest(b"body")), 7, 0)
    member = compose_exchange(replace(exchange(7, body, 5), status=status), original)
    record = read_record(member.data[: member.head_length])
    assert (record.type, record.header_block, record.entity) == ("revisit", HEADERS, b"")
    assert record.fields["warc-profile"].endswith(profile)
    assert record.fields["warc-refers-to-target-uri"] == original.url
    assert record.fields["warc-refers-to-date"] == "2026-03-05T01:00:00.000000Z"
    assert record.fields["warc-payload-digest"] == member.payload_digest == payload_digest(b"body")


@given(where=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=255))
def test_a_changed_byte_is_never_read_as_another_record(where: int, flip: int) -> None:
    """It is refused, or it lay where gzip keeps nothing of the record (its own header's time and system)."""
    member = compose_exchange(exchange(7, b"<p>" + bytes(range(256)), 3), None)
    whole = member.data[: member.head_length]
    damaged = bytearray(whole)
    damaged[where % len(whole)] ^= flip
    try:
        found = read_record(bytes(damaged))
    except ArchiveDamaged:
        return
    assert found == read_record(whole)


@pytest.mark.parametrize("data", [b"", b"no gzip at all", compose_note({}, at(0))[:-9]])
def test_what_is_no_record_is_damage(data: bytes) -> None:
    with pytest.raises(ArchiveDamaged):
        read_record(data)


def test_header_lines_end_where_http_ends_them() -> None:
    """Not at the other characters that Python takes for line ends: UTF-8 has 0x85 within letters."""
    head = b'HTTP/1.1 301 Moved\r\nLocation: /\xc3\x85\x0b\x1c/x\r\nETag: "1"\r\n\r\n'
    member = compose_exchange(replace(exchange(7, b""), header_block=head), None)
    record = read_record(member.data[: member.head_length])
    assert record.http_header("location") == "/\xc3\x85\x0b\x1c/x"
    assert record.http_header("ETAG") == '"1"'
    assert record.http_status == 301


def test_the_rows_and_the_index_of_a_segment(tmp_path: Path) -> None:
    kept = [exchange(9, b"nine", 1), exchange(8, b"", 2, header_block=b"HTTP/1.1 2", status=None, truncated="time")]
    note = compose_note({"events": [{"kind": "walked", "url": "u"}]}, at(3))
    path = write(tmp_path / "1.warc.gz", [*(compose_exchange(e, None).data for e in kept), note])
    found = read_segment(path, META, KEY)
    data = path.read_bytes()
    assert found.tables["events"] == [{"kind": "walked", "url": "u"}]
    assert [(r["article_id"], r["status"], r["bytes"], r["truncated"]) for r in found.tables["captures"]] == [
        (9, 200, 4, None),
        (8, None, 0, "time"),
    ]
    for row, e in zip(found.tables["captures"], kept, strict=True):
        record = read_record(data[row["warc_offset"] : row["warc_offset"] + row["warc_length"]])
        assert (record.entity, row["payload_digest"], row["warc_key"]) == (e.entity, payload_digest(e.entity), KEY)
    assert [line.split(" ", 2)[:2] for line in found.cdxj] == [
        ["id,disway,radartegal)/read/8/slug", "20260305010200"],
        ["id,disway,radartegal)/read/9/slug", "20260305010100"],
    ]


def test_surt_sorts_hosts_together() -> None:
    assert surt("https://WWW.disway.id/A?b=2&a=1") == "id,disway)/a?a=1&b=2"
