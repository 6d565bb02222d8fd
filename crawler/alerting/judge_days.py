"""Whether as many articles came out on a day as are expected: once a day, when it is over."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from crawler.alerting.alert import AlertKind, Finding, Judged
from crawler.alerting.facts import Facts
from crawler.expect import WEEKDAYS, pace
from news.site import Site

_WEEK = timedelta(days=7)
_SILENT_AFTER = timedelta(hours=12)
"""A shorter pause is a night."""
_SILENT_PAUSES = 2
"""Multiple of the longest pause."""
_PAUSES_OF = timedelta(days=14)
_LEAST_PUBLISHED = 10
"""Articles of that time, of which the longest pause tells something."""


def judge_days(facts: Facts) -> Iterator[Judged]:
    """Judge the last day that is over, of each site of which it was not judged yet."""
    if facts.index_is_behind or facts.report.stopped:
        return
    for site in facts.sites:
        day = _last_day(site, facts.report.plan.started_at)
        # A day to come was judged by a clock that was ahead.
        judged = facts.book.judged_day(site.id)
        if site.id in facts.report.degraded or judged == day:
            continue
        if _was_crawled(facts, site, day):
            yield from _judge_day(facts, site, day)
        facts.book.judge_day(site.id, day)


def judge_silence(facts: Facts) -> Iterator[Judged]:
    """Judge how long nothing new has come from each site."""
    for site in facts.sites:
        if facts.fills.has_new(site.id, _last_day(site, facts.now)):
            message = "the site publishes again"
            yield Judged(Finding(AlertKind.SILENT, message, site.id), wrong=False)
        elif site.id not in facts.report.degraded and not facts.index_is_behind:
            yield from _judge_silence(facts, site)


def _judge_day(facts: Facts, site: Site, day: date) -> Iterator[Judged]:
    count = _published(facts, site, day) + facts.fills.born_on(site.id, day)
    stated = site.expect.articles_a_day
    expected = stated or pace(_same_weekdays(facts, site, day))
    if expected is None:
        return
    floor, ceiling = expected
    source = "its site file says" if stated else f"the last {WEEKDAYS} same weekdays tell"
    said = f"{count} articles were published on {day:%A, %Y-%m-%d}"
    low = Finding(AlertKind.FLOOR, f"{said}; at least {floor} are expected ({source})", site.id)
    high = Finding(AlertKind.CEILING, f"{said}; at most {ceiling} are expected ({source})", site.id)
    yield Judged(low, wrong=count < floor, degrades=True)
    yield Judged(high, wrong=count > ceiling)


def _same_weekdays(facts: Facts, site: Site, day: date) -> list[int]:
    before = (day - week * _WEEK for week in range(1, WEEKDAYS + 1))
    return [_published(facts, site, earlier) for earlier in before if _was_crawled(facts, site, earlier)]


def _was_crawled(facts: Facts, site: Site, day: date) -> bool:
    """Whether the site was crawled before the day began."""
    since = facts.seen.runs.since(site.id)
    return since is not None and since <= _bounds(site, day)[0]


def _published(facts: Facts, site: Site, day: date) -> int:
    """Without those of this run: what of it is delivered already, the index may know."""
    return facts.seen.runs.published(site.id, *_bounds(site, day), facts.report.plan.started_at)


def _bounds(site: Site, day: date) -> tuple[datetime, datetime]:
    zone = ZoneInfo(site.timezone)
    begin, end = (datetime.combine(d, time(), zone).astimezone(UTC) for d in (day, day + timedelta(days=1)))
    return begin, end


def _last_day(site: Site, at: datetime) -> date:
    """The last day that was over at `at` where the site is."""
    return at.astimezone(ZoneInfo(site.timezone)).date() - timedelta(days=1)


def _judge_silence(facts: Facts, site: Site) -> Iterator[Judged]:
    published = [at for at in facts.seen.runs.publications(site.id, facts.now - _PAUSES_OF) if at <= facts.now]
    if len(published) < _LEAST_PUBLISHED:
        return
    longest = max(later - earlier for earlier, later in pairwise(published))
    silent = facts.now - published[-1]
    if silent < max(_SILENT_AFTER, _SILENT_PAUSES * longest):
        return
    message = (
        f"nothing was published since {published[-1]:%Y-%m-%d %H:%M} UTC, for {_hours(silent)} hours; "
        f"the longest pause of the {_PAUSES_OF.days} days before was {_hours(longest)} hours"
    )
    yield Judged(Finding(AlertKind.SILENT, message, site.id), wrong=True)


def _hours(span: timedelta) -> int:
    return round(span / timedelta(hours=1))
