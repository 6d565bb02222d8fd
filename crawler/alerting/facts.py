"""What the judges look at when a crawl has ended: this run, and what the index knows of those before."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from crawler.alerting.alert import Alert, AlertKind, Finding
from crawler.alerting.book import AlertBook
from crawler.expect import NOTHING, Share
from crawler.fills import Fills
from crawler.report import RunReport
from news.site import Site
from storage.seen import Seen
from storage.seen_runs import SeenFill

NETWORK = ""
"""In place of a site id: all sites together."""


@dataclass(frozen=True)
class Facts:
    """One crawl that has ended."""

    report: RunReport
    fills: Fills
    seen: Seen
    book: AlertBook
    open_alerts: Mapping[str, Alert]
    now: datetime
    degraded_runs: int
    """Runs in a row after which a degraded site is told."""

    @property
    def sites(self) -> list[Site]:
        """Those whose listings the run had: of the others it says nothing."""
        network = self.report.plan.network.sites
        return [network[site] for site in sorted(self.report.sites) if self.fills.asked_listings(site)]

    @property
    def index_is_behind(self) -> bool:
        """Whether rows of earlier runs wait somewhere: what the index counts is too few."""
        return bool(self.report.undelivered or self.report.delivery_trouble)

    def alert(self, kind: AlertKind, site: str | None, subject: str) -> Alert | None:
        """The open alert of that kind."""
        return self.open_alerts.get(Finding(kind, "", site, subject).alert_id)


class History:
    """Pages of earlier runs by site, field, page class and UTC day."""

    def __init__(self, fills: Iterable[SeenFill]) -> None:
        self._shares: dict[tuple[str, str], dict[str, dict[date, Share]]] = defaultdict(lambda: defaultdict(dict))
        for fill in fills:
            share = Share(fill.articles, fill.articles - fill.filled)
            self._shares[fill.site, fill.field][fill.page_class][date.fromisoformat(fill.day)] = share

    def share(self, site: str, field: str, page_class: str | None, first: date, last: date) -> Share:
        """Pages of the days from `first` to `last`, both included, of one class or (None) of all."""
        classes = self._shares.get((site, field), {})
        chosen = classes.values() if page_class is None else [classes.get(page_class, {})]
        days = (share for of_class in chosen for day, share in of_class.items() if first <= day <= last)
        return sum(days, NOTHING)

    def pooled(self, sites_of: Mapping[str, Collection[str]]) -> "History":
        """The same of all those sites together, by field, under the id NETWORK."""
        pool = History(())
        for (site, field), classes in self._shares.items():
            if site in sites_of.get(field, ()):
                days = pool._shares[NETWORK, field][""]
                for day, share in (pair for of_class in classes.values() for pair in of_class.items()):
                    days[day] = days.get(day, NOTHING) + share
        return pool


def history_of(facts: Facts, sites: Sequence[str], span: timedelta) -> History:
    """What is known of `sites` for the last `span`, and for as long before the oldest open alert of theirs."""
    begins = [alert.since for alert in facts.open_alerts.values() if alert.site in (*sites, None)]
    first = min([facts.report.plan.started_at, *begins]) - span
    return History(facts.seen.runs.fills(sites, first.date().isoformat()))
