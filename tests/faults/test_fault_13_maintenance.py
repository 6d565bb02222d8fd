"""A disk without room to sort large files: nothing is compacted, which is said; all else is kept in order."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from fixtures.crawls import Ended, Operator
from kept import event, rows_of

from storage.tables import AppId, Tables

COMMITS = 6
PAGE = 4096


@pytest.fixture
def operator(seaweed, tmp_path: Path) -> Operator:
    """Of an archive whose table of events has as many files as there were commits."""
    operator = Operator(tmp_path / "desk", uri=f"{seaweed.uri}/{uuid4().hex}", store=dict(seaweed.environ))
    for number in range(COMMITS):
        Tables(operator.options()).append("events", [event("archived", number, number)], AppId("test", number + 1))
    return operator


def assert_said(operator: Operator, done: Ended, why: str) -> None:
    """All that can be done is done, and the row is in the archive."""
    assert done.code == 1, done.err
    assert why in done.err
    assert "Traceback" not in done.err
    (table,) = done.facts["tables"]
    assert (table["compacted"], table["left"], table["files_after"]) == (COMMITS, COMMITS, COMMITS)
    (row,) = operator.ask("SELECT * FROM runs")
    assert (row["run_id"], row["outcome"]) == (done.facts["run_id"], "degraded")
    assert row["reason"].startswith("not compacted: events: ")
    assert why in row["reason"]


def assert_made_up_for(operator: Operator) -> None:
    before = rows_of(operator.options(), "events")
    done = operator.run("maintain", "--json")
    assert done.code == 0, done.err
    assert done.facts["tables"][0]["files_after"] == 1
    assert rows_of(operator.options(), "events") == before


def test_fault_13_nothing_is_sorted_below_the_floor(operator: Operator) -> None:
    operator.further["DISWAY_SPOOL__FLOOR_BYTES"] = str(1 << 60)
    dry = operator.run("maintain", "--json", "--dry-run")
    assert (dry.code, dry.facts["tables"][0]["left"]) == (1, COMMITS)
    assert_said(operator, operator.run("maintain", "--json"), f"[spool] floor_bytes = {1 << 60}")
    del operator.further["DISWAY_SPOOL__FLOOR_BYTES"]
    assert_made_up_for(operator)


def test_fault_13_a_disk_that_is_full_while_it_sorts(operator: Operator, small_disk: Callable[[str], Path]) -> None:
    """It has room for its sorted rows, and none for the file that is made of them."""
    place = small_disk("size=64k")
    (place / "ballast").write_bytes(bytes((64 << 10) - PAGE))
    operator.further |= {"DISWAY_SPOOL__DIR": str(place / "spool"), "DISWAY_SPOOL__FLOOR_BYTES": "0"}
    assert_said(operator, operator.run("maintain", "--json"), "No space left on device: free some space")
    assert list((place / "spool").iterdir()) == []
    (place / "ballast").unlink()
    assert_made_up_for(operator)
