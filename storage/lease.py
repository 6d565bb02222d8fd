"""Who crawls: a small object in the archive, `state/lease/<name>.json`, replaced by compare-and-swap.

It saves work and no more: two crawls at once lose nothing and write nothing twice (`storage.deliver`). So a lease that
cannot be had or kept for any other reason than a living holder never keeps a run from crawling.

    run_id, host, spool      whose it is; `spool` is the folder of that run
    acquired_at, expires_at  by the holder's clock; expired at once when it is given back
"""

import json
import logging
import socket
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from news.errors import StoreUnavailable
from storage.objects import ObjectMissing, ObjectStore
from storage.spool import is_abandoned

logger = logging.getLogger(__name__)

ABSURD = 10
"""A lease that claims to run for more than so many times its usual span was written by a clock that is wrong."""

_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a lease is, and until when. Instants are aware, UTC."""

    run_id: str
    host: str
    spool: str
    acquired_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, run_id: str, spool: Path, now: datetime, ttl: timedelta) -> Self:
        """The run `run_id` of this machine, whose spool folder is `spool`."""
        return cls(run_id, socket.gethostname(), str(spool.absolute()), now, now + ttl)

    def __str__(self) -> str:
        return f"run {self.run_id} on {self.host} since {self.acquired_at:%Y-%m-%d %H:%M:%S} UTC"

    def to_json(self) -> str:
        """As the object has it."""
        times = {"acquired_at": self.acquired_at.isoformat(), "expires_at": self.expires_at.isoformat()}
        return json.dumps(asdict(self) | times)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The inverse of `to_json`; fields of a later version are passed over. Raises ValueError."""
        try:
            found = json.loads(text)
            acquired_at, expires_at = (datetime.fromisoformat(found[name]) for name in ("acquired_at", "expires_at"))
            run_id, host, spool = (str(found[name]) for name in ("run_id", "host", "spool"))
            return cls(run_id, host, spool, acquired_at.astimezone(UTC), expires_at.astimezone(UTC))
        except (KeyError, TypeError, OverflowError) as error:
            raise ValueError(f"no lease: {error}") from error


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease that is held, or to be taken. `tag` is that of the object as it was last written."""

    name: str
    holder: Holder
    tag: str

    def to_json(self) -> str:
        """For a child process."""
        return json.dumps({"name": self.name, "holder": self.holder.to_json(), "tag": self.tag})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The inverse of `to_json`."""
        found = json.loads(text)
        return cls(found["name"], Holder.from_json(found["holder"]), found["tag"])

    @property
    def key(self) -> str:
        """Of the object."""
        return f"state/lease/{self.name}.json"


def acquire(store: ObjectStore, wanted: Lease) -> Lease | Holder:
    """Take the lease, or say who has it. Raises StoreUnavailable, StoreRefused."""
    name, holder, key = wanted.name, wanted.holder, wanted.key
    for _ in range(_ROUNDS):
        try:
            data, tag = store.get_tagged(key)
        except ObjectMissing:
            present, tag = None, None
        else:
            present = _holder(name, data)
        if present is not None and present.run_id != holder.run_id and _is_held(name, present, holder):
            return present
        if taken := store.swap(key, holder.to_json().encode(), tag):
            return replace(wanted, tag=taken)
        # Somebody was faster, and has it now; or this store has other tags for what it takes than for what it gives.
    raise StoreUnavailable(f"{key} cannot be replaced")


def renew(store: ObjectStore, lease: Lease, now: datetime, ttl: timedelta) -> Lease | None:
    """Hold the lease for another `ttl`; None when it went to somebody else. Raises StoreUnavailable, StoreRefused."""
    return _rewrite(store, lease, now + ttl)


def release(store: ObjectStore, lease: Lease, now: datetime) -> bool:
    """Give the lease back; False when it went to somebody else before. Raises StoreUnavailable, StoreRefused."""
    return _rewrite(store, lease, now) is not None


def _rewrite(store: ObjectStore, lease: Lease, expires_at: datetime) -> Lease | None:
    holder = replace(lease.holder, expires_at=expires_at)
    data = holder.to_json().encode()
    tag = store.swap(lease.key, data, lease.tag)
    if tag is None and (last := _own_tag(store, lease)):
        tag = store.swap(lease.key, data, last)
    return replace(lease, holder=holder, tag=tag) if tag else None


def _own_tag(store: ObjectStore, lease: Lease) -> str | None:
    """The tag of the lease if it is still the run's: a renewal that was cut may have written it."""
    try:
        data, tag = store.get_tagged(lease.key)
    except ObjectMissing:
        return None
    present = _holder(lease.name, data)
    return tag if present is not None and present.run_id == lease.holder.run_id else None


def _holder(name: str, data: bytes) -> Holder | None:
    try:
        return Holder.from_json(data)
    except ValueError as error:
        logger.warning("the lease %s cannot be read and is taken over: %s", name, error)
        return None


def _is_held(name: str, present: Holder, ours: Holder) -> bool:
    """Judged by our clock, which is that of the new lease's own times."""
    now, ttl = ours.acquired_at, ours.expires_at - ours.acquired_at
    if present.expires_at <= now:
        return False
    if _is_dead(present, ours):
        logger.info("the lease %s is taken over: %s is dead", name, present)
        return False
    if present.expires_at > now + ABSURD * ttl:
        logger.warning("the lease %s of %s is taken over: it would last until %s", name, present, present.expires_at)
        return False
    return True


def _is_dead(present: Holder, ours: Holder) -> bool:
    """Whether the holder's spool says so, which can be seen on its own machine only, or where its disk went.

    The name of a spool is random: a folder of that name is that spool, whatever its machine is called. One that is not
    there belonged to a run that ended, if it was this machine's.
    """
    theirs = Path(present.spool)
    for folder in (Path(ours.spool).parent / theirs.name, theirs):
        if folder.is_dir():
            return is_abandoned(folder)
    return present.host == ours.host
