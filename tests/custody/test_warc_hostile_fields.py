"""What a server says can neither end a field of a record nor begin one."""

import gzip
import io
import re
from dataclasses import replace

import pytest
from fastwarc.warc import ArchiveIterator
from hypothesis import given
from hypothesis import strategies as st
from kept import exchange
from warcio.archiveiterator import ArchiveIterator as OtherIterator

from news.errors import ArchiveDamaged
from storage.warc import read_record
from storage.warc_writer import compose_exchange

INJECTED = "WARC-Type: metadata\r\nX-Forged: 1\r\n\r\nWARC/1.1\r\n"
HEADER_END = re.compile(rb"\r?\n\r?\n")
hostile = st.lists(st.sampled_from([INJECTED, "\r\n", "\n", "\r", "\x00", "\u2028", "\x85", "x", ":", " "]), max_size=4)
header_values = hostile.map(lambda parts: "".join(parts).encode())


@given(header_values, st.binary(max_size=60))
def test_a_block_that_looks_like_records_stays_a_block(value, entity):
    """Header block and entity are bytes of known length: whatever they hold, the record ends where it says."""
    block = b"HTTP/1.1 200 OK\r\nX-A: " + value + b"\r\n\r\n"
    block, rest = block[: (end := HEADER_END.search(block).end())], block[end:]  # as the recorder splits them
    one = replace(exchange(7, rest + INJECTED.encode() + entity), header_block=block)
    member = compose_exchange(one, None)
    record = read_record(member.data[: member.head_length])
    assert (record.header_block, record.entity) == (block, one.entity)
    plain = gzip.decompress(member.data)
    ours = [(r.headers["WARC-Type"], r.reader.read()) for r in ArchiveIterator(io.BytesIO(plain), parse_http=False)]
    theirs = [(r.rec_type, r.raw_stream.read()) for r in OtherIterator(io.BytesIO(plain), no_record_parse=True)]
    assert ours == theirs
    assert [kind for kind, _ in ours] == ["response", "request"]


@pytest.mark.parametrize("field", ["url", "error", "links_digest", "site"])
@given(parts=hostile)
def test_a_field_never_breaks_its_line(field, parts):
    """What would end it is written as URLs write it."""
    text = "https://radartegal.disway.id/" + "".join(parts)
    member = compose_exchange(replace(exchange(7, b"body"), **{field: text}), None)
    records = list(ArchiveIterator(io.BytesIO(gzip.decompress(member.data)), parse_http=False))
    assert [r.headers["WARC-Type"] for r in records] == ["response", "request"]
    assert all("X-Forged" not in r.headers for r in records)
    assert read_record(member.data[: member.head_length]).entity == b"body"


@pytest.mark.parametrize("plain", [b"WARC/1.1\r\n\r\n", b"WARC/1.1\r\nContent-Length: 0\r\n\r\n\r\n\r\n"])
def test_a_record_of_no_type_is_damage(plain):
    with pytest.raises(ArchiveDamaged):
        read_record(gzip.compress(plain))
