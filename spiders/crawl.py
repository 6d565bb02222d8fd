"""The spiders by name: which sources each follows. `disway crawl` runs `crawl`, which follows those of its plan."""

from news.plan import SourceKind
from spiders.base import NetworkSpider
from spiders.feeds import Feeds
from spiders.gaps import Gaps
from spiders.google_news import GoogleNews
from spiders.hints import Hints
from spiders.holes import Holes
from spiders.pending import Pending
from spiders.recheck import Rechecks
from spiders.sections import Sections
from spiders.sitemaps import Sitemaps
from spiders.source import Source

_FOLLOWED: dict[SourceKind, tuple[type[Source], ...]] = {
    SourceKind.SECTIONS: (Sections, Hints, Holes, Pending, Gaps),
    SourceKind.FEEDS: (Feeds, Pending),
    SourceKind.SITEMAPS: (Sitemaps, Pending),
    SourceKind.RECHECK: (Rechecks,),
    SourceKind.GOOGLE_NEWS: (Pending, GoogleNews),
}


class CrawlSpider(NetworkSpider):
    """Everything that the plan names."""

    name = "crawl"
    source_classes = (Sections, Holes, Feeds, Sitemaps, Pending, Rechecks, Hints, GoogleNews, Gaps)

    def make_sources(self) -> tuple[Source, ...]:
        """See RunSpider."""
        followed = {source for kind in self.plan.sources for source in _FOLLOWED[kind]}
        return tuple(make(self) for make in self.source_classes if make in followed)


class SectionsSpider(NetworkSpider):
    """Home pages and sections only."""

    name = "sections"
    source_classes = (Sections, Pending)


class FeedsSpider(NetworkSpider):
    """Feeds and sitemaps only."""

    name = "feeds"
    source_classes = (Feeds, Sitemaps, Pending)


class GoogleNewsSpider(NetworkSpider):
    """Google News only, where it is turned on."""

    name = "google_news"
    source_classes = (Pending, GoogleNews)


class RecheckSpider(NetworkSpider):
    """Rechecks only."""

    name = "recheck"
    source_classes = (Rechecks,)
