"""An export holds a few batches in memory, however many articles there are."""

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from access_archive import Segment
from deltalake import write_deltalake

from storage.config import ArchiveSettings, resolve_store
from storage.tables import record_batches

ROOT = Path(__file__).parents[2]
ROWS = 200_000
BODY_BYTES = 2_500
FILES = 20
LIMIT_MIB = 600
"""The rows alone are 600 MB; the program without any is some 190."""
PROGRAM = """
import re, sys
from pathlib import Path
from cli.main import run
code = run(sys.argv[1:])
# getrusage would give the peak of the process that this one was forked from, if that is higher.
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024, file=sys.stderr)
raise SystemExit(code)
"""


@pytest.fixture(scope="module")
def large_archive(tmp_path_factory):
    """200,000 articles in 20 files, as 20 large segments would leave them."""
    options = resolve_store(ArchiveSettings(uri=str(tmp_path_factory.mktemp("large"))), {})
    segment = Segment(options)
    row = segment.article(1)
    segment.commit()
    one = pa.Table.from_batches(record_batches("articles", [dict(row)]))
    filler = "kata " * (BODY_BYTES // 5 - 2)
    for number in range(FILES):
        ids = range(number * ROWS // FILES + 2, (number + 1) * ROWS // FILES + 2)
        table = pa.concat_tables([one] * len(ids)).combine_chunks()
        fresh = {
            "article_id": pa.array(ids, pa.int64()),
            "article_key": pa.array([f"radartegal/{n}" for n in ids]),
            "row_id": pa.array([f"row-{n}" for n in ids]),
            "body": pa.array([f"{n:09} {filler}" for n in ids]),
        }
        for name, column in fresh.items():
            table = table.set_column(table.schema.get_field_index(name), name, column)
        write_deltalake(options.table_uri("articles"), table, mode="append")
    return options


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_memory_is_bounded(large_archive, tmp_path, form):
    target = tmp_path / f"out.{form}"
    arguments = ["export", "--format", form, "-o", target, "--json", "--archive", large_archive.uri]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"] == ROWS + 1
    assert int(done.stderr) < LIMIT_MIB
    assert form == "parquet" or target.stat().st_size > ROWS * BODY_BYTES
