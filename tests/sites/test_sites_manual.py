"""docs/sites.md and _defaults.toml say what the models of a site file hold."""

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from news.site import Expectations, Site, SiteStatus, Sources

REPOSITORY = Path(__file__).resolve().parents[2]
MANUAL = (REPOSITORY / "docs" / "sites.md").read_text(encoding="utf-8")
DEFAULTS = (REPOSITORY / "spiders" / "sites" / "_defaults.toml").read_text(encoding="utf-8")
TABLES = {"sources", "expect"}


def first_cells(text: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", text, flags=re.MULTILINE)


def chapter(title: str) -> str:
    return MANUAL.split(f"## {title}\n")[1].split("\n## ")[0]


def test_every_key_has_its_row_and_every_row_its_key() -> None:
    keys = {*Site.model_fields} - TABLES | {*Sources.model_fields} | {*Expectations.model_fields}
    rows = first_cells(chapter("Keys"))
    assert sorted(rows) == sorted(keys)


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_table_is_explained(table: str) -> None:
    assert table in Site.model_fields
    assert f"Under `[{table}]`" in chapter("Keys")


def test_every_status_has_its_row() -> None:
    assert first_cells(chapter("Statuses")) == [status.value for status in SiteStatus]


@pytest.mark.parametrize(("model", "table"), [(Site, None), (Sources, "sources"), (Expectations, "expect")])
def test_stated_defaults_are_the_real_ones(model: type[BaseModel], table: str | None) -> None:
    shared = tomllib.loads(DEFAULTS)
    shared = shared.get(table, {}) if table else shared
    for key, field in model.model_fields.items():
        if key in TABLES:
            continue
        (row,) = re.findall(rf"^\| `{key}` \|.*\| (.+) \|$", MANUAL, flags=re.MULTILINE)
        if field.is_required():
            assert row == "must be stated"
        elif field.default is None:
            assert row.startswith("none")
            assert key not in shared
        else:
            (stated,) = tomllib.loads(f"x = {row.strip('`')}").values()
            assert stated == shared[key]
            assert stated == (list(field.default) if isinstance(field.default, tuple) else field.default)


def test_every_shared_default_has_a_comment_above() -> None:
    lines = DEFAULTS.splitlines()
    keys = [number for number, line in enumerate(lines) if " = " in line and not line.startswith("#")]
    assert len(keys) == 15
    for number in keys:
        assert lines[number - 1].startswith("# "), lines[number]
