"""The views that analysts query: their columns, and the SQL that makes them of the stored tables (schema
`stored`).

Tables are append-only, so what changes is computed here. `articles` is the table of that name anti-joined with
the rows that others superseded: a window over all versions takes 15-70 times longer at ten million rows. What
only some queries ask for (version number, status, last visit) is joined on beside; `access.pruning` leaves a
join out when nobody asks.
"""

from dataclasses import dataclass

from storage.schema import ARTICLES, TABLES, Column

VERSION = Column("version", "int64", "number of the version, from 1, by captured_at")
STATUS = Column("status", "utf8", "live or gone: of the article today, in every version alike")
GONE_AT = Column("gone_at", "timestamp", "since when the article has been found gone; null while it is live")
LAST_SEEN_AT = Column("last_seen_at", "timestamp", "when a fetch last found this version, or newer ones, on the site")
STORY_ID = Column("story_id", "utf8", "the story that the article belongs to; null until stories are computed")
PROVENANCE = (
    Column("warc_key", "utf8", "of part 1: object key of the WARC file"),
    Column("warc_offset", "int64", "of part 1: of the record, in compressed bytes"),
    Column("warc_length", "int64", "of part 1: of the record, in compressed bytes"),
    Column("payload_digest", "utf8", "of part 1: sha256:<hex> of the entity as transferred"),
)


def _stored(*names: str) -> tuple[Column, ...]:
    columns = {column.name: column for column in ARTICLES}
    return tuple(columns[name] for name in names)


ARTICLE_COLUMNS = (
    *_stored("article_key", "site", "host", "article_id", "url", "title", "reporter", "editor"),
    *_stored("published_at", "published_raw", "timezone", "section", "place", "body", "caption", "credit"),
    *_stored("image_url", "tags", "source", "related", "language", "word_count", "parts", "parts_expected"),
    VERSION,
    STATUS,
    *_stored("first_seen_at", "captured_at"),
    LAST_SEEN_AT,
    GONE_AT,
    *_stored("content_digest"),
    STORY_ID,
    *_stored("page_class", "reader_revision", "discovered_via", "captures"),
    *PROVENANCE,
    *_stored("run_id", "row_id"),
)


@dataclass(frozen=True, slots=True)
class Extra:
    """Columns that cost a join: their SQL by name, and the join."""

    columns: dict[str, str]
    join: str


@dataclass(frozen=True, slots=True)
class View:
    """A view: columns in order, and the SQL after the select list. `extras` are the joins that a query may do
    without.
    """

    columns: tuple[Column, ...]
    source: str
    meaning: str
    expressions: dict[str, str]
    extras: tuple[Extra, ...] = ()

    def sql(self, unwanted: frozenset[str] = frozenset()) -> str:
        """The SELECT of the view without the columns `unwanted`, and without the joins that only they need."""
        needed = [extra for extra in self.extras if not unwanted.issuperset(extra.columns)]
        dropped = {name for extra in self.extras if extra not in needed for name in extra.columns}
        made = self.expressions | {name: text for extra in needed for name, text in extra.columns.items()}
        columns = (c.name for c in self.columns if c.name not in dropped)
        chosen = ",\n  ".join(f'{made[name]} AS "{name}"' if name in made else f'a."{name}"' for name in columns)
        return "\n".join((f"SELECT\n  {chosen}", self.source, *(extra.join for extra in needed)))


# A re-read of the same capture supersedes a row too and makes no version, hence the distinct instants.
_EARLIER = Extra(
    {
        "version": "1 + coalesce(len(list_filter(list_distinct(earlier.instants), lambda t: t < a.captured_at)), 0)",
    },
    """LEFT JOIN (
  SELECT old.article_key, list(old.captured_at) AS instants
  FROM stored.articles AS old SEMI JOIN stored.superseded USING (row_id)
  GROUP BY old.article_key
) AS earlier ON earlier.article_key = a.article_key""",
)

# An article that was archived again, or seen unchanged, after it was gone is back, whether or not `back` was written.
_PRESENCE = Extra(
    {
        "status": "CASE WHEN presence.gone_at IS NULL THEN 'live' ELSE 'gone' END",
        "gone_at": "presence.gone_at",
    },
    """LEFT JOIN (
  SELECT article_key, min("at") AS gone_at
  FROM (
    SELECT article_key, kind, "at", max("at") FILTER (WHERE kind <> 'gone') OVER (PARTITION BY article_key) AS alive_at
    FROM stored.events SEMI JOIN (SELECT article_key FROM stored.events WHERE kind = 'gone') AS ever USING (article_key)
    WHERE kind IN ('gone', 'back', 'archived', 'unchanged')
  )
  WHERE kind = 'gone' AND (alive_at IS NULL OR "at" > alive_at) GROUP BY article_key
) AS presence ON presence.article_key = a.article_key""",
)

_VISITS = Extra(
    {"last_seen_at": "greatest(a.captured_at, visits.last_at)"},
    """LEFT JOIN (
  SELECT article_key, max("at") AS last_at
  FROM stored.events WHERE kind IN ('unchanged', 'back') GROUP BY article_key
) AS visits ON visits.article_key = a.article_key""",
)

_FROM_PART_1 = {c.name: f"a.captures[1].{c.name}" for c in PROVENANCE} | {"story_id": "CAST(NULL AS VARCHAR)"}

