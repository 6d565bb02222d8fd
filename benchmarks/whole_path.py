"""The whole path against bare Scrapy: pages a second and CPU a page on one core; memory of both processes.

Fixed: `disway crawl` of a replica of 15 sites x 64 articles into a local folder, without delay and budget; bare Scrapy
(default settings but CONCURRENT_REQUESTS_PER_DOMAIN = 8) fetches the very URLs that the crawl asked for, through the
same proxy, and throws the pages away. The client runs on one core, the replica on the other(s). Rounds of both
alternate, medians are compared. The window is from spider_opened to spider_closed: start-up and delivery are apart.

Left out: network latency, real servers, pages of other looks; TLS is there, but ends on the same machine. On a
shared machine CPU is the figure to trust. Rerun: `python -m benchmarks --only whole_path`.
"""

import operator
from pathlib import Path

from benchmarks.report import Result, Target, Value, median, spread
from benchmarks.stage import ALL_TIME, Measured, Stage

ARTICLES = 64
ROUNDS = 4


def run(folder: Path) -> Result:
    with Stage(folder / "whole_path", ARTICLES) as stage:
        stage.crawl("first", *ALL_TIME)  # composes the replica's answers, compiles modules, and tells the URLs
        urls = [line.url for line in stage.control.log() if line.method == "GET"]
        stage.control.clear_log()
        stage.control.keep_log(False)
        bare, whole = list[Measured](), list[Measured]()
        for number in range(ROUNDS):
            bare.append(stage.bare(urls))
            whole.append(stage.crawl(f"round{number}", *ALL_TIME))
    speed = median([ours.pages_per_s / theirs.pages_per_s for ours, theirs in zip(whole, bare, strict=True)])
    cpu = median([ours.cpu_ms_per_page / theirs.cpu_ms_per_page for ours, theirs in zip(whole, bare, strict=True)])
    crawl_rss, delivery_rss = max(m.rss_mb for m in whole), max(m.child_rss_mb for m in whole)
    return Result(
        "whole path, one core: disway crawl against bare Scrapy",
        [
            _row("bare Scrapy", bare),
            _row("disway crawl", whole),
        ],
        [
            Target("pages/s, ratio to bare Scrapy", speed, 0.75, at_least=True),
            Target("CPU a page in the window, ratio to bare Scrapy (1 / 0.75)", cpu, 1.333),
            Target("peak RSS of the crawling process, MB", crawl_rss, 200),
            Target("peak RSS of the delivering process, MB", delivery_rss, 200),
        ],
    )


def _row(name: str, runs: list[Measured]) -> dict[str, Value]:
    return {
        "variant": name,
        "runs": len(runs),
        "pages": runs[0].pages,
        "pages/s": spread([m.pages_per_s for m in runs], 0),
        "CPU s/1000 pages": spread([m.cpu_ms_per_page for m in runs]),
        "start-up s": median([m.startup_s for m in runs], 2),
        "after s": median([m.after_s for m in runs], 2),
        "whole CPU s": median(list(map(operator.attrgetter("whole_cpu_s"), runs)), 2),
        "RSS MB": round(max(m.rss_mb for m in runs)),
        "delivery RSS MB": round(max(m.child_rss_mb for m in runs)),
    }
