"""The report of a run for people, as a page and as plain text, kept in the archive beside the run's row.

All that it tells came from outside: titles of hosts, addresses, reasons. The page is escaped, has no script and asks
for nothing; its own policy (CSP) says so to the browser.
"""

import logging
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from crawler.alerting.alert import EXAMPLE, WARNINGS, Alert
from crawler.alerting.wording import moment, one_line, title_of, to_do
from crawler.report import RunReport
from news.counters import Counter
from storage.spool import REPORTS

if TYPE_CHECKING:
    from jinja2 import Environment

    from crawler.run import Run

logger = logging.getLogger(__name__)

_TEMPLATES = Path(__file__).with_name("report_templates")
_COLUMNS = {
    "new": Counter.ARTICLES_NEW,
    "changed": Counter.ARTICLES_CHANGED,
    "unchanged": Counter.ARTICLES_UNCHANGED,
    "gone": Counter.ARTICLES_GONE,
    "refused": Counter.ARTICLES_REFUSED,
    "pending": Counter.ARTICLES_PENDING,
    "fetched": Counter.FETCHED,
    "failed": Counter.FETCH_FAILED,
}
"""Of the table of sites."""
_REFUSED = "refused."


@dataclass(frozen=True)
class _SiteLine:
    site: str
    counts: dict[str, int]
    degraded: str | None


def keep_reports(run: "Run", now: datetime) -> None:
    """Write the reports of `run` into its spool, from where they are delivered. What goes wrong is logged."""
    if not run.config.alerts.reports:
        return
    zone = ZoneInfo(run.config.schedule.timezone)
    try:
        for name in REPORTS:
            text = report_text(run.report, run.spool.meta.archive, now, zone, suffix=Path(name).suffix)
            _write_whole(run.spool.folder / name, text)
    except OSError as error:
        logger.warning("the run has no report: %s", error)
    except Exception:
        logger.exception("the run has no report")  # which is for people; the run's row has what counts


def _write_whole(path: Path, text: str) -> None:
    """A report that does not fit on the disk is none: half of one would be delivered."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError:
        path.unlink(missing_ok=True)
        raise


def report_text(report: RunReport, archive: str, now: datetime, zone: ZoneInfo, *, suffix: str) -> str:
    """The report of a run that ended `now`: of suffix `.html` a page, of `.txt` plain text. Instants are in `zone`."""
    environment = _environment(zone)
    template = environment.get_template(f"report{suffix}.j2")
    return template.render(_values(report, archive, now) | _style(environment))


def _environment(zone: ZoneInfo) -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape  # noqa: PLC0415  costs 60 ms

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["line"] = one_line
    environment.filters["moment"] = lambda at: moment(at, zone)
    environment.filters["kind"] = title_of
    environment.tests["web_address"] = _is_web_address
    return environment


def _style(environment: "Environment") -> dict[str, str]:
    """The page's style sheet and its digest, by which the policy allows it and no other."""
    from markupsafe import Markup  # noqa: PLC0415  comes with jinja2

    assert environment.loader is not None
    style = environment.loader.get_source(environment, "report.css")[0]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return {"style": Markup(style), "style_digest": digest}  # noqa: S704  a file of ours


def _values(report: RunReport, archive: str, now: datetime) -> dict[str, Any]:
    plan = report.plan
    lines = _site_lines(report)
    busy = [line for line in lines if line.degraded or any(line.counts.values())]
    alerts = sorted(report.alerts, key=lambda alert: (not alert.is_open, alert.kind in WARNINGS, alert.site or ""))
    return {
        "report": report,
        "plan": plan,
        "archive": archive,
        "finished_at": now,
        "duration": str(now - plan.started_at).partition(".")[0],
        "columns": list(_COLUMNS),
        "totals": {name: report.counts.get(counter.value, 0) for name, counter in _COLUMNS.items()},
        "busy": busy,
        "quiet": [line.site for line in lines if line not in busy],
        "opened": [_alert(alert) for alert in alerts if alert.is_open],
        "recovered": [_alert(alert) for alert in alerts if not alert.is_open],
        "refusals": _refusals(report),
    }


def _alert(alert: Alert) -> dict[str, Any]:
    weight = "warning" if alert.kind in WARNINGS else "alert"
    said, _, example = alert.message.partition(EXAMPLE)
    told = {"said": said, "example": example, "weight": weight, "to_do": to_do(alert.kind, alert.site)}
    return alert._asdict() | told


def _site_lines(report: RunReport) -> list[_SiteLine]:
    named = sorted(report.sites | report.degraded.keys())
    return [
        _SiteLine(
            site,
            {name: report.counts.get(f"{counter.value}/{site}", 0) for name, counter in _COLUMNS.items()},
            report.degraded.get(site),
        )
        for site in named
    ]


def _refusals(report: RunReport) -> list[dict[str, Any]]:
    """Reasons for which articles were not had, the most frequent first, each with the sites where it occurred."""
    found: dict[str, list[dict[str, Any]]] = {}
    for fill in report.fills:
        if fill["field"].startswith(_REFUSED):
            count = fill["articles"] - fill["filled"]
            place = {"site": fill["site"], "count": count, "example_url": fill["example_url"]}
            found.setdefault(fill["field"].removeprefix(_REFUSED), []).append(place)
    refusals = [
        {"reason": reason, "count": sum(p["count"] for p in places), "places": places}
        for reason, places in found.items()
    ]
    return sorted(refusals, key=lambda refusal: -refusal["count"])


def _is_web_address(text: str) -> bool:
    """Whether a link may lead there: a page that was crawled has no other scheme."""
    try:
        return urlsplit(text).scheme in ("http", "https")
    except ValueError:
        return False
