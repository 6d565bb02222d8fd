"""`kill -9` at each named step of the delivery path; then `disway recover`. The archive is that of a delivery left alone.

The spool is copied for each case, so that every row of every table must be equal: pointers, digests, events and all.
"""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from uuid import uuid4

import pytest
from fixtures.crawls import Operator
from kept import RUN_ID, Desk, content, copied_spool, event, order, reading_row, run_row, sighting

from crawler.delivery import carry_out
from storage.config import ArchiveSettings, StoreOptions, resolve_store
from storage.opening import open_store
from storage.schema import TABLES, Row
from storage.tables import Tables
from storage.verify import VerifyCounts, findings

HERE = Path(__file__).parent
WARC = f"warc/2026/03/05/{RUN_ID}-%06d"
SEGMENT_STEPS = [
    "read %06d.warc.gz",
    f"uploaded {WARC}.warc.gz",
    f"uploaded {WARC}.cdxj",
    "committed sightings",
    "committed captures",
    "committed articles",
    "committed events",
]
STEPS = [step.replace("%06d", "000001") for step in SEGMENT_STEPS] + ["deleted 000001.warc.gz"]
LAST_STEPS = [step.replace("%06d", "000002") for step in SEGMENT_STEPS if "%" in step]
LAST_STEPS += ["committed runs", "deleted 000002.warc.gz"]
ALL_LAST_STEPS = [step.replace("%06d", "000002") for step in SEGMENT_STEPS] + LAST_STEPS[-2:]


def fill(spool_dir: Path) -> None:
    """Two segments of one run: articles in one part and in two, an edit, a twin of the same text, refusals, failures."""
    desk = Desk(spool_dir, "template")
    for number in range(1, 5):
        desk.note(sightings=[sighting(number, number)], events=[event("sighted", number, number)])
        desk.archived(number, number + 10, f"artikel {number}")
    parts = [desk.keep(5, b"<p>bagian 1", 20), desk.keep(5, b"<p>bagian 2", 21)]
    row = reading_row(5, parts, 20, "dua bagian")
    desk.note(articles=[row], events=[event("archived", 5, 20, row_id=row["row_id"])])
    desk.close_segment()
    desk.note(sightings=[sighting(6, 30), sighting(7, 30)], events=[event("sighted", n, 30) for n in (6, 7)])
    desk.archived(1, 31, "artikel 1, disunting")
    desk.archived(2, 32, "artikel 2")
    desk.archived(6, 33, "artikel 6")
    desk.note(events=[event("refused", 7, 34, reason="gone"), event("failed", 8, 35, reason="timeout", attempt=1)])
    desk.note(runs=[run_row()])
    desk.abandon()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "spool"
    fill(folder)
    return folder


@pytest.fixture(scope="module")
def control(template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Row]]:
    """What an undisturbed delivery of the same spool commits."""
    folder = tmp_path_factory.mktemp("control")
    options = resolve_store(ArchiveSettings(uri=str(folder / "archive")), {})
    spool_dir = copied_spool(template, folder / "spool", options)
    report = carry_out(order(options, spool_dir), options)
    assert (report.trouble, report.delivered, report.undelivered) == (None, 2, 0)
    rows = content(options)
    assert {name: len(found) for name, found in rows.items() if found} == {
        "sightings": 6,
        "captures": 9,
        "articles": 7,
        "events": 16,
        "runs": 1,
    }
    return rows


