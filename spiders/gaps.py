"""Ids that no source names, tried one by one: ids are per site and nearly dense, and the CMS answers to any slug.

Each is recorded as what it is: an article, absent, or refused. A backfill that is asked to tries those of its stretch;
a crawl tries those of a hole that nothing else filled.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain, pairwise
from typing import TYPE_CHECKING, NamedTuple

from scrapy import Request

from news.counters import Counter
from news.item import StretchFound, StretchState
from news.site import Site
from news.slug import PLACEHOLDER
from news.url import ArticleKey
from spiders.holes import Holes
from spiders.source import Source, Yield

if TYPE_CHECKING:
    from spiders.base import NetworkSpider

IDS_A_DAY = 1_000
"""A gap wider than its days can have filled is a jump of the CMS, or a known id that is none. The busiest site gives
some 180 ids a day (FACTS, disway.id)."""
ALWAYS_TRIED = 500
"""Ids are not in order of publication, so a gap may be wider than its days say."""
BUDGET_OF_A_HOLE = 500
_MARGIN = timedelta(days=1)
"""11 of 91 neighbours were more than hours apart (FACTS, radartegal)."""
_FURTHER = (timedelta(days=30), timedelta(days=3650))
"""How far before and after a stretch an article is looked for that bounds its ids."""


class Known(NamedTuple):
    """The id of an article, and when it was published."""

    number: int
    at: datetime


@dataclass(slots=True)
class _Trial:
    """The ids of one stretch under way."""

    site: Site
    stretch: StretchFound
    budget: int
    """Ids that may still be tried in this run."""
    asked: set[ArticleKey] = field(default_factory=set)


class Gaps(Source):
    """Comes when nothing else is left to do, so that all ids that any source names are known."""

    def __init__(self, spider: "NetworkSpider") -> None:
        super().__init__(spider)
        self._trials: list[_Trial] | None = None

    def idle(self) -> Iterator[Yield]:
        """Requests for missing ids, again after each round: what was found may bound further gaps."""
        if self._trials is None:
            self._trials = [trial for site in self.plan.sites for trial in self._open_trials(site)]
        ended: list[StretchFound] = []
        for trial in list(self._trials):
            requests = self._requests(trial)
            yield from requests
            if not requests:
                self._trials.remove(trial)
                ended += self._ended(trial)
        yield from ended

    def _open_trials(self, site: Site) -> Iterator[_Trial]:
        backfill, holes = self.plan.backfill, self.spider.source(Holes)
        open_holes = {hole.stretch_id: hole for hole in holes.open.get(site.id, ())} if holes else {}
        if backfill is None:
            for hole in open_holes.values():
                yield _Trial(site, hole, BUDGET_OF_A_HOLE)
        elif backfill.gaps:
            whole = backfill.stretch(site.id, f"https://{site.host}/read/", datetime.now(UTC))
            yield _Trial(site, whole, backfill.budget)

    def _requests(self, trial: _Trial) -> list[Request]:
        missing, _ = self._missing(trial)
        urls = (f"https://{trial.site.host}/read/{number}/{PLACEHOLDER}" for number in missing[: trial.budget])
        targets = map(self.rules.read, urls)
        requests = [request for target in targets if target and (request := self.spider.article_request(target))]
        trial.budget -= len(requests)
        trial.asked.update(request.meta["key"] for request in requests)
        self.spider.count(Counter.GAPS_TRIED, trial.site.id, len(requests))
        return requests

    def _missing(self, trial: _Trial) -> tuple[list[int], int]:
        """Ids of the stretch that nobody has asked for, and how many lie in gaps too wide to try.

        Those of the widest gaps come first: where the CMS passed over a few ids, it mostly gave no article any of them.
        """
        gaps: list[list[int]] = []
        too_wide = 0
        for low, high in pairwise(self._bounds(trial)):
            if is_plausible(low, high):
                decided = self.seen.known_ids(trial.site.id, low.number, high.number)
                between = (n for n in range(high.number - 1, low.number, -1) if n not in decided)
                gaps.append([n for n in between if not self.spider.is_asked(ArticleKey(trial.site.id, n))])
            else:
                too_wide += high.number - low.number - 1
        gaps.sort(key=len, reverse=True)
        return list(chain.from_iterable(gaps)), too_wide

    def _bounds(self, trial: _Trial) -> list[Known]:
        """The known articles of the stretch in order of their ids, and those next to them before and after it."""
        begin, end = trial.stretch.from_at - _MARGIN, trial.stretch.to_at + _MARGIN
        inside = sorted(self._published(trial.site, begin, end))
        before: list[Known] = []
        after: list[Known] = []
        for span in _FURTHER:
            earlier = () if before else self._published(trial.site, begin - span, begin)
            later = () if after else self._published(trial.site, end, end + span)
            before = before or sorted(known for known in earlier if not inside or known < inside[0])
            after = after or sorted(known for known in later if not inside or known > inside[-1])
        return sorted({*before[-1:], *inside, *after[:1]})

    def _published(self, site: Site, begin: datetime, end: datetime) -> set[Known]:
        held = {Known(key.article_id, at) for _, at, key in self.seen.titles(site.id, begin, end)}
        read = self.spider.read_between(site.id, begin, end)
        return held | {Known(key.article_id, at) for key in read if (at := self.spider.published(key))}

    def _ended(self, trial: _Trial) -> list[StretchFound]:
        """Nothing is left, or the budget is spent; of a backfill, this also closes the holes inside it."""
        missing, too_wide = self._missing(trial)
        self.spider.count(Counter.GAPS_LEFT, trial.site.id, len(missing))
        self.spider.count(Counter.GAPS_TOO_WIDE, trial.site.id, too_wide)
        now = datetime.now(UTC)
        if missing or not self.spider.not_tried.isdisjoint(trial.asked):
            reason = "budget" if missing else "not_tried"
            return [trial.stretch.as_of(now, StretchState.OPEN, reason=reason)]
        holes = self.spider.source(Holes) if self.plan.backfill else None
        filled = [trial.stretch, *(holes.open.get(trial.site.id, ()) if holes else ())]
        return [stretch.as_of(now, StretchState.DONE, reason="ids_tried") for stretch in filled]


def is_plausible(low: Known, high: Known) -> bool:
    """Whether so many articles can have been made between the two."""
    days = abs(high.at - low.at) / timedelta(days=1)
    return high.number - low.number <= ALWAYS_TRIED + days * IDS_A_DAY
