"""The faults that the program is held against, and the page that says which tests do so: docs/faults.md.

python tests/faults/fault_table.py > docs/faults.md
"""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "faults.md"
_NAMED = re.compile(r"test_fault_(\d\d)_(\w+)")


class Fault(NamedTuple):
    """What goes wrong, what must come of it, and what of it does not apply to this program, with the reason."""

    what: str
    outcome: str
    not_covered: str = ""


class Covering(NamedTuple):
    """A test: its file below the project, and what its name says."""

    path: str
    says: str


GROUPS: Mapping[str, Mapping[int, Fault]] = {
    "Crashes and processes": {
        1: Fault(
            "`kill -9` between any two steps: fetch, record, note, segment, upload, commit, deletion",
            "the next run does the rest; the archive is that of a run never killed; a page in flight is asked once more",
        ),
        2: Fault("thirty kills of one crawl, on a store that fails too", "it converges; nothing lost, nothing twice"),
        3: Fault(
            "SIGTERM and SIGINT, once and twice",
            "once: what is under way is finished and delivered; twice: at once; the exit code says which",
        ),
        4: Fault(
            "the memory limit, or a page that kills its reader", "as 1; such a page is set aside, not read forever"
        ),
        5: Fault("two crawls, one of them paused past its lease", "both may write; no article twice"),
        6: Fault("a reader that raises or hangs", "that page is refused and kept; other sites go on"),
        7: Fault("a local index that is locked, read-only or damaged", "said clearly; made anew from the tables"),
    },
    "The store": {
        8: Fault(
            "the store is away at the start, during a run, at its end, for a day",
            "crawling goes on into the spool up to its budget, then pauses; delivery in order later; exit 3 meanwhile",
        ),
        9: Fault(
            "500, 503, an expired token, a bucket that is gone, a clock that is off",
            "tried again, or named as what the operator must change; no key or secret in any message",
        ),
        10: Fault(
            "a store that is slow, resets, answers 200 with an error, or does the work and loses the answer",
            "sent again without effect; proved by size and digest; no parts left behind",
        ),
        11: Fault("an object cut short or with a flipped bit", "`verify` names it; repaired where a copy is left"),
        12: Fault("more than 1,000 keys in a listing", "all are seen; nothing is fetched again"),
        13: Fault(
            "no space, a quota, no inodes, a read-only disk, a sync that fails",
            "no half record stays; crawling pauses; space is checked before the first fetch",
        ),
        14: Fault(
            "keys that collide, differ in case only, or are too long",
            "keys are made of ids, dates and numbers of our own; two runs never share one",
        ),
    },
    "Time and schedule": {
        15: Fault("the clock jumps, or the machine sleeps", "no fire twice, none unsaid; pauses are monotonic"),
        16: Fault("a restart on a fire; two services; cron beside one", "one run; the others are recorded as skipped"),
        17: Fault("a run longer than its interval", "the fire it covers is recorded, and made up for once"),
        18: Fault("the service is down over several fires", "one run for all of them; each missed fire has its row"),
        19: Fault("hosts in any zone; articles near midnight in three zones", "each article on its own local day"),
        20: Fault("dates that are impossible, ambiguous, or in the future", "kept as printed; never guessed silently"),
    },
    "Servers that misbehave": {
        21: Fault("answers that drip, never end, or never begin", "a deadline for the whole; others are not held up"),
        22: Fault("redirects without end, out of the network, to other schemes", "capped; each target is judged anew"),
        23: Fault("bodies too long, cut, or of another length than said", "kept as far as they came, and marked"),
        24: Fault("compressed bombs, broken or mislabelled compression", "bounded memory; raw bytes kept; refused"),
        25: Fault(
            "429, 403, maintenance, challenges, soft 404", "told apart; never an article; the server is left alone"
        ),
        26: Fault("validators that lie", "304 is trusted within bounds"),
        27: Fault("names that do not resolve, or resolve to nothing useful", "an error of its own; tried again later"),
        28: Fault("certificates that are expired, of others, or untrusted", "not crawled; recorded as such"),
        29: Fault("robots.txt that is absent, broken, huge, hostile, or changes", "RFC 9309, and no crawl in doubt"),
        30: Fault("a layout that changes on some pages or on all", "an alert in the first run; raw pages kept"),
    },
    "Content that is broken or hostile": {
        31: Fault(
            "wrong, mixed and undeclared encodings", "decoded or replaced; rows are valid UTF-8; bytes untouched"
        ),
        32: Fault("HTML that is deep, endless or full of scripts", "bounded time and memory"),
        33: Fault("XML attacks, and sitemaps without end", "no file or network is read; bounds hold and are counted"),
        34: Fault("feeds and sitemaps full of invented articles", "one request an id; a liar is followed ever less"),
        35: Fault("calendars, endless pages, session ids", "bounded, counted, said"),
        36: Fault("addresses inside the operator's network, in any spelling", "refused at connect; no packet is sent"),
        37: Fault("URLs with control bytes, user names, dots, homographs", "one identity, or refused; never in a key"),
        38: Fault(
            "scripts in titles, authors, tags and file names",
            "inert wherever they are shown: the report page, alerts, a terminal",
            "A web page that shows archived articles is not part of the program yet.",
        ),
        39: Fault(
            "cells that a spreadsheet would run, line breaks, very long cells",
            "CSV shows them as text and gives them back",
            "Workbooks (XLSX) are not written.",
        ),
        40: Fault(
            "control sequences, line breaks and long texts in what is logged", "one line of text, whatever it holds"
        ),
        41: Fault(
            "SQL in arguments, queries that never end, that write or that read files",
            "arguments are values; queries are fenced, bounded and can be stopped",
            "There is no search box yet; words come in by `disway sql` and filters only.",
        ),
        42: Fault("secrets in settings, headers, URLs and errors", "in no log, record, row, report or traceback"),
        43: Fault(
            "archives from others: paths that climb, bombs, forged digests",
            "refused",
            "Nothing is imported: the only WARC files that are read are our own, whose digests are checked (1, 11).",
        ),
        44: Fault(
            "Google News refuses, changes its format, or asks for consent",
            "all other discovery goes on; what it named stays pending; the run says so",
        ),
    },
    "Identity and versions": {
        45: Fault("equal bytes, slugs, reverts, reprints, counters, ads", "exact counts of articles and versions"),
        46: Fault("a revisit of a record that is gone", "never written, or healed"),
        47: Fault("parts that are missing, repeated, many, or added later", "joined once, or pending"),
        48: Fault("links in circles, to itself, to what is gone", "each edge once; no loop"),
    },
    "Reading and upgrading": {
        49: Fault("queries during writes, compaction and outages", "one consistent snapshot; old files stay readable"),
        50: Fault("an upgrade or a return with a full spool and a lease held", "nothing lost; formats are numbered"),
    },
}
FAULTS = {number: fault for group in GROUPS.values() for number, fault in group.items()}


