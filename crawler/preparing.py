"""What is done before a run: the spool's folder, the store, what earlier runs left, the index."""

import logging
import sqlite3
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from hashlib import blake2b
from pathlib import Path

from crawler.config import Config
from crawler.courier import checking, run_order
from crawler.delivery import DeliveryOrder, DeliveryReport
from news.errors import ArchiveDamaged, StoreRefused, StoreUnavailable, UsageError
from storage.config import ArchiveSettings, StoreOptions, resolve_store

logger = logging.getLogger(__name__)

_SLOW_S = 10.0


class RunSkipped(Exception):
    """The run must not crawl, for another one does; its row is kept."""

    def __init__(self, run_id: str, reason: str) -> None:
        super().__init__(f"run {run_id}: skipped; {reason}")
        self.run_id = run_id
        self.reason = reason


def delivery_order(config: Config, environ: Mapping[str, str]) -> DeliveryOrder:
    """The standing order for the store of `config`. Raises ConfigError."""
    options = resolve_store(ArchiveSettings(**config.archive.model_dump()), environ)
    archive = archive_name(options)
    spool_dir = config.spool.dir.absolute()
    name = blake2b(archive.encode(), digest_size=6).hexdigest()
    return DeliveryOrder(
        store=options.to_json(),
        archive=archive,
        spool_dir=str(spool_dir),
        seen_path=str(spool_dir / f"seen-{name}.sqlite"),
        site_folders=tuple(str(folder.absolute()) for folder in config.site_folders()),
        body_limit=config.network.max_body_bytes,
        lease_ttl_s=config.schedule.lease.total_seconds(),
    )


def archive_name(options: StoreOptions) -> str:
    """Names a store: two of the same URI at different endpoints are two."""
    return f"{options.endpoint} {options.uri}" if options.endpoint else options.uri


def make_spool_dir(folder: Path) -> None:
    """Make the folder of all spools. Raises UsageError when it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UsageError(
            f"[spool] dir = {str(folder)!r}: {error.strerror}: name a folder that can be written"
        ) from error


def prepare(order: DeliveryOrder, run_id: str) -> DeliveryReport:
    """Carry out the order with which a run begins. A store that does not answer is borne when the index knows it.

    A damaged archive is borne alike. Raises RunSkipped, StoreRefused, ArchiveDamaged, UsageError.
    """
    with told_when_slow(order.archive):
        prepared = run_order(order)
    if prepared.skipped is not None:
        raise RunSkipped(run_id, prepared.skipped)
    if prepared.trouble == "refused":
        raise StoreRefused(prepared.message)
    if prepared.trouble == "damaged" and not knows_archive(Path(order.seen_path)):
        raise ArchiveDamaged(prepared.message)
    if prepared.trouble and not knows_archive(Path(order.seen_path)):
        raise UsageError(f"the store of the archive cannot be reached and was never seen before: {prepared.message}")
    return prepared


@contextmanager
def told_when_slow(archive: str, after_s: float = _SLOW_S) -> Iterator[None]:
    """Say after a while that what goes on is not stuck: a store may be slow, or much may wait to be delivered."""
    said = (
        f"still waiting for the store of {archive}, or delivering what waited for it; Ctrl-C ends this, nothing is lost"
    )
    timer = threading.Timer(after_s, logger.warning, (said,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def recover(config: Config, environ: Mapping[str, str]) -> DeliveryReport:
    """Deliver what earlier runs left in the spool, as far as the archive is not damaged.

    Raises StoreRefused, StoreUnavailable.
    """
    order = delivery_order(config, environ)
    make_spool_dir(Path(order.spool_dir))
    with told_when_slow(order.archive):
        report = run_order(checking(order))
    if report.trouble == "refused":
        raise StoreRefused(report.message)
    if report.trouble and report.trouble != "damaged":
        raise StoreUnavailable(f"{report.undelivered} segments stay in the spool: {report.message}")
    return report


def knows_archive(seen_path: Path) -> bool:
    """Whether the index was ever brought up to this archive."""
    if not seen_path.exists():
        return False
    with closing(sqlite3.connect(seen_path)) as db:
        try:
            return bool(db.execute("PRAGMA user_version").fetchone()[0])
        except sqlite3.DatabaseError:
            return False
