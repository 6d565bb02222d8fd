"""All that /healthz and /metrics are made of, gathered at one moment, in the thread that was asked."""

from collections import Counter as Tally
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from crawler.service.board import Board
from crawler.service.clocks import Clocks, Reading
from crawler.service.gauges import Pending, pending_in, runs_in, undelivered_in
from crawler.service.health import Bounds, Finding, State, is_alive, judge
from crawler.service.telemetry import Telemetry


@dataclass(frozen=True, slots=True)
class View:
    """One moment. `counted`: counts by counter and site, runs by job and outcome, committed articles by site."""

    state: State
    findings: list[Finding]
    pending: Mapping[str, Pending] | None
    counted: tuple[Tally[tuple[str, str]], Tally[tuple[str, str]], Tally[str]]


@dataclass(frozen=True)
class Viewer:
    """Makes views."""

    telemetry: Telemetry
    board: Callable[[], Board]
    clocks: Clocks
    bounds: Bounds
    spool_dir: Path
    seen_path: Path

    def look(self) -> View:
        """The present."""
        self.count()
        state = self.state()
        return View(state, judge(state, self.bounds), pending_in(self.seen_path), self.telemetry.copy())

    def count(self, _: Reading | None = None) -> None:
        """Count what came into the archive; often, for what did not is remembered by run."""
        self.telemetry.delivered(runs_in(self.spool_dir))

    def is_alive(self) -> bool:
        """Whether the loop goes on. Looks at no file: a disk that hangs is no reason to start the service anew."""
        return is_alive(self.board(), self.clocks.read().awake_s)

    def judge(self) -> list[Finding]:
        """What is red at present."""
        return judge(self.state(), self.bounds)

    def state(self) -> State:
        """What is judged, at present."""
        present = self.clocks.read()
        return State(
            now=present.wall,
            awake_s=present.awake_s,
            started_s=self.telemetry.started_s,
            freshness_s=self.telemetry.freshness_s(present.awake_s),
            undelivered=undelivered_in(self.spool_dir),
            board=self.board(),
        )
