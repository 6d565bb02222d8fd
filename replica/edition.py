"""What one site shows at one instant: which articles are out, where they are listed, what the sidebar says."""

import zlib
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property

from replica.printed import wall
from replica.world import Article, Profile, Section, Site, Tag, Version, article_path

LISTING_ROWS = 30
HOME_ROWS = 20
_BEFORE_ALL = datetime(2000, 1, 1, tzinfo=UTC)
_ADVERTISERS = ("HONDA", "Bank Replika", "Toko Contoh", "Wisata Misal", "Dealer Umpama")


class Edition:
    """A site frozen at `now`; lists are made once, newest first."""

    def __init__(self, site: Site, now: datetime) -> None:
        self.site = site
        self.now = now
        self.profile: Profile = site.profile
        self.root = f"https://{site.profile.host}"

    @cached_property
    def live(self) -> tuple[Article, ...]:
        """Articles that answer now, by publication, newest first."""
        out = [a for a in self.site.articles if a.is_live(self.now)]
        return tuple(sorted(out, key=lambda a: (a.published, a.id), reverse=True))

    @cached_property
    def by_section(self) -> dict[str, list[Article]]:
        """Section slug -> its articles."""
        found: dict[str, list[Article]] = {s.slug: [] for s in self.profile.sections}
        for article in self.live:
            for section in (article.section, *article.also_in):
                found[section.slug].append(article)
        return found

    @cached_property
    def by_tag(self) -> dict[int, list[Article]]:
        """Tag id -> its articles."""
        found: dict[int, list[Article]] = defaultdict(list)
        for article in self.live:
            for tag in self.version(article).tags:
                found[tag.id].append(article)
        return found

    @cached_property
    def popular(self) -> tuple[Article, ...]:
        """Five articles that the sidebar calls most read; another five at another hour."""
        hour = f"{self.now:%Y%m%d%H}"
        return tuple(sorted(self.live, key=lambda a: zlib.crc32(f"{hour}/{a.id}".encode()))[:5])

    @cached_property
    def picked(self) -> tuple[Article, ...]:
        """Five articles that the sidebar calls the editors' choice, by the day."""
        return tuple(sorted(self.live, key=lambda a: zlib.crc32(f"{self.now:%d}-{a.id}".encode()))[:5])

    @cached_property
    def advertiser(self) -> str:
        """Whose advertisements stand between the paragraphs; mostly another one at another hour."""
        return _ADVERTISERS[zlib.crc32(f"{self.now:%Y%m%d%H}/{self.profile.host}".encode()) % len(_ADVERTISERS)]

    @cached_property
    def changed_at(self) -> datetime:
        """When an article last came out, changed, vanished or came back; long ago where nothing is out yet."""
        return max((t for a in self.site.articles for t in a.turns() if t <= self.now), default=_BEFORE_ALL)

    @cached_property
    def by_month(self) -> dict[str, list[Article]]:
        """Month of publication (`2026-03`, as the site's clock has it) -> its articles, newest month first."""
        found: dict[str, list[Article]] = defaultdict(list)
        for article in self.live:
            found[f"{wall(article.published, self.profile):%Y-%m}"].append(article)
        return found

    def version(self, article: Article) -> Version:
        """What `article` says now."""
        return article.version_at(self.now)

    def url(self, article: Article) -> str:
        """The canonical URL of `article` now."""
        slug = self.version(article).slug
        return self.root + article_path(self.profile, article.id, article.section, slug)

    def neighbours(self, article: Article) -> Sequence[Article]:
        """Up to five other articles of the same section."""
        return [a for a in self.by_section[article.section.slug] if a.id != article.id][:5]

    def titled(self, words: str) -> list[Article]:
        """Articles whose headline holds `words`."""
        return [a for a in self.live if words.lower() in self.version(a).title.lower()]

    def tag(self, number: int) -> Tag | None:
        """The site's tag of that number."""
        return next((t for t in self.site.tags if t.id == number), None)

    def section(self, path: str) -> Section | None:
        """The section whose listing has `path`, numbered or plain."""
        return next((s for s in self.profile.sections if path in (s.path, f"/kategori/{s.slug}")), None)
