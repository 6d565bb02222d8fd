"""The tables, in one place: names, Arrow types and meaning of every column. Docs, Arrow and SQL derive from here.

Types are written as Arrow's own names so that reading this needs no Arrow: `utf8`, `int64`, `bool`,
`timestamp` (microseconds, UTC), `list<utf8>`, `list<captures>`, `list<related>`, `list<counts>`.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pyarrow as pa


class Column(NamedTuple):
    """One column. `meaning` says unit, zone and source."""

    name: str
    type: str
    meaning: str


CAPTURES = (
    Column("url", "utf8", "as requested"),
    Column("site", "utf8", "site id; null off the site files"),
    Column("article_id", "int64", "the CMS's id, per site; null when no article was asked for"),
    Column("part", "int64", "part of the article, from 1"),
    Column("fetched_at", "timestamp", "when the request was sent"),
    Column("status", "int64", "HTTP status; null when no status line came"),
    Column("content_type", "utf8", "the header's value"),
    Column("bytes", "int64", "entity bytes as transferred, without chunk framing"),
    Column("kind", "utf8", "response, revisit or rendered"),
    Column("truncated", "utf8", "length, time or disconnect, as WARC-Truncated"),
    Column("error", "utf8", "why the exchange failed or was cut"),
    Column("location", "utf8", "the Location header"),
    Column("etag", "utf8", "the ETag header"),
    Column("last_modified", "utf8", "the Last-Modified header"),
    Column("links_digest", "utf8", "of a listing: sha256 of its ordered link set"),
    Column("payload_digest", "utf8", "sha256:<hex> of the entity; null when nothing came"),
    Column("warc_key", "utf8", "object key of the WARC file; null when nothing came"),
    Column("warc_offset", "int64", "of the record, in compressed bytes"),
    Column("warc_length", "int64", "of the record, in compressed bytes"),
    Column("run_id", "utf8", ""),
)

SIGHTINGS = (
    Column("target_url", "utf8", "canonical URL that was linked"),
    Column("site", "utf8", "site id of the target"),
    Column("article_id", "int64", "of the target; null for sections and tags"),
    Column("via_url", "utf8", "canonical URL of the page that links"),
    Column(
        "kind", "utf8", "baca_juga, related_block, section, home, feed, sitemap, tag, search, google_news or sidebar"
    ),
    Column("anchor_text", "utf8", ""),
    Column("position", "int64", "among the links of its kind on the page, from 0"),
    Column("first_seen_at", "timestamp", "when the page that links was fetched"),
    Column("run_id", "utf8", ""),
)

ARTICLES = (
    Column("row_id", "utf8", "of this reading"),
    Column(
        "supersedes", "utf8", "row_id of the reading that was the head before; its own, of one that never was the head"
    ),
    Column("article_key", "utf8", "site/article_id"),
    Column("site", "utf8", "site id"),
    Column("host", "utf8", "the site's own host"),
    Column("article_id", "int64", "the CMS's id, per site"),
    Column("url", "utf8", "canonical"),
    Column("title", "utf8", "headline"),
    Column("reporter", "utf8", "byline"),
    Column("editor", "utf8", "byline"),
    Column("published_at", "timestamp", "UTC"),
    Column("published_raw", "utf8", "the date line as printed"),
    Column("timezone", "utf8", "IANA zone in which published_raw was read"),
    Column("section", "utf8", "from the breadcrumb"),
    Column("place", "utf8", "from the dateline"),
    Column("body", "utf8", "paragraphs joined by a line feed"),
    Column("caption", "utf8", "of the lead image"),
    Column("credit", "utf8", "of the lead image"),
    Column("image_url", "utf8", "of the lead image"),
    Column("tags", "list<utf8>", "without #"),
    Column("source", "utf8", "whom Sumber names"),
    Column("related", "list<related>", "inline BACA JUGA links in order"),
    Column("language", "utf8", "ISO 639-1"),
    Column("word_count", "int64", "words of the body"),
    Column("parts", "int64", "parts captured"),
    Column("parts_expected", "int64", "parts that the pagination links"),
    Column("first_seen_at", "timestamp", "first sighting of the article"),
    Column("captured_at", "timestamp", "fetch of part 1; with article_key it names the version"),
    Column("content_digest", "utf8", "sha256 of the editorial content"),
    Column("page_class", "utf8", "which reader read it"),
    Column("reader_revision", "int64", "revision of that reader"),
    Column("discovered_via", "list<utf8>", "kinds of sighting before the capture"),
    Column("captures", "list<captures>", "the WARC records of all parts, in order"),
    Column("run_id", "utf8", ""),
    Column("reading", "int64", "2 of the second reading of the version, and so on; null of the first"),
)

EVENTS = (
    Column("article_key", "utf8", "site/article_id; null for a listing"),
    Column("site", "utf8", "site id"),
    Column("url", "utf8", "that was asked for or sighted; of lost: the object's key"),
    Column("at", "timestamp", ""),
    Column(
        "kind",
        "utf8",
        "sighted, pending, refused, failed, archived, unchanged, missing, gone, back, superseded or taken_down; "
        "of a listing: unchanged, read (all that it names is sighted) or walked; "
        "of an object of the archive: lost (it is not there any more)",
    ),
    Column("reason", "utf8", "a word of news.errors.RefusalReason or of the crawler"),
    Column("attempt", "int64", "from 1; null when nothing was tried"),
    Column("next_check", "timestamp", "not before"),
    Column("row_id", "utf8", "the reading that the event is about"),
    Column("covered_to", "timestamp", "of walked: how far back the walks of the listing reached together"),
    Column("run_id", "utf8", ""),
)

SOURCES = (
    Column("url", "utf8", "canonical URL of the source; of Google News, of the search for one host"),
    Column("site", "utf8", "site id; null for Google News as a whole"),
    Column("kind", "utf8", "home, section, feed, sitemap, tag, search or google_news"),
    Column("at", "timestamp", "when this was found"),
    Column("finding", "utf8", "alive, absent (no such source), failing, refused, or closed (a breaker is open)"),
    Column("reason", "utf8", "why it is not alive, or what else is known of it: a word of the crawler"),
    Column("learned_from", "utf8", "site_file, page (linked by one), robots, sitemap_index or usual_name"),
    Column("failures", "int64", "findings in a row that were not alive"),
    Column("next_check", "timestamp", "not asked again before"),
    Column("modified_at", "timestamp", "of a sitemap: the lastmod that its index stated when it was read last"),
    Column("run_id", "utf8", ""),
)

LEADS = (
    Column("lead_id", "utf8", "sha256 of host, normalised headline and day of publication, cut to 32 hex digits"),
    Column("site", "utf8", "site id, by the host of the item's <source>; null off the network"),
    Column("title", "utf8", "the headline without publisher and host, as Google News gives it"),
    Column("published_at", "timestamp", "the item's pubDate"),
    Column("token", "utf8", "the newest id of the item under which Google News links it"),
    Column("at", "timestamp", "when this was found"),
    Column("state", "utf8", "pending, matched (to a known article), decoded or refused"),
    Column("how", "utf8", "title, offline or rpc; null while pending"),
    Column("reason", "utf8", "why it is pending or refused: a word of the crawler"),
    Column("url", "utf8", "the publisher's URL, canonical"),
    Column("article_key", "utf8", "site/article_id; null until it is known"),
    Column("attempts", "int64", "decodes that were tried"),
    Column("next_check", "timestamp", "not tried again before"),
    Column("run_id", "utf8", ""),
)

BACKFILL = (
    Column("stretch_id", "utf8", "of the stretch: a hole, or what a backfill was asked for"),
    Column("site", "utf8", "site id"),
    Column("kind", "utf8", "hole (a poll met nothing known) or asked (by disway backfill)"),
    Column("from_at", "timestamp", "begin of the stretch on published_at"),
    Column("to_at", "timestamp", "its end, exclusive"),
    Column("source_url", "utf8", "the listing, sitemap or id range that this row is about; null for the whole"),
    Column("cursor", "utf8", "where to go on: the URL of a listing page, an article id, or a day"),
    Column("state", "utf8", "open, done or failed"),
    Column("reason", "utf8", "why it is open or failed: a word of the crawler"),
    Column("at", "timestamp", "when this was found"),
    Column("run_id", "utf8", ""),
)

ALERTS = (
    Column("alert_id", "utf8", "names what is wrong: kind, site and subject"),
    Column("kind", "utf8", "a word of the crawler"),
    Column("site", "utf8", "site id; null for the whole archive"),
    Column("subject", "utf8", "what it is about: a field, a source, the store"),
    Column("state", "utf8", "open or recovered"),
    Column("message", "utf8", "what was told"),
    Column("measure", "utf8", "of a share, e.g. 12/14: of 14 pages 12 lacked it when it was opened"),
    Column("since", "timestamp", "when it was opened"),
    Column("at", "timestamp", "when this was found"),
    Column("run_id", "utf8", ""),
)

RUNS = (
    Column("run_id", "utf8", "sortable: UTC start and a random suffix"),
    Column("command", "utf8", "crawl, recover, ..."),
    Column("started_at", "timestamp", ""),
    Column("finished_at", "timestamp", ""),
    Column("outcome", "utf8", "ok, degraded, failed, interrupted or skipped"),
    Column("reason", "utf8", "why it is not ok"),
    Column("sites", "list<utf8>", "that were asked for"),
    Column("degraded_sites", "list<utf8>", ""),
    Column("counts", "list<counts>", "by site and counter of news.counters"),
    Column("undelivered", "int64", "segments left in the spool"),
    Column("job", "utf8", "of the schedule: poll, recheck, google_news, ...; null for a command of its own"),
    Column("fired_at", "timestamp", "when the schedule meant it to start"),
    Column("covers_from", "timestamp", "of a run that makes up for fires that were missed: the first of these"),
    Column("fills", "list<fills>", "how many of the articles read had which field, by site and page class"),
)

TABLES: dict[str, tuple[Column, ...]] = {
    "sightings": SIGHTINGS,
    "captures": CAPTURES,
    "articles": ARTICLES,
    "sources": SOURCES,
    "leads": LEADS,
    "backfill": BACKFILL,
    "alerts": ALERTS,
    "events": EVENTS,
    "runs": RUNS,
}
"""In the order in which a segment's rows are committed; `runs` last, at the end of a run."""

