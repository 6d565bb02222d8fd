"""The process that talks to alerting services, apart from the crawl: apprise and its network are here only.

Reads one JSON array from stdin, `[{"url", "title", "body", "weight"}, ...]` (URLs hold secrets, so they are no
arguments), and writes a line `{"service", "ok", "problem"}` for each to stdout as it goes. Nothing that a service or
apprise says is passed on but the HTTP status: it may hold the URL.
"""

import json
import logging
import re
import sys
from typing import Any

_STATUS = re.compile(r"error\s*=\s*(\d{3})\b")
_SCHEME = re.compile(r"[a-z0-9]{1,20}")


def main() -> int:
    """Entry point of the process."""
    logging.getLogger("apprise").propagate = False
    for job in json.loads(sys.stdin.readline()):
        sys.stdout.write(json.dumps(_tell(job)) + "\n")
        sys.stdout.flush()
    return 0


def _tell(job: dict[str, Any]) -> dict[str, Any]:
    from apprise import Apprise, AppriseAsset, LogCapture, NotifyFormat, PersistentStoreMode  # noqa: PLC0415  costs 0.5 s

    # Nothing of the disk: neither plugins from the user's folders nor what services remember.
    asset = AppriseAsset(storage_mode=PersistentStoreMode.MEMORY, plugin_paths=[], app_id="disway")
    service = Apprise.instantiate(job["url"], asset=asset, suppress_exceptions=True)
    if service is None:
        scheme = job["url"].partition("://")[0]
        named = scheme if _SCHEME.fullmatch(scheme) else "?"
        return _result(named, "apprise knows no such service, or a part of its URL is missing")
    message = {"title": job["title"], "body": job["body"], "notify_type": job["weight"]}
    with LogCapture(level=logging.WARNING) as log:  # type: ignore[no-untyped-call]  # apprise annotates some
        try:
            done = service.notify(**message, body_format=NotifyFormat.TEXT)
        except Exception:  # noqa: BLE001  a plugin of apprise broke; its words may hold the URL
            done = False
        said = log.getvalue()
    return _result(str(service.service_name), None if done else _problem(said))


def _result(service: str, problem: str | None) -> dict[str, Any]:
    return {"service": service, "ok": problem is None, "problem": problem or ""}


def _problem(said: str) -> str:
    if status := _STATUS.search(said):
        return f"it answered {status[1]}"
    if "onnection" in said or "timed out" in said:
        return "it cannot be reached"
    return "it did not take the message"


if __name__ == "__main__":
    sys.exit(main())
