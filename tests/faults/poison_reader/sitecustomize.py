"""On PYTHONPATH this gives every process of a crawl readers that fail on pages whose address says how.

No input is known that does so: those that did are refused before they are read (pages/markup.py).
"""

import os
import re
import signal
import sys
from functools import wraps

DEEDS = {
    "gantung": lambda: sum(range(10**15)),  # in C code, which nothing interrupts
    "putaran": lambda: re.match(r"(a*)*b", "a" * 60),
    "mati": lambda: os.kill(os.getpid(), signal.SIGKILL),  # as the kernel does when memory runs out
    "salah": lambda: {}["tidak ada"],
}


def _poisoned(read):
    @wraps(read)
    def reader(body, *, url, **options):
        for word, deed in DEEDS.items():
            if f"-{word}" in url:
                deed()
        return read(body, url=url, **options)

    return reader


if sys.argv[1:2] == ["crawl"]:
    from pages import registry

    registry.read_article = _poisoned(registry.read_article)
