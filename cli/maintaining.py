"""`disway maintain`."""

import os
import sys
from typing import Annotated

import typer

from access.repairs import suspects
from access.table import write_rows
from cli.options import ArchiveOption, ConfigOption, JsonOption, configuration, print_json, store_of

_COLUMNS = ("table", "files", "then", "bytes", "compacted", "removed")


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("maintain")(maintain)


def maintain(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep the archive quick and clean: what the schedule does each night.

    Example: disway maintain --archive s3://news/disway

    Small files of the tables are made large ones, files that no reader can need any more are removed, uploads that were
    never finished are ended, and articles with two newest rows are mended. Crawls and queries go on meanwhile.

    Exit codes: 0 all well; 1 WARC objects are lost, a table is damaged, or the spools' disk has no room to sort what is
    to be compacted; 2 nothing done; 3 the store does not answer: what is not done is done by the next one.
    """
    settings = configuration(config, archive)
    environ = dict(os.environ)
    options = store_of(settings)
    from crawler.maintenance import Maintenance  # noqa: PLC0415  no client is made before the proxies are forgotten

    found = Maintenance.begin(settings, options, environ, dry_run=dry_run).carry_out(lambda: suspects(options))
    lines = [(k.name, k.files_before, k.files_after, k.bytes, k.compacted, k.removed) for k in found.tables]
    if as_json:
        print_json(found.facts())
    else:
        write_rows(_COLUMNS, lines, sys.stdout)
    would = " (a dry run: nothing was done)" if dry_run else ""
    sys.stderr.write(
        f"{found.uploads} uploads ended, {found.folders} forgotten folders removed, "
        f"{found.mended} rows mended that were a second head{would}\n"
    )
    if found.reason:
        sys.stderr.write(f"{found.reason}\n")
    raise typer.Exit(found.exit_code)
