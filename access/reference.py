"""The reference of all views as Markdown: `python -m access.reference` prints what `docs/analysts.md` holds."""

import sys

from access.sqltext import duckdb_type
from access.views import VIEWS, View


def reference() -> str:
    """One section a view: what a row is, and name, type and meaning of every column."""
    return "\n".join(_section(name, view) for name, view in VIEWS.items())


def _section(name: str, view: View) -> str:
    lines = [
        f"### `{name}`",
        "",
        f"{view.meaning[0].upper()}{view.meaning[1:]}.",
        "",
        "| column | type | meaning |",
        "| --- | --- | --- |",
    ]
    lines += [f"| `{c.name}` | {_type(c.type)} | {c.meaning} |" for c in view.columns]
    return "\n".join(lines) + "\n"


def _type(name: str) -> str:
    text = duckdb_type(name).replace('"', "")
    return f"`{text.replace('TIMESTAMP WITH TIME ZONE', 'TIMESTAMPTZ')}`"


if __name__ == "__main__":
    sys.stdout.write(reference())
