"""`disway crawl` and `disway recover`: the verbs that write."""

import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Never

import typer

from access.moments import parse_moment
from access.table import harmless
from cli.errors import ExitCode
from cli.options import ArchiveOption, ConfigOption, JsonOption, configuration, print_json
from crawler.config import Config
from crawler.report import RunReport
from news.counters import Counter
from news.duration import parse_duration
from news.errors import UsageError
from news.plan import ALL_SOURCES, SourceKind

if TYPE_CHECKING:
    from crawler.run import Run

_SUMMARY = (
    (Counter.FETCHED, "fetched"),
    (Counter.ARTICLES_NEW, "new"),
    (Counter.ARTICLES_CHANGED, "changed"),
    (Counter.ARTICLES_GONE, "gone"),
    (Counter.ARTICLES_REFUSED, "refused"),
    (Counter.ARTICLES_PENDING, "to be tried again"),
)
_FURTHER = (
    (Counter.RECHECKS_SHORT, "{} articles are due for a recheck and wait: the budget of [recheck] window is spent"),
    (Counter.HOLES, "{} polls met nothing known: the holes are recorded, `disway coverage` shows them"),
    (Counter.GAPS_TRIED, "{} ids that nobody names were tried"),
    (Counter.GAPS_LEFT, "{} such ids wait for another run: the budget is spent"),
    (Counter.GAPS_TOO_WIDE, "{} ids were not tried: so many cannot have been given in their time"),
    (Counter.ENTRIES_OVER_QUOTA, "{} entries of feeds and sitemaps wait for later runs: a document has a quota"),
    (Counter.GOOGLE_ROBOTS_BLOCKED, "Google News was not asked: its robots.txt forbids it and is not overridden"),
    (Counter.GOOGLE_BREAKER_OPEN, "Google News was not asked: it refused earlier and is left alone for now"),
    (Counter.GOOGLE_UNRESOLVED, "{} items of Google News could not be decoded and wait"),
)


NoLeaseOption = Annotated[
    bool,
    typer.Option("--no-lease", help="Crawl even if another crawl is under way; the two share no pace."),
]


