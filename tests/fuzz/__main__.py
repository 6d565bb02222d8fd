"""Fuzz all readers for a while, two at a time: python tests/fuzz [--seconds 60] [--target NAME]... [--findings DIR].

A finding is an error that a reader does not document, an input that takes longer than 2 s, or more memory than 1 GiB.
Its input is kept and named; a test with it is what ends it. Exit code 1 when something was found.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from seeds import seeds
from targets import TARGETS

AT_ONCE = 2
INPUT_S = 2
MEMORY_MB = 1024
LONGEST = 1 << 16
"""Bytes of an input: pages of the network have about as many."""
_STARTS_S = 20
"""In which a target loads and reads its seeds, on a busy machine; its time is counted from then on."""
_RUNS = re.compile(r"(?:Done |stat::number_of_executed_units: |#)(\d+)")


class Fuzzed(NamedTuple):
    """How one target ended."""

    target: str
    code: int
    runs: int
    said: str


def fuzz(target: str, seconds: int, folder: Path, corpus: list[bytes]) -> Fuzzed:
    """Fuzz `target`; what it finds is left in `folder`."""
    own = folder / f"corpus-{target}"
    own.mkdir()
    for number, seed in enumerate(corpus):
        (own / f"seed-{number}").write_bytes(seed)
    command = [sys.executable, str(Path(__file__).with_name("one.py")), target, f"-max_total_time={seconds}"]
    command += [f"-timeout={INPUT_S}", f"-rss_limit_mb={MEMORY_MB}", f"-max_len={LONGEST}"]
    command += [f"-artifact_prefix={folder}/{target}-", str(own)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + 6 * _STARTS_S)
    runs = [int(number) for number in _RUNS.findall(done.stderr)]
    return Fuzzed(target, done.returncode, max(runs, default=0), done.stdout + done.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests/fuzz")
    parser.add_argument("--seconds", type=int, default=60, help="in all [60]")
    parser.add_argument("--target", action="append", choices=list(TARGETS), help="only these")
    parser.add_argument("--findings", type=Path, default=None, help="where inputs that found something are kept")
    given = parser.parse_args()
    names = given.target or list(TARGETS)
    each = max(1, given.seconds * AT_ONCE // len(names))
    beginnings = seeds()
    folder = given.findings or Path(tempfile.mkdtemp(prefix="disway-fuzz-"))
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ended = list(pool.map(lambda name: fuzz(name, each, folder, beginnings.get(name, [])), names))
    found = 0
    for one in ended:
        sound = one.code == 0 and one.runs > 0
        found += not sound
        sys.stdout.write(f"{one.target:13} {one.runs:>9,} inputs  {'nothing found' if sound else 'FOUND'}\n")
        if not sound:
            sys.stdout.write(one.said[-4000:] + "\n")
    if found:
        sys.stdout.write(f"what was found: {folder}\n")
    sys.stdout.write(f"{len(ended) - found} passed, {found} failed\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
