"""Reads one page under watch. Arguments: folder, seconds, how the reader fails, address of the page.

Prints what came of it: `read`, the reason of a refusal, or nothing when the process dies.
"""

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from crawler.reading import Watch
from news.errors import NotAnArticle


def _endless_python() -> None:
    while True:
        try:
            while True:
                pass
        except Exception:  # noqa: BLE001  as careless readers do
            continue


def _stopped() -> None:
    """A reader that needs little, in a process that is stopped meanwhile, as `docker pause` does."""
    me = os.getpid()
    subprocess.Popen(["/bin/sh", "-c", f"sleep 1; kill -CONT {me}"])
    os.kill(me, signal.SIGSTOP)
    sum(range(10**6))


READERS = {
    "well": lambda: None,
    "python": _endless_python,
    "regex": lambda: re.match(r"(a*)*b", "a" * 40),
    "sleep": lambda: time.sleep(3600),
    "stopped": _stopped,
    "c": lambda: sum(range(10**15)),
    "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "crash": lambda: ctypes.string_at(0),
}

folder, seconds, how, url = sys.argv[1:]
watch = Watch(Path(folder), float(seconds))
try:
    watch.read(url, READERS[how])
    sys.stdout.write("read")
except NotAnArticle as refused:
    sys.stdout.write(refused.reason.value)
watch.close()