SUPERSEDED = """
SELECT supersedes AS row_id FROM stored.articles WHERE supersedes IS NOT NULL
UNION ALL
SELECT row_id FROM stored.events WHERE kind = 'superseded' AND row_id IS NOT NULL
"""
"""Rows of the table `articles` that are no head any more; `stored.superseded`."""

_NEWEST_READING = """FROM stored.articles AS a
JOIN (
  SELECT row_id, row_number() OVER (PARTITION BY article_key ORDER BY captured_at) AS number
  FROM (
    SELECT row_id, article_key, captured_at FROM stored.articles
    QUALIFY row_number() OVER (
      PARTITION BY article_key, captured_at ORDER BY coalesce(reading, 1) DESC, run_id DESC, row_id DESC
    ) = 1
  )
) AS reading ON reading.row_id = a.row_id"""

_LEDGER = """FROM (
  SELECT article_key, max(moment) AS moment FROM (
    SELECT site || '/' || article_id AS article_key, max(first_seen_at) AS moment
    FROM stored.sightings WHERE site IS NOT NULL AND article_id IS NOT NULL GROUP BY ALL
    UNION ALL SELECT article_key, max("at") FROM stored.events WHERE article_key IS NOT NULL GROUP BY ALL
    UNION ALL SELECT article_key, max(captured_at) FROM stored.articles GROUP BY ALL
  ) GROUP BY article_key
) AS a
LEFT JOIN (SELECT DISTINCT article_key FROM stored.articles) AS held ON held.article_key = a.article_key
LEFT JOIN (
  SELECT article_key, max(attempt) AS attempts,
    arg_max({'kind': kind, 'reason': reason, 'next_check': next_check}, row("at", kind)) AS said
  FROM stored.events WHERE kind IN ('pending', 'failed', 'refused', 'archived') GROUP BY article_key
) AS last ON last.article_key = a.article_key"""

LEDGER = (
    *_stored("article_key", "site", "article_id"),
    Column("state", "utf8", "archived, refused or pending"),
    Column("reason", "utf8", "why it is refused or pending: a word of news.errors.RefusalReason or of the crawler"),
    Column("attempts", "int64", "fetches that were tried, as the last of them counts; 0 when none was"),
    Column("next_check", "timestamp", "not fetched again before"),
    Column("last_at", "timestamp", "newest sighting, event or capture of the article"),
)


def _as_stored(table: str, meaning: str) -> View:
    return View(TABLES[table], f"FROM stored.{table} AS a", meaning, {})


def _newest(table: str, keys: str, tie: str, meaning: str) -> View:
    """The newest row of each of `keys`; of rows of one run and instant, the first by `tie`."""
    newest = f'row_number() OVER (PARTITION BY {keys} ORDER BY "at" DESC, run_id DESC, {tie}) = 1'
    return View(TABLES[table], f"FROM (SELECT * FROM stored.{table} QUALIFY {newest}) AS a", meaning, {})  # noqa: S608  constants


VIEWS: dict[str, View] = {
    "articles": View(
        ARTICLE_COLUMNS,
        "FROM (SELECT * FROM stored.articles ANTI JOIN stored.superseded USING (row_id)) AS a",
        "one row an article: its newest version",
        _FROM_PART_1,
        (_EARLIER, _PRESENCE, _VISITS),
    ),
    "versions": View(
        ARTICLE_COLUMNS,
        _NEWEST_READING,
        "one row a version of an article, as the newest reader read it",
        _FROM_PART_1 | {"version": "reading.number"},
        (_PRESENCE, _VISITS),
    ),
    "captures": _as_stored("captures", "one row an exchange with a server, and where its bytes lie"),
    "sightings": _as_stored("sightings", "one row a link found: the first time that a page linked a target in one way"),
    "sources": _newest(
        "sources",
        "url",
        "failures DESC, finding",
        "one row a source of a site (home, section, feed, sitemap, ...): what was found of it last",
    ),
    "leads": _newest(
        "leads",
        "lead_id",
        "state = 'pending', attempts DESC, state",
        "one row an item of Google News: what it was resolved to, or why it is not yet",
    ),
    "backfill": _newest(
        "backfill",
        "stretch_id, source_url",
        "state = 'open', state",
        "one row a stretch of time that is to be filled and a source of it: where the work stands",
    ),
    "alerts": _newest(
        "alerts",
        "alert_id",
        "state = 'open', state",
        "one row a thing that was wrong: whether it still is, and since when",
    ),
    "events": _as_stored("events", "what happened to articles and listings"),
    "runs": _as_stored("runs", "one row a run"),
    "ledger": View(
        LEDGER,
        _LEDGER,
        "one row an article that was ever linked: what became of it",
        {
            "site": "split_part(a.article_key, '/', 1)",
            "article_id": "TRY_CAST(split_part(a.article_key, '/', 2) AS BIGINT)",
            "state": "CASE WHEN held.article_key IS NOT NULL THEN 'archived' "
            "WHEN last.said.kind = 'refused' THEN 'refused' ELSE 'pending' END",
            "reason": "last.said.reason",
            "attempts": "coalesce(last.attempts, 0)",
            "next_check": "last.said.next_check",
            "last_at": "a.moment",
        },
    ),
}
