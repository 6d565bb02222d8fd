"""Rows of a query as they are computed."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from access.failures import translated
from news.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 2048
"""DuckDB's own vector: some 6 MB of articles."""


class Result:
    """A result that is read once, in order. `schema` is Arrow's; instants are in UTC."""

    def __init__(self, reader: "pa.RecordBatchReader", find_damaged: Callable[[], str | None] = lambda: None) -> None:
        self._reader = reader
        self._find_damaged = find_damaged
        self.schema: pa.Schema = reader.schema

    @property
    def columns(self) -> list[str]:
        """Names in order; two may be alike."""
        return list(self.schema.names)

    def batches(self) -> Iterator["pa.RecordBatch"]:
        """Batches of rows. Raises as `Archive.query`."""
        while True:
            with translated(self._find_damaged):
                try:
                    batch = self._reader.read_next_batch()
                except StopIteration:
                    return
            if batch.num_rows:
                yield batch

    def values(self) -> Iterator[tuple[Any, ...]]:
        """Rows as tuples of Python values."""
        for batch in self.batches():
            yield from zip(*map(_python_values, batch.columns), strict=True)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Rows by column name; of two columns of one name the last is kept."""
        names = self.columns
        for values in self.values():
            yield dict(zip(names, values, strict=True))


def _python_values(column: "pa.Array") -> list[Any]:
    """Raises UsageError for what Python has no value for: the year 10000, a struct whose fields share a name."""
    try:
        values: list[Any] = column.to_pylist()
    except (ValueError, OverflowError) as error:
        raise UsageError(f"SQL: a value cannot be shown ({error}): CAST it AS VARCHAR") from error
    return values
