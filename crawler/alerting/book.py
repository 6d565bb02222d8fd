"""The alerts of an archive on this machine: which are open, and what was not told yet.

A cache and an outbox beside the index, one for each archive: the rows in the bucket are the state, but with the store
gone they do not get there, and what is told must be told once all the same.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from crawler.alerting.alert import OPEN, RECOVERED, Alert, Finding, alert_of_finding
from storage.seen_runs import ALERT_COLUMNS, SeenRun, alert_of

_WAIT_S = 30.0
"""For another process that writes to the book."""
_KEPT = timedelta(days=60)
"""Of what is over and done; longer than a store or a service may be out of order."""
_KEPT_RUNS = 12
_TICK = timedelta(microseconds=1)
"""What the archive tells two instants apart by."""
_COLUMNS = ", ".join(ALERT_COLUMNS)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS said (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, alert_id TEXT, kind TEXT, site TEXT, subject TEXT, state TEXT, message TEXT,
    measure TEXT, since TEXT, at TEXT, run_id TEXT, own INTEGER, noted INTEGER);
CREATE INDEX IF NOT EXISTS said_alert ON said (alert_id, seq);
CREATE TABLE IF NOT EXISTS told (service TEXT PRIMARY KEY, seq INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fared (
    seq INTEGER PRIMARY KEY, site TEXT, run_id TEXT, at TEXT, good INTEGER, UNIQUE (site, run_id));
CREATE TABLE IF NOT EXISTS judged (site TEXT PRIMARY KEY, day TEXT) WITHOUT ROWID;
"""


class Said(NamedTuple):
    """An entry of the book."""

    seq: int
    alert: Alert


