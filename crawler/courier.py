"""Starts the delivering process and reads its report."""

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

from crawler.delivery import DeliveryOrder, DeliveryReport
from crawler.leasing import LeaseAct
from storage.lease import Lease
from storage.schema import Row
from storage.spool import undelivered

logger = logging.getLogger(__name__)


class Courier:
    """Delivers one run's spool, one process at a time: while the crawl goes on, and when it has ended."""

    def __init__(self, order: DeliveryOrder, lease: str | None = None) -> None:
        self._order = order
        self.lease = lease
        """The run's lease as it is held, as JSON; None: the run has none."""
        self._lock = threading.Lock()
        self._child: subprocess.Popen[str] | None = None
        self._abandoned = False
        self._under_way: list[threading.Thread] = []

    def start(self) -> None:
        """Deliver what waits, in the background. A failure is logged: the segment waits for the next delivery."""
        thread = threading.Thread(target=self.deliver, name="courier")
        self._under_way.append(thread)
        thread.start()

    def deliver(self, act: LeaseAct = LeaseAct.KEEP) -> DeliveryReport:
        """Deliver what waits, and see to the lease; returns when it is done or failed."""
        with self._lock:
            order = replace(self._order, lease=self.lease, lease_act=act)
            report = run_order(order, on_start=self._took_off, on_step=logger.info)
            self._child = None
            # A delivery that failed may have said nothing of the lease, which is held until somebody took it.
            self.lease = report.lease or (self.lease if report.trouble else None)
        if report.trouble:
            logger.warning("delivery %s: %s", report.trouble, report.message)
        return report

    def finish(self) -> DeliveryReport:
        """Deliver the rest of a run that has ended, and give its lease back."""
        for thread in self._under_way:
            thread.join()
        return self.deliver(LeaseAct.RELEASE)

    @property
    def abandoned(self) -> bool:
        """Whether delivery was stopped for good."""
        return self._abandoned

    def abandon(self) -> None:
        """Stop delivering at once: what is not delivered stays in the spool."""
        self._abandoned = True
        if self._child is not None:
            self._child.kill()

    def _took_off(self, child: "subprocess.Popen[str]") -> None:
        self._child = child
        if self._abandoned:
            child.kill()


def run_order(
    order: DeliveryOrder,
    on_start: Callable[["subprocess.Popen[str]"], None] = lambda _: None,
    on_step: Callable[[str], None] = lambda _: None,
) -> DeliveryReport:
    """Carry out `order` in a process of its own, with no terminal signal reaching it."""
    child = subprocess.Popen(
        [sys.executable, "-m", "crawler.delivery"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=Path.cwd(),
        env=_environ(),
    )
    on_start(child)
    assert child.stdin is not None
    assert child.stdout is not None
    report: DeliveryReport | None = None
    try:
        # Its end of stdin stays open: the child takes the closing for the end of this process, and ends too.
        child.stdin.write(json.dumps(asdict(order)) + "\n")
        child.stdin.flush()
        for line in child.stdout:
            said = json.loads(line)
            if "report" in said:
                report = DeliveryReport(**said["report"])
            else:
                on_step(said["step"])
    except BrokenPipeError:
        pass  # it died before it read its order: the missing report says so
    except KeyboardInterrupt:
        child.kill()  # at the start of a run, where nothing else minds the signal; the spool keeps what it had
        raise
    finally:
        code = child.wait()
        child.stdout.close()
        with suppress(BrokenPipeError):
            child.stdin.close()
    if report is None:
        return DeliveryReport(0, _undelivered(order), "failed", f"the delivering process ended with {code}")
    return report


def _undelivered(order: DeliveryOrder) -> int:
    return undelivered(Path(order.spool_dir), Path(order.spool) if order.spool else None)


def _environ() -> dict[str, str]:
    """The store's credentials and proxy travel in the order; the crawler's proxies are not for the store."""
    kept = {k: v for k, v in os.environ.items() if k.lower() not in ("http_proxy", "https_proxy", "all_proxy")}
    # A heap for each of deltalake's threads would stay resident: with two heaps at most the peak was 182 MB, with 64
    # it was 191 (medians of 3 interleaved crawls of 600 articles), at the same CPU time.
    return {"MALLOC_ARENA_MAX": "2", **kept}


def checking(order: DeliveryOrder, run: Row | None = None, lease: Lease | None = None) -> DeliveryOrder:
    """`order` for the start of a run: check the store, deliver what earlier runs left, bring the index up to date.

    With `lease` it is taken first. If it is busy the run, of which `run` is the begin of its row, is skipped.
    """
    wanted = lease.to_json() if lease else None
    return replace(order, check=True, spool=None, run=run, lease=wanted, lease_act=LeaseAct.TAKE)
