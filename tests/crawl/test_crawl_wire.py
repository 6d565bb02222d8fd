"""What the archive keeps of each exchange is what the server sent, and any reader of WARC can read it."""

import gzip
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType
from fixtures.crawls import BIN, Step, Story
from warcio.archiveiterator import ArchiveIterator as WarcioIterator

_FRAMING = re.compile(rb"(?im)^transfer-encoding:")


class Kept(NamedTuple):
    """A record's header block and entity, and the fields of the record itself."""

    head: bytes
    entity: bytes
    fields: dict[str, str]


def warc_files(story: Story) -> list[Path]:
    return sorted(Path(story.operator.uri).glob("warc/**/*.warc.gz"))


def records(path: Path, kind: WarcRecordType) -> dict[str, Kept]:
    """The records of a kind by target; one each, as no URL is fetched twice in a run."""
    found = {}
    with path.open("rb") as stream:
        for record in ArchiveIterator(stream, record_types=kind, parse_http=False, verify_digests=True):
            fields = {str(name): str(value) for name, value in record.headers.items()}
            head, separator, entity = record.reader.read().partition(b"\r\n\r\n")
            assert fields["WARC-Target-URI"] not in found
            found[fields["WARC-Target-URI"]] = Kept(head + separator, entity, fields)
    return found


@pytest.fixture(scope="module")
def files(later: Step, newsroom: Story) -> list[Path]:
    """The files of the three runs, oldest first."""
    return warc_files(newsroom)


def test_warcio_finds_no_fault(files: list[Path]):
    assert len(files) == 3
    checked = subprocess.run([BIN / "warcio", "check", "-v", *files], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout[-2000:]
    assert "fail" not in checked.stdout.lower()


def test_fastwarc_and_warcio_read_the_files_whole(files: list[Path]):
    for path in files:
        with path.open("rb") as stream:
            one = [(str(r.record_id), str(r.record_type).rpartition(".")[2]) for r in ArchiveIterator(stream)]
        with path.open("rb") as stream:
            other = [(r.rec_headers.get_header("WARC-Record-ID"), r.rec_type) for r in WarcioIterator(stream)]
        assert one == other
        assert one[0][1] == "warcinfo"
        assert {kind for _, kind in one} <= {"warcinfo", "response", "request", "revisit", "metadata"}


def test_every_exchange_is_kept_byte_for_byte(first: Step, newsroom: Story, files: list[Path]):
    kept = records(files[0], WarcRecordType.response)
    assert len(kept) == len(first.log)
    renamed = 0
    for line in first.log:
        sent = newsroom.replica.control.exchange(line.n)
        head, times = _FRAMING.subn(b"X-Archive-Orig-Transfer-Encoding:", sent.head)
        renamed += times
        assert kept[line.url].head == head
        assert kept[line.url].entity == sent.entity
    assert 0 < renamed < len(first.log)


def test_the_servers_headers_are_worth_keeping(first: Step, newsroom: Story):
    """Repeated headers, lower case and capitals: what a parser would lose is in the comparison above."""
    heads = [newsroom.replica.control.exchange(line.n).head for line in first.log]
    assert any(head.count(b"\r\nSet-Cookie:") == 2 for head in heads)
    assert any(b"\r\nset-cookie:" in head for head in heads)
    assert len({tuple(x.split(b":")[0] for x in head.split(b"\r\n")[1:]) for head in heads}) > 5


def test_requests_are_kept_as_they_were_sent(first: Step, files: list[Path]):
    kept = records(files[0], WarcRecordType.request)
    assert len(kept) == len(first.log)
    for line in first.log:
        asked, *headers = kept[line.url].head.decode().splitlines()
        assert asked == f"GET {line.path} HTTP/1.1"
        assert {tuple(h.split(": ", 1)) for h in headers if h} == set(line.request_headers)


def test_a_revisit_keeps_the_head_and_names_its_original(again: Step, newsroom: Story, files: list[Path]):
    originals = records(files[0], WarcRecordType.response)
    revisits = records(files[1], WarcRecordType.revisit)
    sent = {line.url: newsroom.replica.control.exchange(line.n) for line in again.log}
    assert revisits
    for url, revisit in revisits.items():
        assert revisit.head == _FRAMING.sub(b"X-Archive-Orig-Transfer-Encoding:", sent[url].head)
        assert revisit.entity == b""
        refers_to = revisit.fields["WARC-Refers-To-Target-URI"]
        assert originals[refers_to].entity == sent[url].entity
        assert originals[refers_to].fields["WARC-Payload-Digest"] == revisit.fields["WARC-Payload-Digest"]


def test_rows_point_at_the_records_that_hold_their_pages(first: Step, newsroom: Story):
    """Read at the pointer alone: one gzip member of the file."""
    by_url = {line.url: line for line in first.log}
    for row in first.stock.articles[::10]:
        for capture in row["captures"]:
            path = Path(newsroom.operator.uri, capture["warc_key"])
            start, length = capture["warc_offset"], capture["warc_length"]
            record = gzip.decompress(path.read_bytes()[start : start + length])
            url = row["url"] if capture["part"] == 1 else f"{row['url']}/{15 * (capture['part'] - 1)}"
            assert f"WARC-Target-URI: {url}\r\n".encode() in record
            assert newsroom.replica.control.exchange(by_url[url].n).entity in record
