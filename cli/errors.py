"""What a command answers with: exit codes, and one line for each kind of failure."""

import json
import os
import sys
from contextlib import suppress
from enum import IntEnum

from crawler.fire import FIRE_VARIABLE
from news.errors import ArchiveDamaged, StoreUnavailable, UsageError

DEBUG_VARIABLE = "DISWAY_DEBUG"
DEBUG_OPTION = "--debug"
_DEMO_MODULES = frozenset({"h11", "trustme"})
"""Of the extra `demo`, which a crawl does without."""


class ExitCode(IntEnum):
    """Exit codes of the contract."""

    OK = 0
    DEGRADED = 1
    """Finished, but a site failed or fell below its floor, or the archive is damaged."""
    USAGE = 2
    """Wrong usage, configuration, store or SQL; nothing was done."""
    UNDELIVERED = 3
    """Something is not in the archive yet, or the store does not answer; the spool is safe. Outranks DEGRADED."""
    INTERNAL = 70
    INTERRUPTED = 130


def report(code: ExitCode, line: str) -> ExitCode:
    """Say on stderr why the command failed; returns `code`. A service that fired it reads the same on stdout."""
    from crawler.logs import one_line  # noqa: PLC0415  a command that does not fail needs none

    said = one_line(" ".join(line.split()))
    if said:
        sys.stderr.write(f"disway: {said}\n")
    if FIRE_VARIABLE in os.environ:
        with suppress(OSError):
            sys.stdout.write(json.dumps({"error": said, "exit_code": code}) + "\n")
            sys.stdout.flush()
    return code


def debugging(arguments: list[str]) -> bool:
    """Whether tracebacks were asked for: `--debug` anywhere, or DISWAY_DEBUG set to something."""
    return DEBUG_OPTION in arguments or os.environ.get(DEBUG_VARIABLE, "") not in ("", "0")


def answer(error: BaseException) -> tuple[ExitCode, str]:
    """The exit code for `error`, and what it means for the user."""
    match error:
        case UsageError():
            return ExitCode.USAGE, str(error)
        case StoreUnavailable():
            return ExitCode.UNDELIVERED, f"the store does not answer: {error}"
        case ArchiveDamaged():
            return ExitCode.DEGRADED, f"the archive is damaged: {error}"
        case ModuleNotFoundError(name=str(name)) if name in _DEMO_MODULES:
            return ExitCode.USAGE, f"{name} is not installed: install the extra too, disway-archive[demo]"
        case KeyboardInterrupt():
            return ExitCode.INTERRUPTED, "interrupted; nothing is lost"
        case _:
            name = type(error).__name__
            return ExitCode.INTERNAL, f"internal error: {name}: {error} (run it with --debug to see where)"
