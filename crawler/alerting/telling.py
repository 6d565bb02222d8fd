"""Telling people: everything that was not told yet, as one message to each service, by a short process."""

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from crawler.alerting.book import AlertBook, Said
from crawler.alerting.wording import Message, log_line, message_of
from crawler.config import Config

logger = logging.getLogger(__name__)

_LOG = "log"
"""The service that always is there and never fails. What it heard, a service that is configured later has heard too."""
_WITHIN_S = 40.0
"""For all services together: apprise waits 4 s for a connection and 4 s for an answer."""
_KEPT_OUT = ("AWS_", "DISWAY_")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


class Told(NamedTuple):
    """What became of a message to one service. No secret is in it."""

    service: str
    """Slack, Telegram, JSON, ..., with a number where there are several."""
    ok: bool
    problem: str


def send(config: Config, messages: Sequence[Message | None]) -> list[Told]:
    """Send each of `[alerts] urls` its message, None = nothing; those that got nothing to say are left out."""
    jobs = [
        {"url": url.get_secret_value(), **message._asdict()}
        for url, message in zip(config.alerts.urls, messages, strict=True)
        if message is not None
    ]
    results = _results(jobs, config.alerts.proxy) if jobs else []
    results += [{"service": "?", "ok": False, "problem": "it was not told in time"}] * (len(jobs) - len(results))
    return [Told(_numbered(results, place), result["ok"], result["problem"]) for place, result in enumerate(results)]


def tell_untold(config: Config, book: AlertBook, archive: str) -> list[Told]:
    """Log what was not logged yet, and tell every service what it was not told; what fails is told the next time."""
    names = [_digest(url.get_secret_value()) for url in config.alerts.urls]
    with book.telling():
        untold = [book.untold(name, _LOG) for name in names]
        for entry in (unlogged := book.untold(_LOG, _LOG)):
            logger.warning("%s", log_line(entry.alert))
        told = send(config, [_message(entries, config, archive) for entries in untold])
        places = [place for place, entries in enumerate(untold) if entries]
        for place, result in zip(places, told, strict=True):
            if result.ok:
                book.tell(names[place], untold[place][-1].seq)
            else:
                # Its place is kept, so that the log may go ahead of it.
                book.tell(names[place], untold[place][0].seq - 1)
                logger.warning("alerts were not told to %s, and will be next time: %s", result.service, result.problem)
        if unlogged:
            book.tell(_LOG, unlogged[-1].seq)
        book.keep_services([*names, _LOG])
    return told


def _message(entries: Sequence[Said], config: Config, archive: str) -> Message | None:
    if not entries:
        return None
    return message_of([entry.alert for entry in entries], archive, ZoneInfo(config.schedule.timezone))


def _results(jobs: Sequence[Mapping[str, str]], proxy: str | None) -> list[dict[str, Any]]:
    child = subprocess.Popen(
        [sys.executable, "-m", "crawler.alerting.teller"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # what apprise prints may hold a URL
        text=True,
        start_new_session=True,
        env=_environ(proxy),
    )
    # A killed child leaves the results that it had written.
    killer = threading.Timer(_WITHIN_S, child.kill)
    killer.start()
    try:
        out, _ = child.communicate(json.dumps(jobs) + "\n")
    finally:
        killer.cancel()
    return [json.loads(line) for line in out.splitlines(keepends=True) if line.endswith("\n")]


def _environ(proxy: str | None) -> dict[str, str]:
    """Neither the crawler's proxies nor anybody's credentials."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_KEPT_OUT) and name.lower() not in _PROXIES
    }
    return kept | (dict.fromkeys(("http_proxy", "https_proxy"), proxy) if proxy else {})


def _numbered(results: Sequence[Mapping[str, Any]], place: int) -> str:
    name = str(results[place]["service"])
    same = [number for number, result in enumerate(results) if result["service"] == name]
    return name if len(same) == 1 else f"{name} {same.index(place) + 1}"


def _digest(url: str) -> str:
    """Names a service in the book without its secrets."""
    return blake2b(url.encode(), digest_size=16).hexdigest()
