"""The SQLite tables of a plan of rebuilding (`storage.rebuild_plan`)."""

SCHEMA = """
CREATE TABLE item (
    id INTEGER PRIMARY KEY, site TEXT, article_id INTEGER, captured_at TEXT, is_version INTEGER, reading INTEGER,
    run_id TEXT, row_id TEXT, warc_key TEXT, warc_offset INTEGER, warc_length INTEGER, wanted INTEGER, judged_at TEXT,
    blob BLOB, digest TEXT, reread BLOB);
CREATE UNIQUE INDEX item_version ON item (site, article_id, captured_at, is_version);
CREATE TABLE told (site TEXT, article_id INTEGER, run_id TEXT, PRIMARY KEY (site, article_id, run_id)) WITHOUT ROWID;
CREATE TABLE judged (
    site TEXT, article_id INTEGER, run_id TEXT, at TEXT, PRIMARY KEY (site, article_id, run_id)) WITHOUT ROWID;
CREATE TABLE unread (site TEXT, article_id INTEGER, run_id TEXT, PRIMARY KEY (site, article_id, run_id)) WITHOUT ROWID;
CREATE TABLE capture (
    site TEXT, article_id INTEGER, run_id TEXT, part INTEGER, fetched_at TEXT, url TEXT, kind TEXT, warc_key TEXT,
    warc_offset INTEGER, warc_length INTEGER, payload_digest TEXT);
"""
"""`item`: a version or a visit; `wanted`: in scope, of a visit: unread. `told`: runs that read an article; `judged`:
runs that said that there is none. `capture`: pages of the articles that have unread visits."""

CLOSED = """
DROP TABLE capture;
DROP TABLE told;
DROP TABLE judged;
DELETE FROM item WHERE NOT wanted AND NOT EXISTS (
    SELECT 1 FROM unread WHERE (unread.site, unread.article_id) = (item.site, item.article_id));
CREATE INDEX item_place ON item (warc_key, warc_offset);
"""
"""Versions that are out of scope are read when a visit is to be compared with them."""
