"""Crawls that several tests of this folder look at, each made once a session."""

from collections.abc import Iterator

import pytest
from source_worlds import EVERYTHING, HOUR, POISON, Poisoned, desk_of, newspapers


@pytest.fixture(scope="session")
def poisoned(desk) -> Iterator[Poisoned]:
    with desk_of(desk(), newspapers(*POISON, articles=8)) as crawler:
        for host, (kind, options) in POISON.items():
            crawler.replica.control.fault(kind, host, **options)
        first, peak = crawler.measured(*EVERYTHING)
        counted = crawler.counted()
        held, public = crawler.held(), crawler.public()
        crawler.replica.control.clear_faults()
        healed = crawler.crawl(after=HOUR)
        yield Poisoned(crawler, tuple(POISON), first, peak, counted, frozenset(held), frozenset(public), healed)
