"""A network whose servers do their worst, each on articles or a host of its own, and one crawl of it, measured."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from fixtures.crawls import ALL_TIME, Ended, Operator, Stock, ended, network_of

from replica.client import Logged
from replica.server import ReplicaServer
from replica.truth import TruthArticle

BOMBS, TURNS, LENGTHS, SLOW, MUTE, SEALED, CALM, OTHER = (
    "radartegal.disway.id",
    "rakyatbengkulu.disway.id",
    "palpos.disway.id",
    "radarlampung.disway.id",
    "jateng.disway.id",
    "sumeks.disway.id",
    "malang.disway.id",
    "disway.id",
)
HOSTS = (BOMBS, TURNS, LENGTHS, SLOW, MUTE, SEALED, CALM, OTHER)
TIMEOUT_S = 6
SETTINGS = {"DISWAY_NETWORK__TIMEOUT_S": str(TIMEOUT_S), "DISWAY_NETWORK__RETRIES": "0"}
_LOOK_AGAIN_S = 0.02
META_REFRESH = (
    "<html><head><meta http-equiv='refresh' content='0; url=http://169.254.169.254/'></head><body></body></html>"
)


class Deed(NamedTuple):
    """What is done to one article's page, and what is to become of it: state and reason."""

    name: str
    host: str
    fault: Mapping[str, Any]
    state: str
    reason: str | None


def bomb(coding: str, layers: int = 1) -> dict[str, Any]:
    return {"kind": "bomb", "megabytes": 512, "coding": coding, "layers": layers}


def to(location: str) -> dict[str, Any]:
    return {"kind": "redirect", "location": location}


DEEDS = (
    Deed("gzip bomb", BOMBS, bomb("gzip"), "refused", "bomb"),
    Deed("deflate bomb", BOMBS, bomb("deflate"), "refused", "bomb"),
    Deed("brotli bomb", BOMBS, bomb("br"), "refused", "bomb"),
    Deed("zstd bomb", BOMBS, bomb("zstd"), "refused", "bomb"),
    Deed("bomb in a bomb", BOMBS, bomb("gzip", 2), "refused", "bomb"),
    Deed("no gzip", BOMBS, {"kind": "mislabelled", "coding": "br"}, "pending", "undecodable"),
    Deed("an onion of gzip", BOMBS, {"kind": "bomb", "megabytes": 1, "layers": 400}, "refused", "bomb"),
    Deed("half a gzip, told as whole", BOMBS, {"kind": "cut_coding"}, "pending", "undecodable"),
    Deed(
        "most of a gzip, told as whole", BOMBS, {"kind": "cut_coding", "after_bytes": 2_000}, "pending", "undecodable"
    ),
    Deed("a bit of a gzip", BOMBS, {"kind": "flipped_bit"}, "pending", "undecodable"),
    Deed("half a gzip", BOMBS, {"kind": "cut", "chunked": True}, "pending", "disconnected"),
    Deed("round and round", TURNS, {"kind": "redirect_loop"}, "refused", "redirect_loop"),
    Deed("to a cloud's metadata", TURNS, to("http://169.254.169.254/latest/meta-data/"), "refused", "redirect_offsite"),
    Deed("to this machine", TURNS, to("http://127.0.0.1/"), "refused", "redirect_offsite"),
    Deed("to a file", TURNS, to("file:///etc/passwd"), "refused", "redirect_offsite"),
    Deed("to ftp", TURNS, to("ftp://127.0.0.1/x"), "refused", "redirect_offsite"),
    Deed("to a script", TURNS, to("javascript:alert(1)"), "refused", "redirect_offsite"),
    Deed("to a stranger", TURNS, to("https://koran-lain.example/"), "refused", "redirect_offsite"),
    Deed("to another port", TURNS, to(f"https://{TURNS}:8443/"), "refused", "redirect_offsite"),
    Deed("to another newspaper", TURNS, to("other"), "refused", "redirect_other"),
    Deed("by backslashes", TURNS, to("\\\\127.0.0.1\\berita"), "archived", None),  # a path of this very article
    Deed("to a very long address", TURNS, to(f"https://{TURNS}/" + "a" * 10_000), "refused", "not_found"),
    Deed("to http and back", TURNS, to("http") | {"count": 1}, "archived", None),
    Deed("by a page", TURNS, {"kind": "status", "status": 200, "body": META_REFRESH}, "refused", "no_title"),
    Deed("120 MB", LENGTHS, {"kind": "overlong", "megabytes": 120}, "refused", "too_large"),
    Deed("120 MB in chunks", LENGTHS, {"kind": "overlong", "megabytes": 120, "chunked": True}, "refused", "too_large"),
    Deed("headers without end", LENGTHS, {"kind": "endless_headers"}, "pending", "headers_too_long"),
    Deed("a header of 1 GB", LENGTHS, {"kind": "endless_line"}, "pending", "headers_too_long"),
    Deed("a byte now and then", SLOW, {"kind": "slow", "bytes_per_s": 10}, "pending", "timeout"),
    Deed("silence", SLOW, {"kind": "stall"}, "pending", "timeout"),
)


