"""`disway verify`."""

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from cli.options import ArchiveOption, ConfigOption, JsonOption, configuration, print_json, store_of
from news.errors import UsageError


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("verify")(verify)


def verify(
    *,
    limit: Annotated[
        int, typer.Option("--limit", min=0, help="Print at most so many findings, count all; 0 = print all.")
    ] = 0,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Re-read every record and every row of the archive and hold them against each other.

    Example: disway verify --archive s3://news/disway

    Exit codes: 0 clean; 1 damage was found, a line for each; 3 the store does not answer.
    """
    options = store_of(configuration(config, archive))
    from storage.opening import open_store  # noqa: PLC0415  no client is made before the proxies are forgotten
    from storage.tables import Tables  # noqa: PLC0415
    from storage.verify import VerifyCounts, findings  # noqa: PLC0415

    store, tables = open_store(options), Tables(options)
    if tables.open("captures") is None and not any(store.list("warc/")):
        raise UsageError(f"no archive at {options.uri}: run `disway crawl` first")
    counts = VerifyCounts()
    found = 0
    for finding in findings(store, tables, counts):
        found += 1
        if not limit or found <= limit:
            sys.stdout.write(f"{finding.where}: {finding.what}\n")
    if limit and found > limit:
        sys.stdout.write(f"... and {found - limit} more\n")
    sys.stderr.write(
        f"{counts.objects} WARC files, {counts.records} records, {counts.pointers} pointers: "
        f"{'clean' if not found else f'{found} findings'}\n"
    )
    if as_json:
        print_json({**asdict(counts), "findings": found})
    raise typer.Exit(1 if found else 0)
