"""Waiting for a signal or a while: a handler does nothing but leave its number in a pipe."""

import os
import select
import signal
from types import FrameType
from typing import Any, Self

STOPS = (signal.SIGTERM, signal.SIGINT)
_WATCHED = (*STOPS, signal.SIGCHLD)


class Signals:
    """While it is open, SIGTERM, SIGINT and the end of a child are told by `wait` and do nothing else."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._former: dict[int, Any] = {}
        self._former_fd = -1

    def __enter__(self) -> Self:
        self._former_fd = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        for number in _WATCHED:
            self._former[number] = signal.signal(number, _noted)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._former_fd)
        os.close(self._reader)
        os.close(self._writer)

    def wait(self, seconds: float) -> list[int]:
        """The numbers of what came, in order; at most `seconds` later."""
        if not select.select([self._reader], [], [], max(seconds, 0))[0]:
            return []
        return list(os.read(self._reader, 4096))


def _noted(_number: int, _frame: FrameType | None) -> None:
    pass