def kill_at(step: str, options: StoreOptions, spool_dir: Path) -> list[str]:
    """Deliver until `step`, and no further; the steps that were passed."""
    done = subprocess.run(
        [sys.executable, HERE / "kill_delivery.py", step],
        input=json.dumps(asdict(order(options, spool_dir))),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    passed = done.stdout.splitlines()
    assert (done.returncode, passed[-1:]) == (-9, [step]), done.stdout + done.stderr
    return passed


def assert_recovered(options: StoreOptions, spool_dir: Path, control: dict[str, list[Row]]) -> None:
    """Recovery does the rest, once; nothing is in the archive twice, and it is clean."""
    report = carry_out(order(options, spool_dir), options)
    assert (report.trouble, report.undelivered) == (None, 0), report.message
    assert [p for p in spool_dir.iterdir() if p.is_dir()] == []
    found = content(options)
    for name in TABLES:
        assert found[name] == control[name], name
    keys = {info.key for info in open_store(options).list("warc/")}
    assert keys == {f"{WARC % n}{end}" for n in (1, 2) for end in (".warc.gz", ".cdxj")}
    assert list(findings(open_store(options), Tables(options), VerifyCounts())) == []


@pytest.mark.parametrize("step", STEPS + LAST_STEPS)
def test_killed_at_a_step(step: str, template: Path, control: dict[str, list[Row]], tmp_path: Path) -> None:
    options = resolve_store(ArchiveSettings(uri=str(tmp_path / "archive")), {})
    spool_dir = copied_spool(template, tmp_path / "spool", options)
    kill_at(step, options, spool_dir)
    assert_recovered(options, spool_dir, control)


def test_killed_at_every_step_one_after_the_other_on_s3(
    seaweed, template: Path, control: dict[str, list[Row]], tmp_path: Path
) -> None:
    """Each delivery gets one step further than the one before it."""
    options = resolve_store(ArchiveSettings(uri=f"{seaweed.uri}/{uuid4().hex}"), seaweed.environ)
    spool_dir = copied_spool(template, tmp_path / "spool", options)
    for step in STEPS + LAST_STEPS:
        passed = kill_at(step, options, spool_dir)
        all_steps = STEPS if step in STEPS else ALL_LAST_STEPS
        assert passed == [s for s in all_steps if s in passed], "in order, and none twice"
    assert_recovered(options, spool_dir, control)


def test_killed_between_rename_and_delivery(template: Path, control: dict[str, list[Row]], tmp_path: Path) -> None:
    """All segments are closed and nothing of them is anywhere else. By the command this time."""
    options = resolve_store(ArchiveSettings(uri=str(tmp_path / "archive")), {})
    spool_dir = copied_spool(template, tmp_path / "spool", options)
    operator = Operator(tmp_path, uri=options.uri)
    recovered = operator.run("recover", "--json")
    assert (recovered.code, recovered.facts) == (0, {"delivered": 2, "undelivered": 0}), recovered.err
    verified = operator.run("verify")
    assert (verified.code, verified.out) == (0, ""), verified.err
    assert_recovered(options, spool_dir, control)


def test_killed_before_the_rename(template: Path, control: dict[str, list[Row]], tmp_path: Path) -> None:
    """The last segment was growing still, and the write that was cut is half there."""
    options = resolve_store(ArchiveSettings(uri=str(tmp_path / "archive")), {})
    spool_dir = copied_spool(template, tmp_path / "spool", options)
    (path,) = spool_dir.glob("*/000002.warc.gz")
    with path.open("ab") as torn:
        torn.write(path.read_bytes()[:300])
    path.rename(path.with_name("000002.warc.gz.open"))
    assert_recovered(options, spool_dir, control)


@pytest.mark.parametrize("step", ["committed articles", "deleted 000001.warc.gz"])
def test_killed_with_its_index_lost(step: str, template: Path, control: dict[str, list[Row]], tmp_path: Path) -> None:
    """Another machine goes on: it has the spool and not the local index."""
    options = resolve_store(ArchiveSettings(uri=str(tmp_path / "archive")), {})
    spool_dir = copied_spool(template, tmp_path / "spool", options)
    kill_at(step, options, spool_dir)
    for path in spool_dir.glob("seen*"):
        path.unlink()
    assert_recovered(options, spool_dir, control)


def test_a_killed_run_has_its_row_all_the_same(template: Path, tmp_path: Path) -> None:
    """The segment with the run's own row was never written: recovery says that the run was killed."""
    options = resolve_store(ArchiveSettings(uri=str(tmp_path / "archive")), {})
    spool_dir = copied_spool(template, tmp_path / "spool", options)
    (path,) = spool_dir.glob("*/000002.warc.gz")
    path.unlink()
    operator = Operator(tmp_path, uri=options.uri)
    assert operator.run("recover").code == 0
    assert operator.run("recover").code == 0
    (run,) = operator.stock().runs
    assert (run["run_id"], run["outcome"], run["reason"]) == (RUN_ID, "failed", "killed; its spool was recovered")
    assert [p for p in spool_dir.iterdir() if p.is_dir()] == []
