"""What SQL a user may run: one SELECT statement that reads the views, or the EXPLAIN of one.

DuckDB's own parser decides: what `json_serialize_sql` takes is a SELECT (FROM, WITH, VALUES, TABLE, DESCRIBE,
SUMMARIZE, SHOW and PIVOT ... IN are too), and its tree names every table function.
"""

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from news.errors import UsageError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TABLE_FUNCTIONS = frozenset(
    {
        *("range", "generate_series", "unnest", "repeat", "repeat_row", "json_each", "json_tree"),
        *("histogram", "histogram_values", "pragma_table_info", "pragma_version"),
        *("duckdb_columns", "duckdb_functions", "duckdb_keywords", "duckdb_schemas", "duckdb_tables"),
        *("duckdb_types", "duckdb_views"),
    }
)
"""Those that make rows, take values apart or describe the views. All others read files, run text as SQL or set
something.
"""

_EXPLAIN = re.compile(r"\s*explain\s+(?:analyze\s+)?(?=\S)", re.IGNORECASE)

Tree = dict[str, Any]


def check_statement(connection: "DuckDBPyConnection", sql: str) -> Tree:
    """The syntax tree of `sql` when it may run. Raises UsageError."""
    tree = _parse(connection, _EXPLAIN.sub("", sql, count=1))
    statements = tree.get("statements", [])
    if len(statements) != 1:
        found = "none" if not statements else str(len(statements))
        raise UsageError(f"SQL: write one statement; there is {found}")
    for node in walk(statements[0]):
        if node.get("type") == "TABLE_FUNCTION":
            name = node["function"].get("function_name", "")
            if name.lower() not in TABLE_FUNCTIONS:
                raise UsageError(f"SQL: {name}() may not be used here: query the views, `SHOW TABLES` lists them")
    return tree


def walk(value: Any) -> Iterator[Tree]:
    """Every object of a syntax tree."""
    pending = [value]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            yield node
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)


def one_line(error: BaseException) -> str:
    """An error of DuckDB without the picture of the query that it draws."""
    text = str(error)
    lines = [line.strip() for line in text.splitlines()]
    said = [line for line in lines if line and not line.startswith(("LINE ", "^"))]
    return " ".join(said) or type(error).__name__


def _parse(connection: "DuckDBPyConnection", sql: str) -> Tree:
    answer = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    assert answer is not None
    try:
        tree: Tree = json.loads(answer[0])
    except RecursionError as error:
        raise UsageError("SQL: the query is nested too deeply") from error
    if not tree.get("error"):
        return tree
    if tree.get("error_type") == "parser":
        raise UsageError(f"SQL: {' '.join(str(tree['error_message']).split())}")
    raise UsageError(
        "SQL: only a SELECT can be run: the archive is read-only (a PIVOT must list its values: ON x IN (...))"
    )