@dataclass(frozen=True)
class Siege:
    """The crawl: how it ended, what it held at most, what the network saw and the archive has."""

    ended: Ended
    peak_bytes: int
    log: list[Logged]
    truth: tuple[TruthArticle, ...]
    stock: Stock
    victims: Mapping[str, TruthArticle]
    counts: Mapping[tuple[str | None, str], int]
    """By site and counter."""
    operator: Operator

    def of(self, deed: str) -> tuple[str, str | None]:
        """State and reason of the article that the deed was done to."""
        return self.stock.states[self.victims[deed].key]

    def archived_share(self, host: str) -> float:
        """Of the host's articles that nothing was done to, how many are archived."""
        done_to = {victim.key for victim in self.victims.values()}
        keys = {a.key for a in self.truth if a.host == host and a.is_live} - done_to
        return len(keys & self.stock.by_key.keys()) / len(keys)

    def captures(self, deed: str) -> list[dict[str, Any]]:
        victim = self.victims[deed]
        return [r for r in self.stock.captures if (r["site"], r["article_id"]) == (victim.site, victim.id)]


def besiege(folder: Path) -> Siege:
    """Crawl the network of all deeds once."""
    with ReplicaServer.start(network_of(*HOSTS, articles=24)) as replica:
        victims = _inflict(replica)
        replica.control.fault("tls_stall", MUTE)
        replica.control.fault("connect_stall", SEALED)
        operator = Operator(folder, replica, further=SETTINGS)
        done, peak = measured(operator, [host.split(".")[0] for host in HOSTS], *ALL_TIME)
        stock = operator.stock()
        (run,) = stock.runs
        counts = {(c["site"], c["counter"]): c["count"] for c in run["counts"]}
        truth = tuple(replica.control.truth().articles)
        return Siege(done, peak, replica.control.log(), truth, stock, victims, counts, operator)


def measured(operator: Operator, sites: list[str], *arguments: str) -> tuple[Ended, int]:
    """A crawl, and the most memory that its process held, in bytes; the delivering child is another process.

    Not by wait4: what that tells includes the memory of the process that forked.
    """
    process = operator.start_crawl(sites, *arguments)
    status, peak = Path(f"/proc/{process.pid}/status"), 0
    reader = threading.Thread(target=lambda: told.append(ended(process)))
    told: list[Ended] = []
    reader.start()
    while reader.is_alive():
        peak = max(peak, _high_water_mark(status))
        reader.join(_LOOK_AGAIN_S)
    return told[0], peak


def _high_water_mark(status: Path) -> int:
    try:
        lines = status.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


def _inflict(replica: ReplicaServer) -> dict[str, TruthArticle]:
    articles = list(replica.control.truth().articles)
    other = next(a.url for a in articles if a.host == OTHER and a.parts == 1)
    victims = {}
    for deed in DEEDS:
        victim = next(a for a in articles if a.host == deed.host and a.parts == 1)
        articles.remove(victim)
        victims[deed.name] = victim
        path = victim.url.removeprefix(f"https://{victim.host}")
        fault = dict(deed.fault)
        places = {"other": other, "http": f"http://{victim.host}{path}"}
        if "location" in fault:
            fault["location"] = places.get(fault["location"], fault["location"])
        replica.control.fault(fault.pop("kind"), deed.host, path, **fault)
    return victims
