"""What the index knows of runs: how each site fared, what its pages had, and the alerts that were told."""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from storage.schema import Row

KEPT_DAYS = 35
"""Of fills: a month and the days before that a window of a week looks back to."""
KEPT_RUNS = 12
"""Of each site and day."""
ALERT_COLUMNS = ["alert_id", "kind", "site", "subject", "state", "message", "measure", "since", "at", "run_id"]
_JUDGED = ("ok", "degraded")
"""Outcomes of runs that say something of their sites; the others were ended by us."""
_POLL = "poll"
"""The job that asks for home pages and sections, as a run without a job does."""


class SeenFill(NamedTuple):
    """Pages of one class on one site, read by the runs that began on one UTC day; see `runs.fills`."""

    day: str
    """2026-11-23."""
    site: str
    page_class: str
    field: str
    articles: int
    filled: int


class SeenRun(NamedTuple):
    """How a site fared in a run that asked for its listings."""

    run_id: str
    at: datetime
    """Its start. Aware."""
    good: bool


class SeenAlert(NamedTuple):
    """The newest row of an alert; see the table `alerts`."""

    alert_id: str
    kind: str
    site: str | None
    subject: str | None
    state: str
    message: str
    measure: str | None
    since: datetime
    at: datetime
    run_id: str | None

    @property
    def is_open(self) -> bool:
        """Whether it is still so."""
        return self.state == "open"


