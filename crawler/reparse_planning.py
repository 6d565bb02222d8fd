"""The process that finds out what is to be read again: all that loads the tables, apart so that its memory goes back.

Reads one `PlanOrder` as JSON from stdin (it holds the store's credentials), and writes how it ended to stdout.
"""

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from news.errors import ArchiveDamaged, DiswayError, StoreRefused, StoreUnavailable, UsageError
from storage.config import StoreOptions, forget_proxies
from storage.rebuild_items import Scope

logger = logging.getLogger(__name__)

_UNAVAILABLE = "unavailable"
_REFUSED = "refused"
_USAGE = "usage"
_DAMAGED = "damaged"
_FAILED = "failed"


class PlanningDied(DiswayError):
    """The process that makes the plan ended without one."""


_ERRORS: dict[str, type[DiswayError]] = {
    _UNAVAILABLE: StoreUnavailable,
    _REFUSED: StoreRefused,
    _USAGE: UsageError,
    _DAMAGED: ArchiveDamaged,
    _FAILED: PlanningDied,
}


@dataclass(frozen=True, slots=True)
class PlanOrder:
    """Which plan, and where to. Instants are ISO 8601."""

    store: str
    seen_path: str
    folder: str
    sites: tuple[str, ...] | None
    since: str | None
    until: str | None

    @classmethod
    def of(cls, store: str, seen_path: str, folder: Path, scope: Scope) -> "PlanOrder":
        """The order for the plan of `scope`, in `folder`."""
        since, until = (at.isoformat() if at else None for at in (scope.since, scope.until))
        return cls(store, seen_path, str(folder), tuple(sorted(scope.sites)) if scope.sites else None, since, until)

    @property
    def scope(self) -> Scope:
        """What is to be read."""
        since, until = (datetime.fromisoformat(at) if at else None for at in (self.since, self.until))
        return Scope(frozenset(self.sites) if self.sites else None, since, until)


def make_plan(order: PlanOrder, on_start: Callable[["subprocess.Popen[str]"], None]) -> None:
    """Make the plan in a process of its own.

    Raises UsageError when there is no archive, StoreUnavailable, ArchiveDamaged, PlanningDied.
    """
    environ = {"MALLOC_ARENA_MAX": "2", **os.environ}
    child = subprocess.Popen(
        [sys.executable, "-m", "crawler.reparse_planning"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=environ,
    )
    on_start(child)
    assert child.stdin is not None
    assert child.stdout is not None
    # Its end of stdin stays open: the child takes the closing for the end of this process, and ends too.
    with child, child.stdin, child.stdout:
        try:
            child.stdin.write(json.dumps(asdict(order)) + "\n")
            child.stdin.flush()
        except BrokenPipeError:
            pass  # it died before it read its order: the missing answer says so
        answer = child.stdout.read()
    if not answer:
        raise PlanningDied(f"the process that looks for what to read ended with {child.returncode}")
    ended = json.loads(answer)
    if ended["trouble"]:
        raise _ERRORS[ended["trouble"]](ended["message"])


def main() -> int:
    """Entry point of the process."""
    order = PlanOrder(**json.loads(sys.stdin.readline()))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    options = StoreOptions.from_json(order.store)
    forget_proxies(options)
    trouble, message = None, ""
    try:
        _carry_out(order, options)
    except StoreRefused as error:
        trouble, message = _REFUSED, str(error)
    except UsageError as error:
        trouble, message = _USAGE, str(error)
    except StoreUnavailable as error:
        trouble, message = _UNAVAILABLE, str(error)
    except ArchiveDamaged as error:
        trouble, message = _DAMAGED, str(error)
    except Exception as error:
        # A fault of ours, or a disk that is full.
        logger.debug("planning failed", exc_info=True)
        trouble, message = _FAILED, f"{type(error).__name__}: {error}"
    sys.stdout.write(json.dumps({"trouble": trouble, "message": message}))
    sys.stdout.flush()
    return 0


def _carry_out(order: PlanOrder, options: StoreOptions) -> None:
    from storage.follow import follow  # noqa: PLC0415  no client is made before the proxies are forgotten
    from storage.rebuild_plan import Plan  # noqa: PLC0415
    from storage.seen import Seen  # noqa: PLC0415
    from storage.spool import delivery_lock  # noqa: PLC0415
    from storage.tables import Tables  # noqa: PLC0415

    tables, seen_path = Tables(options), Path(order.seen_path)
    if tables.open("captures") is None:
        raise UsageError(f"no archive at {options.uri}: run `disway crawl` first")
    with delivery_lock(seen_path.parent):
        follow(seen_path, tables)
    with closing(Seen(seen_path)) as seen, Plan.make(Path(order.folder)) as plan:
        plan.load(tables, order.scope, seen.original)


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
