"""The bytes behind a row: a WARC record read by range, checked, its body decoded."""

from access.archive import Archive
from access.lookup import Row
from news.errors import ArchiveDamaged, BodyUndecodable, UsageError
from storage.decoding import Decoded, decoded_part
from storage.objects import ObjectMissing, ObjectStore
from storage.opening import open_store
from storage.warc import CONVERSION, StoredRecord, payload_digest, read_record

BODY_LIMIT = 64 * 1024 * 1024
"""Of a decoded body, in bytes: twice what the crawler accepts, so that a bomb in an archive harms nobody."""


def read_part(archive: Archive, row: Row, part: int) -> Decoded:
    """The body of part `part` (from 1) of the version `row` as the server sent it, content-encoding undone.

    Raises UsageError when the version has no such part, ArchiveDamaged when the record is not what the row
    says, StoreUnavailable.
    """
    pointers = {capture["part"]: capture for capture in row["captures"] or ()}
    if part not in pointers:
        held = ", ".join(map(str, sorted(pointers))) or "none"
        raise UsageError(f"{row['article_key']} has no part {part}: it has {held}")
    store = open_store(archive.options)
    pointer = pointers[part]
    record = _read_any(archive, store, pointer)
    if record.type == CONVERSION:
        pointer, origin = _answer_of(archive, record), record.fields.get("warc-refers-to")
        record = _read(store, pointer)
        if record.fields.get("warc-record-id") != origin:
            raise ArchiveDamaged(f"the answer {origin} that the page was rendered of is missing: run `disway verify`")
    if record.type == "revisit":
        record = _read_copy(archive, store, pointer)
    return _decode(record.entity, record.content_encoding)


def _read(store: ObjectStore, pointer: Row) -> StoredRecord:
    place = f"{pointer['warc_key']} at {pointer['warc_offset']}"
    try:
        data = store.get_range(pointer["warc_key"], pointer["warc_offset"], pointer["warc_length"])
        record = read_record(data)
    except (ArchiveDamaged, ObjectMissing, OSError) as error:  # FastWARC says OSError of a broken gzip member
        raise ArchiveDamaged(f"{place}: {error}: run `disway verify`") from error
    if record.type in ("response", CONVERSION) and payload_digest(record.entity) != pointer["payload_digest"]:
        raise ArchiveDamaged(f"{place}: the record is not the one that the row points at: run `disway verify`")
    return record


def _answer_of(archive: Archive, rendering: StoredRecord) -> Row:
    """The answer of the server that a rendered page was made of: it has the page's address and date."""
    sql = (
        "SELECT warc_key, warc_offset, warc_length, payload_digest FROM captures "
        "WHERE url = ? AND fetched_at = ? AND kind <> 'rendered' AND warc_key IS NOT NULL LIMIT 1"
    )
    url = rendering.fields["warc-target-uri"]
    for row in archive.query(sql, [url, rendering.fetched_at]).rows():
        return row
    raise ArchiveDamaged(f"{url}: the answer that its rendered page was made of is missing: run `disway verify`")


def _read_any(archive: Archive, store: ObjectStore, pointer: Row) -> StoredRecord:
    """The record at `pointer`; when it is damaged or lost, another one that holds the same bytes, if there is any."""
    try:
        return _read(store, pointer)
    except ArchiveDamaged as error:
        try:
            return _read_copy(archive, store, pointer)
        except ArchiveDamaged:
            raise error from None


def _read_copy(archive: Archive, store: ObjectStore, pointer: Row) -> StoredRecord:
    """The first response record with the payload that `pointer` names that can be read."""
    sql = (
        "SELECT warc_key, warc_offset, warc_length, payload_digest FROM captures "
        "WHERE payload_digest = ? AND kind = 'response' AND warc_key IS NOT NULL ORDER BY fetched_at"
    )
    trouble = ArchiveDamaged(
        f"{pointer['warc_key']} at {pointer['warc_offset']}: the record that it repeats is missing: run `disway verify`"
    )
    for row in list(archive.query(sql, [pointer["payload_digest"]]).rows()):
        try:
            return _read(store, row)
        except ArchiveDamaged as error:
            trouble = error
    raise trouble


def _decode(entity: bytes, encoding: str | None) -> Decoded:
    try:
        return decoded_part(entity, encoding, BODY_LIMIT)
    except BodyUndecodable as error:
        if error.reason == "bomb":
            raise UsageError(f"{error}: read the WARC record itself") from error
        raise ArchiveDamaged(f"the body does not follow its content-encoding: {error}") from error
