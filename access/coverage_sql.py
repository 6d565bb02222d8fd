"""The statement behind `access.coverage`: one row a site and day, and the sum of all as the last row.

It names the columns that it reads, and no column as a table is named, so that `access.pruning` can leave joins out.
Each count is made at once for every day and for all together (GROUPING SETS); the row of the sum has no site and day.

Parameters: site ids, their zones, whether each has a row always; first day, end (exclusive, or null), now.
"""

_PLACES = """
asked AS (
  SELECT unnest(CAST(? AS VARCHAR[])) AS site, unnest(CAST(? AS VARCHAR[])) AS zone,
    unnest(CAST(? AS BOOLEAN[])) AS always
),
span AS (SELECT CAST(? AS DATE) AS first_day, CAST(? AS DATE) AS end_day, CAST(? AS TIMESTAMPTZ) AS today),
calendar AS (
  SELECT site, zone, always, CAST(midnight AS DATE) AS "day", timezone(zone, midnight) AS from_at,
    timezone(zone, midnight + INTERVAL 1 DAY) AS to_at
  FROM (
    SELECT site, zone, always, unnest(generate_series(
      CAST(first_day AS TIMESTAMP),
      CAST(least(end_day, CAST(timezone(zone, today) AS DATE) + 1) - 1 AS TIMESTAMP),
      INTERVAL 1 DAY
    )) AS midnight
    FROM asked CROSS JOIN span
  )
),
bounds AS (SELECT site, zone, min(from_at) AS from_at, max(to_at) AS to_at FROM calendar GROUP BY site, zone)
"""

# `second` is the time of publication in seconds; the next held id, with its time, ends the gap above this one.
_HELD = """
articles_held AS (
  SELECT site, article_id, article_key, published_at, status = 'gone' AS is_gone
  FROM articles SEMI JOIN asked USING (site)
),
marks AS (
  SELECT site, article_id, second, lead(article_id) OVER up AS next_id, lead(second) OVER up AS next_second
  FROM (
    SELECT site, article_id, epoch_us(published_at) // 1000000 AS second
    FROM articles_held WHERE published_at IS NOT NULL
  )
  WINDOW up AS (PARTITION BY site ORDER BY article_id)
)
"""

# The id that is `step` of `steps` above the lower mark stands at earliest + step * seconds // steps.
_UNDATED = """
unplaced AS (
  SELECT site, article_id, article_key, state, coalesce(reason, 'unknown') AS reason, false AS is_gone
  FROM ledger SEMI JOIN asked USING (site) WHERE state <> 'archived' AND article_id IS NOT NULL
  UNION ALL
  SELECT site, article_id, article_key, 'archived', NULL, is_gone FROM articles_held WHERE published_at IS NULL
),
heard_of AS (
  SELECT article_key, min(moment) AS moment FROM (
    SELECT site || '/' || article_id AS article_key, min(first_seen_at) AS moment
    FROM sightings SEMI JOIN unplaced USING (site, article_id) GROUP BY ALL
    UNION ALL
    SELECT article_key, min("at") FROM events SEMI JOIN unplaced USING (article_key) GROUP BY ALL
  ) GROUP BY article_key
),
estimated AS (
  SELECT u.site, u.article_id, u.article_key, u.state, u.reason, u.is_gone, m.next_id IS NOT NULL AS is_between,
    CASE
      WHEN m.next_id IS NOT NULL THEN to_timestamp(CAST(least(m.second, m.next_second) + (
        CAST(if(m.next_second < m.second, m.next_id - u.article_id, u.article_id - m.article_id) AS HUGEINT)
        * abs(m.next_second - m.second) // (m.next_id - m.article_id)
      ) AS DOUBLE))
      WHEN m.article_id IS NOT NULL OR e.site IS NULL THEN h.moment
    END AS moment
  FROM unplaced AS u
  ASOF LEFT JOIN marks AS m ON m.site = u.site AND u.article_id > m.article_id
  LEFT JOIN (SELECT DISTINCT site FROM marks) AS e ON e.site = u.site
  LEFT JOIN heard_of AS h ON h.article_key = u.article_key
),
placed AS (
  SELECT site, CAST(timezone(zone, moment) AS DATE) AS "day", article_id, article_key, state, reason, is_gone,
    is_between
  FROM (
    SELECT site, article_id, article_key, 'archived' AS state, NULL AS reason, is_gone, false AS is_between,
      published_at AS moment
    FROM articles_held
    UNION ALL
    SELECT site, article_id, article_key, state, reason, is_gone, is_between, moment FROM estimated
  ) JOIN bounds USING (site) WHERE moment >= from_at AND moment < to_at
)
"""

