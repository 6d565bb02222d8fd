"""Which columns of the views a query does not ask for, so that the joins behind them can be left out.

DuckDB 1.5.5 keeps a left join whose columns nobody reads. Without this, `SELECT count(*) FROM articles` at a
million articles and six million events takes 1.4 s instead of 0.2 s (two busy cores).
"""

from collections.abc import Iterator

from access.statement import Tree, walk
from access.views import VIEWS

_IMPLICIT = frozenset({"STAR", "SHOW_REF", "PIVOT", "POSITIONAL_REFERENCE", "NATURAL"})
"""Parts of a syntax tree that take columns without naming them."""
_ABOUT_VIEWS = ("duckdb_", "pragma_", "show_")
"""Table functions that describe the views themselves."""


def unwanted_columns(tree: Tree) -> frozenset[str]:
    """Columns behind joins that the query of `tree` cannot be reading; none when in doubt."""
    nodes = list(walk(tree))
    words = {text.upper() for node in nodes for text in _texts(node)}
    if words & _IMPLICIT or _describes_views(nodes) or _takes_whole_rows(nodes):
        return frozenset()
    extras = (name for view in VIEWS.values() for extra in view.extras for name in extra.columns)
    return frozenset(name for name in extras if name.upper() not in words)


def _describes_views(nodes: list[Tree]) -> bool:
    """Whether a catalog may be read: there a column counts that the query does not name."""
    own = {entry["key"].lower() for node in nodes for entry in _common_tables(node)} | VIEWS.keys()
    if any(node["schema_name"] or node["table_name"].lower() not in own for node in _tables(nodes)):
        return True
    functions = (node["function"]["function_name"] for node in nodes if node.get("type") == "TABLE_FUNCTION")
    return any(name.lower().startswith(_ABOUT_VIEWS) for name in functions)


def _takes_whole_rows(nodes: list[Tree]) -> bool:
    """Whether a column reference might be a table's name, which means all of its columns."""
    relations = {(node["alias"] or node["table_name"]).lower() for node in _tables(nodes)}
    references = {node["column_names"][-1].lower() for node in nodes if node.get("type") == "COLUMN_REF"}
    return bool(references & (relations | VIEWS.keys()))


def _tables(nodes: list[Tree]) -> Iterator[Tree]:
    return (node for node in nodes if node.get("type") == "BASE_TABLE")


def _common_tables(node: Tree) -> list[Tree]:
    """The WITH entries of a query node."""
    entries = node.get("cte_map")
    return entries.get("map", []) if isinstance(entries, dict) else []


def _texts(node: Tree) -> Iterator[str]:
    for value in node.values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from (item for item in value if isinstance(item, str))
