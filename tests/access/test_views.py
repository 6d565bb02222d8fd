"""What the views say of archives whose history is known."""

import pytest
from access_archive import START, Segment, at

from access import archive as archive_module
from access.archive import Archive
from access.sqltext import duckdb_type
from access.views import VIEWS
from news.capture import Original, WarcPointer
from storage.schema import TABLES


@pytest.fixture
def edited(store_options):
    """Article 1 edited twice, 2 read again by a newer reader, 3 gone, 4 gone and back, 5 with a late older capture."""
    first = Segment(store_options, "20260305T000000Z-aaaa")
    rows = {n: first.article(n, hours=n) for n in (1, 2, 3, 4)}
    rows[5] = first.article(5, hours=50)
    for n, row in rows.items():
        first.sighting(n)
        first.event(row["article_key"], "sighted", 0)
        first.event(row["article_key"], "archived", n, attempt=1, next_check=at(n + 6))
    first.sighting(60)
    first.sighting(60, via_url="https://radartegal.disway.id/kategori/lokal", kind="section")
    first.sighting(61)
    first.event("radartegal/61", "failed", 1, reason="timeout", attempt=1, next_check=at(2))
    first.sighting(62)
    first.event("radartegal/62", "failed", 1, reason="timeout", attempt=1)
    first.event("radartegal/62", "refused", 2, reason="not_found", attempt=2)
    first.add("sightings", target_url="https://radartegal.disway.id/kategori/lokal", site="radartegal", kind="section")
    first.commit()
    second = Segment(store_options, "20260306T000000Z-bbbb")
    second_version = second.article(1, hours=20, title="Kedua", supersedes=rows[1]["row_id"])
    second.article(1, hours=30, title="Ketiga", supersedes=second_version["row_id"])
    reread = rows[2] | {
        "row_id": "reread",
        "supersedes": rows[2]["row_id"],
        "reader_revision": 2,
        "title": "Lebih baik",
    }
    second.add("articles", **{k: v for k, v in reread.items() if k != "run_id"})
    second.event("radartegal/3", "gone", 20)
    second.event("radartegal/4", "gone", 20)
    second.event("radartegal/4", "back", 21)
    second.event("radartegal/2", "unchanged", 25)
    late = second.article(5, hours=40, title="Lama")
    second.event("radartegal/5", "superseded", 40, reason="older_than_head", row_id=late["row_id"])
    second.commit()
    with Archive.open(store_options) as archive:
        yield archive


def rows(archive, sql, parameters=()):
    return list(archive.query(sql, parameters).values())


def test_articles_are_the_newest_versions(edited):
    found = rows(edited, "SELECT article_id, version, title, status FROM articles ORDER BY 1")
    assert found == [
        (1, 3, "Ketiga", "live"),
        (2, 1, "Lebih baik", "live"),
        (3, 1, "Judul 3", "gone"),
        (4, 1, "Judul 4", "live"),
        (5, 2, "Judul 5", "live"),
    ]


def test_versions_are_numbered_by_capture(edited):
    found = rows(edited, "SELECT article_id, version, title FROM versions ORDER BY 1, 2")
    assert found == [
        (1, 1, "Judul 1"),
        (1, 2, "Kedua"),
        (1, 3, "Ketiga"),
        (2, 1, "Lebih baik"),
        (3, 1, "Judul 3"),
        (4, 1, "Judul 4"),
        (5, 1, "Lama"),
        (5, 2, "Judul 5"),
    ]


def test_articles_are_the_last_of_versions(edited):
    last = "SELECT * FROM versions QUALIFY version = max(version) OVER (PARTITION BY article_key)"
    assert rows(edited, f"SELECT * FROM ({last}) ORDER BY article_key") == rows(
        edited, "SELECT * FROM articles ORDER BY article_key"
    )


def test_visits_and_absence_have_their_times(edited):
    iso = "strftime(last_seen_at, '%d %H'), strftime(gone_at, '%d %H')"
    assert rows(edited, f"SELECT article_id, {iso} FROM articles ORDER BY 1") == [
        (1, "06 06", None),
        (2, "06 01", None),
        (3, "05 03", "05 20"),
        (4, "05 21", None),
        (5, "07 02", None),
    ]


def test_a_row_points_at_the_record_of_part_1(edited):
    joined = """SELECT count(*), count(DISTINCT a.article_key) FROM articles a JOIN captures c
        ON c.warc_key = a.warc_key AND c.warc_offset = a.warc_offset AND c.warc_length = a.warc_length
        AND c.payload_digest = a.payload_digest AND c.article_id = a.article_id"""
    assert rows(edited, joined) == [(5, 5)]


