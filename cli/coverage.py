"""`disway coverage`."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from access.archive import Archive
from access.coverage import Coverage, Days, coverage, covered_sites
from access.formats import write_csv, write_json
from access.jsontext import plain
from access.lookup import Row
from access.moments import parse_day
from access.output import STDOUT, destination
from access.table import write_rows
from cli.options import ArchiveOption, ConfigOption, JsonOption, configuration, print_json, store_of
from news.errors import UsageError

_TITLES = (
    *("site", "day", "known", "held", "missing", "pending", "refused", "gone", "holes", "leads", "last look"),
    *("median", "p95", "first seen by", "never seen by", "remark"),
)
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
"""Seconds, and the sign of each unit."""


class CoverageFormat(StrEnum):
    """How `disway coverage` prints."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("coverage")(show_coverage)


def show_coverage(
    *,
    site: Annotated[
        list[str] | None,
        typer.Option(
            "--site", metavar="ID", help="Only this site; may be repeated [default: all active, and others once known]"
        ),
    ] = None,
    since: Annotated[
        str, typer.Option("--since", metavar="WHEN", help="From that day on: 7d, or a date such as 2026-03-05.")
    ] = "7d",
    until: Annotated[
        str | None, typer.Option("--until", metavar="WHEN", help="Before that day [default: today is the last]")
    ] = None,
    form: Annotated[
        CoverageFormat | None, typer.Option("--format", help="table [default], csv, json (one array).")
    ] = None,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say for each site and day what was published as far as is known, what is held of it, and what is not.

    Example: disway coverage --site radartegal --since 7d

    A day is one of the site's own zone. Known is held, refused and pending together; missing counts ids between held
    ones of which nothing is known. Median and p95 are from publication to the first capture. With --json the answer is
    one object: rows, and their total. docs/analysts.md has every column.
    """
    if as_json and form is not None:
        raise UsageError("--json and --format both want stdout: leave one out")
    settings = configuration(config, archive)
    now = datetime.now(UTC)
    end = None if until is None else parse_day(until, "--until", now, ends=True)
    days = Days(parse_day(since, "--since", now), end, now)
    network = settings.site_network()
    with Archive.open(store_of(settings)) as opened:
        sites = covered_sites(opened, network, site or [])
        found = coverage(opened, sites, days)
    if as_json:
        print_json(plain({"rows": found.rows, "total": found.total}))
    elif form is CoverageFormat.CSV or form is CoverageFormat.JSON:
        with destination(STDOUT) as out:
            (write_csv if form is CoverageFormat.CSV else write_json)(found, out)
    else:
        _print_table(found, {covered.site: ZoneInfo(covered.zone) for covered in sites})


def _print_table(found: Coverage, zones: Mapping[str, ZoneInfo]) -> None:
    lines = [_line(row, zones[row["site"]]) for row in found.rows]
    _, shortened = write_rows(_TITLES, [*lines, _line(found.total | {"site": "total"}, UTC)], sys.stdout)
    silent = sum(row["known"] == 0 for row in found.rows)
    notes = [f"{silent} of {len(lines)} rows have no known article"]
    if found.total["undated"]:
        notes.append(f"known articles on no day: {found.total['undated']}, whose ids are below all that are held")
    if shortened:
        notes.append(f"{shortened} values were shortened to fit the terminal: --format csv or json gives them whole")
    typer.echo(f"({'; '.join(notes)})", err=True)


def _line(row: Row, zone: Any) -> tuple[Any, ...]:
    return (
        *(row[name] for name in ("site", "day", "known", "held", "missing", "pending")),
        _tally(row["refused"]),
        *(row[name] for name in ("gone", "holes", "leads")),
        row["last_look"].astimezone(zone).isoformat(" ", "minutes") if row["last_look"] else "never",
        _span(row["freshness_median_s"]),
        _span(row["freshness_p95_s"]),
        _tally(row["first_seen_by"]),
        _tally(row["never_seen_by"]),
        _remark(row),
    )


def _tally(counts: Mapping[str, int]) -> str:
    """`section 12, feed 3`."""
    return ", ".join(f"{word} {count}" for word, count in counts.items())


def _span(seconds: float | None) -> str:
    """`14 min`, `3.2 h`."""
    if seconds is None:
        return ""
    size, unit = next((entry for entry in _UNITS if abs(seconds) >= entry[0]), _UNITS[-1])
    return f"{seconds / size:.{0 if unit in ('s', 'min') else 1}f} {unit}"


def _remark(row: Row) -> str:
    remarks = {"no article known": row["known"] == 0, "nobody looked": row["looked"] is False}
    return ", ".join(text for text, holds in remarks.items() if holds)
