"""A result written to a byte stream, a batch at a time: CSV, a JSON array, JSON lines, Parquet."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import IO, Any, Protocol

from access.jsontext import distinct_names, json_text, object_text, plain
from access.result import Result

ROW_GROUP_ROWS = 16_384
"""Rows held in memory for one row group of Parquet: some 50 MB of articles."""
_QUOTE = '"'
_EMPTY = '""'
"""The line of a row whose one value is null: an empty one would be no row."""
_NEEDS_QUOTES = re.compile(r'[",\r\n]')
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
"""Beginnings of a text that spreadsheets run (OWASP, "CSV Injection"); and those, with an apostrophe before them."""


class Rows(Protocol):
    """What has named columns and gives its rows once, as tuples; a `Result` does."""

    @property
    def columns(self) -> list[str]:
        """Names in order; two may be alike."""
        ...

    def values(self) -> Iterable[tuple[Any, ...]]:
        """Rows."""
        ...


class Format(StrEnum):
    """What can be written without seeing the whole result."""

    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"
    PARQUET = "parquet"


def write(result: Result, form: Format, out: IO[bytes]) -> int:
    """Write all rows of `result` to `out` and return how many there were. Raises OSError, and as
    `Archive.query`.
    """
    return _WRITERS[form](result, out)


def write_csv(result: Rows, out: IO[bytes]) -> int:
    r"""RFC 4180, UTF-8 without a mark; instants in ISO 8601, lists and structs as JSON, null as nothing.

    A text that a spreadsheet would run has an apostrophe before it: who reads the file by program takes one away from
    each text that matches `^'+[=+\-@\t\r]`.
    """
    rows = 0
    out.write(_csv_line(result.columns))
    for values in result.values():
        out.write(_csv_line(values))
        rows += 1
    return rows


def write_json(result: Rows, out: IO[bytes]) -> int:
    """One JSON array, an object a line."""
    rows = 0
    names = distinct_names(result.columns)
    out.write(b"[")
    for values in result.values():
        out.write((",\n" if rows else "\n").encode() + object_text(names, values).encode())
        rows += 1
    out.write(b"\n]\n")
    return rows


def write_json_object(result: Result, out: IO[bytes]) -> int:
    """One JSON object on one line: `columns` [{name, type}], `rows` [{...}], `row_count`."""
    rows = 0
    names = distinct_names(result.columns)
    columns = [{"name": name, "type": str(field.type)} for name, field in zip(names, result.schema, strict=True)]
    out.write(f'{{"columns":{json.dumps(columns, ensure_ascii=False)},"rows":['.encode())
    for values in result.values():
        out.write(("," if rows else "").encode() + object_text(names, values).encode())
        rows += 1
    out.write(f'],"row_count":{rows}}}\n'.encode())
    return rows


def write_jsonl(result: Result, out: IO[bytes]) -> int:
    """One JSON object a line."""
    rows = 0
    names = distinct_names(result.columns)
    for values in result.values():
        out.write(object_text(names, values).encode() + b"\n")
        rows += 1
    return rows


def write_parquet(result: Result, out: IO[bytes]) -> int:
    """Parquet with zstd; instants are UTC."""
    import pyarrow as pa  # noqa: PLC0415  loaded by now, by whoever made the result
    import pyarrow.parquet as pq  # noqa: PLC0415  as above

    rows = 0
    names = distinct_names(result.columns)
    schema = pa.schema([field.with_name(name) for field, name in zip(result.schema, names, strict=True)])
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        group: list[pa.RecordBatch] = []
        for batch in result.batches():
            group.append(batch.rename_columns(names))
            if sum(b.num_rows for b in group) >= ROW_GROUP_ROWS:
                writer.write_table(pa.Table.from_batches(group, schema))
                group = []
            rows += batch.num_rows
        if group:
            writer.write_table(pa.Table.from_batches(group, schema))
    return rows


def _csv_line(values: Sequence[Any]) -> bytes:
    # By hand: the csv module looks at each character and takes three times as long for articles.
    line = ",".join(map(_csv_cell, values))
    return f"{line or _EMPTY}\r\n".encode()


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list | bool):
        text = json_text(value)
    else:
        known = plain(value)
        text = "" if known is None else str(known)
        if isinstance(value, str) and _FORMULA.match(text):
            text = f"'{text}"
    return f'"{text.replace(_QUOTE, _QUOTE * 2)}"' if _NEEDS_QUOTES.search(text) else text


_WRITERS: dict[Format, Callable[[Result, IO[bytes]], int]] = {
    Format.CSV: write_csv,
    Format.JSON: write_json,
    Format.JSONL: write_jsonl,
    Format.PARQUET: write_parquet,
}
