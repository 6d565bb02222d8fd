"""Rows of `runs` about what never became a run: kept in the spool like everything else, for the next delivery."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from storage import segment
from storage.schema import Row
from storage.spool import Spool, SpoolFull, new_run_id
from storage.warc_writer import compose_note


def keep_run_rows(spool_dir: Path, archive: str, rows: Sequence[Row]) -> Path:
    """Keep `rows` for `archive` in a spool of their own, durable when this returns; returns its folder.

    The next delivery commits them, each run id once: a run that has a row keeps it. Raises SpoolFull.
    """
    now = datetime.now(UTC)
    spool = Spool.create(spool_dir, new_run_id(now), archive, of_rows=True)
    try:
        path = spool.folder / f"{1:06d}{segment.OPEN_SUFFIX}"
        with path.open("xb") as out:
            out.write(compose_note({"runs": list(rows)}, now))
            out.flush()
            os.fsync(out.fileno())
        segment.close(path)
    except OSError as error:
        for left in spool.folder.glob("*.warc.gz*"):
            left.unlink()  # who waits for room tries again and again
        raise SpoolFull(f"{spool.folder}: {error.strerror}: free some space or set [spool] dir elsewhere") from error
    finally:
        spool.release()
    return spool.folder
