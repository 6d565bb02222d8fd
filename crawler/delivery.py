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
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.leasing import LeaseAct, Leasing
from crawler.logs import set_up_child
from news.errors import DiswayError, StoreUnavailable, UsageError
from news.site import Network, load_network
from news.url import ArticleKey, UrlRules
from news.verdict import Reading
from storage.config import StoreOptions, forget_proxies
from storage.lease import Holder, Lease
from storage.schema import Row

if TYPE_CHECKING:
    from storage.objects import ObjectStore
    from storage.seen import Head
    from storage.spool_meta import SpoolMeta

logger = logging.getLogger(__name__)

_RECOVERED = "its spool was recovered"


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
    run: Row | None = None
    """What the row of the run that asks says of its begin: for the case that its lease is busy."""
    lease: str | None = None
    """The run's lease, as JSON."""
    lease_act: str = LeaseAct.KEEP
    lease_ttl_s: float = 0.0


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """How it ended. `trouble` is None, unavailable, refused, damaged or failed."""

    delivered: int = 0
    undelivered: int = 0
    trouble: str | None = None
    message: str = ""
    lease: str | None = None
    """The lease as it is held, as JSON; None: it is not."""
    skipped: str | None = None
    """Why the run that asked must not crawl; its row is kept."""
    elsewhere: dict[str, int] = field(default_factory=dict)
    """Of what is undelivered: segments for other archives, by archive."""


def main() -> int:
    """Entry point of the process."""
    set_up_child(os.environ, "DEBUG" if os.environ.get("DISWAY_DEBUG") else "WARNING")
    order = DeliveryOrder(**json.loads(sys.stdin.readline()))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    options = StoreOptions.from_json(order.store)
    forget_proxies(options)
    report = carry_out(order, options)
    _say({"report": asdict(report)})
    return 0


def carry_out(order: DeliveryOrder, options: StoreOptions) -> DeliveryReport:
    """Do what the order says; trouble is in the report, never raised."""
    from storage.spool import of_other_archives, undelivered  # noqa: PLC0415  after the proxies are forgotten

    delivered = 0
    trouble, message = None, ""
    wanted = Lease.from_json(order.lease) if order.lease else None
    leasing = Leasing(wanted, LeaseAct(order.lease_act), timedelta(seconds=order.lease_ttl_s))
    try:
        for count in _deliveries(order, options, leasing):
            delivered += count
    except DiswayError as error:
        trouble, message = _kind_of(error), str(error)
    except Exception as error:
        # A fault of ours: the spool is safe, and the run that waits for a report must get one.
        logger.debug("delivery failed", exc_info=True)
        trouble, message = "failed", f"{type(error).__name__}: {error}"
    if trouble != "unavailable":
        leasing.end()
    own = Path(order.spool) if order.spool else None
    return DeliveryReport(
        delivered,
        undelivered(Path(order.spool_dir), own),
        trouble,
        message,
        leasing.held.to_json() if leasing.held else None,
        _reason(leasing.busy) if leasing.busy else None,
        of_other_archives(Path(order.spool_dir), order.archive),
    )


def _end_with_parent() -> None:
    """A delivery that outlived its run would hold the spool that the next run wants to recover."""
    sys.stdin.read()
    os._exit(1)


def _kind_of(error: DiswayError) -> str:
    if isinstance(error, UsageError):
        return "refused"
    return "unavailable" if isinstance(error, StoreUnavailable) else "damaged"


def _deliveries(order: DeliveryOrder, options: StoreOptions, leasing: Leasing) -> Iterator[int]:
    from storage.deliver import Delivery, commit_runs, deliver  # noqa: PLC0415  as above
    from storage.follow import follow  # noqa: PLC0415
    from storage.opening import open_store  # noqa: PLC0415
    from storage.probe import check_store  # noqa: PLC0415
    from storage.spool import Spool, abandoned_spools, delivery_lock  # noqa: PLC0415
    from storage.tables import Tables  # noqa: PLC0415

    store = open_store(options)
    if order.check:
        check_store(open_store(options, is_first_question=True), options)
    leasing.begin(store)
    if leasing.busy is not None:
        _keep_skipped(order, leasing.busy)
    rules = UrlRules(_network(order))
    delivery = Delivery(
        store=store,
        tables=Tables(options),
        seen_path=Path(order.seen_path),
        reread=partial(_reread, store, rules, order.body_limit),
        progress=partial(_stepped, leasing),
    )
    if order.spool is not None:
        yield deliver(Spool.borrow(Path(order.spool)), delivery)
        return
    for spool in abandoned_spools(Path(order.spool_dir), order.archive):
        try:
            yield deliver(spool, delivery)
            if spool.meta.is_of_a_run:
                commit_runs([_killed_run(spool.meta)], spool.meta.spool_id, delivery)
        except BaseException:
            spool.let_go()  # an empty folder too: it stands for the row of its run, which is not committed
            raise
        spool.release()
    if leasing.busy is None:
        with delivery_lock(delivery.seen_path.parent):
            follow(delivery.seen_path, delivery.tables)


def _stepped(leasing: Leasing, step: str) -> None:
    _say({"step": step})
    leasing.look()


def _keep_skipped(order: DeliveryOrder, holder: Holder) -> None:
    """Keep the row of a run that does not crawl; it is delivered with what else waits."""
    from storage.run_rows import keep_run_rows  # noqa: PLC0415  needed by few deliveries

    assert order.run is not None
    keep_run_rows(Path(order.spool_dir), order.archive, [_ended(order.run, "skipped", _reason(holder))])


def _reason(holder: Holder) -> str:
    return f"lease: {holder}"


def _say(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _network(order: DeliveryOrder) -> Network:
    return load_network(*(Path(folder) for folder in order.site_folders))


def _reread(store: "ObjectStore", rules: UrlRules, body_limit: int, key: ArticleKey, head: "Head") -> Reading:
    from crawler.reread import reread  # noqa: PLC0415  the readers are needed once in a thousand deliveries

    return reread(store, rules, body_limit, key, head)


def _killed_run(meta: "SpoolMeta") -> Row:
    """The row of a run that left its spool behind without one."""
    # A spool of an earlier version says no more of its run than the id.
    started_at = datetime.strptime(meta.run_id[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).isoformat()
    begin: Row = {"run_id": meta.run_id, "command": "crawl", "started_at": started_at} | meta.run
    if "outcome" in begin:  # who started it saw it end, and knows why
        return begin | {"reason": "; ".join(filter(None, (begin.get("reason"), _RECOVERED))), "undelivered": 0}
    return _ended(begin, "failed", f"killed; {_RECOVERED}")


def _ended(begin: Row, outcome: str, reason: str) -> Row:
    """The row of a run that came to nothing. What its begin has to say already stands first."""
    reasons = "; ".join(filter(None, (begin.get("reason"), reason)))
    return begin | {
        "finished_at": datetime.now(UTC).isoformat(),
        "outcome": outcome,
        "reason": reasons,
        "undelivered": 0,
    }


if __name__ == "__main__":
    sys.exit(main())
