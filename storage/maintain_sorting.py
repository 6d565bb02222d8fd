"""Many Parquet files of a table made one, its rows in order, in memory that does not grow with them.

Rows are sorted a stretch at a time, the stretches are written beside, and then merged as streams.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from storage.table_files import named

_RUN_BYTES = 16 << 20
"""Of Arrow memory that is sorted at once."""
_MERGED_ROWS = 256
"""Read at once of each sorted stretch."""
_KEY = "__sort_key"
_DIGITS = 20
Source = tuple[str, Path]
"""The key of an object, and the file that it was fetched to."""
_COMPRESSION = {"compression": "zstd", "compression_level": 3}


def write_sorted(
    sources: Iterable[Source], target: Path, schema: pa.Schema, columns: Sequence[str], *, group_rows: int
) -> None:
    """Write the rows of `sources` to `target` as `schema` has them, by `columns`, in row groups of `group_rows`.

    A source that lacks a column has null in it. Other files are made beside `target`, and removed. Raises FileDamaged.
    """
    runs = [
        _write_run(run, target.with_name(f"run-{number}.parquet"))
        for number, run in enumerate(_sorted_runs(sources, schema, columns))
    ]
    with pq.ParquetWriter(target, schema, **_COMPRESSION) as out:
        for table in _regrouped(_merged(runs), group_rows):
            out.write_table(table.drop_columns([_KEY]).cast(schema), row_group_size=group_rows)
    for run in runs:
        run.unlink()


def _sorted_runs(sources: Iterable[Source], schema: pa.Schema, columns: Sequence[str]) -> Iterator[pa.Table]:
    held: list[pa.Table] = []
    for batch in _batches(sources, schema):
        held.append(_keyed(batch, columns))
        if sum(table.nbytes for table in held) >= _RUN_BYTES:
            yield _sorted(held)
            held = []
    if held:
        yield _sorted(held)


def _sorted(tables: Sequence[pa.Table]) -> pa.Table:
    """Their rows by the key. `Table.sort_by` runs a query engine for it, with twice the memory (measured)."""
    whole = pa.concat_tables(tables).combine_chunks()
    return whole.take(pc.sort_indices(whole[_KEY]))


def _batches(sources: Iterable[Source], schema: pa.Schema) -> Iterator[pa.Table]:
    for key, source in sources:
        with named(key), pq.ParquetFile(source, pre_buffer=False, buffer_size=1 << 20) as file:
            for batch in file.iter_batches(_MERGED_ROWS, use_threads=False):
                yield _shaped(pa.table(batch), schema)


def _shaped(table: pa.Table, schema: pa.Schema) -> pa.Table:
    names = set(table.column_names)
    nothing = len(table)
    arrays = [table[f.name] if f.name in names else pa.nulls(nothing, f.type) for f in schema]
    return pa.table(arrays, names=schema.names).cast(schema)


def _keyed(table: pa.Table, columns: Sequence[str]) -> pa.Table:
    """With one text by which rows sort as by `columns`; of equal rows the order is not said."""
    texts = [_sortable(table[name]) for name in columns]
    return table.append_column(_KEY, pc.binary_join_element_wise(*texts, "\x00"))


def _sortable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_timestamp(column.type):
        column = pc.utf8_lpad(pc.cast(pc.cast(column, pa.int64()), pa.string()), _DIGITS, "0")
    return pc.fill_null(pc.cast(column, pa.string()), "")


def _write_run(run: pa.Table, path: Path) -> Path:
    pq.write_table(run, path, row_group_size=_MERGED_ROWS, **_COMPRESSION)
    return path


def _merged(runs: Sequence[Path]) -> Iterator[pa.Table]:
    """Rows of all sorted files in order: whatever is not above the least of their last keys can come next."""
    streams = [_tables(run) for run in runs]
    heads = [next(stream, None) for stream in streams]
    while any(head is not None for head in heads):
        bound = min(head[_KEY][-1].as_py() for head in heads if head is not None)
        ready = []
        for number, head in enumerate(heads):
            if head is None:
                continue
            count = pc.sum(pc.less_equal(head[_KEY], bound)).as_py()
            ready.append(head.slice(0, count))
            heads[number] = head.slice(count) if count < len(head) else next(streams[number], None)
        yield _sorted(ready)


def _tables(path: Path) -> Iterator[pa.Table]:
    with pq.ParquetFile(path, pre_buffer=False) as file:
        for batch in file.iter_batches(_MERGED_ROWS, use_threads=False):
            yield pa.table(batch)


def _regrouped(tables: Iterable[pa.Table], rows: int) -> Iterator[pa.Table]:
    """The same rows, `rows` at a time."""
    held: list[pa.Table] = []
    for table in tables:
        held.append(table)
        if sum(map(len, held)) >= rows:
            whole = pa.concat_tables(held)
            end = len(whole) - len(whole) % rows
            yield whole.slice(0, end)
            held = [whole.slice(end)] if end < len(whole) else []
    if held:
        yield pa.concat_tables(held)
