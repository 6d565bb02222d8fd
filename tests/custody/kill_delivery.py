"""A delivering process that is killed at a named step. Reads a DeliveryOrder from stdin; argument: the step.

A step is what `Delivery.progress` is told, or "read <segment>": before anything of it is uploaded. Each step that is
passed is printed.
"""

import json
import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Any

import storage.deliver
from crawler.delivery import DeliveryOrder, carry_out
from storage.config import StoreOptions, forget_proxies

fatal = sys.argv[1]


def reached(step: str) -> None:
    sys.stdout.write(f"{step}\n")
    sys.stdout.flush()
    if step == fatal:
        os.kill(os.getpid(), signal.SIGKILL)


def watched_delivery(make: Any, **fields: Any) -> Any:
    return make(**fields | {"progress": reached})


def watched_read(read: Any, path: Path, *further: Any) -> Any:
    found = read(path, *further)
    reached(f"read {path.name}")
    return found


storage.deliver.Delivery = partial(watched_delivery, storage.deliver.Delivery)
storage.deliver._read_whole = partial(watched_read, storage.deliver._read_whole)
order = DeliveryOrder(**json.loads(sys.stdin.readline()))
options = StoreOptions.from_json(order.store)
forget_proxies(options)
report = carry_out(order, options)
sys.exit(report.message or None)
