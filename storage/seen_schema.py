"""The tables of the local index `seen`, and their format number."""

SCHEMA_VERSION = 6
SCHEMA = """
CREATE TABLE followed (name TEXT PRIMARY KEY, table_id TEXT, version INTEGER) WITHOUT ROWID;
CREATE TABLE article (
    site TEXT, article_id INTEGER, state TEXT, reason TEXT, attempts INTEGER DEFAULT 0, next_check TEXT,
    decided_at TEXT, url TEXT, first_seen_at TEXT, title TEXT, published_at TEXT, captured_at TEXT, row_id TEXT,
    content_digest TEXT, page_class TEXT, reader_revision INTEGER, reading INTEGER, captures TEXT,
    versions INTEGER DEFAULT 0, first_captured_at TEXT, visited_at TEXT, presence TEXT, presence_at TEXT,
    born_at TEXT GENERATED ALWAYS AS (min(ifnull(published_at, first_captured_at), first_captured_at)) VIRTUAL,
    visited_age_s INTEGER GENERATED ALWAYS AS (strftime('%s', visited_at) - strftime('%s', born_at)) VIRTUAL,
    PRIMARY KEY (site, article_id)) WITHOUT ROWID;
CREATE TABLE via (
    site TEXT, article_id INTEGER, kind TEXT, first_seen_at TEXT, PRIMARY KEY (site, article_id, kind)) WITHOUT ROWID;
CREATE INDEX article_pending ON article (site, state) WHERE state = 'pending';
CREATE INDEX article_visited ON article (visited_age_s) WHERE row_id IS NOT NULL;
CREATE INDEX article_missing ON article (site) WHERE presence = 'missing';
CREATE INDEX article_published ON article (site, published_at) WHERE row_id IS NOT NULL;
CREATE TABLE original (
    payload_digest TEXT, url TEXT, fetched_at TEXT, warc_key TEXT, warc_offset INTEGER, warc_length INTEGER, etag TEXT,
    last_modified TEXT, PRIMARY KEY (payload_digest, fetched_at, warc_key, warc_offset)) WITHOUT ROWID;
CREATE TABLE lost (warc_key TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE page (
    url TEXT PRIMARY KEY, fetched_at TEXT, status INTEGER, payload_digest TEXT, links_digest TEXT, links_at TEXT,
    read_at TEXT, etag TEXT, last_modified TEXT) WITHOUT ROWID;
CREATE TABLE section (site TEXT, url TEXT, first_seen_at TEXT, walked_at TEXT, covered_to TEXT,
    PRIMARY KEY (site, url)) WITHOUT ROWID;
CREATE TABLE sighting (digest BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE source (
    url TEXT PRIMARY KEY, site TEXT, kind TEXT, first_at TEXT, at TEXT, finding TEXT, reason TEXT, learned_from TEXT,
    failures INTEGER, next_check TEXT, modified_at TEXT) WITHOUT ROWID;
CREATE INDEX source_site ON source (site);
CREATE TABLE lead (
    lead_id TEXT PRIMARY KEY, site TEXT, title TEXT, published_at TEXT, token TEXT, at TEXT, state TEXT, how TEXT,
    reason TEXT, url TEXT, article_key TEXT, attempts INTEGER, next_check TEXT) WITHOUT ROWID;
CREATE INDEX lead_pending ON lead (site) WHERE state = 'pending';
CREATE TABLE decoded (token TEXT PRIMARY KEY, url TEXT) WITHOUT ROWID;
CREATE TABLE stretch (
    stretch_id TEXT, source_url TEXT, site TEXT, kind TEXT, from_at TEXT, to_at TEXT, cursor TEXT, state TEXT,
    reason TEXT, at TEXT, PRIMARY KEY (stretch_id, source_url)) WITHOUT ROWID;
CREATE TABLE site (site TEXT PRIMARY KEY, first_at TEXT, good_at TEXT) WITHOUT ROWID;
CREATE TABLE site_run (site TEXT, run_id TEXT, at TEXT, good INTEGER, PRIMARY KEY (site, run_id)) WITHOUT ROWID;
CREATE TABLE fill (
    day TEXT, site TEXT, page_class TEXT, field TEXT, articles INTEGER, filled INTEGER,
    PRIMARY KEY (day, site, page_class, field)) WITHOUT ROWID;
CREATE TABLE alert (
    alert_id TEXT PRIMARY KEY, kind TEXT, site TEXT, subject TEXT, state TEXT, message TEXT, measure TEXT, since TEXT,
    at TEXT, run_id TEXT) WITHOUT ROWID;
CREATE INDEX stretch_open ON stretch (site) WHERE state = 'open';
"""
