"""Rechecks: archived articles are visited again at given ages."""

from collections import Counter as Tally
from datetime import datetime
from typing import TYPE_CHECKING

from news.counters import Counter
from news.plan import RecheckPlan
from news.url import ArticleKey
from spiders.visits import Visiting
from storage.seen import Watched

if TYPE_CHECKING:
    from spiders.base import NetworkSpider


class Rechecks(Visiting):
    """Visits the articles that came to one of the plan's ages."""

    def __init__(self, spider: "NetworkSpider") -> None:
        super().__init__(spider)
        watched = self.seen.watched(sorted(self.plan.site_ids), self.plan.rechecks.oldest)
        due, short = chosen(list(watched), self.plan.rechecks, self.plan.started_at)
        self._planned = {article.key for article in due}
        for article in due:
            self.due.setdefault(article.key.site, []).append(article)
            spider.count(Counter.RECHECKS_PLANNED, article.key.site)
        for article in short:
            spider.count(Counter.RECHECKS_SHORT, article.key.site)

    def is_planned(self, key: ArticleKey) -> bool:
        """Whether this run visits the article for its age."""
        return key in self._planned


def chosen(watched: list[Watched], plan: RecheckPlan, now: datetime) -> tuple[list[Watched], list[Watched]]:
    """Those of `watched` that are due and within the budget, and those for which it does not suffice.

    Removals that wait to be confirmed come first, then the youngest and most often edited.
    """
    due = [article for article in watched if _is_due(article, plan, now)]
    due.sort(key=lambda a: (a.presence != "missing", (now - a.born_at).total_seconds() / max(a.versions, 1)))
    taken: list[Watched] = []
    short: list[Watched] = []
    spent: Tally[str] = Tally()
    for article in due:
        cost = max(len(article.captures), 1)
        over = plan.budget is not None and spent.total() + cost > plan.budget
        over |= plan.site_budget is not None and spent[article.key.site] + cost > plan.site_budget
        (short if over else taken).append(article)
        if not over:
            spent[article.key.site] += cost
    return taken, short


def _is_due(article: Watched, plan: RecheckPlan, now: datetime) -> bool:
    if article.next_check is not None and article.next_check > now:
        return False
    return article.presence == "missing" or plan.is_due(article.born_at, article.visited_at, now)
