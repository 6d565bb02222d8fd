"""SQL text: the types of `storage.schema` as DuckDB names them, and names and texts quoted."""

from storage.schema import STRUCTS, TABLES, Column

_SCALARS = {
    "utf8": "VARCHAR",
    "int64": "BIGINT",
    "bool": "BOOLEAN",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
}


def duckdb_type(name: str) -> str:
    """`list<captures>` -> `STRUCT(part BIGINT, ...)[]`."""
    if name.startswith("list<"):
        inner = name[5:-1]
        return f"{_struct(STRUCTS[inner])}[]" if inner in STRUCTS else f"{duckdb_type(inner)}[]"
    return _SCALARS[name]


def quoted(name: str) -> str:
    """An identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def select_nothing(table: str) -> str:
    """A SELECT with the columns of `table` and no row."""
    return f"SELECT {', '.join(_null(c) for c in TABLES[table])} WHERE false"


def _null(column: Column) -> str:
    return f"CAST(NULL AS {duckdb_type(column.type)}) AS {quoted(column.name)}"


def _struct(columns: tuple[Column, ...]) -> str:
    return f"STRUCT({', '.join(f'{quoted(c.name)} {duckdb_type(c.type)}' for c in columns)})"