def test_each_article_has_one_state(edited):
    found = rows(edited, "SELECT article_id, state, reason, attempts FROM ledger ORDER BY 1")
    assert found == [
        *((n, "archived", None, 1) for n in (1, 2, 3, 4, 5)),
        (60, "pending", None, 0),
        (61, "pending", "timeout", 1),
        (62, "refused", "not_found", 2),
    ]
    assert rows(
        edited, "SELECT epoch(next_check - TIMESTAMPTZ '2026-03-05 00:00:00Z') FROM ledger WHERE article_id = 61"
    ) == [(7200.0,)]


@pytest.mark.parametrize("sign", ["back", "archived", "unchanged"])
def test_an_article_that_is_seen_after_it_was_gone_is_live(local_options, sign):
    segment = Segment(local_options)
    for n in (1, 2, 3):
        key = segment.article(n, hours=1)["article_key"]
        segment.event(key, "archived", 1)
        segment.event(key, "missing", 8)
        segment.event(key, "gone", 9)
    segment.event("radartegal/1", sign, 20)
    segment.event("radartegal/2", sign, 20)
    segment.event("radartegal/2", "missing", 29)
    segment.event("radartegal/2", "gone", 30)
    segment.event("radartegal/2", "gone", 40)
    segment.commit()
    with Archive.open(local_options) as archive:
        for view in ("articles", "versions"):
            asked = f"SELECT article_id, status, strftime(gone_at, '%d %H') FROM {view} ORDER BY 1"
            assert rows(archive, asked) == [(1, "live", None), (2, "gone", "06 06"), (3, "gone", "05 09")]


def test_of_what_was_found_again_and_again_the_newest_stands(store_options):
    first = Segment(store_options, "20260305T000000Z-aaaa")
    found = {"url": "https://radartegal.disway.id/rss", "site": "radartegal", "kind": "feed"}
    first.add("sources", **found, at=at(1), finding="failing", failures=1)
    first.add("sources", **found, at=at(5), finding="alive", failures=0)
    first.add("leads", lead_id="a", at=at(1), state="pending", attempts=1)
    first.add("leads", lead_id="a", at=at(1), state="decoded", attempts=1, article_key="radartegal/1")
    first.add("leads", lead_id="b", at=at(1), state="pending", attempts=0)
    stretch = {"stretch_id": "s", "site": "radartegal", "kind": "hole", "from_at": at(-9), "to_at": at(0)}
    first.add("backfill", **stretch, at=at(1), state="open")
    first.add("backfill", **stretch, at=at(1), state="open", source_url="https://radartegal.disway.id/")
    first.commit()
    second = Segment(store_options, "20260306T000000Z-bbbb")
    second.add("sources", **found, at=at(3), finding="absent", failures=7)
    second.add("sources", **found | {"url": "https://radartegal.disway.id/"}, at=at(3), finding="alive")
    second.add("leads", lead_id="b", at=at(2), state="refused", attempts=3)
    second.add("backfill", **stretch, at=at(30), state="done", source_url="https://radartegal.disway.id/")
    second.commit()
    with Archive.open(store_options) as archive:
        assert rows(archive, "SELECT finding, failures FROM sources ORDER BY url") == [("alive", None), ("alive", 0)]
        assert rows(archive, "SELECT lead_id, state, article_key FROM leads ORDER BY 1") == [
            ("a", "decoded", "radartegal/1"),
            ("b", "refused", None),
        ]
        assert rows(archive, "SELECT source_url, state FROM backfill ORDER BY ALL") == [
            ("https://radartegal.disway.id/", "done"),
            (None, "open"),
        ]


QUERIES = [
    "SELECT count(*) FROM articles",
    "SELECT title FROM articles ORDER BY title",
    "SELECT status, count(*) AS n FROM articles GROUP BY status ORDER BY n, status",
    "SELECT VERSION FROM articles ORDER BY 1",
    "FROM articles ORDER BY article_key",
    "SELECT a.* EXCLUDE (body) FROM articles a ORDER BY article_key",
    "SELECT columns('.*_at') FROM articles ORDER BY article_key",
    "SELECT articles FROM articles ORDER BY articles.article_key",
    "SELECT a FROM articles a ORDER BY a.article_key",
    "SELECT article_key FROM articles NATURAL JOIN versions ORDER BY 1",
    "SELECT article_key FROM articles JOIN versions USING (article_key, version) ORDER BY 1",
    "SELECT #25 FROM articles ORDER BY 1",
    "DESCRIBE articles",
    "SUMMARIZE SELECT last_seen_at, status FROM articles",
    "SELECT column_name FROM information_schema.columns WHERE table_name = 'articles' ORDER BY 1",
    "SELECT column_name FROM duckdb_columns() WHERE table_name = 'articles' ORDER BY 1",
    "SELECT name FROM pragma_table_info('articles') ORDER BY 1",
    "WITH x AS (SELECT article_key, gone_at FROM articles) SELECT count(gone_at) FROM x",
    "WITH x AS (FROM articles) SELECT count(gone_at) FROM x",
    "SELECT (SELECT max(last_seen_at) FROM articles), (SELECT count(*) FROM versions)",
    "PIVOT articles ON status IN ('live', 'gone') USING count(*) GROUP BY site",
    "SELECT site FROM articles WHERE article_key IN (SELECT article_key FROM versions WHERE version = 2) ORDER BY ALL",
    "SELECT unnest(tags) FROM articles ORDER BY ALL",
    "SELECT {'v': articles.version, 's': articles.status} AS both FROM articles ORDER BY ALL",
]