STATE_TABLES = ("sources", "leads", "backfill", "alerts")
"""What a crawl must remember beside articles. The newest row of a key counts."""

STRUCTS: dict[str, tuple[Column, ...]] = {
    "captures": (
        Column("part", "int64", "from 1"),
        Column("warc_key", "utf8", ""),
        Column("warc_offset", "int64", ""),
        Column("warc_length", "int64", ""),
        Column("payload_digest", "utf8", ""),
    ),
    "related": (
        Column("title", "utf8", "anchor text"),
        Column("url", "utf8", "absolute, canonical"),
        Column("article_key", "utf8", "null off the network"),
    ),
    "fills": (
        Column("site", "utf8", ""),
        Column("page_class", "utf8", "which reader read them; empty for pages that none could read, and for the site"),
        Column(
            "field",
            "utf8",
            "a column of articles; page_class (read by a class made for the layout); and of the site decided (whether "
            "they can be had; filled: those that were read), refused.<reason> (filled: not refused or failed for it), "
            "links (pages of listings; filled: those that link articles)",
        ),
        Column("articles", "int64", "articles, or pages, that were looked at"),
        Column("filled", "int64", "of them, those that have the field"),
        Column("example_url", "utf8", "of one without it"),
    ),
    "counts": (
        Column("site", "utf8", "null for the whole run"),
        Column("counter", "utf8", ""),
        Column("count", "int64", ""),
    ),
}

Row = dict[str, Any]
"""One row: column name to a JSON value; a timestamp is an ISO 8601 text with offset."""


def arrow_schema(table: str) -> "pa.Schema":
    """The Arrow schema of `table`; every column is nullable, as Delta readers expect of added columns."""
    import pyarrow as pa  # noqa: PLC0415  costs 30 MB, which a crawl never needs

    return pa.schema([pa.field(c.name, _arrow_type(c.type)) for c in TABLES[table]])


def _arrow_type(name: str) -> "pa.DataType":
    import pyarrow as pa  # noqa: PLC0415  as above

    if name == "timestamp":
        return pa.timestamp("us", tz="UTC")
    if name.startswith("list<"):
        inner = name[5:-1]
        if inner in STRUCTS:
            return pa.list_(pa.struct([pa.field(c.name, _arrow_type(c.type)) for c in STRUCTS[inner]]))
        return pa.list_(_arrow_type(inner))
    return {"utf8": pa.string(), "int64": pa.int64(), "bool": pa.bool_()}[name]
