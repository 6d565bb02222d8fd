"""`disway reparse`."""

import os
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Self

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from access.moments import parse_moment
from access.table import harmless, write_rows
from cli.options import ArchiveOption, ConfigOption, JsonOption, configuration, print_json, store_of
from crawler.reparse_diff import Effect, FieldDiff, ReparseDiff
from news.errors import UsageError
from news.site import Network

if TYPE_CHECKING:
    from crawler.reparse_report import ReparseReport

_WIDTH = 60
"""Characters of a value that an example shows."""
_LEAD = 20
"""Of them, before the first that differs."""
_PLAIN_EVERY_S = 30.0


class ReparseFormat(StrEnum):
    """How `disway reparse` prints what differs."""

    TABLE = "table"
    JSON = "json"


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("reparse")(reparse)


def reparse(
    *,
    site: Annotated[
        list[str] | None, typer.Option("--site", metavar="ID", help="Only this site; may be repeated [default: all]")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="WHEN", help="Published from then on: 7d, or a date such as 2026-03-05."),
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="WHEN", help="Published before then.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would differ, and write nothing.")] = False,
    no_lease: Annotated[
        bool, typer.Option("--no-lease", help="Read even if another `disway reparse` is under way.")
    ] = False,
    form: Annotated[ReparseFormat | None, typer.Option("--format", help="table [default], json.")] = None,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read archived pages again with today's readers, and keep what they find.

    Example: disway reparse --site radartegal --dry-run

    Every version is read again, from its records in the archive; nothing is fetched. A reading that differs takes the
    place of the one before it: no version is added, and the old reading is kept. Pages that no reader could read when
    they were fetched become articles if they are some today. What has no date of publication counts by its capture.

    Exit codes: 0 all well, or skipped; 1 some pages cannot be read, a line for each on stderr, or the archive is
    damaged; 2 nothing done; 3 something waits in the spool, the spool takes no more, or the store does not answer; 130
    stopped by Ctrl-C, safe.
    """
    if as_json and form is not None:
        raise UsageError("--json and --format both want stdout: leave one out")
    settings = configuration(config, archive)
    environ = dict(os.environ)
    store_of(settings)
    from crawler.preparing import RunSkipped  # noqa: PLC0415
    from crawler.reparse import Onlooker  # noqa: PLC0415  no client is made before the proxies are forgotten
    from crawler.reparse import reparse as carry_out  # noqa: PLC0415
    from storage.rebuild_items import Scope  # noqa: PLC0415

    network, now = settings.site_network(), datetime.now(UTC)
    scope = Scope(
        _chosen(network, site or []),
        parse_moment(since, "--since", now) if since else None,
        parse_moment(until, "--until", now) if until else None,
    )
    with _Progress() as progress:
        onlooker = Onlooker(progress.began, progress.read, progress.unreadable)
        try:
            report = carry_out(settings, network, scope, environ, onlooker, dry_run=dry_run, with_lease=not no_lease)
        except RunSkipped as skipped:
            sys.stderr.write(f"{skipped}\n")
            raise typer.Exit(0) from None
    if as_json or form is ReparseFormat.JSON:
        print_json(_facts(report))
    else:
        _print_diff(report.diff)
    _summarise(report)
    raise typer.Exit(report.exit_code)


def _chosen(network: Network, asked: list[str]) -> frozenset[str] | None:
    """The sites that are asked for, crawled today or not; None: all. Raises UsageError."""
    for name in asked:
        if name not in network.sites:
            raise UsageError(f"--site {name}: no such site; `disway sites` lists them")
    return frozenset(asked) or None


class _Progress:
    """How far it is: a bar on a terminal, a plain line twice a minute elsewhere."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        console = Console(stderr=True)
        self._bar = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._bar.add_task("looking for what to read", total=None)
        self._done, self._total = 0, 0
        self._told_at = time.monotonic()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def began(self, total: int) -> None:
        """It is known how much there is."""
        self._total = total
        self._bar.update(self._task, total=total, description="pages read again")

    def read(self) -> None:
        """One more."""
        self._done += 1
        self._bar.advance(self._task)
        if self._bar.disable and time.monotonic() - self._told_at >= _PLAIN_EVERY_S:
            self._told_at = time.monotonic()
            sys.stderr.write(f"{self._done} of {self._total} pages read again\n")

    def unreadable(self, where: str, why: str) -> None:
        """Something cannot be read: a line of its own."""
        self._bar.console.print(harmless(f"{where}: {why}"), markup=False, highlight=False, soft_wrap=True)


