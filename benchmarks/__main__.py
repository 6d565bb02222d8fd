"""Run the benchmarks and print what they found: `python -m benchmarks [--only NAME ...] [--save]`. Under 6 minutes."""

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks import maintenance, page_class, rerun, store_requests, whole_path
from benchmarks.report import machine, print_machine, save

_ALL = {
    "page_class": page_class,
    "whole_path": whole_path,
    "store_requests": store_requests,
    "rerun": rerun,
    "maintenance": maintenance,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--only", choices=_ALL, action="append", help="only this one; may be repeated")
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/<date>.json")
    asked = parser.parse_args()
    facts = machine()
    print_machine(facts)
    results = []
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        for name in asked.only or _ALL:
            began = time.monotonic()
            results.append(_ALL[name].run(Path(folder)))
            print(f"{results[-1]}took {time.monotonic() - began:.0f} s\n", flush=True)
    if asked.save:
        print(f"saved to {save(facts, results)}")


if __name__ == "__main__":
    main()
