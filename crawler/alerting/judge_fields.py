"""Whether the pages of a site have what they used to have: a layout that changed, and answers that are no articles."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

from crawler.alerting.alert import EXAMPLE, Alert, AlertKind, Finding, Judged
from crawler.alerting.facts import NETWORK, Facts, History, history_of
from crawler.expect import LEAST_KNOWN, NOTHING, Share, has_dropped, has_risen, is_back, misses
from crawler.fills import DECIDED, NO_CLASS, NOT_READ, REFUSED, Fill
from news.watched import EXPECTED, LINKS, PAGE_CLASS

_BEFORE = timedelta(days=7)
_WINDOWS = (timedelta(0), timedelta(days=2))
"""Beside the run alone: its day, and its day with two before. A small site has hardly 3 pages in a run."""
_SPAN = _BEFORE + max(_WINDOWS) + timedelta(days=1)
_ONE_DAY = timedelta(days=1)
_NEARLY_ALL = 0.99
_SEVERAL = 2
"""Sites; what is of one site is judged there."""
_NOTABLE = 0.2
"""A share of refused pages below this is no news, however rare it was."""
_USUALLY_HAD = Share(LEAST_KNOWN, 1)
"""What is taken to be known of a site that was never looked at."""
_SAID = {PAGE_CLASS: "are read by no class made for their layout", LINKS: "link no article"}


class _Scope(NamedTuple):
    """What is compared: a field of the pages of one class on one site, or of all its classes (None)."""

    site: str
    field: str
    page_class: str | None


class _Sample(NamedTuple):
    """Pages of a window, and those before it that they are compared with."""

    now: Share
    before: Share


def judge_fields(facts: Facts) -> Iterator[Judged]:
    """Judge every field of every site that the run read pages of, and every reason for which it did not get any."""
    fills: dict[str, list[Fill]] = {}
    for fill in facts.fills.fills():
        fills.setdefault(fill.site, []).append(fill)
    history = history_of(facts, sorted(fills), _SPAN)
    told = set()
    for site_id in sorted(fills):
        floors = facts.report.plan.network.sites[site_id].expect.fields
        judge = _Judge(facts, history, site_id, floors, fills[site_id])
        for judged in (*judge.fields(), *judge.reasons()):
            told.add((site_id, judged.finding.subject))
            yield judged
    yield from _judge_network(facts, history, [fill for some in fills.values() for fill in some], told)


def _judge_network(
    facts: Facts, history: History, fills: Sequence[Fill], told: Collection[tuple[str, str]]
) -> Iterator[Judged]:
    """Judge what hardly a page of any site ever lacked: one page in a hundred shows on all sites together first.

    A field that some sites have more often than others is left out: a run of other sites than usual would alarm.
    """
    today = facts.report.plan.started_at.date()
    pool: dict[str, list[Fill]] = {}
    for fill in fills:
        floor = facts.report.plan.network.sites[fill.site].expect.fields.get(fill.field)
        before = history.share(fill.site, fill.field, None, today - _BEFORE, today)
        nearly_all = before.pages >= LEAST_KNOWN and before.usual >= _NEARLY_ALL
        if fill.field in EXPECTED and floor != 0 and nearly_all and (fill.site, fill.field) not in told:
            pool.setdefault(fill.field, []).append(fill)
    judge = _Judge(
        facts,
        history.pooled({field: {fill.site for fill in some} for field, some in pool.items()}),
        NETWORK,
        {},
        [_together(some) for some in pool.values()],
    )
    for judged in judge.fields():
        sites = sorted({fill.site for fill in pool[judged.finding.subject] if fill.filled < fill.articles})
        if not judged.wrong:
            yield judged
        elif len(sites) >= _SEVERAL:
            message = f"on {len(sites)} sites ({', '.join(sites)}): {judged.finding.message}"
            yield replace(judged, finding=replace(judged.finding, site=None, message=message))


class _Judge:
    """Judges one site, or all together. `floors`: stated shares by field."""

    def __init__(
        self, facts: Facts, history: History, site: str, floors: Mapping[str, float], fills: Sequence[Fill]
    ) -> None:
        self._facts = facts
        self._history = history
        self._site = site
        self._floors = floors
        self._fills = fills
        self._today = facts.report.plan.started_at.date()

    def fields(self) -> Iterator[Judged]:
        for field in EXPECTED:
            fills = [fill for fill in self._fills if fill.field == field]
            floor = self._floors.get(field)
            if floor == 0:
                yield Judged(Finding(AlertKind.LAYOUT, f"{field}: it is not watched", self._site, field), wrong=False)
            elif fills:
                yield from self._field(field, fills, floor)

    def _field(self, field: str, fills: list[Fill], floor: float | None) -> Iterator[Judged]:
        alert = self._facts.alert(AlertKind.LAYOUT, self._site or None, field)
        classes = [fill.page_class for fill in fills if fill.page_class != NO_CLASS]
        scopes = [_Scope(self._site, field, name) for name in (None, *(classes if len(fills) > 1 else ()))]
        for scope in scopes:
            chosen = [fill for fill in fills if scope.page_class in (None, fill.page_class)]
            now = sum(map(_share, chosen), NOTHING)
            for sample in self._samples(scope, now, alert):
                stated = floor is not None and scope.page_class is None and misses(sample.now, floor)
                if now.lacking and (stated or has_dropped(*sample)):
                    yield Judged(_lacking(scope, chosen, now, sample), wrong=True, degrades=True)
                    return
        whole = sum(map(_share, fills), NOTHING)
        if alert is not None and self._is_over(_Scope(self._site, field, None), whole, alert):
            yield self._right(field, f"{whole.pages - whole.lacking} of {whole.pages} pages of this run have it again")

    def _right(self, field: str, message: str) -> Judged:
        return Judged(Finding(AlertKind.LAYOUT, f"{field}: {message}", self._site or None, field), wrong=False)

    def reasons(self) -> Iterator[Judged]:
        decided = next((fill.articles for fill in self._fills if fill.field == DECIDED), 0)
        for fill in self._fills:
            reason = fill.field.removeprefix(REFUSED)
            if not fill.field.startswith(REFUSED) or reason in NOT_READ:
                continue
            now = _share(fill)
            for sample in self._samples(_Scope(self._site, fill.field, NO_CLASS), now, None):
                if sample.now.lacking >= _NOTABLE * sample.now.pages and has_risen(*sample):
                    message = (
                        f"{reason}: {now.lacking} of {now.pages} pages of this run; before that "
                        f"{sample.before.lacking} of {sample.before.pages}.{EXAMPLE}{fill.example_url}"
                    )
                    finding = Finding(AlertKind.REFUSED, message, self._site, reason, str(now))
                    yield Judged(finding, wrong=True)
                    break
        yield from self._reasons_over(decided)

    def _reasons_over(self, decided: int) -> Iterator[Judged]:
        lacking = {fill.field: fill.articles - fill.filled for fill in self._fills}
        for alert in self._facts.open_alerts.values():
            if alert.kind == AlertKind.REFUSED and alert.site == self._site and alert.subject:
                scope = _Scope(self._site, f"{REFUSED}{alert.subject}", NO_CLASS)
                now = Share(decided, lacking.get(scope.field, 0))
                if self._is_over(scope, now, alert):
                    message = f"{alert.subject}: {now.lacking} of {now.pages} pages of this run"
                    yield Judged(Finding(AlertKind.REFUSED, message, self._site, alert.subject), wrong=False)

    def _samples(self, scope: _Scope, now: Share, alert: Alert | None) -> Iterator[_Sample]:
        """The run, and longer windows that end with it. While an alert is open what counts is how it was before."""
        if alert is not None:
            yield _Sample(now, self._before_alert(scope, alert))
            return
        yield _Sample(now, self._known(scope, self._today - _BEFORE, self._today))
        for window in _WINDOWS:
            first = self._today - window
            recent = now + self._known(scope, first, self._today, alone=True)
            yield _Sample(recent, self._known(scope, first - _BEFORE, first - _ONE_DAY))

    def _is_over(self, scope: _Scope, now: Share, alert: Alert) -> bool:
        """Whether this run, or the days after the one on which the alert was opened, look as before it."""
        before, failing = self._before_alert(scope, alert), Share.of(alert.measure or "1/1")
        later = now + self._known(scope, alert.since.date() + _ONE_DAY, self._today, alone=True)
        return is_back(now, before, failing) or is_back(later, before, failing)

    def _before_alert(self, scope: _Scope, alert: Alert) -> Share:
        day = alert.since.date()
        before = self._known(scope, day - _BEFORE, day - _ONE_DAY)
        return before if before.pages >= LEAST_KNOWN else _USUALLY_HAD

    def _known(self, scope: _Scope, first: date, last: date, *, alone: bool = False) -> Share:
        """Pages of those days; of a reason with what is taken to be known of any site, unless `alone`."""
        share = self._history.share(scope.site, scope.field, scope.page_class, first, last)
        if not scope.field.startswith(REFUSED):
            return share
        # A reason has a row only where it occurred: how many pages it might have met is in another one.
        decided = self._history.share(scope.site, DECIDED, NO_CLASS, first, last)
        share = Share(decided.pages, share.lacking)
        return share if alone else share + _USUALLY_HAD


def _share(fill: Fill) -> Share:
    return Share(fill.articles, fill.articles - fill.filled)


def _together(fills: Sequence[Fill]) -> Fill:
    """One field of several sites."""
    example = next((fill.example_url for fill in fills if fill.example_url), None)
    articles, filled = sum(fill.articles for fill in fills), sum(fill.filled for fill in fills)
    return Fill(NETWORK, NO_CLASS, fills[0].field, articles, filled, example)


def _lacking(scope: _Scope, fills: list[Fill], now: Share, sample: _Sample) -> Finding:
    said = _SAID.get(scope.field, "lack it")
    of_class = f" of class {scope.page_class}" if scope.page_class else ""
    known = f"; before that {sample.before.lacking} of {sample.before.pages}" if sample.before.pages else ""
    example = next((fill.example_url for fill in fills if fill.example_url), None)
    recent = f" ({sample.now.lacking} of {sample.now.pages} with those of the runs before it)" * (sample.now != now)
    pages = f"{now.lacking} of {now.pages} pages{of_class} of this run{recent}"
    message = f"{scope.field}: {pages} {said}{known}.{EXAMPLE}{example}"
    return Finding(AlertKind.LAYOUT, message, scope.site, scope.field, str(now))
