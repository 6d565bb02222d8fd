"""APScheduler, stepped: it knows when each job fires next, and says when that time has come."""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.base import BaseTrigger

from crawler.service.grid import Grid
from crawler.service.jobs import Job


class GridTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Fires at the instants of a grid, whatever was fired before."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The first instant after the previous one, and after now for a job that never fired."""
        return self.grid.after(previous_fire_time or now)


class Schedule(BaseScheduler):  # type: ignore[misc]  # as above
    """A scheduler without a thread or a clock of its own: `look` steps it, in the caller's thread.

    All that a job does here is to say so: the dispatch takes its fires, and counts for itself how many were missed. So
    nothing is ever dropped for a late look or a running instance, which APScheduler tells in a log line only.
    """

    def __init__(self, jobs: Iterable[Job]) -> None:
        super().__init__(
            timezone=UTC,
            executors={"default": DebugExecutor()},
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )
        logging.getLogger("apscheduler").setLevel(logging.WARNING)  # the dispatch tells what it starts
        self._due: dict[str, datetime] = {}
        for job in jobs:
            self.add_job(self._fired, GridTrigger(job.grid), args=[job.name], id=job.name, name=job.name)

    def look(self) -> tuple[dict[str, datetime], timedelta]:
        """The jobs that are due, each with the first instant at which it is; and how long until the next fire."""
        self._due = {}
        until_next = timedelta(seconds=self._process_jobs())
        return self._due, until_next

    def realign(self, now: datetime) -> None:
        """Go on from `now`, up to which the caller has accounted for all fires."""
        for job in self.get_jobs():
            job.modify(next_run_time=job.trigger.get_next_fire_time(None, now))

    def next_fires(self) -> dict[str, datetime]:
        """When each job fires next, aware, UTC."""
        return {job.id: job.next_run_time.astimezone(UTC) for job in self.get_jobs()}

    def _fired(self, name: str) -> None:
        self._due[name] = self.get_job(name).next_run_time

    def wakeup(self) -> None:
        """Nobody sleeps here."""

    def shutdown(self, wait: Any = True) -> None:
        """End. Runs under way are the dispatch's."""
        super().shutdown(wait)
