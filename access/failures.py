"""What went wrong inside DuckDB, in the words of `news.errors`."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from access.sqltext import literal
from access.statement import one_line
from news.errors import ArchiveDamaged, DiswayError, StoreUnavailable, UsageError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MISSING = re.compile(r"No files found|404|NoSuchKey|does not exist on", re.IGNORECASE)
_DAMAGED = re.compile(
    r"No magic bytes|too small to be a Parquet|corrupt|Invalid thrift|TProtocolException|don't know what type"
    r"|^(?:Error: )?Out of buffer|FIXED_LEN_BYTE_ARRAY|decompression failure"
    r"|(?:Failed to read|Error while reading) file",
    re.IGNORECASE,
)
_FILE = ".parquet"
_MEMORY = re.compile(r"^Out of Memory", re.IGNORECASE)
_SPILL = re.compile(r"^IO Error: (?:Could not|Failed to) (?:write|create)|No space left on device|Disk quota")
"""A query can write nowhere but into its temporary folder."""


@contextmanager
def translated(find_damaged: Callable[[], str | None]) -> Iterator[None]:
    """Turn errors of DuckDB, and those that Arrow hands on from it, into UsageError, StoreUnavailable or
    ArchiveDamaged.

    `find_damaged` looks for the file that cannot be read, of which DuckDB does not always give the name.
    """
    import duckdb  # noqa: PLC0415  loaded by now, by whoever holds a connection
    import pyarrow as pa  # noqa: PLC0415  as above

    try:
        yield
    except (DiswayError, KeyboardInterrupt):
        raise
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise _of(one_line(error), find_damaged) from error
    except RuntimeError as error:
        if "Query interrupted" in str(error):
            raise KeyboardInterrupt from error
        raise


def unreadable(connection: "DuckDBPyConnection", files: Iterable[str]) -> str | None:
    """The first of the Parquet `files` that is missing or whose footer cannot be read; None: all can, or the store is
    away.
    """
    import duckdb  # noqa: PLC0415  as above

    with connection.cursor() as cursor:
        for file in files:
            try:
                cursor.execute(f"SELECT count(*) FROM parquet_file_metadata({literal(file)})").fetchall()  # noqa: S608  quoted
            except duckdb.Error as error:
                return file if _DAMAGED.search(text := one_line(error)) or _MISSING.search(text) else None
    return None


def _of(text: str, find_damaged: Callable[[], str | None]) -> DiswayError:
    if _DAMAGED.search(text):
        return ArchiveDamaged(f"{_place(text, find_damaged)}{text}: run `disway verify`")
    if text.startswith(("IO Error", "HTTP Error")) and not _SPILL.search(text):
        if _MISSING.search(text):
            place = _place(text, find_damaged)
            return ArchiveDamaged(f"a file of the tables is missing: {place}{text}: run `disway verify`")
        return StoreUnavailable(text)
    return UsageError(f"SQL: {_of_query(text)}")


def _place(text: str, find_damaged: Callable[[], str | None]) -> str:
    place = None if _FILE in text else find_damaged()
    return f"{place}: " if place else ""


def _of_query(text: str) -> str:
    if _MEMORY.search(text):
        return f"the query needs more memory than it may have: select fewer columns or rows ({text})"
    if _SPILL.search(text):
        wanted = "select less, or name a folder on a larger disk in TMPDIR"
        return f"the query sets aside more than its temporary folder has room for: {wanted} ({text})"
    if text.startswith("INTERRUPT Error"):
        # One thread of a query failed and the others were told to stop; which of the two is heard first is chance.
        return f"the query failed while its rows were read, and DuckDB does not say why ({text})"
    return text
