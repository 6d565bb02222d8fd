"""A run that finds nothing new, over archives of two sizes: neither its requests nor its CPU grow with the archive.

Fixed: archives of 15 sites x 12 and 15 x 96 articles in local folders; each is crawled once in full and then, the
replica's clock standing still, again `ROUNDS` times, sizes alternating. Left out: the growth of the tables' logs over
years, and listings that changed. Rerun: `python -m benchmarks --only rerun`.
"""

from contextlib import ExitStack
from pathlib import Path

from benchmarks.report import Result, Target, Value, median, spread
from benchmarks.stage import ALL_TIME, Measured, Stage

SIZES = (12, 96)
ROUNDS = 3


def run(folder: Path) -> Result:
    with ExitStack() as stack:
        stages = [stack.enter_context(Stage(folder / f"rerun{size}", size)) for size in SIZES]
        for stage in stages:
            stage.control.keep_log(False)
        held = [stage.crawl("desk", *ALL_TIME).facts["counts"]["articles_new"] for stage in stages]
        runs: list[list[Measured]] = [[], []]
        for _ in range(ROUNDS):
            for stage, measured in zip(stages, runs, strict=True):
                measured.append(stage.crawl("desk"))
    small, large = ([m.whole_cpu_s for m in measured] for measured in runs)
    asked = [median([m.pages for m in measured], 0) for measured in runs]
    return Result(
        "a run that finds nothing new",
        [_row(count, measured) for count, measured in zip(held, runs, strict=True)],
        [
            Target(f"requests, archive of {held[1]} articles to one of {held[0]}", asked[1] / asked[0], 1.0),
            Target("whole CPU, the same (1.25: noise of a shared machine)", median(large) / median(small), 1.25),
        ],
    )


def _row(articles: int, runs: list[Measured]) -> dict[str, Value]:
    return {
        "articles held": articles,
        "requests": runs[-1].pages,
        "new rows": sum(m.facts["counts"].get("articles_new", 0) for m in runs),
        "CPU s in the window": spread([m.window_cpu_s for m in runs]),
        "whole CPU s": spread([m.whole_cpu_s for m in runs]),
    }
