"""The index of what the archive holds: the same content however it came to be."""

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from deltalake import DeltaTable
from kept import at, event, index_content, reading_row, sighting

from news.capture import WarcPointer
from news.url import ArticleKey
from storage.config import ArchiveSettings, StoreOptions, resolve_store
from storage.follow import follow
from storage.schema import TABLES, Row
from storage.seen import Seen, sighting_digest
from storage.tables import AppId, Tables

HOME, SECTION = "https://radartegal.disway.id/", "https://radartegal.disway.id/kategori/lokal"


def capture(number: int | None, minute: float, digest: str, **fields) -> Row:
    url = f"https://radartegal.disway.id/read/{number}/slug" if number else SECTION
    return {
        "url": url,
        "site": "radartegal",
        "article_id": number,
        "part": 1 if number else None,
        "fetched_at": at(minute).isoformat(),
        "status": 200,
        "kind": "response",
        "payload_digest": digest,
        "warc_key": "warc/a-000001.warc.gz",
        "warc_offset": int(minute * 1000),
        "warc_length": 10,
    } | fields


_OUTCOMES = ("refused", "unchanged", "missing", "gone", "back")


def source(minute: float, finding: str, number: int) -> Row:
    """A feed was looked at."""
    url = f"https://radartegal.disway.id/rss/{number}"
    return {"url": url, "site": "radartegal", "kind": "feed", "at": at(minute).isoformat(), "finding": finding,
            "failures": int(minute), "next_check": at(minute + 9).isoformat()}  # fmt: skip


def lead(minute: float, state: str, number: int) -> Row:
    """A lead of Google News; a token decodes to one URL, for ever."""
    return {"lead_id": str(number), "site": "radartegal", "title": "Judul", "token": f"CBMi{number}",
            "at": at(minute).isoformat(), "state": state, "url": f"https://radartegal.disway.id/read/{number}/a",
            "attempts": int(minute)}  # fmt: skip


def stretch(minute: float, state: str, number: int) -> Row:
    """A hole, or one source's share of it."""
    return {"stretch_id": "h", "source_url": None if number == 1 else f"https://radartegal.disway.id/{number}",
            "site": "radartegal", "kind": "hole", "from_at": at(0).isoformat(), "to_at": at(9).isoformat(),
            "cursor": str(minute), "state": state, "at": at(minute).isoformat()}  # fmt: skip


def walked(minute: float, days: int) -> Row:
    """A section was walked, `days` back."""
    return event("walked", 0, minute, covered_to=at(-1440 * days).isoformat()) | {"article_key": None, "url": SECTION}


def segment_rows(chance: random.Random, minute: float) -> dict[str, list[Row]]:
    """What a segment of some run adds: few keys, so that everything is met again and again, in any order of instants."""
    rows: dict[str, list[Row]] = {name: [] for name in TABLES if name != "runs"}
    for step in range(chance.randint(1, 6)):
        when = minute + chance.uniform(-3, 3) + step / 100
        number = chance.randint(1, 3)
        text = chance.choice("abc")
        pointer = WarcPointer("warc/a-000001.warc.gz", int(when * 1000), 10, f"sha256:{text}{number}")
        kind = chance.choice(["sighting", "section", "walked", "archived", "failed", "listing", "state", *_OUTCOMES])
        if kind == "sighting":
            link = sighting(
                number, when, chance.choice(["section", "home", "baca_juga"]), chance.choice([HOME, SECTION])
            )
            slug = chance.choice(["slug", "slug-lain"])
            rows["sightings"].append(link | {"target_url": f"https://radartegal.disway.id/read/{number}/{slug}"})
            rows["events"].append(event("sighted", number, when))
        elif kind == "section":
            rows["sightings"].append(sighting(0, when) | {"target_url": SECTION, "article_id": None})
        elif kind == "walked":
            rows["events"].append(walked(when, chance.randint(1, 9)))
        elif kind == "listing":
            status = chance.choice([200, 503])
            links = f"sha256:{text}" if status == 200 and chance.random() < 0.7 else None
            rows["captures"].append(
                capture(None, when, f"sha256:l{text}", status=status, links_digest=links, etag=f'"{text}"')
            )
        elif kind == "archived":
            row = reading_row(number, [pointer], when, text, reader_revision=chance.randint(1, 2))
            rows["captures"].append(capture(number, when, pointer.payload_digest))
            rows["articles"].append(row)
            rows["events"].append(event("archived", number, when, row_id=row["row_id"]))
        elif kind == "failed":
            later = at(when + 15).isoformat()
            rows["events"].append(
                event("failed", number, when, reason=text, attempt=chance.randint(1, 4), next_check=later)
            )
        elif kind in _OUTCOMES:
            rows["events"].append(event(kind, number, when, reason=f"because_{text}"))
        else:
            rows["sources"].append(source(when, chance.choice(["alive", "absent", "failing"]), number))
            rows["leads"].append(lead(when, chance.choice(["pending", "matched", "decoded"]), number))
            rows["backfill"].append(stretch(when, chance.choice(["open", "done"]), number))
    return rows


