"""Which articles were ever sighted, when first, and how: the archive's knowledge and this run's together."""

from datetime import datetime
from typing import NamedTuple

from news.article import LinkKind
from news.url import ArticleKey
from storage.seen import Seen

_LISTINGS = (LinkKind.HOME, LinkKind.SECTION)


class Sighted(NamedTuple):
    """What the sightings of an article say."""

    first_at: datetime | None
    """None: this run came to it unsighted."""
    via: tuple[str, ...]
    """The kinds, in order of their first."""
    listed_url: str | None = None
    """As the site's own listings link it: they follow a changed headline, other pages keep an old slug."""


class SightedArticles:
    """Remembers this run's sightings over those of the index."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._known: dict[ArticleKey, Sighted] = {}

    def record(self, key: ArticleKey, kind: LinkKind, url: str, at: datetime) -> bool:
        """Take a sighting; True when the article was never sighted before, in this run or any other."""
        before = self.of(key)
        if before.first_at is not None and kind.value in before.via and kind not in _LISTINGS:
            return False
        via = before.via if kind.value in before.via else (*before.via, kind.value)
        listed_url = url if kind in _LISTINGS else before.listed_url
        self._known[key] = Sighted(before.first_at or at, via, listed_url)
        return before.first_at is None

    def of(self, key: ArticleKey) -> Sighted:
        """All that is known of the article's sightings."""
        if key not in self._known:
            article = self._seen.article(key)
            self._known[key] = Sighted(article.first_seen_at, article.via) if article else Sighted(None, ())
        return self._known[key]
