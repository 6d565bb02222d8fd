"""`disway backfill`."""

import os
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import typer

from access.moments import parse_day, parse_moment
from cli.crawling import NoLeaseOption, carry_out
from cli.options import ArchiveOption, ConfigOption, JsonOption, configuration
from news.errors import UsageError
from news.plan import GAPS_BUDGET, BackfillPlan

_BEFORE_ALL = date(1970, 1, 1)
"""Nothing was on the web yet."""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("backfill")(backfill)


def backfill(
    *,
    site: Annotated[list[str], typer.Option("--site", metavar="ID", help="The site; may be repeated.")],
    begin: Annotated[str, typer.Option("--from", metavar="WHEN", help="The first day: 2026-02-01, or 90d before now.")],
    end: Annotated[
        str | None,
        typer.Option("--to", metavar="WHEN", help="The last day [default: today]"),
    ] = None,
    gaps: Annotated[
        bool, typer.Option("--gaps", help="Also try the ids that are missing between known ones, one by one.")
    ] = False,
    budget: Annotated[
        int | None,
        typer.Option(
            "--budget",
            metavar="N",
            min=0,
            help=f"With --gaps: ids of one site that this run tries [default: {GAPS_BUDGET}]",
        ),
    ] = None,
    no_lease: NoLeaseOption = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log each step to stderr.")] = False,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Archive what a site still lists of some days: sections, tags, search, sitemaps, Google News where it is on.

    Example: disway backfill --site radartegal --from 2026-02-01 --to 2026-02-28 --gaps

    Days are those of publication in Asia/Jakarta, the last one included. Called again for the same days it goes on
    where it stopped, and asks for nothing that is done; `disway coverage` says what is missing. Exit codes are those
    of `disway crawl`.
    """
    from crawler.run import choose_sites, open_run  # noqa: PLC0415  reading verbs do not need it

    settings = configuration(config, archive)
    network = settings.site_network()
    plan = _plan(begin, end, gaps=gaps, budget=budget)
    sites = choose_sites(network, site)
    carry_out(
        lambda: open_run(settings, network, sites, os.environ, backfill=plan, with_lease=not no_lease),
        verbose=verbose,
        as_json=as_json,
    )


def _plan(begin: str, end: str | None, *, gaps: bool, budget: int | None) -> BackfillPlan:
    now = datetime.now(UTC)
    today = parse_day("0d", "--to", now)
    first, last = parse_day(begin, "--from", now), parse_day(end, "--to", now) if end else today
    if first > today:
        raise UsageError(f"--from {begin}: this day is still to come")
    if first > last:
        raise UsageError(f"--from {begin} --to {end}: the last day must not come before the first")
    if budget is not None and not gaps:
        raise UsageError("--budget is about the ids that --gaps tries: give both or none")
    first, last = max(first, _BEFORE_ALL), min(last, today)
    return BackfillPlan(
        _begin_of(first, now),
        _begin_of(last + timedelta(days=1), now),
        gaps=gaps,
        budget=GAPS_BUDGET if budget is None else budget,
    )


def _begin_of(day: date, now: datetime) -> datetime:
    return parse_moment(day.isoformat(), "--from", now).astimezone(UTC)