@pytest.mark.parametrize("store_options", ["local"], indirect=True)
def test_leaving_joins_out_changes_no_answer(edited, monkeypatch):
    pruned = [(q, rows(edited, q)) for q in QUERIES]
    monkeypatch.setattr(archive_module, "unwanted_columns", lambda _: frozenset())
    assert pruned == [(q, rows(edited, q)) for q in QUERIES]


@pytest.mark.parametrize("store_options", ["local"], indirect=True)
def test_a_count_reads_no_more_than_the_heads(edited):
    plan = rows(edited, "EXPLAIN SELECT count(*) FROM articles")[0][1]
    whole = rows(edited, "EXPLAIN SELECT * FROM articles")[0][1]
    assert plan.count("JOIN") == 1
    assert whole.count("JOIN") > 3


def test_views_have_the_columns_and_types_that_they_declare(edited):
    for name, view in VIEWS.items():
        found = rows(edited, f"DESCRIBE {name}")
        declared = [(c.name, duckdb_type(c.type).replace('"', "")) for c in view.columns]
        assert [(row[0], row[1].replace('"', "")) for row in found] == declared


def test_contract_columns_are_there(edited):
    contract = """article_key, site, host, article_id, url, title, reporter, editor, published_at, published_raw, timezone,
    section, place, body, caption, credit, image_url, tags, source, related, language, word_count, parts, parts_expected,
    version, status, first_seen_at, captured_at, last_seen_at, gone_at, content_digest, story_id, page_class,
    reader_revision, discovered_via, captures, warc_key, warc_offset, warc_length, payload_digest, run_id"""
    assert edited.query(f"SELECT {contract} FROM articles").columns == [c.strip() for c in contract.split(",")]
    edited.query(
        "SELECT url, site, article_id, part, fetched_at, status, content_type, bytes, kind, truncated FROM captures"
    )
    edited.query("SELECT article_key, state, reason, attempts, next_check FROM ledger")


def test_tables_that_do_not_exist_yet_are_empty(store_options):
    segment = Segment(store_options)
    segment.sighting(1)
    segment.commit()
    with Archive.open(store_options) as archive:
        for name in VIEWS:
            expected = 1 if name in ("sightings", "ledger") else 0
            assert rows(archive, f"SELECT count(*) FROM {name}") == [(expected,)], name
            assert len(archive.query(f"FROM {name}").columns) == len(VIEWS[name].columns)


@pytest.mark.parametrize("store_options", ["local"], indirect=True)
def test_columns_that_older_files_lack_are_null(store_options, monkeypatch):
    older = tuple(c for c in TABLES["captures"] if c.name not in ("etag", "last_modified"))
    with monkeypatch.context() as patch:
        patch.setitem(TABLES, "captures", older)
        segment = Segment(store_options)
        segment.record("https://radartegal.disway.id/read/1/x", b"x")
        segment.commit()
    with Archive.open(store_options) as archive:
        assert rows(archive, "SELECT url, etag FROM captures") == [("https://radartegal.disway.id/read/1/x", None)]


def test_a_revisit_is_a_capture_without_bytes_of_its_own(local_options):
    segment = Segment(local_options)
    pointer = segment.record("https://radartegal.disway.id/read/1/x", b"same")
    original = Original(WarcPointer(*pointer), "https://radartegal.disway.id/read/1/x", START)
    segment.record("https://radartegal.disway.id/read/1/x", b"same", hours=5, original=original)
    segment.commit()
    with Archive.open(local_options) as archive:
        found = rows(archive, "SELECT kind, payload_digest FROM captures ORDER BY fetched_at")
    assert [kind for kind, _ in found] == ["response", "revisit"]
    assert len({digest for _, digest in found}) == 1
