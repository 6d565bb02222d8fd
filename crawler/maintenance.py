"""One run of `disway maintain`: all that is kept in order, and the row that says so."""

import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from crawler.config import Config
from crawler.fire import Fire
from crawler.logs import one_line
from crawler.preparing import archive_name, make_spool_dir
from crawler.report import EXIT_DEGRADED, EXIT_OK, run_row
from crawler.rows import instant
from crawler.stopping import sigterm_as_sigint
from news.errors import ArchiveDamaged, DiswayError, UsageError
from storage.config import StoreOptions
from storage.maintain import TableKept, Upkeep, commit_repairs, keep_tables, losses, superseding
from storage.maintain_leftovers import broken_uploads, forgotten_folders
from storage.run_rows import keep_run_rows
from storage.schema import Row
from storage.scratch import scratch_folder
from storage.spool import SpoolFull, new_run_id
from storage.spool_room import SpoolRoom
from storage.tables import AppId, Tables

logger = logging.getLogger(__name__)

COMMAND = "maintain"

Suspects = tuple[Iterable[tuple[str, list[str]]], Iterable[str]]
"""Articles with several head rows: key, and the rows, the one that is to stay first; and WARC objects to look for."""


@dataclass(slots=True)
class MaintenanceReport:
    """What was done, or with a dry run would be."""

    run_id: str
    begun: bool = False
    """Whether there is an archive, and something may have been done to it."""
    tables: list[TableKept] = field(default_factory=list)
    mended: int = 0
    """Rows that were a second head of an article."""
    lost: int = 0
    """WARC objects that rows point at and that are not there; each is told once."""
    unlooked: str = ""
    """Why nobody could look for repairs."""
    uploads: int = 0
    """Uploads in parts that were begun long ago and never finished."""
    folders: int = 0
    """Of killed processes, beside the spools."""

    @property
    def reason(self) -> str | None:
        """The value of `runs.reason`: damage that was found, and what was not done."""
        found = [f"{self.lost} WARC objects are lost: `disway verify` names what points at them"] if self.lost else []
        found += [f"left as it is: {kept.name}: {kept.damaged}" for kept in self.tables if kept.damaged]
        found += [f"not looked for repairs: {self.unlooked}"] if self.unlooked else []
        if short := [kept for kept in self.tables if kept.no_room]:
            found.append(f"not compacted: {', '.join(kept.name for kept in short)}: {short[0].no_room}")
        return "; ".join(found) or None

    @property
    def outcome(self) -> str:
        """The value of `runs.outcome`."""
        return "degraded" if self.reason else "ok"

    @property
    def exit_code(self) -> int:
        """As the contract has it."""
        return EXIT_DEGRADED if self.reason else EXIT_OK

    def facts(self) -> dict[str, Any]:
        """For `--json`."""
        counts = {"mended": self.mended, "lost": self.lost, "uploads": self.uploads, "folders": self.folders}
        ended = {"outcome": self.outcome, "reason": self.reason}
        return {"run_id": self.run_id, **ended, "tables": [kept.facts() for kept in self.tables], **counts}


@dataclass(frozen=True, slots=True)
class Maintenance:
    """A maintenance of the archive at `options`."""

    config: Config
    options: StoreOptions
    begun: Row
    dry_run: bool

    @classmethod
    def begin(cls, config: Config, options: StoreOptions, environ: Mapping[str, str], *, dry_run: bool) -> Self:
        """Raises UsageError when the folder of the spools cannot be written: large files are sorted there."""
        make_spool_dir(config.spool.dir)
        fire, now = Fire.from_environ(environ), datetime.now(UTC)
        return cls(config, options, run_row(fire.run_id if fire else new_run_id(now), COMMAND, now, fire), dry_run)

    def carry_out(self, suspects: Callable[[], Suspects]) -> MaintenanceReport:
        """Do it all; `suspects` finds what may be in need of repair.

        Leaves a row in `runs` whatever ends it, but a UsageError with nothing done.

        Raises UsageError, StoreUnavailable; KeyboardInterrupt also by SIGTERM.
        """
        report = MaintenanceReport(self.begun["run_id"])
        tables = Tables(self.options)
        with sigterm_as_sigint(), self._row(tables, report):
            now = datetime.now(UTC)
            try:
                heads, objects = suspects()
            except ArchiveDamaged as error:  # the other tables are kept all the same
                heads, objects, report.unlooked = (), (), str(error)
            report.begun = True
            mended = superseding(heads, report.run_id, now)
            lost = losses(tables.store, objects, report.run_id, now)
            report.mended, report.lost = len(mended), len(lost)
            if not self.dry_run:
                commit_repairs(tables, [*mended, *lost], report.run_id)
            with scratch_folder(self.config.spool.dir) as folder:
                settings = self.config.maintain
                upkeep = Upkeep(settings.retention, settings.target_bytes, folder, self.dry_run, self._shortage)
                report.tables.extend(keep_tables(tables, upkeep))
            report.uploads = broken_uploads(self.options, now, dry_run=self.dry_run)
            report.folders = forgotten_folders(self.config.spool.dir, dry_run=self.dry_run)
        return report

    def _shortage(self, more: int) -> str | None:
        """The floor of the spools' disk holds for what is sorted there too; the budget is of segments alone."""
        spool = self.config.spool
        return SpoolRoom(spool.dir, sys.maxsize, spool.floor_bytes).shortage(more)

    @contextmanager
    def _row(self, tables: Tables, report: MaintenanceReport) -> Iterator[None]:
        """The run's row: committed when it came to its end, else kept in the spool for the next delivery."""
        if self.dry_run:
            yield
            return
        try:
            yield
            self._commit(tables, self._ended(report.outcome, report.reason))
        except BaseException as error:
            if report.begun or not isinstance(error, UsageError):
                self._keep(tables, self._ended(*_failure(error)))
            raise

    def _keep(self, tables: Tables, row: Row) -> None:
        try:
            try:
                keep_run_rows(self.config.spool.dir, archive_name(self.options), [row])
            except SpoolFull:
                self._commit(tables, row)
        except DiswayError as error:
            logger.warning("run %s leaves no row: %s", row["run_id"], error)

    def _commit(self, tables: Tables, row: Row) -> None:
        tables.append("runs", [row], AppId(f"run-{row['run_id']}", 1))

    def _ended(self, outcome: str, reason: str | None) -> Row:
        ended = {"finished_at": instant(datetime.now(UTC)), "outcome": outcome, "reason": reason, "undelivered": 0}
        return self.begun | ended


def _failure(error: BaseException) -> tuple[str, str]:
    """`runs.outcome` and `runs.reason` of a run that `error` ended."""
    if isinstance(error, KeyboardInterrupt):
        return "interrupted", "interrupted"
    told = str(error) if isinstance(error, DiswayError) else f"{type(error).__name__}: {error}"
    return "failed", one_line(" ".join(told.split()))
