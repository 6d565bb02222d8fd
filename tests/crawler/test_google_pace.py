"""Delays that a request brings along: after it, in place of its host's own, and before it."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy import Request
from scrapy.http import Response
from test_politeness import Bench, run

from crawler.politeness import DELAY_META, PAUSE_META
from crawler.refused import Refusal, RequestRefused

GOOGLE = "https://news.google.com/rss"
RSS_S, DECODE_S = 10.0, 70.0


class Asker:
    """Asks one request after the other, as a source does that waits for each answer."""

    def __init__(self, **keys: float) -> None:
        self.bench = Bench(**keys)
        self.starts: list[float] = []

    async def ask(self, delay_s: float, pause_s: float = 0.0, status: int = 200) -> None:
        request = Request(GOOGLE, meta={DELAY_META: delay_s, PAUSE_META: pause_s})
        await self.bench.gate.process_request(request)
        self.starts.append(asyncio.get_running_loop().time())
        self.bench.gate.process_response(request, Response(request.url, status=status))


@settings(max_examples=30)
@given(st.lists(st.sampled_from([RSS_S, DECODE_S]), min_size=2, max_size=12), st.sampled_from([0.0, 3.0, 200.0]))
def test_each_request_is_followed_by_its_own_delay(delays: list[float], site_delay_s: float) -> None:
    """Whatever the delay of newspapers is; and no more than that delay is waited."""

    async def main() -> list[float]:
        asker = Asker(site_delay_s=site_delay_s, backend_rate_per_s=2)
        for delay in delays:
            await asker.ask(delay)
        return asker.starts

    starts = run(main())
    assert [b - a for a, b in pairwise(starts)] == pytest.approx(delays[:-1])


def test_a_pause_before_is_waited_from_the_moment_it_is_asked_for() -> None:
    async def main() -> list[float]:
        asker = Asker(site_delay_s=3, backend_rate_per_s=2, backoff_start_s=5)
        await asker.ask(RSS_S, status=503)
        await asker.ask(RSS_S, pause_s=20, status=503)
        await asker.ask(RSS_S, pause_s=60)
        await asker.ask(RSS_S)
        return asker.starts

    assert run(main()) == pytest.approx([0, 20, 80, 90])


def test_a_pause_ends_with_the_run() -> None:
    async def main() -> float:
        asker = Asker(site_delay_s=3, backend_rate_per_s=2)
        asker.bench.running = False
        with pytest.raises(RequestRefused) as refused:
            await asker.ask(RSS_S, pause_s=600)
        assert refused.value.reason is Refusal.STOPPING
        return asyncio.get_running_loop().time()

    assert run(main()) < 2