def covering(tests: Path = ROOT / "tests") -> dict[int, list[Covering]]:
    """The tests of each fault: functions called `test_fault_<two digits>_<what is shown>`."""
    found: dict[int, list[Covering]] = {number: [] for number in FAULTS}
    for path in sorted(tests.glob("*/test_*.py")):
        for name in _functions(path):
            if match := _NAMED.fullmatch(name):
                found[int(match[1])].append(Covering(str(path.relative_to(ROOT)), match[2].replace("_", " ")))
    return found


def _functions(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef):
            yield node.name


def page() -> str:
    """docs/faults.md."""
    found = covering()
    covered = sum(bool(tests) for tests in found.values())
    lines = [
        "# Faults",
        "",
        "What can go wrong, what must come of it, and the tests that show it, by `make faults`: with the real store, the",
        "replica and real processes. This page is made of the tests, by `python tests/faults/fault_table.py`; a test fails",
        "when it is out of date.",
        "",
        f"{covered} of {len(FAULTS)} are shown by tests.",
    ]
    for title, faults in GROUPS.items():
        lines += [
            "",
            f"## {title}",
            "",
            "| | what goes wrong | what must come of it | shown by |",
            "| --- | --- | --- | --- |",
        ]
        for number, fault in faults.items():
            lines.append(f"| {number} | {fault.what} | {fault.outcome} | {_shown(fault, found[number])} |")
    return "\n".join(lines) + "\n"


def _shown(fault: Fault, tests: list[Covering]) -> str:
    shown = [f"[{test.says}](../{test.path})" for test in tests]
    return "<br>".join([*shown, *([f"*{fault.not_covered}*"] if fault.not_covered else [])])


if __name__ == "__main__":
    sys.stdout.write(page())