def _print_diff(diff: ReparseDiff) -> None:
    if diff.fields:
        lines = [(name, *(found.counts[effect] for effect in Effect)) for name, found in sorted(diff.fields.items())]
        write_rows(("field", *(effect.value for effect in Effect)), lines, sys.stdout)
    for name, found in sorted(diff.fields.items()):
        for line in _examples(name, found):
            sys.stdout.write(f"{line}\n")


def _examples(name: str, found: FieldDiff) -> list[str]:
    lines = []
    for effect in Effect:
        for example in found.examples.get(effect, ()):
            old, new = excerpts(example.old, example.new)
            lines.append(f"{name} {effect}: {example.article_key} of {example.captured_at}: {old} -> {new}")
    return lines


def excerpts(old: Any, new: Any) -> tuple[str, str]:
    """Both values where they begin to differ, short, and harmless to a terminal."""
    before, after = _as_text(old), _as_text(new)
    pairs = zip(before, after, strict=False)
    same = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(before), len(after)))
    start = max(0, same - _LEAD)
    return _cut(before, start), _cut(after, start)


def _as_text(value: Any) -> str:
    if value is None or value == []:
        return ""
    if isinstance(value, list):
        return ", ".join(str(v.get("url", v)) if isinstance(v, dict) else str(v) for v in value)
    return str(value)


def _cut(text: str, start: int) -> str:
    if not text:
        return "(nothing)"
    shown = text[start : start + _WIDTH]
    return harmless(f"{'…' if start else ''}{shown}{'…' if start + _WIDTH < len(text) else ''}") or "(ends before)"


def _summarise(report: "ReparseReport") -> None:
    diff = report.diff
    done = "would be kept" if report.dry_run else "kept"
    sys.stderr.write(f"{diff.versions} versions read again, {diff.differing} read otherwise: {done}\n")
    if diff.visits:
        none = ", ".join(f"{reason} {count}" for reason, count in diff.still_none.most_common())
        sys.stderr.write(
            f"{diff.visits} visits that came to nothing: {diff.new_articles} new articles, "
            f"{diff.new_versions} new versions{f'; still none: {none}' if none else ''}\n"
        )
    if diff.reopened:
        sys.stderr.write(f"{diff.reopened} articles lack parts that were never fetched: the next crawl asks for them\n")
    if diff.unreadable:
        sys.stderr.write(f"{diff.unreadable} versions or visits cannot be read: `disway verify` says more\n")
    if report.stopped:
        sys.stderr.write(f"stopped: {harmless(report.detail or report.stopped)}; run it again for the rest\n")
    if report.undelivered:
        sys.stderr.write(
            f"{report.undelivered} segments wait in the spool ({report.delivery_trouble}); "
            "the next run or `disway recover` delivers them\n"
        )


def _facts(report: "ReparseReport") -> dict[str, Any]:
    diff = report.diff
    fields = {
        name: {
            **{effect.value: found.counts[effect] for effect in Effect},
            "examples": [
                {"effect": effect.value, **example._asdict()}
                for effect in Effect
                for example in found.examples.get(effect, ())
            ],
        }
        for name, found in sorted(diff.fields.items())
    }
    counted = {k: v for k, v in asdict(diff).items() if isinstance(v, int)}
    return {
        "run_id": None if report.dry_run else report.run_id,
        "outcome": report.outcome,
        "reason": report.reason,
        "exit_code": report.exit_code,
        **counted,
        "found": diff.found,
        "still_none": dict(diff.still_none),
        "fields": fields,
        "undelivered": report.undelivered,
    }
