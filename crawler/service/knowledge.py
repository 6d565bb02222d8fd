"""What the archive knows of earlier fires and runs: asked of it by the `disway` command, in a process of its own."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from crawler.service.children import Child, Ended, Launcher
from crawler.service.clocks import Reading
from crawler.service.telemetry import Telemetry

logger = logging.getLogger(__name__)

_NOW = timedelta(0)
# The clock of another machine may be a little ahead. A run that ended by one that was far ahead says nothing of the
# present, and must not hide the last one before it.
_QUESTION = """
SELECT 'job' AS kind, job AS name, max(fired_at) AS at FROM runs WHERE job IS NOT NULL GROUP BY job
UNION ALL
SELECT 'site', name, max(finished_at) FROM (
    SELECT unnest(sites) AS name, finished_at, coalesce(degraded_sites, []) AS bad FROM runs
    WHERE finished_at <= now() + INTERVAL 1 MINUTE
      AND command = 'crawl' AND outcome IN ('ok', 'degraded') AND coalesce(job, 'poll') = 'poll'
) WHERE NOT list_contains(bad, name) GROUP BY name
"""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The newest fire by job, and the end of the last good run by site; aware. Empty when nothing could be learnt."""

    newest_fires: Mapping[str, datetime] = field(default_factory=dict)
    good: Mapping[str, datetime] = field(default_factory=dict)


class Learner:
    """Asks the archive, one question at a time, and takes note of the answer."""

    def __init__(self, launcher: Launcher, telemetry: Telemetry) -> None:
        self.knowledge = Knowledge()
        self._launcher = launcher
        self._telemetry = telemetry
        self._process: Child | None = None

    @property
    def is_asking(self) -> bool:
        """Whether a question is under way."""
        return self._process is not None

    def ask(self) -> None:
        """Ask, unless a question is under way."""
        if self._process is not None:
            return
        try:
            self._process = self._launcher.start(("sql", _QUESTION, "--json"), quiet=True)
        except OSError as error:
            logger.error("the archive cannot be asked: %s", error)  # noqa: TRY400  the error says it all

    def told(self, row: Mapping[str, Any]) -> None:
        """A poll that another scheduler's crawl kept from running: what that one brought is in the archive only."""
        if row.get("job") == "poll" and row["outcome"] == "skipped" and str(row.get("reason")).startswith("lease"):
            self.ask()

    def look(self, present: Reading) -> None:
        """Hear the answer, if it has come. An archive that cannot be asked, or has no runs yet, knows nothing."""
        if self._process is None or (ended := self._process.poll()) is None:
            return
        self._process = None
        self.knowledge = _answer(ended)
        ages = {site: max(present.wall - at, _NOW) for site, at in self.knowledge.good.items()}
        self._telemetry.know_good({site: age.total_seconds() for site, age in ages.items()}, present.awake_s)


def _answer(ended: Ended) -> Knowledge:
    if ended.code != 0:
        logger.info("nothing is learnt of earlier runs: %s", ended.said or f"ended with {ended.code}")
        return Knowledge()
    rows = ended.facts.get("rows", [])
    return Knowledge(_by_name(rows, "job"), _by_name(rows, "site"))


def _by_name(rows: list[dict[str, Any]], kind: str) -> dict[str, datetime]:
    found = {row["name"]: datetime.fromisoformat(row["at"]) for row in rows if row["kind"] == kind and row["at"]}
    return {name: at if at.tzinfo else at.replace(tzinfo=UTC) for name, at in found.items()}
