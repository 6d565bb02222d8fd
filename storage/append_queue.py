"""What waits for the thread that writes a spool: appends, and what else it is asked to do."""

import queue
import time
from contextlib import suppress
from enum import Enum, auto

from storage.appends import Append

_GATHER_S = 0.01
"""How long appends are gathered after the first: a sync for each would wake the thread eight times a page."""


class Command(Enum):
    """What else the writing thread is asked to do."""

    ROLL = auto()
    """Close the segment, so that it can be delivered."""
    STOP = auto()
    """The last thing that is taken."""


class AppendQueue:
    """Filled by any thread, emptied by one."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Append | Command] = queue.SimpleQueue()

    def put(self, what: Append | Command) -> None:
        """Take `what` in, behind all that waits."""
        self._waiting.put(what)

    def next_batch(self, timeout_s: float | None) -> tuple[list[Append], list[Command]]:
        """All that waits, in order, and what comes within a moment; nothing when none does for so many seconds."""
        found: list[Append | Command] = []
        with suppress(queue.Empty):
            found.append(self._waiting.get(timeout=timeout_s))
            if isinstance(found[0], Append):
                time.sleep(_GATHER_S)
            while found[-1] is not Command.STOP:
                found.append(self._waiting.get_nowait())
        return [a for a in found if isinstance(a, Append)], [c for c in found if isinstance(c, Command)]
