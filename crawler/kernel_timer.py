"""Timers of the kernel that send this process a signal. Python has only those of the whole process (setitimer).

See timer_create(2), timer_settime(2) and sigevent(3type); glibc and musl lay these out alike.
"""

import ctypes
import os
import struct

_SIGEV_SIGNAL = 0
_SIGEVENT = struct.Struct("@Pii48x")
"""Value, signal, how to notify; the rest is of other ways to notify."""
_ITIMERSPEC = struct.Struct("@4l")
"""Seconds and nanoseconds of the interval, then of the first expiry."""
_NS = 10**9

_libc = ctypes.CDLL(None, use_errno=True)
_libc.timer_create.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p]
_libc.timer_settime.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p]
_libc.timer_delete.argtypes = [ctypes.c_void_p]


class KernelTimer:
    """Sends `number`, a signal, after `seconds` of `clock`, and then every `again` seconds (0 = once).

    `clock`: a CLOCK_... of `time`; CLOCK_THREAD_CPUTIME_ID is CPU time of the thread that makes the timer. Raises
    OSError.
    """

    def __init__(self, clock: int, number: int, seconds: float, again: float = 0.0) -> None:
        self._timer = ctypes.c_void_p()
        self._started = _ITIMERSPEC.pack(*_parts(again), *_parts(seconds))
        self._stopped = bytes(_ITIMERSPEC.size)
        event = _SIGEVENT.pack(0, number, _SIGEV_SIGNAL)
        _check(_libc.timer_create(clock, event, ctypes.byref(self._timer)))

    def start(self) -> None:
        """From now on."""
        _check(_libc.timer_settime(self._timer, 0, self._started, None))

    def stop(self) -> None:
        """It sends nothing any more, until it is started anew."""
        _check(_libc.timer_settime(self._timer, 0, self._stopped, None))

    def close(self) -> None:
        """Give it back to the kernel. Called once."""
        _check(_libc.timer_delete(self._timer))


def _parts(seconds: float) -> tuple[int, int]:
    return divmod(round(seconds * _NS), _NS)


def _check(result: int) -> None:
    if result:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
