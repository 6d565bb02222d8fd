"""Alerts: what is not as it should be is told once when it begins and once when it is over.

A crawl judges itself (`concluding`). The functions here are for others who find something wrong: raise or clear an
alert, then tell.
"""

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from crawler.alerting.alert import Alert, AlertKind, Finding, alert_of_finding
from crawler.alerting.book import AlertBook
from crawler.alerting.telling import Told, send, tell_untold
from crawler.alerting.wording import Message, log_line, message_of
from crawler.config import Config

if TYPE_CHECKING:
    from crawler.delivery import DeliveryOrder

__all__ = [
    "Alert",
    "AlertKind",
    "Finding",
    "Told",
    "alert_of_finding",
    "clear_alert",
    "open_alerts",
    "raise_alert",
    "send_test_alert",
    "store_refuses",
    "tell",
    "tell_unkept",
]

logger = logging.getLogger(__name__)

_TEST = Message(
    "disway: a test", "This is a test of [alerts] urls. Nothing is wrong; an alert would have come this way.", "info"
)


def raise_alert(
    config: Config, environ: Mapping[str, str], finding: Finding, *, at: datetime, run_id: str | None = None
) -> bool:
    """Open an alert for the archive of `config`; whether it was not open before. Raises ConfigError, sqlite3.Error."""
    return _book(config, environ).open(finding, at, run_id) is not None


def clear_alert(
    config: Config, environ: Mapping[str, str], finding: Finding, *, at: datetime, run_id: str | None = None
) -> bool:
    """End the alert of the same kind, site and subject; whether it was open. Raises ConfigError, sqlite3.Error."""
    return _book(config, environ).recover(finding, at, run_id) is not None


def tell(config: Config, environ: Mapping[str, str]) -> list[Told]:
    """Tell every service what it was not told yet; one result for each that there was anything for. Takes up to 40 s.

    What a service does not take is told by the next call, also of another process. Raises ConfigError, sqlite3.Error.
    """
    order = _order(config, environ)
    return tell_untold(config, AlertBook.beside(Path(order.seen_path)), order.archive)


def open_alerts(config: Config, environ: Mapping[str, str]) -> list[Alert]:
    """The alerts of the archive of `config` that are open, as this machine knows. Raises ConfigError, sqlite3.Error."""
    return list(_book(config, environ).open_alerts().values())


def tell_unkept(config: Config, environ: Mapping[str, str], alerts: Sequence[Alert]) -> list[Told]:
    """Log alerts that the book does not take, and tell them to every service. Takes up to 40 s. Raises ConfigError.

    Who calls it sees to it that each is told once: for want of the book, nobody remembers it.
    """
    for alert in alerts:
        logger.warning("%s", log_line(alert))
    message = message_of(alerts, _order(config, environ).archive, ZoneInfo(config.schedule.timezone))
    told = send(config, [message] * len(config.alerts.urls))
    for result in told:
        if not result.ok:
            logger.warning("alerts were not told to %s: %s", result.service, result.problem)
    return told


def store_refuses(
    config: Config, environ: Mapping[str, str], why: str, *, at: datetime, run_id: str | None = None
) -> None:
    """Tell that no run can begin, for the store of the archive refuses it. What goes wrong is logged."""
    try:
        raise_alert(config, environ, Finding(AlertKind.STORE, f"no run can begin: {why}"), at=at, run_id=run_id)
        tell(config, environ)
    except (sqlite3.Error, OSError) as error:
        logger.warning("alerts were not told, and will be next time: %s", error)


def send_test_alert(config: Config) -> list[Told]:
    """Send a test to each of `[alerts] urls`."""
    return send(config, [_TEST] * len(config.alerts.urls))


def _book(config: Config, environ: Mapping[str, str]) -> AlertBook:
    return AlertBook.beside(Path(_order(config, environ).seen_path))


def _order(config: Config, environ: Mapping[str, str]) -> "DeliveryOrder":
    from crawler.preparing import delivery_order  # noqa: PLC0415  which tells through this module

    return delivery_order(config, environ)
