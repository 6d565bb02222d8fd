"""On PYTHONPATH, with FUSE=<module>:<function>:<before|after|torn>:<n>: `kill -9` of the process at the n-th call.

`torn` is for a function whose last argument is bytes to be written: half of them are, and then the process dies.
"""

import importlib
import itertools
import os
import signal
from functools import wraps


def lay(module_name, path, when, nth):
    owner = importlib.import_module(module_name)
    *outer, name = path.split(".")
    for part in outer:
        owner = getattr(owner, part)
    true = getattr(owner, name)
    calls = itertools.count(1)

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    @wraps(true)
    def fused(*arguments, **named):
        mine = next(calls) == nth
        if mine and when == "before":
            die()
        if mine and when == "torn":
            *first, data = arguments
            true(*first, data[: len(data) // 2])
            die()
        result = true(*arguments, **named)
        if mine:
            die()
        return result

    setattr(owner, name, fused)


if os.environ.get("FUSE"):
    module, function, moment, number = os.environ["FUSE"].split(":")
    lay(module, function, moment, int(number))
