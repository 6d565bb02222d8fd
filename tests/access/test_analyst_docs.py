"""docs/analysts.md is true: its reference is the views', its examples run."""

import re
import shlex
from pathlib import Path

import pytest
from access_archive import Segment

from access.reference import reference
from access.views import VIEWS
from cli.main import run
from storage.schema import TABLES

TEXT = (Path(__file__).parents[2] / "docs" / "analysts.md").read_text(encoding="utf-8")
BLOCKS = [" ".join(block.split()) for block in re.findall(r"(?:^    \S.*\n(?:^     +\S.*\n)*)", TEXT, re.MULTILINE)]
COMMANDS = [block for block in BLOCKS if block.startswith("disway")]


def test_the_reference_is_that_of_the_views():
    assert reference() in TEXT, "run `python -m access.reference` and put what it prints under `## Views`"


def test_every_column_has_a_name_a_type_and_a_meaning_in_the_reference():
    for name, view in VIEWS.items():
        section = TEXT.split(f"### `{name}`")[1].split("###")[0]
        for column in view.columns:
            assert f"| `{column.name}` | `" in section, f"{name}.{column.name}"


def test_every_stored_column_is_in_a_view_or_known_to_be_internal():
    shown = {column.name for view in VIEWS.values() for column in view.columns}
    stored = {column.name for columns in TABLES.values() for column in columns}
    assert stored - shown == {"supersedes", "reading"}


@pytest.fixture
def archive_uri(local_options, monkeypatch, tmp_path):
    segment = Segment(local_options)
    first = segment.article(723002)
    second = segment.article(723002, hours=1, title="Kedua", supersedes=first["row_id"])
    segment.article(723002, hours=2, supersedes=second["row_id"])
    segment.commit()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISWAY_ARCHIVE__URI", str(local_options.root))
    return str(local_options.root)


@pytest.mark.parametrize("command", COMMANDS)
def test_examples_run(archive_uri, command, capfd):
    assert run(shlex.split(command.split(" | ")[0])[1:]) == 0, capfd.readouterr().err


def test_the_python_example_runs(local_options, archive_uri, capsys):
    code = TEXT.split("```python\n")[1].split("```")[0].replace("./archive", archive_uri)
    exec(compile(code, "docs/analysts.md", "exec"), {})
    assert capsys.readouterr().out == "Judul 723002\n"


def test_at_least_the_known_examples_were_found():
    assert len(COMMANDS) >= 10
