"""The replica in a process and on a core of its own, and measured crawls of it on the other core."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from benchmarks.child import NOTES, peak_rss_mb
from replica.catalogue import PROFILES
from replica.client import ReplicaControl
from replica.world import RobotsKind

SITES = 16
ALL_TIME = ("--since", "2020-01-01")
_LOOK_EVERY_S = 0.02
_OWN = re.compile(r"^(DISWAY|AWS)_|_proxy$|^SSL_CERT_FILE$", re.IGNORECASE)
_GENTLE = {"DISWAY_POLITENESS__SITE_DELAY_S": "0", "DISWAY_POLITENESS__BACKEND_RATE_PER_S": "0"}


def cores() -> tuple[set[int], set[int]]:
    """The core of the client and those of the server; the same ones when there is only one."""
    first, *others = sorted(os.sched_getaffinity(0))
    return {first}, set(others) or {first}


@dataclass(frozen=True)
class Measured:
    """One crawl. The window lies between the opening and the closing of the spider; CPU and wall in seconds."""

    pages: int
    window_s: float
    window_cpu_s: float
    startup_s: float
    after_s: float
    """From the close of the window to the end of the process: delivery."""
    whole_cpu_s: float
    """Of the process and all that it started."""
    rss_mb: float
    child_rss_mb: float
    """Of the largest process that it started: the delivering one."""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def cpu_ms_per_page(self) -> float:
        return self.window_cpu_s / self.pages * 1000

    @property
    def pages_per_s(self) -> float:
        return self.pages / self.window_s


class Stage:
    """A running replica of `SITES` sites, of which those that ask for no delay are crawled. A context manager."""

    def __init__(self, folder: Path, articles: int) -> None:
        self.folder = folder
        self._articles = articles
        self._met: dict[str, str] = {}

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True)
        command = [sys.executable, "-m", "cli.main", "replica", "--sites", str(SITES)]
        command += ["--articles-per-site", str(self._articles)]
        with pinned(cores()[1]):
            self._replica = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._replica.stdout is not None
        told = dict(line.split(None, 1) for line in self._announcement(self._replica.stdout))
        proxy = told["proxy"]
        self._met = {"http_proxy": proxy, "https_proxy": proxy, "no_proxy": "", "SSL_CERT_FILE": told["CA"]}
        self.control = ReplicaControl(told["control"])
        sites = PROFILES[:SITES]
        # A Crawl-delay is obeyed whatever the configuration says: such a site would measure nothing but waiting.
        self.sites = [site.id for site in sites if site.robots is not RobotsKind.CRAWL_DELAY]
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError, ValueError):
            self.control.stop()
        self._replica.communicate()

    @staticmethod
    def _announcement(lines: Iterator[str]) -> Iterator[str]:
        for line in lines:
            if line.startswith("Ctrl-C"):
                return
            yield line.strip()

    def crawl(
        self,
        desk: str,
        *arguments: str,
        sites: Sequence[str] = (),
        store: Mapping[str, str] | None = None,
        uri: str = "",
    ) -> Measured:
        """Run `disway crawl` over `sites`, all when none is named, for the archive of `desk`, a folder of its own."""
        folder = self.folder / desk
        folder.mkdir(exist_ok=True)
        own = {"DISWAY_SPOOL__DIR": str(folder / "spool"), "DISWAY_ARCHIVE__URI": uri or str(folder / "archive")}
        named = [word for site in sites or self.sites for word in ("--site", site)]
        return self._measured(["disway", "crawl", "--json", *named, *arguments], {**_GENTLE, **(store or {}), **own})

    def bare(self, urls: Sequence[str]) -> Measured:
        """Fetch `urls` with bare Scrapy."""
        file = self.folder / "urls"
        file.write_text("\n".join(urls), encoding="utf-8")
        return self._measured(["bare", str(file)], {})

    def _measured(self, command: list[str], further: Mapping[str, str]) -> Measured:
        notes = self.folder / "notes"
        notes.unlink(missing_ok=True)
        clean = {name: value for name, value in os.environ.items() if not _OWN.search(name)}
        environ = {**clean, **self._met, **further, NOTES: str(notes)}
        began = time.monotonic()
        said, errors = self.folder / "out", self.folder / "err"
        with said.open("w") as out, errors.open("w") as err, pinned(cores()[0]):
            process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.child", *command], env=environ, stdout=out, stderr=err
            )
        child_rss, used = _watch(process)
        if process.returncode:
            raise RuntimeError(f"{command[:2]} failed:\n{errors.read_text(encoding='utf-8')[-4000:]}")
        noted = {line["name"]: line for line in map(json.loads, notes.read_text(encoding="utf-8").splitlines())}
        opened, closed = noted["opened"], noted["closed"]
        return Measured(
            pages=closed["responses"],
            window_s=closed["wall"] - opened["wall"],
            window_cpu_s=closed["cpu"] - opened["cpu"],
            startup_s=opened["wall"] - began,
            after_s=noted["ended"]["wall"] - closed["wall"],
            whole_cpu_s=used.ru_utime + used.ru_stime,
            rss_mb=noted["ended"]["peak_rss_mb"],
            child_rss_mb=child_rss,
            facts=json.loads(said.read_text(encoding="utf-8") or "{}"),
        )


def _watch(process: "subprocess.Popen[bytes]") -> tuple[float, Any]:
    """Wait for `process`; the peak memory of its largest child, and what it and its children used.

    A peak never falls, so that the last look at a child is nearly its peak.
    """
    largest = 0.0
    while True:
        pid, status, used = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return largest, used
        for child in _children(process.pid):
            with suppress(OSError):
                largest = max(largest, peak_rss_mb(child))
        time.sleep(_LOOK_EVERY_S)


def _children(pid: int) -> Iterator[str]:
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            yield from file.read_text(encoding="ascii").split()


@contextmanager
def pinned(to: set[int]) -> Iterator[None]:
    """Run this process on the cores `to` for a while."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, to)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