class AlertBook:
    """The book at `path`; each call is a transaction of its own. Raises sqlite3.Error when the disk takes no more."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def beside(cls, seen_path: Path) -> "AlertBook":
        """The book of the archive whose index is at `seen_path`; its folder is made."""
        seen_path.parent.mkdir(parents=True, exist_ok=True)
        return cls(seen_path.with_name(seen_path.name.replace("seen", "alerts", 1)))

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Held, for a minute at most, while something is told: two processes must not tell the same."""
        handle = os.open(self._path.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def adopt(self, alerts: Iterable[Alert]) -> None:
        """Take over what the archive knows and the book does not: another machine told it."""
        with self._writing() as db:
            known = {alert.alert_id: alert for alert in _newest(db)}
            for seen in alerts:
                mine = known.get(seen.alert_id)
                if mine is None or mine.at < seen.at:
                    _write(db, seen, own=False)

    def open_alerts(self) -> dict[str, Alert]:
        """What is wrong, by alert id."""
        with self._reading() as db:
            return {alert.alert_id: alert for alert in _newest(db) if alert.is_open}

    def open(self, finding: Finding, at: datetime, run_id: str | None) -> Alert | None:
        """Raise an alert; None when it was open already."""
        return self._turn(finding, OPEN, at, run_id)

    def recover(self, finding: Finding, at: datetime, run_id: str | None) -> Alert | None:
        """End an alert; None when none was open."""
        return self._turn(finding, RECOVERED, at, run_id)

    def unnoted(self) -> list[Said]:
        """Entries that no segment holds yet."""
        with self._reading() as db:
            return _said(db, "own AND NOT noted")

    def noted(self, entries: Sequence[Said]) -> None:
        """They are kept in a segment: the archive will have them."""
        with self._writing() as db:
            db.executemany("UPDATE said SET noted = 1 WHERE seq = ?", ((entry.seq,) for entry in entries))

    def untold(self, service: str, like: str) -> list[Said]:
        """Entries that `service` was not told; one that is met first has heard what `like` has."""
        with self._reading() as db:
            heard = _heard(db, service)
            return _said(db, "own AND seq > ?", _heard(db, like) or 0 if heard is None else heard)

    def tell(self, service: str, seq: int) -> None:
        """The service was told everything up to entry `seq`."""
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO told VALUES (?, ?)", (service, seq))

    def keep_services(self, services: Sequence[str]) -> None:
        """Forget services that are not configured any more, and entries that are over, told and noted for long."""
        marks = ",".join("?" * len(services))
        before = _text(datetime.now(UTC) - _KEPT)
        with self._writing() as db:
            db.execute(f"DELETE FROM told WHERE service NOT IN ({marks})", services)
            db.execute(
                "DELETE FROM said WHERE at < ? AND noted AND seq <= (SELECT ifnull(min(seq), 0) FROM told) "
                "AND seq NOT IN (SELECT max(seq) FROM said GROUP BY alert_id)",
                (before,),
            )

    def ran(self, run_id: str, at: datetime, sites: Iterable[tuple[str, bool]]) -> None:
        """Remember how each site fared: with the store gone the index does not learn of it.

        The runs that were told last are kept, whatever the clock said: it may have been ahead.
        """
        with self._writing() as db:
            for site, good in sites:
                db.execute(
                    "INSERT OR IGNORE INTO fared (site, run_id, at, good) VALUES (?, ?, ?, ?)",
                    (site, run_id, _text(at), good),
                )
                db.execute(
                    "DELETE FROM fared WHERE site = ? AND seq NOT IN "
                    "(SELECT seq FROM fared WHERE site = ? ORDER BY seq DESC LIMIT ?)",
                    (site, site, _KEPT_RUNS),
                )

    def recent(self, site: str) -> list[SeenRun]:
        """The runs of the site that this machine had last, newest first."""
        with self._reading() as db:
            rows = db.execute("SELECT run_id, at, good FROM fared WHERE site = ? ORDER BY seq DESC", (site,)).fetchall()
        return [SeenRun(run_id, _instant(at), bool(good)) for run_id, at, good in rows]

    def judged_day(self, site: str) -> date | None:
        """The last day of the site that was judged."""
        with self._reading() as db:
            row = db.execute("SELECT day FROM judged WHERE site = ?", (site,)).fetchone()
        return date.fromisoformat(row[0]) if row else None

    def judge_day(self, site: str, day: date) -> None:
        """Remember that the day was judged."""
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO judged VALUES (?, ?)", (site, day.isoformat()))

    def _turn(self, finding: Finding, state: str, at: datetime, run_id: str | None) -> Alert | None:
        with self._writing() as db:
            before = next((a for a in _newest(db, finding.alert_id)), None)
            was_open = before is not None and before.is_open
            if was_open == (state == OPEN):
                return None
            since = before.since if before and state == RECOVERED else at
            # The newest row of an alert counts, here and in the archive, also when the clock was ahead before.
            said_at = max(at, before.at + _TICK) if before else at
            alert = alert_of_finding(finding, state, said_at, run_id, since)
            _write(db, alert, own=True)
            return alert

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with closing(self._connect()) as db, db:
            db.execute("BEGIN IMMEDIATE")
            yield db

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with closing(self._connect()) as db:
            yield db

    def _connect(self) -> sqlite3.Connection:
        """The file, made anew when it is no database: the bucket has the state, only what was not told is lost."""
        db = sqlite3.connect(self._path, timeout=_WAIT_S, isolation_level=None)
        try:
            db.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            db.close()
            if type(error) is not sqlite3.DatabaseError:
                raise
            self._path.unlink()
            return self._connect()
        return db


def _newest(db: sqlite3.Connection, alert_id: str | None = None) -> list[Alert]:
    """Each alert as it stands."""
    where = "WHERE alert_id = ?" if alert_id else ""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM said WHERE seq IN (SELECT max(seq) FROM said {where} GROUP BY alert_id)",
        (alert_id,) if alert_id else (),
    )
    return [alert_of(row) for row in rows]


def _said(db: sqlite3.Connection, where: str, *values: object) -> list[Said]:
    rows = db.execute(f"SELECT seq, {_COLUMNS} FROM said WHERE {where} ORDER BY seq", values)
    return [Said(row[0], alert_of(row[1:])) for row in rows]


def _heard(db: sqlite3.Connection, service: str) -> int | None:
    row = db.execute("SELECT seq FROM told WHERE service = ?", (service,)).fetchone()
    return row[0] if row else None


def _write(db: sqlite3.Connection, alert: Alert, *, own: bool) -> None:
    db.execute(
        f"INSERT INTO said ({_COLUMNS}, own, noted) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            alert.alert_id, alert.kind, alert.site, alert.subject, alert.state, alert.message, alert.measure,
            _text(alert.since), _text(alert.at), alert.run_id, own, not own,
        ),
    )  # fmt: skip


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