# Of the ids in a gap, as many stand before an instant as there are steps in 1..steps-1 with
# earliest + step * seconds // steps before it.
_BEFORE = """CASE
      WHEN {instant} <= earliest THEN 0
      WHEN seconds = 0 THEN steps - 1
      ELSE least(steps - 1, (CAST({instant} - earliest AS HUGEINT) * steps - 1) // seconds)
    END"""
_MISSING = f"""
gaps AS (
  SELECT site, least(second, next_second) AS earliest, abs(next_second - second) AS seconds,
    next_id - article_id AS steps
  FROM marks WHERE next_id > article_id + 1
),
gap_days AS (
  SELECT site, "day", sum({_BEFORE.format(instant="to_second")} - {_BEFORE.format(instant="from_second")}) AS ids
  FROM gaps JOIN (
    SELECT site, "day", epoch_us(from_at) // 1000000 AS from_second, epoch_us(to_at) // 1000000 AS to_second
    FROM calendar
  ) USING (site)
  WHERE earliest < to_second AND earliest + seconds >= from_second GROUP BY site, "day"
),
unknown_ids AS (
  SELECT site, "day", sum(ids) AS ids FROM (
    SELECT site, "day", ids FROM gap_days
    UNION ALL SELECT site, "day", -1 FROM placed WHERE is_between
  ) GROUP BY GROUPING SETS ((site, "day"), ())
)
"""  # noqa: S608  put together of constants

_COUNTED = """
article_counts AS (
  SELECT site, "day", count(*) AS all_known, count(*) FILTER (WHERE state = 'archived') AS in_archive,
    count(*) FILTER (WHERE state = 'pending') AS to_come, count(*) FILTER (WHERE is_gone) AS vanished
  FROM placed GROUP BY GROUPING SETS ((site, "day"), ())
),
first_versions AS (
  SELECT article_key, min(captured_at) AS captured_at, arg_min(published_at, captured_at) AS published_at
  FROM versions SEMI JOIN placed USING (article_key) GROUP BY article_key
),
delays AS (
  SELECT p.site, p."day",
    quantile_cont(epoch(f.captured_at) - epoch(f.published_at), [0.5, 0.95]) AS quantiles
  FROM placed AS p JOIN first_versions AS f ON f.article_key = p.article_key
  WHERE f.published_at IS NOT NULL GROUP BY GROUPING SETS ((p.site, p."day"), ())
)
"""

# Links inside articles and beside them are found too, and are no source that is looked at.
_SEEN = """
seen AS (
  SELECT site, article_id, kind, min(first_seen_at) AS moment
  FROM sightings SEMI JOIN (SELECT site, article_id FROM placed WHERE state = 'archived') AS p USING (site, article_id)
  GROUP BY site, article_id, kind
),
seen_first AS (
  SELECT site, article_id, arg_min(kind, row(moment, kind)) AS kind FROM seen GROUP BY site, article_id
),
looked_through AS (
  SELECT DISTINCT site, kind FROM sources WHERE finding = 'alive'
  UNION
  SELECT site, kind FROM (
    SELECT DISTINCT site, kind FROM seen
    WHERE kind IN ('home', 'section', 'feed', 'sitemap', 'tag', 'search', 'google_news')
  ) ANTI JOIN (SELECT DISTINCT site, kind FROM sources) AS s USING (site, kind)
)
"""

_LOOKS = """
looks AS (
  SELECT site, fetched_at AS moment FROM captures
  WHERE article_id IS NULL AND (status BETWEEN 200 AND 299 OR status = 304) AND NOT ends_with(url, '/robots.txt')
  UNION ALL SELECT site, "at" FROM events WHERE article_key IS NULL AND kind IN ('walked', 'unchanged')
  UNION ALL SELECT site, "at" FROM sources WHERE finding = 'alive'
),
looks_ever AS (
  SELECT site, max(moment) AS moment FROM looks SEMI JOIN asked USING (site) GROUP BY GROUPING SETS ((site), ())
),
looks_of_day AS (
  SELECT site, CAST(timezone(zone, moment) AS DATE) AS "day", max(moment) AS moment
  FROM looks JOIN bounds USING (site) WHERE moment >= from_at AND moment < to_at GROUP BY ALL
)
"""

