"""Whoever commits to a table, and is told that it failed when it was done: every row is there once, and no file is lost."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from fixtures.crawls import Operator
from kept import event, rows_of
from s3_faults import DENIED, Fault, Kind, Rule, nothing

from news.errors import StoreUnavailable
from storage.config import ArchiveSettings, StoreOptions, resolve_store
from storage.maintain import TableKept, Upkeep, keep_tables
from storage.opening import open_store
from storage.schema import Row
from storage.tables import NOT_MADE, AppId, CommitConflict, Tables, removals_known_for

COMMIT = re.compile(r"/_delta_log/(\d+)\.json$")
LOST = Fault(Kind.LOST)
FAULTS = pytest.mark.parametrize("fault", [DENIED, LOST], ids=["denied", "lost"])
FILES = 4


@pytest.fixture
def options(proxy, seaweed) -> StoreOptions:
    return resolve_store(ArchiveSettings(uri=f"{seaweed.uri}/{uuid4().hex}"), proxy.environ)


def every_other_version(fault: Fault, rest: int = 0) -> Rule:
    """The first try to commit each even version meets `fault`, or each odd one.

    Not all: who makes a commit that may be there twice goes on to the next version, and would never come to an end.
    """
    met = set()

    def rule(method: str, path: str) -> Fault | None:
        found = COMMIT.search(path)
        if method != "PUT" or path in met or not found or int(found[1]) % 2 != rest:
            return None
        met.add(path)
        return fault

    return rule


def rows(number: int) -> list[Row]:
    return [event("archived", number, number)]


def fill(options: StoreOptions, files: int = FILES) -> None:
    for number in range(files):
        Tables(options).append("events", rows(number), AppId("before", number + 1))


def append(tables: Tables) -> int:
    """How many rows there are to be."""
    tables.append("events", rows(FILES), AppId("late", 1))
    return 1


def append_to_what_was_judged(tables: Tables) -> int:
    """As a delivery commits articles."""
    while True:
        table = tables.open("events")
        try:
            tables.append("events", rows(FILES), AppId("late", 1), only_on=table.version() if table else NOT_MADE)
        except CommitConflict:
            continue
        return 1


def append_each(tables: Tables) -> int:
    """As rows of runs are committed: several at once, each for an app of its own."""
    tables.append_each("events", {AppId("late", 1): rows(FILES)[0], AppId("later", 1): rows(FILES + 1)[0]})
    return 2


@FAULTS
@pytest.mark.parametrize("before", [0, FILES], ids=["none", "some"])
@pytest.mark.parametrize("commit", [append, append_to_what_was_judged, append_each])
def test_fault_10_a_commit_that_is_said_to_have_failed_is_made_once(
    proxy, options, commit: Callable[[Tables], int], before: int, fault: Fault
) -> None:
    fill(options, before)
    proxy.rule = every_other_version(fault)
    with suppress(StoreUnavailable):
        commit(Tables(options))
    count = commit(Tables(options))  # whoever was told that it failed does it again, in another process perhaps
    assert proxy.met(fault.kind) > 0
    proxy.rule = nothing
    assert len(rows_of(options, "events")) == before + count


def kept(options: StoreOptions, folder: Path, retention: timedelta = timedelta(days=7)) -> TableKept:
    folder.mkdir(exist_ok=True)
    (found,) = keep_tables(Tables(options), Upkeep(retention, 1 << 20, folder))
    return found


def test_fault_10_a_compaction_that_the_store_denies_counts(proxy, options, tmp_path: Path) -> None:
    fill(options)
    before = rows_of(options, "events")
    proxy.rule = every_other_version(DENIED)
    done = kept(options, tmp_path / "scratch")
    assert proxy.met(Kind.DENIED) == 1
    proxy.rule = nothing
    assert (done.files_after, done.compacted, done.skipped) == (1, FILES, 0)
    assert rows_of(options, "events") == before


def test_fault_10_a_compaction_whose_answer_is_lost_is_found_done(proxy, options, tmp_path: Path) -> None:
    fill(options)
    before = rows_of(options, "events")
    proxy.rule = every_other_version(LOST)
    with pytest.raises(StoreUnavailable):
        kept(options, tmp_path / "scratch")
    done = kept(options, tmp_path / "scratch")
    assert (done.files_before, done.compacted) == (1, 0)
    assert proxy.met(Kind.LOST) == 1
    proxy.rule = nothing
    assert rows_of(options, "events") == before


@FAULTS
@pytest.mark.parametrize("rest", [0, 1], ids=["at its end", "at its begin"])
def test_fault_10_a_removal_that_is_said_to_have_failed(
    proxy, options, tmp_path: Path, rest: int, fault: Fault
) -> None:
    """Files that were taken out of the table go, and no other."""
    fill(options)
    before = rows_of(options, "events")
    proxy.rule = every_other_version(fault, rest)
    for _ in range(FILES):
        with suppress(StoreUnavailable):
            kept(options, tmp_path / "scratch", timedelta(0))
    assert proxy.met(fault.kind) > 0
    proxy.rule = nothing
    assert rows_of(options, "events") == before
    held = [info.key for info in open_store(options).list("tables/events/") if info.key.endswith(".parquet")]
    assert len([key for key in held if "_delta_log" not in key]) == 1, "what was taken out is removed"


@FAULTS
def test_fault_10_a_property_of_a_table_that_is_said_not_to_be_set(
    proxy, options, tmp_path: Path, fault: Fault
) -> None:
    """In processes of their own: setting one holds all threads of a process, those of the proxy too."""
    fill(options)
    operator = Operator(tmp_path, uri=options.uri, store=proxy.environ, further={"DISWAY_MAINTAIN__RETENTION": "30d"})
    proxy.rule = every_other_version(fault)
    codes = [operator.run("maintain").code]
    while codes[-1] == 3 and len(codes) < 2 * FILES:
        codes.append(operator.run("maintain").code)
    assert codes == [0] if fault is DENIED else codes[-1] == 0, codes
    assert proxy.met(fault.kind) > 1, "the property, and the row of the run"
    proxy.rule = nothing
    table = Tables(options).open("events")
    assert table is not None
    assert removals_known_for(timedelta(days=30)).items() <= table.metadata().configuration.items()
    assert len(table.file_uris()) == 1
    assert len(rows_of(options, "events")) == FILES
