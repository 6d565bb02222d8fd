"""`disway runs`."""

import sys
from collections import Counter as Tally
from datetime import timedelta
from typing import Annotated, Any

import typer

from access.archive import Archive
from access.jsontext import plain
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
_REASON_SHOWN = 60
"""Characters."""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("runs")(runs)


def runs(
    *,
    limit: Annotated[int, typer.Option("--limit", min=0, help="At most so many, newest first; 0 = all.")] = 20,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the runs, newest first: when, how they ended, what they brought.

    Example: disway runs --limit 5
    """
    with Archive.open(store_of(configuration(config, archive))) as opened:
        total = next(opened.query("SELECT count(*) FROM runs").values())[0]
        newest = "SELECT * FROM runs ORDER BY started_at DESC, run_id DESC"
        rows = list(opened.query(f"{newest} LIMIT ?" if limit else newest, [limit] if limit else []).rows())
    if as_json:
        print_json({"runs": plain(rows), "total": total})
        return
    names = ("run_id", "command", "took", "outcome", *_COUNTERS, "undelivered", "degraded sites", "reason")
    write_rows(names, [_line(row) for row in rows], sys.stdout)
    if len(rows) < total:
        typer.echo(f"({len(rows)} newest of {total} runs; --limit 0 shows all)", err=True)


def _line(row: dict[str, Any]) -> tuple[Any, ...]:
    tally = _totals(row["counts"] or [])
    return (
        row["run_id"],
        row["command"],
        _took(row),
        row["outcome"],
        *(tally[counter] for counter in _COUNTERS),
        row["undelivered"],
        _some(row["degraded_sites"] or []),
        _shortened(row["reason"] or ""),
    )


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