def add_to(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("crawl")(crawl)
    app.command("recover")(recover)


def crawl(
    *,
    site: Annotated[
        list[str] | None,
        typer.Option("--site", metavar="ID", help="Only this site; may be repeated [default: all active]"),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="WHEN",
            help="Walk listings back to here: 2d, 2026-11-01 [default: to known ground; 2d for a site never crawled]",
        ),
    ] = None,
    google_news: Annotated[
        bool,
        typer.Option(
            "--google-news",
            help="Follow Google News in this run, whenever it was asked last. [google_news] says what it takes.",
        ),
    ] = False,
    source: Annotated[
        list[SourceKind] | None,
        typer.Option("--source", help="Follow only this; may be repeated [default: all that is turned on]"),
    ] = None,
    spread: Annotated[
        str | None,
        typer.Option(
            "--spread", metavar="SPAN", help="Start the sites one by one over this span: 2m [default: all at once]"
        ),
    ] = None,
    no_lease: NoLeaseOption = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log each step to stderr.")] = False,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Crawl the sites once, deliver to the archive, and exit: what cron calls.

    Example: disway crawl --site radartegal --site palpos --since 7d

    While another crawl of the archive is under way nothing is done but to record that this one was skipped.

    Exit codes: 0 all well, or skipped; 1 a site failed; 2 nothing done; 3 something waits in the spool for the next
    run; 130 stopped by Ctrl-C, safe.
    """
    from crawler.run import choose_sites, open_run  # noqa: PLC0415  reading verbs do not need it

    settings = configuration(config, archive, {"google_news": {"enabled": True}} if google_news else {})
    network = settings.site_network()
    sites = choose_sites(network, site or [])
    bound = parse_moment(since, "--since", datetime.now(UTC)) if since else None
    sources, over = _sources(source or (), settings, google_news=google_news), _span(spread)
    carry_out(
        lambda: open_run(
            settings,
            network,
            sites,
            os.environ,
            since=bound,
            google_news_now=google_news,
            sources=sources,
            spread=over,
            with_lease=not no_lease,
        ),
        verbose=verbose,
        as_json=as_json,
    )


def carry_out(begin: Callable[[], "Run"], *, verbose: bool, as_json: bool) -> Never:
    """Begin a run and see it to its end, say how it went, and end with its exit code."""
    from crawler.preparing import RunSkipped  # noqa: PLC0415  as above

    try:
        run = begin()
    except RunSkipped as skipped:
        sys.stderr.write(f"{skipped}\n")
        if as_json:
            outcome = {"outcome": "skipped", "reason": skipped.reason, "exit_code": 0}
            print_json({"run_id": skipped.run_id} | outcome | {"counts": {}, "degraded": {}, "undelivered": 0})
        raise typer.Exit(0) from None
    from crawler.run import crawl as crawl_on  # noqa: PLC0415  loads Scrapy

    report = crawl_on(run, "INFO" if verbose else "WARNING")
    summarise(report)
    if as_json:
        print_json(facts(report))
    raise typer.Exit(report.exit_code)


def _sources(asked: Sequence[SourceKind], settings: Config, *, google_news: bool) -> frozenset[SourceKind]:
    if SourceKind.GOOGLE_NEWS in asked and not settings.google_news.enabled:
        raise UsageError("--source google_news: it is not turned on: set [google_news] enabled, or add --google-news")
    wanted = frozenset(asked) or ALL_SOURCES
    return wanted | {SourceKind.GOOGLE_NEWS} if google_news else wanted


def _span(spread: str | None) -> timedelta:
    try:
        return parse_duration(spread) if spread else timedelta(0)
    except ValueError as error:
        raise UsageError(f"--spread {error}") from None


def recover(
    *,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Deliver what earlier runs left in the spool. Every command that writes does this first by itself.

    Example: disway recover --archive s3://news/disway

    Exit codes: 0 all is delivered; 1 the archive is damaged; 3 something stays in the spool, or the store does not
    answer.
    """
    from crawler.preparing import recover as deliver  # noqa: PLC0415  as above

    found = deliver(configuration(config, archive), os.environ)
    waits = f"{found.undelivered} segments stay in the spool" if found.undelivered else "nothing waits in the spool"
    sys.stderr.write(f"{found.delivered} segments delivered; {waits}\n")
    _say_elsewhere(found.elsewhere)
    if as_json:
        print_json({"delivered": found.delivered, "undelivered": found.undelivered})
    if found.trouble:
        sys.stderr.write(f"the archive is damaged: {harmless(found.message)}\n")
        raise typer.Exit(ExitCode.UNDELIVERED if found.undelivered else ExitCode.DEGRADED)
    if found.undelivered:
        raise typer.Exit(ExitCode.UNDELIVERED)


def _say_elsewhere(segments: Mapping[str, int]) -> None:
    for archive, count in segments.items():
        uri = harmless(archive.rpartition(" ")[2] if "://" in archive else archive)
        sys.stderr.write(
            f"  {count} of them are for {uri}: `disway recover --archive {shlex.quote(uri)}` delivers them\n"
        )


def summarise(report: RunReport) -> None:
    """Say on stderr how a run ended."""
    counted = ", ".join(f"{report.counts.get(counter.value, 0)} {word}" for counter, word in _SUMMARY)
    sys.stderr.write(f"run {report.plan.run_id}: {report.outcome}; {counted}\n")
    for reason in sorted(set(report.degraded.values())):
        sites = sorted(site for site, why in report.degraded.items() if why == reason)
        sys.stderr.write(f"  {reason}: {', '.join(sites)}\n")
    for counter, said in _FURTHER:
        if count := report.counts.get(counter.value):
            sys.stderr.write(f"  {said.format(count)}\n")
    if report.undelivered:
        why = f" ({report.delivery_trouble})" if report.delivery_trouble else ""
        then = "" if report.elsewhere else "; the next run or `disway recover` delivers them"
        sys.stderr.write(f"  {report.undelivered} segments wait in the spool{why}{then}\n")
        _say_elsewhere(report.elsewhere)


def facts(report: RunReport) -> dict[str, object]:
    """How a run ended, for `--json`."""
    totals = {c.value: report.counts[c.value] for c in Counter if c.value in report.counts}
    return {
        "run_id": report.plan.run_id,
        "outcome": report.outcome,
        "reason": report.reason,
        "exit_code": report.exit_code,
        "counts": totals,
        "degraded": report.degraded,
        "undelivered": report.undelivered,
        # For the service that fired it, which tells it on /metrics and /healthz.
        **({"row": report.row(datetime.now(UTC)) | {"fills": []}} if report.fire else {}),
    }
