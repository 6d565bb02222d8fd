"""How the service stood when it looked last: values, made in one thread and read in others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class JobState:
    """How far a job has come."""

    newest: datetime | None
    """Up to where its fires were taken: the newest one, or where the clock was set back to; aware."""
    waited_s: float = 0.0
    """For how long it has owed a run, because another one goes on."""
    running: str | None = None
    """The run that goes on."""
    owes: bool = False
    """Whether it owes a run, however long that has been so: an earlier service may have owed it too."""


@dataclass(frozen=True, slots=True)
class Board:
    """One look. `looked_s` is by the monotonic clock."""

    looked_s: float
    is_ready: bool = True
    """Whether the schedule has begun."""
    jobs: Mapping[str, JobState] = field(default_factory=dict)
    next_fires: Mapping[str, datetime] = field(default_factory=dict)
    rows_waiting: int = 0
    """Rows of `runs` that the disk has not taken."""
    journal_fails: bool = False
    lapses: int = 0
    """How often the clock was set, the machine slept, or the service stood still."""
    stopping: bool = False
