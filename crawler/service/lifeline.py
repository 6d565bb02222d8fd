"""A run does not outlive the service that started it: when the pipe to the service ends, the run is asked to end."""

import os
import signal
import stat
import sys
import threading
from collections.abc import Mapping

from crawler.config import load_config
from crawler.fire import FIRE_VARIABLE


def hold(environ: Mapping[str, str]) -> None:
    """Watch the pipe, in a run of a service; does nothing in any other. Raises ConfigError."""
    if FIRE_VARIABLE in environ and sys.stdin is not None and stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
        drain_s = load_config(environ=environ).schedule.drain.total_seconds()
        threading.Thread(target=_watch, args=[drain_s], name="lifeline", daemon=True).start()


def _watch(drain_s: float) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(drain_s)
    os.kill(os.getpid(), signal.SIGKILL)
