"""Which hosts are asked of Google News in a run, about which days, and how far each was asked."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from news.item import Finding, StretchState
from news.plan import CrawlPlan, GooglePlan
from news.site import Site, SourceGroup
from pages.google_query import DaySlice, days_around, search_url, split
from spiders.findings import Findings
from spiders.source import Yield
from storage.seen_state import SeenState

_EMPTY = "empty"
"""Reason of a finding: the host's feed had no items, which may be true."""
_JAKARTA = timedelta(hours=7)


class HostPoll:
    """The days about which one host is still to be asked, the newest first."""

    def __init__(self, site: Site, days: DaySlice, *, had_items: bool) -> None:
        self.site = site
        self.items = 0
        """Seen in this run."""
        self.had_items = had_items
        """Whether there were any when the host was asked last, so that none at all would be a wonder."""
        self._slices = [days]
        """In order of time: the last is asked next."""

    @property
    def days(self) -> DaySlice:
        """What to ask for next."""
        return self._slices[-1]

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to ask."""
        return not self._slices

    @property
    def url(self) -> str:
        """The query for `days`."""
        return search_url(self.site.host, after=self.days.after, before=self.days.before)

    def split(self) -> bool:
        """Google cut `days` off: ask again in smaller slices. False for a single day."""
        parts = split(self.days)
        if parts:
            self._slices[-1:] = parts
        return bool(parts)

    def pop(self) -> DaySlice:
        """`days` are answered."""
        return self._slices.pop()


class Polls:
    """Plans the polls of one run, and says what of them is worth a row."""

    def __init__(self, plan: CrawlPlan, google: GooglePlan, state: SeenState) -> None:
        self._plan = plan
        self._google = google
        self._state = state
        self._findings = Findings(state, plan)

    def due(self) -> Iterator[HostPoll]:
        """The polls of this run."""
        for site in self._plan.sites:
            if SourceGroup.GOOGLE_NEWS in site.sources.off:
                continue
            if self._plan.backfill is not None:
                days = self._days_to_fill(site)
                if days is not None:
                    yield HostPoll(site, days, had_items=False)
            elif self._google.now or self._findings.is_due(search_url(site.host)):
                known = self._findings.of(search_url(site.host))
                yield HostPoll(site, self._newest_days(site), had_items=known is not None and known.reason != _EMPTY)

    def answered(self, poll: HostPoll) -> Iterator[Yield]:
        """The row that says how far the host was asked, once the newest slice of `poll` is answered.

        A run that comes later begins where this one ended; only a backfill goes on within a poll.
        """
        url, site, now = search_url(poll.site.host), poll.site, datetime.now(UTC)
        days = poll.pop()
        if self._plan.backfill is not None:
            state = StretchState.DONE if poll.is_done else StretchState.OPEN
            stretch = self._plan.backfill.stretch(site.id, url, now)
            yield stretch.as_of(now, state, cursor=days.after.isoformat())
        elif poll.is_done:
            yield self._findings.asked(url, site, None if poll.items else _EMPTY, now + self._google.every)

    def _newest_days(self, site: Site) -> DaySlice:
        """Since the day before the host was asked last; slices overlap by a day."""
        today = (self._plan.started_at + _JAKARTA).date()
        if self._plan.since is not None:
            return days_around(min((self._plan.since + _JAKARTA).date(), today), today)
        known = self._findings.of(search_url(site.host))
        last = (known.at + _JAKARTA).date() if known and known.finding == Finding.ALIVE else today
        return days_around(min(last, today) - timedelta(days=1), today)

    def _days_to_fill(self, site: Site) -> DaySlice | None:
        """The stretch of a backfill, up to the days that it is done with; None when it is done with all."""
        backfill = self._plan.backfill
        assert backfill is not None
        days = days_around((backfill.from_at + _JAKARTA).date(), (backfill.to_at + _JAKARTA).date())
        known = self._state.stretch(backfill.stretch_id(site.id)).get(search_url(site.host))
        if known is None or known.cursor is None:
            return days
        left = DaySlice(days.after, date.fromisoformat(known.cursor))
        return left if known.state != StretchState.DONE and left.after < left.before else None
