"""`disway runs`."""

import sys
from collections import Counter as Tally
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer

from access.archive import Archive
from access.jsontext import plain
from access.moments import parse_moment
from access.table import write_rows
from cli.options import ArchiveOption, ConfigOption, JsonOption, configuration, print_json, store_of
from news.counters import Counter

_COUNTERS = (
    Counter.SIGHTED,
    Counter.FETCHED,
    Counter.ARTICLES_NEW,
    Counter.ARTICLES_CHANGED,
    Counter.ARTICLES_REFUSED,
    Counter.ARTICLES_PENDING,
)
"""Shown in the table; --json has all."""
_NAMES_SHOWN = 3
_REASON_SHOWN = 80
"""Characters."""


class Outcome(StrEnum):
    """How a run can end: the values of `runs.outcome`."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    SKIPPED = "skipped"


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("runs")(runs)


def runs(
    *,
    limit: Annotated[int, typer.Option("--limit", min=0, help="At most so many, newest first; 0 = all.")] = 20,
    job: Annotated[
        str | None, typer.Option("--job", metavar="NAME", help="Only of this job of the schedule: poll, recheck, ...")
    ] = None,
    outcome: Annotated[
        list[Outcome] | None, typer.Option("--outcome", help="Only those that ended so; may be repeated.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="WHEN", help="Only those that started since: 2d, 2026-11-01")
    ] = None,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the runs, newest first: when, how they ended, what they brought. Skipped ones say what kept them.

    Example: disway runs --job poll --outcome skipped --outcome failed --since 2d
    """
    wanted: dict[str, Any] = {}
    if job is not None:
        wanted["job = ?"] = job
    if outcome:
        wanted["list_contains(?, outcome)"] = [str(one) for one in outcome]
    if since is not None:
        wanted["started_at >= ?"] = parse_moment(since, "--since", datetime.now(UTC))
    asked = f"FROM runs WHERE {' AND '.join(wanted) or 'true'}"
    newest = f"SELECT * {asked} ORDER BY started_at DESC, run_id DESC"
    values = list(wanted.values())
    with Archive.open(store_of(configuration(config, archive))) as opened:
        total = next(opened.query(f"SELECT count(*) {asked}", values).values())[0]
        limited = (f"{newest} LIMIT ?", [*values, limit]) if limit else (newest, values)
        rows = list(opened.query(*limited).rows())
    if as_json:
        print_json({"runs": plain(rows), "total": total})
        return
    of_schedule = any(row["job"] for row in rows)
    due = ("job", "due (UTC)") if of_schedule else ()
    names = ("run_id", "command", *due, "took", "outcome", *_COUNTERS, "undelivered", "degraded sites", "reason")
    write_rows(names, [_line(row, of_schedule=of_schedule) for row in rows], sys.stdout)
    if len(rows) < total:
        typer.echo(f"({len(rows)} newest of {total} runs; --limit 0 shows all)", err=True)


def _line(row: dict[str, Any], *, of_schedule: bool) -> tuple[Any, ...]:
    tally = _totals(row["counts"] or [])
    return (
        row["run_id"],
        row["command"],
        *((row["job"] or "", _due(row)) if of_schedule else ()),
        _took(row),
        row["outcome"],
        *(tally[counter] for counter in _COUNTERS),
        row["undelivered"],
        _some(row["degraded_sites"] or []),
        _shortened(row["reason"] or ""),
    )


def _due(row: dict[str, Any]) -> str:
    """When the schedule meant it to start, and since when it makes up for missed fires."""
    if row["fired_at"] is None:
        return ""
    due = f"{row['fired_at']:%Y-%m-%d %H:%M}"
    return f"{due}, and since {row['covers_from']:%Y-%m-%d %H:%M}" if row["covers_from"] else due


def _some(names: list[str]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - _NAMES_SHOWN
    return " ".join(names[:_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _shortened(text: str) -> str:
    return text if len(text) <= _REASON_SHOWN else f"{text[: _REASON_SHOWN - 4]} ..."


def _totals(counts: list[dict[str, Any]]) -> Tally[str]:
    """Counts over the sites, and those that are of the whole run."""
    tally: Tally[str] = Tally()
    for entry in counts:
        tally[entry["counter"]] += entry["count"]
    return tally


def _took(row: dict[str, Any]) -> str:
    if row["started_at"] is None or row["finished_at"] is None:
        return ""
    return str(timedelta(seconds=round((row["finished_at"] - row["started_at"]).total_seconds())))
