"""The SQL behind an export: head versions of articles, chosen by site, time of publication and a condition."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from news.errors import UsageError


@dataclass(frozen=True, slots=True)
class Selection:
    """Which articles. `since` and `until` are aware and half-open on published_at; `where` is a condition in
    SQL.
    """

    sites: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    where: str | None = None

    def sql(self) -> tuple[str, list[Any]]:
        """A SELECT over `articles`, and its parameters. Raises UsageError when no row could ever match or
        `where` is none.
        """
        if self.since and self.until and self.since >= self.until:
            raise UsageError(f"--since {self.since.isoformat()} is not before --until {self.until.isoformat()}")
        conditions: list[str] = []
        parameters: list[Any] = []
        if self.sites:
            conditions.append(f"site IN ({', '.join('?' * len(self.sites))})")
            parameters += self.sites
        for bound, operator in ((self.since, ">="), (self.until, "<")):
            if bound:
                conditions.append(f"published_at {operator} ?")
                parameters.append(bound)
        if self.where is not None:
            conditions.append(f"({_condition(self.where)})")
        selected = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return f"SELECT * FROM articles{selected}", parameters  # noqa: S608  bound, or one parsed expression


def _condition(where: str) -> str:
    """`where`, once DuckDB's parser found it to be exactly one expression, whatever comment or bracket it
    holds.
    """
    import duckdb  # noqa: PLC0415  loaded when a query is about to run anyway

    try:
        duckdb.SQLExpression(where)
    except duckdb.Error as error:
        raise UsageError(f"--where {where!r} is no SQL condition: {str(error).splitlines()[0]}") from error
    return f"\n{where}\n"