def commit(tables: Tables, segment: dict[str, list[Row]], number: int) -> None:
    for name, rows in segment.items():
        if rows:
            tables.append(name, rows, AppId("s", number))


@pytest.mark.parametrize("seed", range(6))
def test_following_comes_to_the_same_as_rebuilding(local_options: StoreOptions, tmp_path: Path, seed: int) -> None:
    """Every segment at once, now and then several, or all from the snapshot."""
    chance = random.Random(seed)
    tables = Tables(local_options)
    steady, lazy, rebuilt = tmp_path / "steady", tmp_path / "lazy", tmp_path / "rebuilt"
    for number in range(1, 9):
        commit(tables, segment_rows(chance, number), number)
        follow(steady, tables)
        if chance.random() < 0.4:
            follow(lazy, tables)
    follow(lazy, tables)
    follow(rebuilt, tables)
    assert index_content(steady) == index_content(rebuilt)
    assert index_content(lazy) == index_content(rebuilt)
    follow(rebuilt, tables)
    assert index_content(steady) == index_content(rebuilt), "following nothing changes nothing"


def test_it_says_what_the_rows_say(local_options: StoreOptions, tmp_path: Path) -> None:
    tables = Tables(local_options)
    row = reading_row(1, [WarcPointer("k", 5, 6, "sha256:a")], 4, "satu")
    commit(
        tables,
        {
            "sightings": [
                sighting(1, 2, "home"),
                sighting(1, 1, "section"),
                sighting(2, 3, "baca_juga"),
                sighting(0, 1, "section") | {"target_url": SECTION, "article_id": None},
            ],
            "captures": [
                capture(None, 2, "sha256:l1", links_digest="sha256:links", etag='"1"'),
                capture(None, 3, "sha256:l2", status=503),
                capture(1, 4, "sha256:a"),
            ],
            "articles": [row],
            "events": [
                event("archived", 1, 4, row_id=row["row_id"]),
                event("failed", 2, 5, reason="timeout", attempt=1, next_check=at(20).isoformat()),
                event("refused", 3, 6, reason="gone"),
                walked(7, 3),
            ],
        },
        1,
    )
    path = tmp_path / "seen.sqlite"
    follow(path, tables)
    seen = Seen(path)
    one, two, three = (seen.article(ArticleKey("radartegal", n)) for n in (1, 2, 3))
    assert (one.state, one.via, one.first_seen_at) == ("archived", ("section", "home"), at(1))
    assert (two.state, two.via, two.attempts, two.next_check) == ("pending", ("baca_juga",), 1, at(20))
    assert (three.state, three.via) == ("refused", ())
    assert [a.key.article_id for a in seen.pending(["radartegal"], at(19))] == []
    assert [a.key.article_id for a in seen.pending(["radartegal"], at(20))] == [2]
    assert seen.pending(["palpos"], at(20)) == []
    head = seen.head(one.key)
    assert (head.row_id, head.captured_at, head.captures) == (
        row["row_id"],
        at(4),
        (WarcPointer("k", 5, 6, "sha256:a"),),
    )
    assert seen.head(two.key) is None
    assert seen.original("sha256:a").pointer == WarcPointer("warc/a-000001.warc.gz", 4000, 10, "sha256:a")
    page = seen.page(SECTION)
    assert (page.status, page.links_digest, page.fetched_at) == (503, "sha256:links", at(3))
    (section,) = seen.sections("radartegal").items()
    assert section == (SECTION, (at(1), at(7), at(-1440 * 3)))
    known = sighting_digest(sighting(1, 0)["target_url"], HOME, "home")
    assert seen.sighted([known, sighting_digest("https://elsewhere/", HOME, "home")]) == {known}
    seen.close()


