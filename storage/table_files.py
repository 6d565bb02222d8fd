"""A data file of a table, read a batch at a time; one that is gone or cannot be read is named."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from news.errors import ArchiveDamaged
from storage.objects import ObjectMissing, ObjectStore


class FileDamaged(ArchiveDamaged):
    """A data file of a table is gone or cannot be read."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"{key} {why}: put a copy of it back; README.md says what to do without one")
        self.key = key
        """Of the object."""
        self.why = why


def key_of(table: str, path: str) -> str:
    """The key of the object that `table` names by `path`."""
    return f"tables/{table}/{path}"


@contextmanager
def named(key: str) -> Iterator[None]:
    """Turn what is wrong with the object `key` into FileDamaged, while it is fetched and read and nothing else is done.

    An error of the disk that it was fetched to stays what it is.
    """
    try:
        yield
    except ObjectMissing as error:
        raise FileDamaged(key, "is not there") from error
    except (pa.ArrowException, ValueError, OverflowError) as error:  # the two latter of values that Python has not
        raise FileDamaged(key, f"cannot be read ({_line(error)})") from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise FileDamaged(key, f"cannot be read ({_line(error)})") from error  # Arrow's word for damage within


def batches(
    store: ObjectStore, key: str, rows: int, columns: list[str] | None = None, *, proved: bool = False
) -> Iterator[pa.RecordBatch]:
    """The Parquet file under `key`, so many rows at a time; `columns`: None = all, those that it lacks are left out.

    With `proved` values that no column may hold are damage too. Raises FileDamaged, StoreUnavailable.
    """
    with tempfile.TemporaryDirectory(prefix="disway-rows-") as folder:
        local = Path(folder) / "rows.parquet"
        with named(key):
            store.fetch_file(key, local)
            # In one thread: each other one would keep a heap, 60 MB together for the rows of articles (measured).
            with pq.ParquetFile(local) as file:
                for batch in file.iter_batches(rows, columns=columns, use_threads=False):
                    if proved:
                        batch.validate(full=True)
                    yield batch


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
