"""The address of an article that was found by its id alone, on a page that states no canonical URL."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote

from news.article import Article
from news.item import PartRead
from news.slug import PLACEHOLDER, slug_of
from news.url import ArticleKey, UrlRules
from storage.seen import Seen

_SHAPE = re.compile(r"https://[^/]+/(?:(?P<section>[^/]+)/)??(?P<read>read/)?[0-9]+(?:/|$)")
_NEARBY = 500
"""Ids on either side among which other articles of the site are looked for."""
_ASKED = 40


class Shape(NamedTuple):
    """What stands before the id: `/<section>/read/`, `/read/`, or `/<section>/` of a column."""

    section: str | None
    has_read: bool


class MadeUrls:
    """Makes such addresses as the site makes its own: the slug of the headline, in the shape of its other articles."""

    def __init__(self, rules: UrlRules, seen: Seen) -> None:
        self._rules = rules
        self._seen = seen
        self._met: dict[str, dict[str | None, Shape]] = {}

    def met(self, site: str, url: str) -> None:
        """An article's address that the site itself gave."""
        if shape := shape_of(url):
            self._met.setdefault(site, {})[shape.section] = shape

    def is_made_up(self, url: str) -> bool:
        """Whether the slug of `url` is the one that stands for a slug that is not known."""
        target = self._rules.read(url)
        return target is not None and target.slug == PLACEHOLDER

    def of(self, article: Article, parts: Iterable[PartRead]) -> str:
        """The address: as the pagination links it, else made."""
        key = ArticleKey(article.site, article.article_id)
        for target in (self._rules.read(url) for part in parts for url in part.reading.part_urls):
            if target is not None and target.key == key and target.slug not in ("", PLACEHOLDER):
                return target.url
        return self._made(article, key, self._rules.network.sites[article.site].host)

    def _made(self, article: Article, key: ArticleKey, host: str) -> str:
        own = slug_of(article.section or "") or None
        shapes = list(self._shapes(key))
        shape = next((s for s in shapes if s.section == own), shapes[0] if shapes else Shape(None, True))
        if shape.section != own and not shape.has_read:
            shape = Shape(None, True)  # another section's column
        section = quote(own) if own and shape.section else None
        stem = "/".join(filter(None, (section, "read" if shape.has_read else None, str(key.article_id))))
        return f"https://{host}/{stem}/{quote(slug_of(article.title))}".rstrip("/")

    def _shapes(self, key: ArticleKey) -> Iterator[Shape]:
        """Those of the site's other articles: what this run met, then what the archive has, the nearest first."""
        yield from self._met.get(key.site, {}).values()
        number = key.article_id
        known = self._seen.known_ids(key.site, number - _NEARBY, number + _NEARBY)
        for near in sorted(known, key=lambda n: abs(n - number))[:_ASKED]:
            article = self._seen.article(ArticleKey(key.site, near))
            if article is not None and not self.is_made_up(article.url) and (shape := shape_of(article.url)):
                yield shape


def shape_of(url: str) -> Shape | None:
    """The shape of an article's canonical URL."""
    match = _SHAPE.match(url)
    if match is None or (match["section"] is None and match["read"] is None):
        return None
    return Shape(match["section"], match["read"] is not None)
