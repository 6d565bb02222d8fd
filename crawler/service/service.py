"""The service: looks at the clocks, the schedule and the runs every few seconds, until it is told to stop."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from crawler.service.board import Board
from crawler.service.clocks import Clocks, Lapse, Reading, lapse_between
from crawler.service.dispatch import NOT_RUNNING, Dispatch
from crawler.service.schedule import Schedule
from crawler.service.wakeup import STOPS

logger = logging.getLogger(__name__)

LOOK_S = 5.0
"""Between two looks at most."""
_LATE = "missed: the service stood still"


class Waits(Protocol):
    """`crawler.service.wakeup.Signals`, or what a test has in its place."""

    def wait(self, seconds: float) -> list[int]:
        """The signals that came."""


class Service:
    """A schedule under way. `look` is one step, and does not wait for anything."""

    def __init__(
        self,
        dispatch: Dispatch,
        clocks: Clocks,
        chores: Sequence[Callable[[Reading], None]] = (),
        lapsed: Callable[[Lapse, Reading], None] = lambda *_: None,
    ) -> None:
        """`chores` are done at each look, and are short; `lapsed` hears of what kept the schedule from its course."""
        self.dispatch = dispatch
        self.board = Board(clocks.read().awake_s, is_ready=False)
        """As it stood at the last look; replaced, never changed, for other threads read it."""
        self._lapses = 0
        self._clocks = clocks
        self._chores = chores
        self._lapsed = lapsed
        self._last: Reading | None = None
        self._schedule = Schedule(dispatch.jobs.values())

    def next_fires(self) -> dict[str, datetime]:
        """When each job fires next, aware, UTC."""
        return self._schedule.next_fires()

    def adopt(self) -> None:
        """Take over what a service left that was killed. Before anything is delivered: it may be rows."""
        present = self._clocks.read()
        self.dispatch.adopt(present.wall, present.awake_s)
        self.dispatch.records.keep_rows(present.awake_s)
        self.dispatch.records.save()

    def rest(self) -> None:
        """Show that the service is alive, while it prepares or ends."""
        self.board = Board(self._clocks.read().awake_s, is_ready=False, stopping=self.dispatch.stopping)

    def start(self) -> None:
        """Begin with the schedule, and account for the time since an earlier service ended."""
        present = self._clocks.read()
        self._last = present
        self._schedule.start()
        self.dispatch.take_all(present.wall, NOT_RUNNING)
        self._schedule.realign(present.wall)

    def look(self) -> float:
        """Do what is due; returns after how many seconds to look again at the latest."""
        present, _ = self._read()
        until_next = timedelta(seconds=LOOK_S)
        if not self.dispatch.stopping:
            due, until = self._schedule.look()
            if due:
                present = self._take(due)
            until_next = min(until, until_next)
        self.dispatch.look(present.wall, present.awake_s)
        self.board = self._board(present)
        for chore in self._chores:
            try:
                chore(present)
            except Exception:  # of telling and counting: none of it may end the schedule
                logger.exception("what is done beside the schedule failed")
        return until_next.total_seconds()

    def run(self, waits: Waits) -> bool:
        """Go on until SIGTERM or SIGINT, then let runs under way finish; at a second signal end them at once.

        Returns whether there was a second signal.
        """
        logger.info("started")
        while not self.dispatch.stopping:
            self._obey(waits.wait(self.look()))
        forced = False
        while self.dispatch.running:
            came = waits.wait(min(self.look(), 1.0))
            if not forced and any(number in STOPS for number in came):
                logger.warning("stopping at once: what the runs had fetched waits in the spool")
                self.dispatch.kill()
                forced = True
        self.look()
        self._schedule.shutdown()
        return forced

    def _obey(self, numbers: Iterable[int]) -> None:
        if any(number in STOPS for number in numbers):
            running = ", ".join(f"{run.job.name} {run.fire.run_id}" for run in self.dispatch.running)
            logger.info("stopping; %s", f"waiting for {running}" if running else "nothing is under way")
            assert self._last is not None
            self.dispatch.stop(self._clocks.read().awake_s)

    def _read(self) -> tuple[Reading, Lapse | None]:
        """The present, and the lapse that came before it, which is accounted for by then."""
        assert self._last is not None, "start it first"
        present = self._clocks.read()
        lapse = lapse_between(self._last, present)
        self._last = present
        if lapse is not None and not self.dispatch.stopping:
            self._make_up(lapse, present)
        return present, lapse

    def _take(self, due: Mapping[str, datetime]) -> Reading:
        """Take what the schedule found due, by its own reading of the clock; returns one that is later than that.

        By an earlier one a fire between the two would not be due, and the schedule has gone on to the next.
        """
        present, lapse = self._read()
        if lapse is None:
            for name, fire in due.items():
                self.dispatch.take(name, max(present.wall, fire), _LATE)  # a clock may be slewed back by a hair
        return present

    def _make_up(self, lapse: Lapse, present: Reading) -> None:
        """Account for the fires of a lapse here: APScheduler would go through them one by one."""
        logger.warning("%s; the schedule goes on from %s", lapse.why, present.wall.isoformat(timespec="seconds"))
        self._lapses += 1
        self.dispatch.take_all(present.wall, f"missed: {lapse.why}")
        self._schedule.realign(present.wall)
        self._lapsed(lapse, present)

    def _board(self, at: Reading) -> Board:
        records = self.dispatch.records
        return Board(
            looked_s=at.awake_s,
            jobs=self.dispatch.board(at.awake_s),
            next_fires=self.next_fires(),
            rows_waiting=records.rows_waiting,
            journal_fails=records.journal_fails,
            lapses=self._lapses,
            stopping=self.dispatch.stopping,
        )
