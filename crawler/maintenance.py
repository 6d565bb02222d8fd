"""One run of `disway maintain`: all that is kept in order, and the row that says so."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from crawler.config import Config
from crawler.fire import Fire
from crawler.report import run_row
from crawler.rows import instant
from crawler.run import archive_name, make_spool_dir
from news.errors import ArchiveDamaged, StoreUnavailable
from storage.config import StoreOptions
from storage.maintain import TableKept, Upkeep, commit_repairs, keep_tables, losses, superseding
from storage.maintain_leftovers import broken_uploads, forgotten_folders
from storage.run_rows import keep_run_rows
from storage.schema import Row
from storage.scratch import scratch_folder
from storage.spool import new_run_id
from storage.tables import AppId, Tables

COMMAND = "maintain"

Suspects = tuple[Iterable[tuple[str, list[str]]], Iterable[str]]
"""Articles with several head rows: key, and the rows, the one that is to stay first; and WARC objects to look for."""


@dataclass(slots=True)
class MaintenanceReport:
    """What was done, or with a dry run would be."""

    run_id: str
    tables: list[TableKept] = field(default_factory=list)
    mended: int = 0
    """Rows that were a second head of an article."""
    lost: int = 0
    """WARC objects that rows point at and that are not there; each is told once."""
    uploads: int = 0
    """Uploads in parts that were begun long ago and never finished."""
    folders: int = 0
    """Of killed processes, beside the spools."""

    def facts(self) -> dict[str, Any]:
        """For `--json`."""
        counts = {"mended": self.mended, "lost": self.lost, "uploads": self.uploads, "folders": self.folders}
        return {"run_id": self.run_id, "tables": [kept.facts() for kept in self.tables], **counts}


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

        Leaves a row in `runs`, also when the store is lost meanwhile.

        Raises UsageError with nothing done, StoreUnavailable.
        """
        report = MaintenanceReport(self.begun["run_id"])
        tables = Tables(self.options)
        with self._row(tables):
            now = datetime.now(UTC)
            heads, objects = suspects()
            mended = superseding(heads, report.run_id, now)
            lost = losses(tables.store, objects, report.run_id, now)
            report.mended, report.lost = len(mended), len(lost)
            if not self.dry_run:
                commit_repairs(tables, [*mended, *lost], report.run_id)
            with scratch_folder(self.config.spool.dir) as folder:
                settings = self.config.maintain
                upkeep = Upkeep(settings.retention, settings.target_bytes, folder, self.dry_run)
                report.tables.extend(keep_tables(tables, upkeep))
            report.uploads = broken_uploads(self.options, now, dry_run=self.dry_run)
            report.folders = forgotten_folders(self.config.spool.dir, dry_run=self.dry_run)
        return report

    @contextmanager
    def _row(self, tables: Tables) -> Iterator[None]:
        """The run's row: committed when all went well, else kept in the spool until the store is there again."""
        if self.dry_run:
            yield
            return
        try:
            yield
            row = self._ended("ok", None)
            tables.append("runs", [row], AppId(f"run-{self.begun['run_id']}", 1))
        except (StoreUnavailable, ArchiveDamaged) as error:
            keep_run_rows(self.config.spool.dir, archive_name(self.options), [self._ended("failed", str(error))])
            raise

    def _ended(self, outcome: str, reason: str | None) -> Row:
        ended = {"finished_at": instant(datetime.now(UTC)), "outcome": outcome, "reason": reason, "undelivered": 0}
        return self.begun | ended
