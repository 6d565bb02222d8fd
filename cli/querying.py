"""`disway sql`."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from access.archive import Archive
from access.formats import Format, write, write_json_object
from access.output import STDOUT, destination
from access.result import Result
from access.table import write_table
from cli.options import ArchiveOption, ConfigOption, JsonOption, configuration, print_json, store_of
from news.errors import UsageError


class SqlFormat(StrEnum):
    """How `disway sql` prints."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("sql")(sql)


def sql(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="One SELECT statement, in DuckDB's SQL.")],
    *,
    form: Annotated[
        SqlFormat | None, typer.Option("--format", help="table [default], csv, json (one array), parquet (binary).")
    ] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="PATH", help="Write there; - means stdout.")
    ] = STDOUT,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the archive in SQL: the views articles, versions, captures, sightings, sources, leads, backfill, events, runs
    and ledger.

    Example: disway sql "SELECT site, count(*) AS articles FROM articles GROUP BY site ORDER BY articles DESC"

    `disway sql "DESCRIBE articles"` lists the columns of a view. Instants are in UTC. With --json the answer is
    one object: columns, rows, row_count; together with -o it is a summary.
    """
    if as_json and form is not None and output == STDOUT:
        raise UsageError(
            "--json and --format both want stdout: leave one out, or write the rows to a file with -o PATH"
        )
    with Archive.open(store_of(configuration(config, archive))) as opened:
        result = opened.query(query)
        if as_json and output == STDOUT:
            with destination(STDOUT) as out:
                write_json_object(result, out)
        elif form in (None, SqlFormat.TABLE) and output == STDOUT:
            _print_table(result)
        else:
            chosen = _file_format(form)
            with destination(output, binary=chosen is Format.PARQUET) as out:
                rows = write(result, chosen, out)
            if as_json:
                print_json({"rows": rows, "format": chosen.value, "output": output})


def _file_format(form: SqlFormat | None) -> Format:
    if form is None or form is SqlFormat.TABLE:
        raise UsageError("a table is for the screen: choose --format csv, json or parquet for a file")
    return Format(form.value)


def _print_table(result: Result) -> None:
    rows, shortened = write_table(result, sys.stdout)
    note = f"{rows} row{'' if rows == 1 else 's'}"
    if shortened:
        note += (
            f"; {shortened} values were shortened to fit the terminal: --format csv, json or parquet gives them whole"
        )
    typer.echo(f"({note})", err=True)
