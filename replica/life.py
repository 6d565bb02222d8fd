"""How long a network goes on after its start, and how much happens to its articles."""

from dataclasses import dataclass
from datetime import timedelta

from news.errors import UsageError

DAY_MINUTES = 1440
_LONG_DAYS = 7
_SHORT_SHARE = 5
"""In a short life a fifth as many articles follow as were out at the start."""


@dataclass(frozen=True, slots=True)
class Life:
    """The days after the start. Day n is the 24 hours that begin n days after it, from 0.

    A life of less than seven days is short: the articles out at the start are edited at most once, within two days, and
    what vanishes answers 404 for ever. In a long one edits and removals of every kind in `fate` fall on the articles
    published before and after the start alike, with at least `gap` between two changes of one article (its publication
    and the start of the network count as changes) and none in the last `settle`.
    """

    after_days: int = 3
    per_day: float | None = None
    """Articles a day and site. None: the pace of the days before; a fifth of these articles in all in a short life."""
    quiet: tuple[int, ...] = ()
    """Days on which nothing is published, edited, removed or brought back."""
    gap: timedelta = timedelta(hours=26)
    settle: timedelta = timedelta(days=2)
    edited_share: float = 1 / 12
    """Of the articles; at least two a site are edited."""
    vanished_share: float = 1 / 25
    """Of the articles; at least one a site vanishes."""
    returned_share: float = 0.4
    """Of those that vanish in a long life."""

    def __post_init__(self) -> None:
        if self.after_days < 1 or not self.open_days:
            raise UsageError("a network needs at least one day after its start that is not quiet")

    @property
    def is_long(self) -> bool:
        """Whether articles go through every kind of change."""
        return self.after_days >= _LONG_DAYS

    @property
    def open_days(self) -> tuple[int, ...]:
        """The days that are not quiet."""
        return tuple(d for d in range(self.after_days) if d not in self.quiet)

    def coming(self, articles: int, days: float) -> int:
        """How many articles a site publishes after the start, having published `articles` in the `days` before."""
        if self.per_day is None and not self.is_long:
            return -(-articles // _SHORT_SHARE)
        pace = articles / days if self.per_day is None else self.per_day
        return round(pace * len(self.open_days))

    def moved(self, minute: int) -> int:
        """Minute `minute` of the open days, counted on through quiet days too: minutes since the start."""
        if not self.quiet:
            return minute
        day, rest = divmod(min(minute, len(self.open_days) * DAY_MINUTES - 1), DAY_MINUTES)
        return self.open_days[day] * DAY_MINUTES + rest

    def is_open(self, minute: int) -> bool:
        """Whether something may happen so many minutes after the start."""
        return minute // DAY_MINUTES in self.open_days

    def edited(self, articles: int) -> int:
        """How many of so many articles are edited."""
        return min(articles, max(2, _whole(articles * self.edited_share)))

    def vanishing(self, articles: int) -> int:
        """How many of so many articles vanish."""
        return min(articles, max(1, _whole(articles * self.vanished_share)))


def _whole(share: float) -> int:
    return int(share + 1e-9)  # 7 is 7 even where the product comes out as 6.999...


SHORT_LIFE = Life()
"""Three days after the start."""
