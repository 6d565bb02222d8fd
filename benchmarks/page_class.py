"""Reading one article page, from bytes to all its fields and links.

Fixed: every article part of a replica of 8 sites x 60 articles, uncompressed, on one core; CPU of the process, a round
is all pages with a fresh memory of URLs. Left out: decompression, the generic reader and AMP pages, which few pages
need. Rerun: `python -m benchmarks --only page_class`.
"""

import time
from datetime import UTC
from pathlib import Path

from benchmarks.report import Result, Target, Value, spread
from benchmarks.stage import cores, pinned
from news.site import load_network
from news.url import UrlRules
from pages.registry import read_article, read_listing
from replica.incoming import Request
from replica.network import Network
from replica.state import ReplicaState
from replica.truth import truth_of

SITES = 8
ARTICLES = 60
ROUNDS = 9
_SITE_FILES = Path(__file__).parents[1] / "spiders" / "sites"


def run(_: Path) -> Result:
    network = Network.generate(sites=SITES, articles=ARTICLES)
    pages, homes = _pages(network)
    at = network.start.astimezone(UTC)
    sites = load_network(_SITE_FILES)
    rows, medians = list[dict[str, Value]](), dict[str, float]()
    with pinned(cores()[0]):
        for name, read, given in (("article", read_article, pages), ("home page", read_listing, homes)):
            rounds = []
            for _round in range(ROUNDS):
                rules = UrlRules(sites)
                began = time.process_time()
                for url, body in given:
                    read(body, url=url, content_type="text/html; charset=UTF-8", captured_at=at, rules=rules)
                rounds.append((time.process_time() - began) / len(given) * 1000)
            size = sum(len(body) for _, body in given) / len(given) / 1024
            medians[name] = sorted(rounds)[len(rounds) // 2]
            rows.append({"page": name, "pages": len(given), "KB/page": round(size), "CPU ms/page": spread(rounds, 3)})
    return Result("page classes", rows, [Target("article page, CPU ms", medians["article"], 0.6)])


def _pages(network: Network) -> tuple[list[tuple[str, bytes]], list[tuple[str, bytes]]]:
    state = ReplicaState(network)
    articles = []
    for article in truth_of(network, network.start).articles:
        if article.vanished_at is None:
            offsets = ["", *(f"/{15 * part}" for part in range(1, article.parts))]
            articles += [_page(state, article.host, f"{article.url}{offset}") for offset in offsets]
    homes = [_page(state, host, f"https://{host}/") for host in network.by_host]
    return articles, homes


def _page(state: ReplicaState, host: str, url: str) -> tuple[str, bytes]:
    answer = state.answer(Request("GET", "https", host, url.partition(host)[2], ()))
    assert answer.status == 200, url
    return url, answer.entity