class SeenRuns:
    """Reads them from an index that `storage.seen.Seen` opened."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def since(self, site: str) -> datetime | None:
        """When the first run of the site began. Aware; None when it never ran."""
        row = self._db.execute("SELECT first_at FROM site WHERE site = ?", (site,)).fetchone()
        return _instant(row[0]) if row and row[0] else None

    def last_good(self, site: str) -> datetime | None:
        """When the newest run began in which the site was all well. Aware."""
        row = self._db.execute("SELECT good_at FROM site WHERE site = ?", (site,)).fetchone()
        return _instant(row[0]) if row and row[0] else None

    def recent(self, site: str, until: datetime) -> list[SeenRun]:
        """The newest runs of the site that began by `until` (aware), newest first, KEPT_RUNS at most."""
        rows = self._db.execute(
            "SELECT run_id, at, good FROM site_run WHERE site = ? AND at <= ? ORDER BY at DESC, run_id DESC LIMIT ?",
            (site, _text(until), KEPT_RUNS),
        )
        return [SeenRun(run_id, _instant(at), bool(good)) for run_id, at, good in rows]

    def fills(self, sites: Sequence[str], first_day: str) -> list[SeenFill]:
        """What pages of `sites` had, from a UTC day on."""
        marks = ",".join("?" * len(sites))
        rows = self._db.execute(
            f"SELECT day, site, page_class, field, articles, filled FROM fill WHERE day >= ? AND site IN ({marks})",
            (first_day, *sites),
        )
        return [SeenFill(*row) for row in rows]

    def alerts(self) -> list[SeenAlert]:
        """Every alert that was ever raised, as it stands."""
        rows = self._db.execute(f"SELECT {', '.join(ALERT_COLUMNS)} FROM alert")
        return [alert_of(row) for row in rows]

    def published(self, site: str, begin: datetime, end: datetime, captured_before: datetime) -> int:
        """Articles of `site` published from `begin` to before `end`, by first capture if no date is known.

        Of those that were archived before `captured_before`.
        """
        known = "first_captured_at < ?"
        dated = self._count(f"{known} AND published_at >= ? AND published_at < ?", site, captured_before, begin, end)
        undated = f"{known} AND published_at IS NULL AND first_captured_at >= ? AND first_captured_at < ?"
        return dated + self._count(undated, site, captured_before, begin, end)

    def publications(self, site: str, begin: datetime) -> list[datetime]:
        """When the archived articles of `site` were published, from `begin` on, in order. Aware."""
        rows = self._db.execute(
            "SELECT published_at FROM article WHERE row_id IS NOT NULL AND site = ? AND published_at >= ? "
            "ORDER BY published_at",
            (site, _text(begin)),
        )
        return [_instant(at) for (at,) in rows]

    def _count(self, where: str, site: str, *instants: datetime) -> int:
        sql = f"SELECT count(*) FROM article WHERE row_id IS NOT NULL AND site = ? AND {where}"
        return int(self._db.execute(sql, (site, *map(_text, instants))).fetchone()[0])


def alert_of(row: Sequence[str | None]) -> SeenAlert:
    """The alert whose ALERT_COLUMNS a database has as `row`."""
    alert_id, kind, site, subject, state, message, measure, since, at, run_id = row
    assert alert_id is not None
    assert kind is not None
    assert state is not None
    assert since is not None
    assert at is not None
    return SeenAlert(
        alert_id, kind, site, subject, state, message or "", measure, _instant(since), _instant(at), run_id
    )


def _take_alerts(db: sqlite3.Connection, rows: list[Row]) -> None:
    db.executemany(
        """INSERT INTO alert VALUES
               (:alert_id, :kind, :site, :subject, :state, :message, :measure, :since, :at, :run_id)
           ON CONFLICT DO UPDATE SET state = :state, message = :message, measure = :measure, since = :since, at = :at,
               run_id = :run_id
           WHERE (at, state, run_id) <= (:at, :state, :run_id)""",
        ({**r, "since": _text(r["since"]), "at": _text(r["at"])} for r in rows),
    )


def _take_runs(db: sqlite3.Connection, rows: list[Row]) -> None:
    """Crawls only: a backfill reads the pages of other years, and asks for no home page."""
    crawls = [row for row in rows if row["command"] == "crawl" and row["started_at"] is not None]
    for row in crawls:
        at = _text(row["started_at"])
        sites = row["sites"] or []
        db.executemany(
            "INSERT INTO site (site, first_at) VALUES (?, ?) ON CONFLICT DO UPDATE SET first_at = min(first_at, ?)",
            ((site, at, at) for site in sites),
        )
        if row["outcome"] in _JUDGED and (row["job"] or _POLL) == _POLL:
            bad = set(row["degraded_sites"] or ())
            db.executemany(
                "INSERT OR IGNORE INTO site_run VALUES (?, ?, ?, ?)",
                ((site, row["run_id"], at, site not in bad) for site in sites),
            )
            db.executemany(
                "UPDATE site SET good_at = max(ifnull(good_at, ?), ?) WHERE site = ?",
                ((at, at, site) for site in sites if site not in bad),
            )
        db.executemany(
            """INSERT INTO fill VALUES (:day, :site, :page_class, :field, :articles, :filled)
               ON CONFLICT DO UPDATE SET articles = articles + :articles, filled = filled + :filled""",
            ({**fill, "day": at[:10]} for fill in row["fills"] or ()),
        )
    if crawls:
        _forget(db)


def _forget(db: sqlite3.Connection) -> None:
    """Keep the newest: by days that there are, for the clock may be wrong, and what it says then hides no other day."""
    db.execute(
        "DELETE FROM fill WHERE day < (SELECT min(day) FROM (SELECT DISTINCT day FROM fill ORDER BY day DESC LIMIT ?))",
        (KEPT_DAYS,),
    )
    db.execute(
        """DELETE FROM site_run WHERE (site, run_id) IN (SELECT site, run_id FROM (
               SELECT site, run_id,
                   row_number() OVER (PARTITION BY site, substr(at, 1, 10) ORDER BY at DESC, run_id DESC) AS place,
                   dense_rank() OVER (PARTITION BY site ORDER BY substr(at, 1, 10) DESC) AS day
               FROM site_run) WHERE place > ? OR day > ?)""",
        (KEPT_RUNS, KEPT_DAYS),
    )


TAKE_RUNS: dict[str, Callable[[sqlite3.Connection, list[Row]], None]] = {"alerts": _take_alerts, "runs": _take_runs}
"""By table: what takes its rows; see storage.seen_rows."""
RUN_COLUMNS = {
    "alerts": ALERT_COLUMNS,
    "runs": ["run_id", "command", "job", "started_at", "outcome", "sites", "degraded_sites", "fills"],
}


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
