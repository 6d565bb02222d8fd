"""A store that keeps an object and not its bytes: what is lost is named, exactly; what can be is had elsewhere."""

from collections.abc import Callable
from pathlib import Path

import pytest
from kept import Desk, delivery, order, rows_of

from access.archive import Archive
from access.lookup import head
from access.record import read_part
from crawler.delivery import carry_out
from news.errors import ArchiveDamaged
from news.url import ArticleKey
from storage.config import StoreOptions
from storage.deliver import deliver
from storage.opening import open_store
from storage.schema import Row
from storage.tables import Tables
from storage.verify import Finding, VerifyCounts, findings

HARMS: dict[str, Callable[[bytes, Row], bytes | None]] = {
    "flipped": lambda data, at: (
        data[: at["warc_offset"] + 90] + bytes([data[at["warc_offset"] + 90] ^ 0x10]) + data[at["warc_offset"] + 91 :]
    ),
    "cut": lambda data, at: data[: at["warc_offset"] + 20],
    "zeroed": lambda data, at: (
        data[: at["warc_offset"]] + bytes(at["warc_length"]) + data[at["warc_offset"] + at["warc_length"] :]
    ),
    "gone": lambda *_: None,
}


def fill(options: StoreOptions, folder: Path) -> None:
    """Two objects of three articles each; the second holds a copy of article 2 as well."""
    for run, numbers in enumerate(((1, 2, 3), (4, 5, 6)), start=1):
        desk = Desk(folder / "spool", "a", f"2026030{run}T010000Z-abcdef")
        for number in numbers:
            desk.archived(number, 60 * run + number, f"artikel {number} " * 50)
        desk.writer.close()
        deliver(desk.spool, delivery(options, folder / "seen.sqlite"))
        desk.spool.release()


def found(options: StoreOptions) -> list[Finding]:
    return list(findings(open_store(options), Tables(options), VerifyCounts()))


def harm(options: StoreOptions, harm_of: Callable[[bytes, Row], bytes | None], number: int = 2) -> Row:
    """Do it to the object of an article; where the article lies in it."""
    row = next(row for row in rows_of(options, "articles") if row["article_id"] == number)
    place: Row = row["captures"][0]
    store = open_store(options)
    data = harm_of(store.get(place["warc_key"]), place)
    store.delete(place["warc_key"])
    if data is not None:
        store.put_bytes(place["warc_key"], data)
    return place


@pytest.mark.parametrize("name", HARMS)
def test_fault_11_what_is_lost_is_named(store_options: StoreOptions, tmp_path: Path, name: str) -> None:
    """Each article that cannot be shown any more, and no other; the rest of the object is there still."""
    fill(store_options, tmp_path)
    assert found(store_options) == []
    place = harm(store_options, HARMS[name])
    told = found(store_options)
    assert told
    assert {finding.where.partition(" ")[0] for finding in told} == {place["warc_key"]}
    lost = {1, 2, 3} if name == "gone" else {2, 3} if name == "cut" else {2}
    if name != "gone":
        rows = [row for row in rows_of(store_options, "articles") if row["article_id"] in lost]
        offsets = {f"{place['warc_key']} at {row['captures'][0]['warc_offset']}" for row in rows}
        assert {finding.where for finding in told if " at " in finding.where} == offsets
    with Archive.open(store_options) as archive:
        for number in range(1, 7):
            row = head(archive, ArticleKey("radartegal", number))
            if number in lost:
                with pytest.raises(ArchiveDamaged, match="disway verify"):
                    read_part(archive, row, 1)
            else:
                assert f"artikel {number}".encode() in read_part(archive, row, 1).data


def test_fault_11_equal_bytes_elsewhere_stand_in(local_options: StoreOptions, tmp_path: Path) -> None:
    """Another crawl had stored the same page: the digest says that it is the same."""
    fill(local_options, tmp_path)
    desk = Desk(tmp_path / "spool", "a", "20260303T010000Z-abcdef")
    text = "artikel 2 " * 50
    desk.keep(2, f"<p>{text} 62".encode(), 300)
    desk.writer.close()
    deliver(desk.spool, delivery(local_options, tmp_path / "seen.sqlite"))
    harm(local_options, HARMS["gone"])
    with Archive.open(local_options) as archive:
        assert text.encode() in read_part(archive, head(archive, ArticleKey("radartegal", 2)), 1).data
        with pytest.raises(ArchiveDamaged):
            read_part(archive, head(archive, ArticleKey("radartegal", 1)), 1)


def test_fault_11_what_the_spool_still_has_replaces_it(store_options: StoreOptions, tmp_path: Path) -> None:
    """The delivery was cut before it deleted the segment, and the store lost bytes since."""

    class Cut(Exception):
        pass

    def cut(step: str) -> None:
        if step == "committed events":
            raise Cut

    whole = order(store_options, tmp_path / "spool")
    desk = Desk(tmp_path / "spool", whole.archive)
    for number in (1, 2, 3):
        desk.archived(number, number, f"artikel {number} " * 50)
    desk.writer.close()
    with pytest.raises(Cut):
        deliver(desk.spool, delivery(store_options, Path(whole.seen_path), progress=cut))
    harm(store_options, HARMS["cut"])
    assert found(store_options)
    desk.spool.release()
    report = carry_out(whole, store_options)
    assert (report.trouble, report.undelivered) == (None, 0), report.message
    assert found(store_options) == []
    assert len(rows_of(store_options, "articles")) == 3
