"""What can go wrong with a request to an S3 store, and the rules by which a request meets it."""

import random
import re
import threading
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What goes wrong with a request."""

    ANSWER = "answer"
    """`status` and `code` in the shape of an S3 error; the store never hears of it."""
    RESET = "reset"
    """The connection is reset after `after` bytes of the request's body; the store never hears of it."""
    LOST = "lost"
    """The store does as it is asked; then the connection is reset after `after` bytes of its answer's body."""
    DENIED = "denied"
    """The store does as it is asked; then it answers as with ANSWER."""
    SLOW = "slow"
    """Both bodies at `bytes_per_s`."""
    ERROR_IN_200 = "error_in_200"
    """An S3 error under status 200, as CompleteMultipartUpload may give; the store never hears of it."""
    HANG = "hang"
    """No answer while it lasts; the store never hears of it."""
    HANG_DONE = "hang_done"
    """The store does as it is asked; no answer while it lasts."""


class Fault(NamedTuple):
    """One fault."""

    kind: Kind
    status: int = 503
    code: str = "SlowDown"
    after: int = 0
    bytes_per_s: int = 20_000


class Asked(NamedTuple):
    """A request, and the fault that it met. `path` has its query."""

    method: str
    path: str
    fault: Kind | None


Rule = Callable[[str, str], Fault | None]
"""Of a method and a path with its query: what goes wrong."""


def nothing(_method: str, _path: str) -> Fault | None:
    """Nothing goes wrong."""
    return None


def always(fault: Fault) -> Rule:
    """Every request meets `fault`."""
    return lambda _method, _path: fault


def answered(status: int, code: str) -> Fault:
    """An S3 error (S3 API reference, "List of error codes")."""
    return Fault(Kind.ANSWER, status, code)


DENIED = Fault(Kind.DENIED, 500, "InternalError")
"""The store does as it is asked, and says that it failed."""


def matching(method: str, pattern: str, fault: Fault, times: int | None = None) -> Rule:
    """Requests of `method` whose path has `pattern` (a regular expression); the first `times`, None for all."""
    left = iter(range(times)) if times is not None else None
    lock = threading.Lock()

    def rule(asked: str, path: str) -> Fault | None:
        with lock:
            met = asked == method and re.search(pattern, path) is not None
            return fault if met and (left is None or next(left, None) is not None) else None

    return rule


def share(part: float, faults: Sequence[Fault], seed: int) -> Rule:
    """Each request meets one of `faults`, drawn by `seed`, with probability `part`."""
    chance = random.Random(seed)
    lock = threading.Lock()

    def rule(_method: str, _path: str) -> Fault | None:
        with lock:
            return chance.choice(faults) if chance.random() < part else None

    return rule
