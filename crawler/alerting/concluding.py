"""The end of a crawl: judge it, keep what changed in the archive, and tell it.

Nothing here may fail a run: what goes wrong is logged, and the next run looks again.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crawler.alerting.alert import Alert, Finding, Judged
from crawler.alerting.book import AlertBook, Said
from crawler.alerting.facts import Facts
from crawler.alerting.judge_days import judge_days, judge_silence
from crawler.alerting.judge_fields import judge_fields
from crawler.alerting.judge_runs import judge_google, judge_run, judge_sites
from crawler.alerting.judge_spool import judge_delivery, judge_room
from crawler.alerting.telling import tell_untold
from crawler.fills import Fills
from crawler.rows import instant
from storage.schema import Row
from storage.seen import Seen
from storage.spool import undelivered

if TYPE_CHECKING:
    from crawler.run import Run

logger = logging.getLogger(__name__)

_OF_CRAWLS: tuple[Callable[[Facts], Iterator[Judged]], ...] = (judge_sites, judge_days, judge_silence, judge_fields)
"""A backfill reads the pages of other years."""
_OF_ALL: tuple[Callable[[Facts], Iterator[Judged]], ...] = (judge_google, judge_run)


class Conclusion:
    """The judgement of one run, in the order of its methods; each may be left out."""

    def __init__(self, run: "Run") -> None:
        self._run = run
        self._book = AlertBook.beside(run.seen_path)

    def judge(self, seen: Seen, fills: Fills, now: datetime) -> list[Said]:
        """Judge the crawl: degrades its report, and returns what the archive was not told yet of alerts."""
        report = self._run.report
        report.fills = [fill._asdict() for fill in fills.fills()]
        with _harmless("the run was not judged"):
            self._book.adopt(seen.runs.alerts())
            facts = Facts(
                report, fills, seen, self._book, self._book.open_alerts(), now, self._run.config.alerts.degraded_runs
            )
            judges = (*_OF_CRAWLS, *_OF_ALL) if report.plan.command == "crawl" else _OF_ALL
            for judge in judges:
                self._take(judge(facts), now)
            asked = {site.id for site in facts.sites} | report.degraded.keys()
            fared = [(site, site not in report.degraded) for site in asked & report.sites]
            self._book.ran(report.plan.run_id, report.plan.started_at, fared)
            return self._book.unnoted()
        return []

    def noted(self, entries: list[Said]) -> None:
        """Their rows are durable."""
        with _harmless("alerts will be noted once more"):
            self._book.noted(entries)

    def tell(self) -> None:
        """Judge the delivery, and tell what is new. For a thread: it may take a minute."""
        run = self._run
        if run.courier.abandoned:
            return  # somebody waits for the process to end; the next run tells
        with _harmless("alerts were not told, and will be next time"):
            spool_dir = run.spool.folder.parent
            waiting = undelivered(spool_dir, run.spool.folder)
            settings = run.config.spool.model_copy(update={"dir": spool_dir})
            self._take(judge_delivery(settings, waiting, run.report.delivery_trouble), datetime.now(UTC))
            self._take(judge_room(settings, run.report), datetime.now(UTC))
            tell_untold(run.config, self._book, run.spool.meta.archive)

    def _take(self, judged: Iterable[Judged], now: datetime) -> None:
        report, is_open = self._run.report, self._book.open_alerts().keys()
        for judgement in judged:
            finding = judgement.finding
            if judgement.wrong != (finding.alert_id in is_open):
                turn = self._book.open if judgement.wrong else self._book.recover
                alert = turn(finding, now, report.plan.run_id)
                report.alerts += [alert] if alert is not None else []
            if judgement.wrong and judgement.degrades and finding.site is not None:
                degrade(report.degraded, finding)


def degrade(degraded: dict[str, str], finding: Finding) -> None:
    """Add what is wrong to the reasons for which the site is degraded."""
    what = f"{finding.kind} {finding.subject}".strip()
    known = degraded.get(finding.site or "")
    degraded[finding.site or ""] = what if known is None else f"{known}, {what}"


def alert_row(alert: Alert) -> Row:
    """The row of the table `alerts`."""
    return alert._asdict() | {"since": instant(alert.since), "at": instant(alert.at)}


@contextmanager
def _harmless(what: str) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        logger.warning("%s: %s", what, error)
    except Exception:  # a fault of ours in telling must not cost the run what it fetched
        logger.exception("%s", what)
