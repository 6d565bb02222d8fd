"""What a spool folder says of itself, in its file `spool.json`."""

import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from news.errors import DiswayError
from storage import segment
from storage.schema import Row

FORMAT = 1
"""Of a spool folder. What a program does not know of the same format it passes over; a later format it leaves alone."""
ROWS = "rows-"
"""Begins the id of a spool that holds rows of `runs` alone."""
META = "spool.json"


class LaterFormat(DiswayError):
    """A spool that a later version of the program filled."""


@dataclass(frozen=True, slots=True)
class SpoolMeta:
    """What a spool folder says of itself. `spool_id` is the app id of its Delta transactions.

    `archive` names the store that its segments belong to: endpoint and URI. `run` is what the run's row says of its
    begin, for the case that the run itself cannot write one, and of its end, if somebody saw that.
    """

    spool_id: str
    run_id: str
    archive: str
    run: Row = field(default_factory=dict)

    @property
    def is_of_a_run(self) -> bool:
        """Whether a run filled it; else it holds rows about runs that never began."""
        return not self.spool_id.startswith(ROWS)

    def report_key(self, name: str) -> str:
        """Object key of the report in file `name`."""
        return f"reports/{self.run_id}{Path(name).suffix}"

    def warc_key(self, number: int) -> str:
        """Object key of segment `number`: dated by the run's start, so that a retry writes the same key."""
        return f"warc/{self.run_id[:4]}/{self.run_id[4:6]}/{self.run_id[6:8]}/{self.run_id}-{number:06d}.warc.gz"


def write_meta(folder: Path, meta: SpoolMeta) -> None:
    """Write it durably, whole or not at all. Raises OSError."""
    path = folder / f"{META}.new"
    try:
        with path.open("w", encoding="utf-8") as out:
            json.dump(asdict(meta) | {"format": FORMAT}, out)
            out.flush()
            os.fsync(out.fileno())
        path.replace(folder / META)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    segment.sync_folder(folder)


def read_meta(folder: Path) -> SpoolMeta:
    """The inverse. Raises OSError, LaterFormat, and ValueError for what no program wrote."""
    found = json.loads((folder / META).read_text(encoding="utf-8"))
    try:
        if found.get("format", FORMAT) > FORMAT:
            raise LaterFormat(f"{folder} was filled by a later version of disway and waits for it")
        return SpoolMeta(**{known.name: found[known.name] for known in fields(SpoolMeta) if known.name in found})
    except (AttributeError, TypeError) as error:
        raise ValueError(f"{folder / META} is not what it should be") from error
