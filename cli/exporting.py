"""`disway export`."""

from collections.abc import Container
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from access.archive import Archive
from access.export import Selection
from access.formats import Format, write
from access.moments import parse_moment
from access.output import STDOUT, destination
from cli.options import ArchiveOption, ConfigOption, JsonOption, configuration, print_json, store_of
from news.errors import UsageError


class ExportFormat(StrEnum):
    """What an export is written as."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"
    WACZ = "wacz"


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("export")(export)


def export(
    *,
    form: Annotated[ExportFormat, typer.Option("--format", help="jsonl, csv or parquet; wacz comes later.")],
    output: Annotated[str, typer.Option("--output", "-o", metavar="PATH", help="Write there; - means stdout.")],
    site: Annotated[
        list[str] | None, typer.Option("--site", metavar="ID", help="Only this site; may be repeated.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="WHEN", help="Published then or later: 2d, 2026-03-05 (Asia/Jakarta), or ISO 8601."
        ),
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="WHEN", help="Published before.")] = None,
    where: Annotated[
        str | None, typer.Option("--where", metavar="SQL", help="Only articles for which this condition holds.")
    ] = None,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write articles, each in its newest version, with all columns of the view `articles`.

    Example: disway export --format parquet --since 2026-03-01 -o march.parquet

    The file appears when it is complete. Lists and structs are JSON in CSV.
    """
    if form is ExportFormat.WACZ:
        raise UsageError("wacz cannot be exported yet, it comes with a later version: choose jsonl, csv or parquet")
    if as_json and output == STDOUT:
        raise UsageError("--json and -o - both want stdout: leave one out")
    settings = configuration(config, archive)
    now = datetime.now(UTC)
    selection = Selection(
        sites=_known(site or [], settings.site_network().sites),
        since=parse_moment(since, "--since", now) if since is not None else None,
        until=parse_moment(until, "--until", now) if until is not None else None,
        where=where,
    )
    statement, parameters = selection.sql()
    chosen = Format(form.value)
    with Archive.open(store_of(settings)) as opened, destination(output, binary=chosen is Format.PARQUET) as out:
        rows = write(opened.query(statement, parameters), chosen, out)
    if as_json:
        print_json({"rows": rows, "format": chosen.value, "output": output})
    else:
        typer.echo(f"{rows} article{'' if rows == 1 else 's'} written", err=True)


def _known(wanted: list[str], sites: Container[str]) -> list[str]:
    for name in wanted:
        if name not in sites:
            raise UsageError(f"--site {name}: no such site: `disway sites` lists them")
    return wanted
