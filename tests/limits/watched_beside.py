"""Reads a page in the main thread while another is read aside. Arguments: folder, seconds, and of each how its reader
fails and its address.

Prints a line once both are read; ends by no way of its own.
"""

import asyncio
import re
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from crawler.reading import Watch

DEEDS: dict[str, Callable[[], object]] = {
    "sleep": lambda: time.sleep(3600),
    "c": lambda: sum(range(10**15)),
    "regex": lambda: re.match(r"(a*)*b", "a" * 60),
}
folder, seconds, main, url, aside, other = sys.argv[1:]
reads_main, reads_aside = threading.Event(), threading.Event()


def _read_aside() -> object:
    reads_aside.set()
    reads_main.wait()
    return DEEDS[aside]()


def _read_main() -> object:
    sys.stdout.write("both are read")
    sys.stdout.flush()
    reads_main.set()
    return DEEDS[main]()


async def _both() -> None:
    watch = Watch(Path(folder), float(seconds))
    beside = asyncio.ensure_future(watch.read_aside(other, _read_aside))
    await asyncio.to_thread(reads_aside.wait)
    watch.read(url, _read_main)
    await beside


asyncio.run(_both())
