"""The delivering process: everything that talks to the store, apart from the crawl so that its memory goes back.

Reads one `DeliveryOrder` as JSON from stdin (it holds the store's credentials), writes a line of JSON for each step
to stdout, and last a `DeliveryReport`. It has no proxy in its environment but the store's own.
"""

import json
import logging
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from news.errors import DiswayError, StoreUnavailable, UsageError
from news.site import Network, load_network
from news.url import ArticleKey, UrlRules
from news.verdict import Reading
from storage.config import StoreOptions, forget_proxies
from storage.schema import Row

if TYPE_CHECKING:
    from storage.objects import ObjectStore
    from storage.seen import Head

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DeliveryOrder:
    """What to do: first check the store if `check`; then deliver `spool`, or every abandoned spool when it is None."""

    store: str
    archive: str
    spool_dir: str
    seen_path: str
    site_folders: tuple[str, ...]
    body_limit: int
    check: bool = False
    spool: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """How it ended. `trouble` is None, unavailable, refused, damaged or failed."""

    delivered: int = 0
    undelivered: int = 0
    trouble: str | None = None
    message: str = ""


def main() -> int:
    """Entry point of the process."""
    logging.basicConfig(level=logging.DEBUG if os.environ.get("DISWAY_DEBUG") else logging.WARNING)
    order = DeliveryOrder(**json.loads(sys.stdin.readline()))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    options = StoreOptions.from_json(order.store)
    forget_proxies(options)
    report = carry_out(order, options)
    _say({"report": asdict(report)})
    return 0


def carry_out(order: DeliveryOrder, options: StoreOptions) -> DeliveryReport:
    """Do what the order says; trouble is in the report, never raised."""
    from storage.spool import undelivered  # noqa: PLC0415  after the proxies are forgotten

    delivered = 0
    trouble, message = None, ""
    try:
        for count in _deliveries(order, options):
            delivered += count
    except DiswayError as error:
        trouble, message = _kind_of(error), str(error)
    except Exception as error:
        # A fault of ours: the spool is safe, and the run that waits for a report must get one.
        logger.debug("delivery failed", exc_info=True)
        trouble, message = "failed", f"{type(error).__name__}: {error}"
    own = Path(order.spool) if order.spool else None
    return DeliveryReport(delivered, undelivered(Path(order.spool_dir), own), trouble, message)


def _end_with_parent() -> None:
    """A delivery that outlived its run would hold the spool that the next run wants to recover."""
    sys.stdin.read()
    os._exit(1)


def _kind_of(error: DiswayError) -> str:
    if isinstance(error, UsageError):
        return "refused"
    return "unavailable" if isinstance(error, StoreUnavailable) else "damaged"


def _deliveries(order: DeliveryOrder, options: StoreOptions) -> Iterator[int]:
    from storage.deliver import Delivery, commit_run, deliver  # noqa: PLC0415  as above
    from storage.follow import follow  # noqa: PLC0415
    from storage.opening import open_store  # noqa: PLC0415
    from storage.probe import check_store  # noqa: PLC0415
    from storage.spool import Spool, abandoned_spools  # noqa: PLC0415
    from storage.tables import Tables  # noqa: PLC0415

    store = open_store(options)
    if order.check:
        check_store(store, options)
    rules = UrlRules(_network(order))
    delivery = Delivery(
        store=store,
        tables=Tables(options),
        seen_path=Path(order.seen_path),
        reread=partial(_reread, store, rules, order.body_limit),
        progress=lambda step: _say({"step": step}),
    )
    if order.spool is not None:
        yield deliver(Spool.borrow(Path(order.spool)), delivery)
        return
    for spool in abandoned_spools(Path(order.spool_dir), order.archive):
        try:
            yield deliver(spool, delivery)
            commit_run([_killed_run(spool.meta.run_id)], spool.meta.spool_id, delivery)
        finally:
            spool.release()
    follow(delivery.seen_path, delivery.tables)


def _say(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _network(order: DeliveryOrder) -> Network:
    return load_network(*(Path(folder) for folder in order.site_folders))


def _reread(store: "ObjectStore", rules: UrlRules, body_limit: int, key: ArticleKey, head: "Head") -> Reading:
    from crawler.reread import reread  # noqa: PLC0415  the readers are needed once in a thousand deliveries

    return reread(store, rules, body_limit, key, head)


def _killed_run(run_id: str) -> Row:
    """The row of a run that left its spool behind without one."""
    started_at = datetime.strptime(run_id[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).isoformat()
    return {
        "run_id": run_id,
        "command": "crawl",
        "started_at": started_at,
        "finished_at": datetime.now(UTC).isoformat(),
        "outcome": "failed",
        "reason": "killed; its spool was recovered",
        "undelivered": 0,
    }


if __name__ == "__main__":
    sys.exit(main())