_OPEN = """
hole_days AS (
  SELECT c.site, c."day", count(DISTINCT b.stretch_id) AS stretches
  FROM calendar AS c JOIN (
    SELECT site, stretch_id, coalesce(from_at, CAST('-infinity' AS TIMESTAMPTZ)) AS begins,
      coalesce(to_at, CAST('infinity' AS TIMESTAMPTZ)) AS ends
    FROM backfill WHERE kind = 'hole' AND state = 'open'
  ) AS b ON b.site = c.site AND b.begins < c.to_at AND b.ends > c.from_at
  GROUP BY GROUPING SETS ((c.site, c."day"), ())
),
lead_days AS (
  SELECT site, "day", count(*) AS items FROM (
    SELECT site, CAST(timezone(zone, moment) AS DATE) AS "day"
    FROM (SELECT site, coalesce(published_at, "at") AS moment FROM leads WHERE state = 'pending')
    JOIN bounds USING (site) WHERE moment >= from_at AND moment < to_at
  ) GROUP BY GROUPING SETS ((site, "day"), ())
)
"""


def _tally(name: str, words: str) -> str:
    """`words` gives site, day and word; the counts of each word, as a list of {word, n}."""
    return f"""
{name} AS (
  SELECT site, "day", list({{'word': word, 'n': n}} ORDER BY n DESC, word) AS tally
  FROM (SELECT site, "day", word, count(*) AS n FROM ({words}) GROUP BY GROUPING SETS ((site, "day", word), (word)))
  GROUP BY site, "day"
)
"""  # noqa: S608  put together of constants


_TALLIES = (
    _tally("refusals", """SELECT site, "day", reason AS word FROM placed WHERE state = 'refused'"""),
    _tally(
        "firsts",
        """SELECT p.site, p."day", coalesce(f.kind, 'unsighted') AS word
    FROM placed AS p LEFT JOIN seen_first AS f ON f.site = p.site AND f.article_id = p.article_id
    WHERE p.state = 'archived'""",
    ),
    _tally(
        "nevers",
        """SELECT site, "day", kind AS word
    FROM placed JOIN looked_through USING (site) ANTI JOIN seen USING (site, article_id, kind)
    WHERE state = 'archived'""",
    ),
)

_SAME_ROW = '{0}.site IS NOT DISTINCT FROM d.site AND {0}."day" IS NOT DISTINCT FROM d."day"'
_JOINED = "".join(
    f"\n  LEFT JOIN {name} AS {alias} ON {_SAME_ROW.format(alias)}"
    for name, alias in (
        *(("article_counts", "a"), ("unknown_ids", "u"), ("delays", "q"), ("hole_days", "o"), ("lead_days", "i")),
        *(("refusals", "r"), ("firsts", "f"), ("nevers", "v")),
    )
)

COVERAGE = f"""WITH {",".join((_PLACES, _HELD, _UNDATED, _MISSING, _COUNTED, _SEEN, _LOOKS, _OPEN, *_TALLIES))},
every_row AS (SELECT site, "day", always FROM calendar UNION ALL SELECT NULL, NULL, true),
counted AS (
  SELECT d.site, d."day", d.always,
    coalesce(a.all_known, 0) AS known, coalesce(a.in_archive, 0) AS held,
    CAST(coalesce(u.ids, 0) AS BIGINT) AS missing, coalesce(a.to_come, 0) AS pending, r.tally AS refused,
    coalesce(a.vanished, 0) AS gone, coalesce(o.stretches, 0) AS holes, coalesce(i.items, 0) AS waiting,
    CASE WHEN d.site IS NOT NULL THEN w.moment IS NOT NULL END AS looked,
    coalesce(w.moment, e.moment) AS last_look,
    q.quantiles[1] AS freshness_median_s, q.quantiles[2] AS freshness_p95_s,
    f.tally AS first_seen_by, v.tally AS never_seen_by,
    CASE WHEN d.site IS NULL THEN (SELECT count(*) FROM estimated WHERE moment IS NULL) END AS undated
  FROM every_row AS d{_JOINED}
  LEFT JOIN looks_ever AS e ON e.site IS NOT DISTINCT FROM d.site
  LEFT JOIN looks_of_day AS w ON w.site = d.site AND w."day" = d."day"
)
SELECT site, "day", known, held, missing, pending, refused, gone, holes, waiting AS leads, looked, last_look,
  freshness_median_s, freshness_p95_s, first_seen_by, never_seen_by, undated
FROM counted
QUALIFY bool_or(always OR known + missing + holes + waiting > 0) OVER (PARTITION BY site)
ORDER BY site NULLS LAST, "day" DESC
"""  # noqa: S608  put together of constants
