"""The gate keeps every pace that was set, and wastes none of it. Time is virtual but in the last test."""

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from crawl_once import crawl
from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy import Request
from scrapy.http import Response
from scripted import ScriptedNetwork, Talk, page

from crawler.config_sections import PolitenessSettings
from crawler.pace import DAY_S, Backoff, retry_after_s
from crawler.politeness import CRAWL_DELAY_CAP_S, SUBRESOURCE_META, Politeness
from crawler.refused import Refusal, RequestRefused
from news.site import Network, Site

HOSTS = ("alpha.test", "beta.test", "gamma.test")
NETWORK = Network.of(Site(id=host.partition(".")[0], name=host, host=host) for host in HOSTS)
SLACK = 1e-6


class _Skipping(selectors.SelectSelector):
    """Instead of waiting, moves the clock on."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("everybody waits for nothing")
        self.now += 0.0 if ready else max(timeout or 0.0, 0.0)
        return ready


class _VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        return self._skipping.now


def run(main: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=_VirtualLoop) as runner:
        return runner.run(main)


class Stats:
    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def inc_value(self, key: str, count: int = 1) -> None:
        self.counts[key] = self.counts.get(key, 0) + count


class Bench:
    """A gate, and requests that pass it."""

    def __init__(self, **keys: float) -> None:
        self.stats = Stats()
        self.running = True
        self.gate = Politeness(PolitenessSettings(**keys), NETWORK, self.stats, lambda: self.running)
        self.spans: list[tuple[str, float, float]] = []

    async def fetch(
        self,
        host: str,
        at: float = 0.0,
        lasts: float = 0.0,
        status: int = 200,
        meta: dict[str, Any] | None = None,
        **fields: str,
    ) -> None:
        await asyncio.sleep(at)
        request = Request(f"https://{host}/x", meta=meta)
        await self.gate.process_request(request)
        start = asyncio.get_running_loop().time()
        await asyncio.sleep(lasts)
        self.spans.append((host, start, asyncio.get_running_loop().time()))
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        self.gate.process_response(request, Response(request.url, status=status, headers=headers))

    @property
    def starts(self) -> list[float]:
        return sorted(start for _, start, _ in self.spans)


asked = st.lists(st.tuples(st.sampled_from(HOSTS), st.floats(0, 30), st.floats(0, 8)), min_size=1, max_size=25)


@settings(max_examples=60)
@given(asked, st.sampled_from([0.0, 0.5, 3.0]), st.sampled_from([0.0, 1.0, 10.0]))
def test_delay_concurrency_and_budget_hold(requests: list[tuple[str, float, float]], delay: float, rate: float) -> None:
    async def main() -> Bench:
        bench = Bench(site_delay_s=delay, backend_rate_per_s=rate)
        await asyncio.gather(*(bench.fetch(*request) for request in requests))
        return bench

    bench = run(main())
    assert len(bench.spans) == len(requests)
    for host in HOSTS:
        spans = sorted((start, end) for name, start, end in bench.spans if name == host)
        for (start, end), (following, _) in pairwise(spans):
            assert following >= end - SLACK
            assert following >= start + delay - SLACK
    if rate:
        assert all(b - a >= 1 / rate - SLACK for a, b in pairwise(bench.starts))


def test_the_whole_budget_is_used() -> None:
    async def main() -> Bench:
        bench = Bench(site_delay_s=0.25, backend_rate_per_s=10)
        await asyncio.gather(*(bench.fetch(HOSTS[n % 3], lasts=0.05) for n in range(300)))
        return bench

    starts = run(main()).starts
    assert starts[-1] == pytest.approx(299 / 10, abs=0.3)


def test_hosts_are_served_in_turn_of_arrival() -> None:
    async def main() -> list[int]:
        bench, order = Bench(site_delay_s=1, backend_rate_per_s=0), []

        async def one(number: int) -> None:
            await bench.fetch("alpha.test", at=number / 100)
            order.append(number)

        await asyncio.gather(*(one(n) for n in range(20)))
        return order

    assert run(main()) == list(range(20))


def test_what_a_page_asks_for_goes_first_and_without_a_delay_but_within_the_budget() -> None:
    async def main() -> Bench:
        bench, part = Bench(site_delay_s=3, backend_rate_per_s=2), {SUBRESOURCE_META: True}
        pages = [bench.fetch("alpha.test", at=at) for at in (0, 0.2)]
        await asyncio.gather(*pages, *(bench.fetch("alpha.test", at=at, meta=part) for at in (0.1, 0.3, 0.4)))
        return bench

    assert run(main()).starts == pytest.approx([0, 0.5, 1.0, 1.5, 4.5])


def test_what_a_page_asks_for_waits_out_a_pause() -> None:
    async def main() -> Bench:
        bench = Bench(site_delay_s=0, backend_rate_per_s=0, backoff_start_s=5)
        await bench.fetch("alpha.test", status=429)
        await bench.fetch("alpha.test", meta={SUBRESOURCE_META: True})
        return bench

    assert run(main()).starts == pytest.approx([0, 5])


def test_a_slow_host_holds_nobody_else_up() -> None:
    async def main() -> Bench:
        bench = Bench(site_delay_s=3, backend_rate_per_s=10)
        slow = [bench.fetch("alpha.test", lasts=60) for _ in range(5)]
        await asyncio.gather(*slow, *(bench.fetch("beta.test", at=1) for _ in range(5)))
        return bench

    spans = run(main()).spans
    assert max(end for host, _, end in spans if host == "beta.test") < 15


def test_429_pauses_the_backend_and_grows() -> None:
    async def main() -> list[float]:
        bench = Bench(site_delay_s=0, backend_rate_per_s=0, backoff_start_s=5, backoff_cap_s=30, max_wait_s=100)
        pauses = []
        for _ in range(5):
            await bench.fetch("alpha.test", status=429)
            refused_at = asyncio.get_running_loop().time()
            await bench.fetch("beta.test", status=429)
            pauses.append(bench.spans[-1][1] - refused_at)
            refused_at = asyncio.get_running_loop().time()
        assert bench.stats.counts == {"backed_off": 10}
        return pauses

    assert run(main()) == pytest.approx([5, 20, 30, 30, 30])


def test_refusals_of_one_burst_count_once() -> None:
    backoff = Backoff(5, 300)
    for at in (0.0, 0.1, 4.9):
        backoff.refused(at, None)
    assert backoff.until == 5
    backoff.refused(5.0, None)
    assert backoff.until == 15
    backoff.answered(14)
    assert backoff.refusals == 2
    backoff.answered(15)
    backoff.refused(16, None)
    assert backoff.until == 21


def test_503_pauses_its_host_until_a_second_host_says_so_too() -> None:
    async def main() -> tuple[list[float], ...]:
        bench = Bench(site_delay_s=0, backend_rate_per_s=0, backoff_start_s=50)
        await bench.fetch("alpha.test", status=503)
        await bench.fetch("beta.test")
        beta = bench.spans[-1][1]
        await bench.fetch("beta.test", at=1, status=503)
        await bench.fetch("gamma.test")
        return beta, bench.spans[-1][1]

    beta, gamma = run(main())
    assert beta == 0
    assert gamma == pytest.approx(51)


def test_success_ends_the_growth() -> None:
    async def main() -> float:
        bench = Bench(site_delay_s=0, backend_rate_per_s=0, backoff_start_s=5)
        for _ in range(3):
            await bench.fetch("alpha.test", status=429)
            await bench.fetch("alpha.test")
        return bench.spans[-1][1]

    assert run(main()) == pytest.approx(15)


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured(status: int) -> None:
    async def main() -> float:
        bench = Bench(site_delay_s=0, backend_rate_per_s=0)
        await bench.fetch("alpha.test", status=status, Retry_After="120")
        await bench.fetch("alpha.test")
        return bench.spans[-1][1]

    assert run(main()) == pytest.approx(120)


def test_a_pause_longer_than_a_run_waits_refuses() -> None:
    async def main() -> tuple[Bench, list[Any]]:
        bench = Bench(site_delay_s=0, backend_rate_per_s=2, max_wait_s=300)
        await bench.fetch("alpha.test", status=503, Retry_After="3600")
        waiting = [bench.fetch("alpha.test") for _ in range(3)]
        return bench, await asyncio.gather(*waiting, bench.fetch("beta.test"), return_exceptions=True)

    bench, results = run(main())
    assert [getattr(result, "reason", None) for result in results] == [Refusal.BACKED_OFF] * 3 + [None]
    assert len(bench.spans) == 2


def test_crawl_delay_slows_its_host_only_and_is_capped() -> None:
    async def main() -> dict[str, float]:
        bench = Bench(site_delay_s=3, backend_rate_per_s=0)
        bench.gate.set_crawl_delay("alpha.test", 10)
        bench.gate.set_crawl_delay("beta.test", 86_400)
        bench.gate.set_crawl_delay("gamma.test", 1)
        await asyncio.gather(*(bench.fetch(host) for host in HOSTS for _ in range(2)))
        return {host: start for host, start, _ in sorted(bench.spans, key=lambda span: span[1])}

    assert run(main()) == pytest.approx({"alpha.test": 10, "beta.test": CRAWL_DELAY_CAP_S, "gamma.test": 3})


def test_other_backends_have_their_own_budget() -> None:
    async def main() -> Bench:
        bench = Bench(site_delay_s=0, backend_rate_per_s=1)
        await asyncio.gather(*(bench.fetch("alpha.test") for _ in range(5)), bench.fetch("news.google.com"))
        return bench

    assert sorted(start for host, start, _ in run(main()).spans if host == "news.google.com") == [0]


@pytest.mark.parametrize("how", ["stop", "closing"])
def test_nobody_waits_when_the_run_ends(how: str) -> None:
    async def main() -> tuple[list[Any], float]:
        bench = Bench(site_delay_s=30, backend_rate_per_s=0)
        waiting = asyncio.gather(*(bench.fetch("alpha.test") for _ in range(50)), return_exceptions=True)
        await asyncio.sleep(1)
        if how == "stop":
            bench.gate.stop()
        bench.running = how == "stop"
        return await waiting, asyncio.get_running_loop().time()

    results, ended = run(main())
    assert [type(result) for result in results] == [type(None)] + [RequestRefused] * 49
    assert ended < 2


def test_a_request_that_fails_or_is_cancelled_frees_its_slot() -> None:
    async def main() -> int:
        bench = Bench(site_delay_s=1, backend_rate_per_s=0)
        failing = Request("https://alpha.test/")
        await bench.gate.process_request(failing)
        cancelled = asyncio.ensure_future(bench.fetch("alpha.test"))
        behind = asyncio.ensure_future(bench.fetch("alpha.test"))
        await asyncio.sleep(0.1)
        cancelled.cancel()
        bench.gate.process_exception(failing, OSError())
        await behind
        await bench.fetch("alpha.test")
        return len(bench.spans)

    assert run(main()) == 2


def test_what_pages_wait_for_goes_first_and_each_in_its_turn() -> None:
    """A page that asks one thing after the other, without end, leaves their turn to the others."""

    async def main() -> list[str]:
        bench = Bench(site_delay_s=0, backend_rate_per_s=0)
        passed: list[str] = []

        async def ask(name: str, meta: dict[str, Any]) -> None:
            request = Request(f"https://{HOSTS[0]}/{name}", meta=meta)
            await bench.gate.process_request(request)
            passed.append(name)
            await asyncio.sleep(0)
            following = [asyncio.ensure_future(ask(f"{name}+", meta))] if meta and len(passed) < 6 else []
            await asyncio.sleep(0)
            bench.gate.process_response(request, Response(request.url))
            await asyncio.gather(*following)

        part = {SUBRESOURCE_META: True}
        await asyncio.gather(ask("page", {}), ask("another", {}), ask("endless", part), ask("image", part))
        return passed

    assert run(main())[:5] == ["page", "endless", "image", "endless+", "image+"]


def test_a_request_whose_answer_could_not_be_kept_holds_nobody_up() -> None:
    async def main() -> None:
        bench = Bench(site_delay_s=0, backend_rate_per_s=0)
        first, second = Request(f"https://{HOSTS[0]}/1"), Request(f"https://{HOSTS[0]}/2")
        await bench.gate.process_request(first)
        waits = asyncio.ensure_future(bench.gate.process_request(second))
        await asyncio.sleep(0)
        assert not waits.done()
        bench.gate.let_go(first)
        await waits

    run(main())


def http_date(seconds: float) -> bytes:
    return format_datetime(datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=seconds), usegmt=True).encode()


@pytest.mark.parametrize(
    ("value", "date", "expected"),
    [
        (b"120", None, 120),
        (b" 0 ", None, 0),
        (b"9" * 400, None, DAY_S),
        (b"-5", None, None),
        (b"1.5", None, None),
        (b"soon", None, None),
        (b"\xff\xfe", None, None),
        (None, None, None),
        (http_date(90), http_date(0), 90),
        (http_date(-90), http_date(0), 0),
        (http_date(10**8), http_date(0), DAY_S),
        (http_date(-(10**8)), None, 0),
        (b"Wed, 99 Foo 2026 99:99:99 GMT", None, None),
    ],
)
def test_retry_after_is_bounded(value: bytes | None, date: bytes | None, expected: float | None) -> None:
    assert retry_after_s(value, date) == expected


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_retry_after_never_fails(value: bytes, date: bytes) -> None:
    seconds = retry_after_s(value, date)
    assert seconds is None or 0 <= seconds <= DAY_S


def test_closing_the_spider_lets_nobody_wait(tmp_path: Path) -> None:
    """One request goes out and the run is told to end; 40 others, and a robots.txt, wait for their turn."""
    with ScriptedNetwork(tmp_path) as network:
        job = {
            "hosts": ["alpha.test", "beta.test"],
            "requests": [f"http://{host}.test/{n}" for host in ("alpha", "beta") for n in range(20)],
            "config": {"politeness": {"site_delay_s": 30, "backend_rate_per_s": 0.05}},
            "stop_at": "http://alpha.test/robots.txt",
        }
        started = datetime.now(UTC)
        result = crawl(job, network.environment())
    assert (datetime.now(UTC) - started).total_seconds() < 15
    assert [asked.host + asked.path for asked in network.log] == ["alpha.test/robots.txt"]
    assert {outcome.get("reason") for outcome in result["outcomes"] if "robots" not in outcome["url"]} == {"stopping"}
    assert result["signalled"] == []


def test_a_busy_server_is_asked_again_when_it_said(tmp_path: Path) -> None:
    answers = iter([page(b"busy", "Retry-After: 1", status="503 Busy"), page(b"here")])
    with ScriptedNetwork(tmp_path) as network:

        def in_turn(talk: Talk) -> None:
            next(answers)(talk)

        network.scripts = {"alpha.test/a": in_turn}
        config = {"politeness": {"site_delay_s": 0, "backend_rate_per_s": 0, "backoff_start_s": 0.1}}
        job = {"hosts": ["alpha.test"], "requests": ["http://alpha.test/a"], "config": config}
        result = crawl(job, network.environment())
    outcome = next(o for o in result["outcomes"] if o["url"] == "http://alpha.test/a")
    assert outcome["body"] == "here"
    assert [kept["status"] for kept in outcome["exchanges"]] == [503, 200]
    assert 0.95 < outcome["at"][1] - outcome["at"][0] < 3
    assert result["stats"]["backed_off"] == 1


def test_a_slow_host_does_not_fill_all_places(tmp_path: Path) -> None:
    """Ten requests of one host are queued before those of two others, and only four may be under way."""
    with ScriptedNetwork(tmp_path) as network:
        network.scripts = {f"{host}.test/{n}": page() for host in ("slow", "beta", "gamma") for n in range(10)}
        network.scripts["slow.test/robots.txt"] = page(b"User-agent: *\nCrawl-delay: 0.3\n")
        requests = [f"http://{host}.test/{n}" for host in ("slow", "beta", "gamma") for n in range(10)]
        job = {
            "hosts": ["slow.test", "beta.test", "gamma.test"],
            "requests": [{"url": url, "meta": {}} for url in requests],
            "settings": {"CONCURRENT_REQUESTS": 4},
        }
        result = crawl(job, network.environment())
    last = {
        host: max(o["at"][0] for o in result["outcomes"] if o["url"].startswith(f"http://{host}.test/"))
        for host in ("slow", "beta", "gamma")
    }
    assert max(last["beta"], last["gamma"]) < last["slow"] - 1.5


def test_ten_a_second_are_ten_a_second(tmp_path: Path) -> None:
    hosts = [f"h{n}.test" for n in range(5)]
    with ScriptedNetwork(tmp_path) as network:
        network.scripts = {f"{host}/{n}": page() for host in hosts for n in range(4)}
        config = {"politeness": {"site_delay_s": 0.2, "backend_rate_per_s": 10}}
        requests = [f"http://{host}/{n}" for n in range(4) for host in hosts]
        result = crawl({"hosts": hosts, "requests": requests, "config": config}, network.environment())
    at = sorted(at for outcome in result["outcomes"] for at in outcome["at"])
    assert len(at) == 25
    assert 9.3 < 24 / (at[-1] - at[0]) < 10.4
