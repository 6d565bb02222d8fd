"""Is this store fit for an archive? Asked once at the start of every command that writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from news.errors import StoreRefused
from storage.objects import ObjectExists

if TYPE_CHECKING:
    from storage.config import StoreOptions
    from storage.objects import ObjectStore

PROBE_KEY = "state/probe"
PROBE = b"Written once by disway-archive, to learn whether this store refuses to write an object that exists.\n"


def check_store(store: ObjectStore, options: StoreOptions) -> None:
    """Check that the bucket exists, takes writes with these credentials, and keeps a create-only write from replacing.

    Delta commits are create-only writes: without them two writers overwrite each other's rows. After the first time
    this is one list request, one refused write and one look at the probe; nothing is written.

    Raises StoreRefused, also for a store without conditional PUT unless `options.single_writer`, and StoreUnavailable.
    """
    store.check_place()
    try:
        replaces = store.put_bytes(PROBE_KEY, PROBE) and store.put_bytes(PROBE_KEY, PROBE)
    except ObjectExists:  # of another version of this program: refused, as it should be
        replaces = False
    if replaces and not options.single_writer:
        raise StoreRefused(
            f"the store of {options.uri} overwrites what exists (it ignores If-None-Match): two writers would lose "
            "rows. Use another store, or set [archive] single_writer = true if nobody else ever writes"
        )
