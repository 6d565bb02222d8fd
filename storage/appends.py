"""What waits to be appended to a spool: exchanges, and rows. Pure but for the futures."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass

from news.capture import Exchange, WarcPointer
from storage.schema import Row
from storage.spool import SpoolFull
from storage.warc_writer import Member


@dataclass(slots=True)
class Append:
    """The records of an exchange, or rows by table."""

    what: Member | Mapping[str, list[Row]]
    done: "Future[WarcPointer | None]"


def is_any(_: Append) -> bool:
    """Whatever it is."""
    return True


def is_exchange(append: Append) -> bool:
    """Whether it is the records of an exchange."""
    return isinstance(append.what, Member)


def is_run_row(append: Append) -> bool:
    """Whether it is the run's own row."""
    return not isinstance(append.what, Member) and "runs" in append.what


def is_note(append: Append) -> bool:
    """Whether it is of the notes that stand in order: none of them may be kept without those before it."""
    return not isinstance(append.what, Member) and not is_run_row(append)


def size_of(append: Append) -> int:
    """Bytes of an exchange's records; 0 for rows."""
    return len(append.what.data) if isinstance(append.what, Member) else 0


def without(batch: list[Append], refused: Callable[[Append], bool], error: SpoolFull) -> list[Append]:
    """Those of `batch` that are not `refused`, which fail with `error`."""
    for append in batch:
        if refused(append):
            append.done.set_exception(error)
    return [append for append in batch if not refused(append)]


def together(notes: list[Mapping[str, list[Row]]]) -> Mapping[str, list[Row]]:
    """The rows of several notes as those of one, in order."""
    if len(notes) == 1:
        return notes[0]
    rows: dict[str, list[Row]] = {}
    for note in notes:
        for table, some in note.items():
            rows.setdefault(table, []).extend(some)
    return rows


def empty_capture_row(exchange: Exchange, run_id: str) -> Row:
    """The captures row of an exchange in which nothing came: it has no record, so the row itself is noted."""
    return {
        "url": exchange.url,
        "site": exchange.site,
        "article_id": exchange.article_id,
        "part": exchange.part,
        "fetched_at": exchange.fetched_at.isoformat(),
        "bytes": 0,
        "kind": "response",
        "error": exchange.error,
        "run_id": run_id,
    }
