"""`disway maintain` that is told to stop: nothing is half done, and its row says so."""

import signal
from pathlib import Path
from uuid import uuid4

import pytest
from fixtures.crawls import Operator, interrupted, once
from kept import event, rows_of
from s3_faults import Fault, Kind, matching, nothing

from storage.tables import AppId, Tables

HANGS = {
    "at its begin": ("GET", "list-type=2.*warc"),
    "a large file is under way": ("PUT", r"/tables/events/compacted-"),
}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
@pytest.mark.parametrize("moment", HANGS)
def test_fault_03_a_stopped_maintenance_leaves_a_row(
    proxy, seaweed, tmp_path: Path, number: signal.Signals, moment: str
) -> None:
    operator = Operator(tmp_path, uri=f"{seaweed.uri}/{uuid4().hex}", store=proxy.environ)
    for k in range(4):
        Tables(operator.options()).append("events", [event("archived", k, k)], AppId("test", k + 1))
    before = rows_of(operator.options(), "events")
    proxy.rule = matching(*HANGS[moment], Fault(Kind.HANG))
    process = operator.start("maintain", "--json")
    once(proxy.hanging.is_set, process)
    done = interrupted(process, number)
    assert (done.code, done.err) == (130, "disway: interrupted; nothing is lost\n")
    proxy.rule = nothing
    proxy.let_go()
    assert list(operator.spool.glob(".scratch-*")) == []
    assert rows_of(operator.options(), "events") == before
    assert operator.run("recover").code == 0
    (row,) = operator.ask("SELECT * FROM runs WHERE command = 'maintain'")
    assert (row["outcome"], row["reason"]) == ("interrupted", "interrupted")
    assert operator.run("maintain", "--json").facts["tables"][0]["files_after"] == 1
    assert rows_of(operator.options(), "events") == before
