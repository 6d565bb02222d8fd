"""What the delivering process does about the lease of a run: takes it, keeps it while it works, gives it back.

Nothing that goes wrong here keeps a run from crawling: it is logged, and the run goes on without.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from news.errors import DiswayError
from storage import lease
from storage.lease import Holder, Lease

if TYPE_CHECKING:
    from storage.objects import ObjectStore

logger = logging.getLogger(__name__)

T = TypeVar("T")


class LeaseAct(StrEnum):
    """What a delivery is to do about the lease beside keeping it."""

    TAKE = "take"
    KEEP = "keep"
    RELEASE = "release"


class Leasing:
    """The lease of one run. `held` is None when the run has none; `busy` is who has it instead."""

    def __init__(self, wanted: Lease | None, act: LeaseAct, ttl: timedelta) -> None:
        self.held = None if act is LeaseAct.TAKE else wanted
        self.busy: Holder | None = None
        self._wanted = wanted if act is LeaseAct.TAKE else None
        self._act = act
        self._ttl = ttl
        self._store: ObjectStore | None = None

    def begin(self, store: "ObjectStore") -> None:
        """Take the lease, or see that it lasts."""
        self._store = store
        if self._wanted is not None:
            wanted = self._wanted
            taken = _tried(lambda: lease.acquire(store, wanted))
            self.held = taken if isinstance(taken, Lease) else None
            self.busy = taken if isinstance(taken, Holder) else None
        self.look()

    def look(self) -> None:
        """Renew the lease when half of it is over."""
        now, store, held = datetime.now(UTC), self._store, self.held
        if store is None or held is None or held.holder.expires_at - now > self._ttl / 2:
            return
        renewed = _tried(lambda: lease.renew(store, held, now, self._ttl) or _LOST)
        if renewed is _LOST:
            logger.warning(_TOLD)
            self.held = None
        elif isinstance(renewed, Lease):
            self.held = renewed

    def end(self) -> None:
        """Give the lease back if that is asked for."""
        store, held = self._store, self.held
        if self._act is LeaseAct.RELEASE and store is not None and held is not None:
            if _tried(lambda: lease.release(store, held, datetime.now(UTC))) is False:
                logger.warning(_TOLD)
            self.held = None


_LOST = object()
_TOLD = "the lease went to another run meanwhile: each writes what it has, and nothing is lost"


def _tried(ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except DiswayError as error:
        logger.warning("no lease: %s", error)
        return None
