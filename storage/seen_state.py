"""What the index knows beside articles: sources, leads of Google News, and stretches of time to be backfilled."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple


class SeenSource(NamedTuple):
    """The newest finding about a source; see the table `sources`. Instants are aware."""

    url: str
    site: str | None
    kind: str
    first_at: datetime
    """Its first finding."""
    at: datetime
    finding: str
    reason: str | None
    learned_from: str | None
    failures: int
    next_check: datetime | None
    modified_at: datetime | None


class SeenLead(NamedTuple):
    """The newest row of a lead; see the table `leads`."""

    lead_id: str
    site: str | None
    title: str
    published_at: datetime | None
    token: str
    state: str
    reason: str | None
    attempts: int
    next_check: datetime | None


class SeenStretch(NamedTuple):
    """The newest row of a stretch for one source; see the table `backfill`."""

    stretch_id: str
    source_url: str | None
    site: str
    kind: str
    from_at: datetime
    to_at: datetime
    cursor: str | None
    state: str
    at: datetime


class SeenState:
    """Reads the state tables of an index that `storage.seen.Seen` opened."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def source(self, url: str) -> SeenSource | None:
        """What is known of the source at canonical `url`."""
        return next(iter(self._sources("url = ?", url)), None)

    def sources(self, site: str) -> dict[str, SeenSource]:
        """Every source of `site` that was ever looked for, by URL."""
        return {source.url: source for source in self._sources("site = ?", site)}

    def lead(self, lead_id: str) -> SeenLead | None:
        """What is known of a lead."""
        return next(iter(self._leads("lead_id = ?", lead_id)), None)

    def pending_leads(self, sites: Sequence[str], now: datetime) -> list[SeenLead]:
        """Leads of `sites` that are not resolved and due at `now`, oldest first."""
        marks = ",".join("?" * len(sites))
        where = f"state = 'pending' AND site IN ({marks}) AND (next_check IS NULL OR next_check <= ?)"
        return list(self._leads(f"{where} ORDER BY published_at", *sites, _text(now)))

    def decoded(self, token: str) -> str | None:
        """The publisher's URL that the token was decoded to, whenever that was."""
        row = self._db.execute("SELECT url FROM decoded WHERE token = ?", (token,)).fetchone()
        return row[0] if row else None

    def open_stretches(self, site: str) -> list[SeenStretch]:
        """Stretches of `site` with work left, in order of time."""
        return self._stretches("site = ? AND state = 'open' ORDER BY from_at, source_url", site)

    def has_hole(self, site: str) -> bool:
        """Whether a hole of `site` is open."""
        row = self._db.execute("SELECT 1 FROM stretch WHERE site = ? AND state = 'open' AND kind = 'hole'", (site,))
        return row.fetchone() is not None

    def stretch(self, stretch_id: str) -> dict[str | None, SeenStretch]:
        """What is known of one stretch, by source URL; None stands for the whole."""
        return {s.source_url: s for s in self._stretches("stretch_id = ?", stretch_id)}

    def _sources(self, where: str, *values: object) -> list[SeenSource]:
        rows = self._db.execute(
            "SELECT url, site, kind, first_at, at, finding, reason, learned_from, failures, next_check, modified_at "
            f"FROM source WHERE {where}",
            values,
        )
        return [
            SeenSource(
                r[0], r[1], r[2], _instant(r[3]), _instant(r[4]), r[5], r[6], r[7], r[8], _maybe(r[9]), _maybe(r[10])
            )
            for r in rows
        ]

    def _leads(self, where: str, *values: object) -> list[SeenLead]:
        rows = self._db.execute(
            "SELECT lead_id, site, title, published_at, token, state, reason, attempts, next_check "
            f"FROM lead WHERE {where}",
            values,
        )
        return [SeenLead(r[0], r[1], r[2], _maybe(r[3]), r[4], r[5], r[6], r[7], _maybe(r[8])) for r in rows]

    def _stretches(self, where: str, *values: object) -> list[SeenStretch]:
        rows = self._db.execute(
            "SELECT stretch_id, nullif(source_url, ''), site, kind, from_at, to_at, cursor, state, at "
            f"FROM stretch WHERE {where}",
            values,
        )
        return [
            SeenStretch(r[0], r[1], r[2], r[3], _instant(r[4]), _instant(r[5]), r[6], r[7], _instant(r[8]))
            for r in rows
        ]


def _maybe(text: str | None) -> datetime | None:
    return _instant(text) if text else None


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
