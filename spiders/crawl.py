"""The spiders by name: which sources each follows. `disway crawl` runs `crawl`, which follows all of them."""

from spiders.base import NetworkSpider
from spiders.feeds import Feeds
from spiders.gaps import Gaps
from spiders.google_news import GoogleNews
from spiders.holes import Holes
from spiders.pending import Pending
from spiders.recheck import Rechecks
from spiders.sections import Sections
from spiders.sitemaps import Sitemaps


class CrawlSpider(NetworkSpider):
    """Everything."""

    name = "crawl"
    source_classes = (Sections, Holes, Feeds, Sitemaps, Pending, Rechecks, GoogleNews, Gaps)


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
