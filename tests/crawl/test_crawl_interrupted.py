"""A crawl that is told to stop keeps what it has, and the next one comes to the same archive."""

import signal
from collections import Counter

import pytest
from crawl_worlds import SMALL
from fixtures.crawls import ALL_TIME, Operator, interrupted, once, pages_of

INT, TERM = signal.SIGINT, signal.SIGTERM
CASES = {
    "Ctrl-C": ((INT,), 130, 0),
    "SIGTERM": ((TERM,), 0, 0),
    "Ctrl-C and no patience": ((INT, TERM), 3, 1),
}
"""Signals, exit code, segments left in the spool."""


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_next_crawl_comes_to_the_same_archive(fresh, control, tmp_path, case):
    signals, code, left = case
    operator = Operator(tmp_path / "desk", fresh)
    for host in SMALL:  # the twelfth answer of each site takes so long that the crawl cannot end before the signal
        fresh.control.fault("slow", host, every=12, count=1, delay_s=1.5, bytes_per_s=10_000_000)
    process = operator.start_crawl(control.sites, *ALL_TIME)
    once(lambda: any(line.fault for line in fresh.control.log()), process)
    cut = interrupted(process, *signals)
    assert (cut.code, cut.facts["outcome"], cut.facts["undelivered"]) == (code, "interrupted", left), cut
    assert "Traceback" not in cut.err
    before = fresh.control.log()
    assert len(before) < len(control.step.log)

    rest = operator.crawl(control.sites, *ALL_TIME)
    assert (rest.code, rest.facts["undelivered"]) == (0, 0), rest
    stock = operator.stock()
    assert stock.essence() == control.step.stock.essence()
    assert [r["outcome"] for r in sorted(stock.runs, key=lambda r: r["run_id"])] == ["interrupted", "ok"]
    assert operator.run("verify", "--json").facts["findings"] == 0
    whole = {a.url for a in fresh.control.truth().articles if a.parts == 1}
    times = Counter(f"https://{line.host}{line.path}" for line in pages_of(fresh.control.log()))
    assert {times[url] for url in whole} == {1}