class TestRebuilding:
    @pytest.fixture
    def tables(self, local_options: StoreOptions) -> Tables:
        tables = Tables(local_options)
        chance = random.Random(7)
        for number in range(1, 5):
            commit(tables, segment_rows(chance, number), number)
        commit(tables, {"sightings": [sighting(n, 1) for n in range(1, 2000)]}, 60)
        return tables

    @pytest.fixture
    def path(self, tmp_path: Path, tables: Tables) -> Path:
        path = tmp_path / "seen.sqlite"
        follow(path, tables)
        return path

    @pytest.mark.parametrize("damage", ["no database", "empty", "cut", "inside", "old format"])
    def test_a_damaged_index_is_made_anew(self, tables: Tables, path: Path, damage: str) -> None:
        whole = index_content(path)
        data = bytearray(path.read_bytes())
        if damage == "no database":
            path.write_bytes(b"nothing like a database" * 500)
        elif damage == "empty":
            path.write_bytes(b"")
        elif damage == "cut":
            path.write_bytes(data[: len(data) // 2])
        elif damage == "inside":
            data[4096:] = bytes(len(data) - 4096)
            path.write_bytes(data)
        else:
            with closing(sqlite3.connect(path)) as db:
                db.executescript("PRAGMA user_version = 1; DELETE FROM article;")
        commit(tables, {"sightings": [sighting(1, 1)]}, 61)
        try:
            follow(path, tables)
        except sqlite3.DatabaseError:
            follow(path, tables)  # found damaged in the middle of its use: the next delivery makes it anew
        assert index_content(path) == whole

    def test_the_index_of_another_archive_is_made_anew(self, tables: Tables, path: Path, tmp_path: Path) -> None:
        other = Tables(resolve_store(ArchiveSettings(uri=str(tmp_path / "other")), {}))
        commit(other, {"sightings": [sighting(5, 1)]}, 1)
        follow(path, other)
        fresh = tmp_path / "fresh.sqlite"
        follow(fresh, other)
        assert index_content(path) == index_content(fresh)

    def test_an_archive_made_anew_is_another_one(self, local_options: StoreOptions, tables: Tables, path: Path) -> None:
        shutil.rmtree(local_options.root)
        follow(path, tables)
        assert not any(index_content(path).values())
        commit(tables, {"sightings": [sighting(5, 1)]}, 1)
        follow(path, tables)
        assert [row[1] for row in index_content(path)["article"]] == [5]

    def test_one_older_than_the_log_is_made_anew(self, local_options: StoreOptions, tables: Tables, path: Path) -> None:
        """The log's early entries are gone, as they are after its retention; a checkpoint stands for them."""
        log = Path(local_options.table_uri("sightings")) / "_delta_log"
        for number in range(61, 65):
            commit(tables, {"sightings": [sighting(3000 + number, 1)]}, number)
        DeltaTable(local_options.table_uri("sightings")).create_checkpoint()
        for entry in sorted(log.glob("*.json"))[:-1]:
            entry.unlink()
        fresh = path.with_name("fresh.sqlite")
        follow(fresh, tables)
        follow(path, tables)
        assert index_content(path) == index_content(fresh)
        assert len(index_content(path)["article"]) == 2003
