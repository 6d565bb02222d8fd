"""`disway verify`."""

import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.options import ArchiveOption, ConfigOption, JsonOption, configuration, print_json, store_of
from news.errors import UsageError
from storage.config import StoreOptions


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("verify")(verify)


def verify(
    *,
    limit: Annotated[
        int, typer.Option("--limit", min=0, help="Print at most so many findings, count all; 0 = print all.")
    ] = 0,
    ledger: Annotated[
        bool, typer.Option("--ledger", help="Prove instead that discovered = archived + refused + pending.")
    ] = False,
    sample: Annotated[
        float | None,
        typer.Option(
            "--sample",
            metavar="SHARE",
            min=0.0001,
            max=1.0,
            help="Read only this share of the WARC files again, others each day: 0.05 has seen all after 20 days.",
        ),
    ] = None,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Re-read every record and every row of the archive and hold them against each other.

    Example: disway verify --archive s3://news/disway

    With --ledger: show that every article that was ever linked is archived, refused for a reason, or pending.

    Exit codes: 0 clean; 1 damage was found, a line for each; 3 the store does not answer.
    """
    if ledger and sample is not None:
        raise UsageError("--ledger reads no WARC files: leave out --sample")
    options = store_of(configuration(config, archive))
    if ledger:
        raise typer.Exit(_verify_ledger(options, limit, as_json=as_json))
    from storage.opening import open_store  # noqa: PLC0415  no client is made before the proxies are forgotten
    from storage.tables import Tables  # noqa: PLC0415
    from storage.verify import VerifyCounts, findings, rotating_sample  # noqa: PLC0415

    store, tables = open_store(options), Tables(options)
    if not any(store.list("warc/")) and tables.open("captures") is None:
        raise UsageError(f"no archive at {options.uri}: run `disway crawl` first")
    counts = VerifyCounts()
    chosen = rotating_sample(1.0 if sample is None else sample, datetime.now(UTC).date())
    told = (f"{finding.where}: {finding.what}" for finding in findings(store, tables, counts, chosen))
    found = _tell(told, limit)
    sys.stderr.write(
        f"{counts.objects} WARC files, {counts.records} records, {counts.pointers} pointers: "
        f"{'clean' if not found else f'{found} findings'}\n"
    )
    if as_json:
        print_json({**asdict(counts), "findings": found})
    raise typer.Exit(1 if found else 0)


def _verify_ledger(options: StoreOptions, limit: int, *, as_json: bool) -> int:
    """Print what does not add up; the exit code."""
    from access.archive import Archive  # noqa: PLC0415  as above
    from access.ledger import check_ledger  # noqa: PLC0415

    with Archive.open(options) as opened:
        checked = check_ledger(opened)
    _tell((f"{key} {what}" for key, what in checked.broken), limit)
    states = " + ".join(f"{number} {state}" for state, number in checked.states.items())
    sys.stderr.write(f"{checked.discovered} discovered {'=' if checked.adds_up else 'is not'} {states}\n")
    if as_json:
        print_json({"discovered": checked.discovered, **checked.states, "findings": len(checked.broken)})
    return 0 if checked.adds_up else 1


def _tell(findings: Iterable[str], limit: int) -> int:
    """Print at most `limit` findings, all when it is 0; how many there are."""
    found = 0
    for line in findings:
        found += 1
        if not limit or found <= limit:
            sys.stdout.write(f"{line}\n")
    if limit and found > limit:
        sys.stdout.write(f"... and {found - limit} more\n")
    return found
